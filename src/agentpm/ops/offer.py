"""What is on offer: registries, files and the project's policy, as the resolver sees them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from types import EllipsisType
from typing import TYPE_CHECKING, overload

from agentpm import lazy
from agentpm.errors import AgentpmError
from agentpm.model.manifest import AgentEntry, Manifest
from agentpm.model.release import SHIPPED, PackageId, Release, Requirement
from agentpm.model.version import Version
from agentpm.ops.answers import Locate
from agentpm.ops.forbidden import Forbidding
from agentpm.ops.kept import Kept
from agentpm.ops.release_age import ReleaseAge
from agentpm.ops.signatures import Signatures
from agentpm.ops.sources import Sources, names_by_source
from agentpm.permissions.policy import Policy
from agentpm.permissions.table import ToolTable
from agentpm.registry.listing import Listing
from agentpm.registry.wire import MalformedIndex
from agentpm.resolver.problem import (
    YANKED,
    Candidate,
    Missing,
    Offered,
    Package,
    Unavailable,
)
from agentpm.resolver.wording import quoted
from agentpm.values import dataclass, replace

if TYPE_CHECKING:
    from agentpm.ops import lookup, unreadable
    from agentpm.ops.direct import Direct
else:
    # For packages that are not there, or whose records cannot be read.
    lookup = lazy.module("agentpm.ops.lookup")
    unreadable = lazy.module("agentpm.ops.unreadable")


@dataclass(frozen=True, slots=True)
class Lines:
    """What the project's two files say of packages.

    `locate` is where dependencies resolve, `direct` are the agents that come from a file, `origins`
    says in which place each package is asked for, `named` are those that somebody means by name,
    here or on the command line, `locked` which releases the lockfile has, `kept` stands in for those
    of them whose records cannot be read.
    """

    locate: Locate
    direct: Mapping[PackageId, Direct]
    origins: Mapping[PackageId, str]
    named: Collection[PackageId]
    locked: Mapping[PackageId, Version]
    kept: Kept


class Offer:
    """A catalog for the resolver over the registries of one project.

    Only the project's own policy makes a release unavailable: what is local to a machine must never
    steer what a team gets.
    """

    def __init__(
        self,
        sources: Sources,
        lines: Lines,
        rules: tuple[Manifest, Policy, ToolTable],
        terms: tuple[Signatures, ReleaseAge],
    ) -> None:
        self._sources = sources
        self._signatures, self._age = terms
        self._lines = lines
        self._forbidding = Forbidding(sources, rules, lines.origins)
        self._entries: dict[PackageId, AgentEntry] = {
            sources.package(entry): entry for entry in rules[0].agents.values()
        }
        self._listings: dict[PackageId, Listing] = {}
        self._called: dict[str, tuple[str, str]] = {}
        self._candidates: dict[PackageId, _Candidates] = {}
        self._asked: list[PackageId] = []
        self._moved = False

    def locate(self, dependent: PackageId, requirement: Requirement) -> PackageId:
        """Which package a dependency of `dependent` means."""
        return self._lines.locate(dependent, requirement)

    def prefetch(self, packages: Sequence[PackageId]) -> None:
        """Tell each registry which of its packages will be asked for next."""
        asked = [package for package in packages if package not in self._lines.direct]
        for source, names in names_by_source(asked).items():
            self._sources.registry(source).prefetch(names)

    def releases(self, package: PackageId) -> Package:
        """Everything about `package`."""
        direct = self._lines.direct.get(package)
        if direct is not None:
            self._listings[package] = Listing.of((direct.release,))
            only = Candidate(direct.release.version, direct.release.dependencies)
            return Package(package, (only,), label=direct.label)
        self._asked.append(package)
        try:
            found = self._listing(package)
        except MalformedIndex as problem:
            kept = self._lines.kept.release(package, problem)
            if kept is None:
                return self._unreadable(package, problem)
            found = Listing.of((kept,))
        if found is None:
            return Package(package, missing=self._missing(package))
        self._listings[package] = found
        candidates = _Candidates(found, partial(self._unavailable, package, found))
        self._candidates[package] = candidates
        name, option = self._called_by(package.source)
        return Package(
            package,
            candidates,
            versions=found.versions,
            label=self._taken(package),
            registry=name,
            option=option,
        )

    def _unreadable(self, package: PackageId, problem: MalformedIndex) -> Package:
        """A package of which nothing can be known; who asks for it by name is shown why."""
        if package in self._lines.named:
            raise problem
        return unreadable.package_of(package, problem, self._label(package.source))

    def _listing(self, package: PackageId) -> Listing | None:
        registry = self._sources.registry(package.source)
        found = registry.listing(package.name)
        locked = self._lines.locked.get(package)
        if found is not None and locked is not None and locked not in found.versions:
            # Whoever locked it saw more than this machine did: nobody is moved back for that.
            self._moved = registry.look_again([package.name]) or self._moved
            found = registry.listing(package.name)
        return found

    @property
    def warnings(self) -> tuple[str, ...]:
        """What somebody should hear of that is not in order."""
        return self._lines.kept.warnings

    def has_moved(self) -> bool:
        """Whether a registry was brought on while it was asked: the answers do not go together."""
        moved = [
            self._sources.registry(source).has_moved() for source in {p.source for p in self._asked}
        ]
        return self._moved or any(moved)

    def look_again(self) -> bool:
        """Ask the registries for news of what they were asked for; whether there were any."""
        asked = names_by_source(self._asked).items()
        news = [self._sources.registry(source).look_again(names) for source, names in asked]
        return self._moved or any(news)

    def release(self, package: PackageId, version: Version) -> Release:
        """A release that the resolver has been told of."""
        listing = self._listings[package]
        return listing[listing.place(version)]

    def summary(self, package: PackageId, version: Version) -> str | None:
        """What a release that cannot be taken shares with others, if it has words for that."""
        place = self._listings[package].place(version)
        found = self._candidates[package][place].unavailable
        return found.summary if found is not None else None

    def signer(self, release: Release) -> str | None:
        """Who signed a release that the resolver has been told of; None where nobody did."""
        return self._signatures.signer(release, self._listings[release.id])

    def _label(self, source: str) -> str:
        """What the registry at `source` is called here."""
        return self._called_by(source)[0]

    def _called_by(self, source: str) -> tuple[str, str]:
        """What the registry at `source` is called here, and the option with which a command means it."""
        found = self._called.get(source)
        if found is None:
            name = self._sources.label(source)
            option = "" if source == self._sources.default else f" --registry {name}"
            found = self._called[source] = name, option
        return found

    def _taken(self, package: PackageId) -> str | None:
        """What to tell an agent of another registry that needs a package; None where no line does it."""
        entry = self._entries.get(package)
        if entry is None or entry.name != package.name.agent:
            return None
        line = quoted(self._lines.origins[package])
        where = (
            "the shipped registry"
            if package.source == SHIPPED
            else f"`{self._label(package.source)}`"
        )
        return f"{line} takes that from {where}"

    def _missing(self, package: PackageId) -> Missing:
        registry = self._sources.registry(package.source)
        text = (
            "is not in the shipped registry"
            if package.source == SHIPPED
            else f"is not in the registry `{self._label(package.source)}`"
        )
        near = tuple(registry.names_like(package.name))
        if package.name in near:
            text, hint = lookup.without_releases(
                registry, package.name, self._label(package.source)
            )
            return Missing(text, (), hint)
        elsewhere = next(self._elsewhere(package), None)
        if elsewhere is not None:
            # The very name is meant, and not one like it.
            there = f"`{package.name}` is in `{elsewhere}`"
            hint = f"{there}: ask for it with `--registry {elsewhere}`"
            return Missing(text, hint=hint)
        return Missing(text, near, None if near else lookup.search_for(package.name))

    def _elsewhere(self, package: PackageId) -> Iterator[str]:
        """The other registries that have such a package, by the names they have here.

        Those in use are asked, the others only as far as they were seen before.
        """
        used = {SHIPPED, *dict(self._sources.opened())}
        for name, source in self._sources.names().items():
            if source == package.source:
                continue
            # A registry that cannot be asked is no help, and not what the user should hear of now.
            with suppress(AgentpmError):
                if source in used:
                    found = self._sources.registry(source).listing(package.name)
                elif self._sources.has_seen(source):
                    found = self._sources.remembered.registry(source).listing(package.name)
                else:
                    continue
                if found is not None:
                    yield name

    def _unavailable(
        self, package: PackageId, listing: Listing, position: int
    ) -> Unavailable | None:
        try:
            return self._judged(package, listing[position])
        except MalformedIndex as problem:
            if package in self._lines.named and not self._lines.kept.knows(package):
                raise
            return unreadable.release_of(package, problem)

    def _judged(self, package: PackageId, release: Release) -> Unavailable | None:
        """Why a release cannot be taken whose record can be read."""
        if release.removed is not None:
            return Unavailable("removed", f"was removed from its registry: {release.removed}")
        forbidden = self._forbidding.unavailable(release)
        if forbidden is None:
            return self._withheld(package, release)
        # What lets it in must really do that.
        more = forbidden.hint is not None and self._withheld(package, release) is not None
        return replace(forbidden, hint=None) if more else forbidden

    def _withheld(self, package: PackageId, release: Release) -> Unavailable | None:
        """Why a release cannot be taken that no policy forbids."""
        young = self._age.unavailable(release)
        if young is not None:
            return young
        siblings = self._listings[package]
        unsigned = self._signatures.unavailable(release, siblings)
        if unsigned is not None:
            return unsigned
        yanked = self._signatures.yanked(release, siblings)
        return Unavailable(YANKED, f"is yanked: {yanked}") if yanked is not None else None


Judge = Callable[[int], Unavailable | None]
"""Why the release at a position cannot be taken, if it cannot."""


class _Candidates(Sequence[Offered]):
    """The releases of one listing as candidates, each made when it comes into question."""

    __slots__ = ("_judge", "_listing", "_made")

    def __init__(self, listing: Listing, judge: Judge) -> None:
        self._listing = listing
        self._judge = judge
        self._made: dict[int, _Candidate] = {}

    def __len__(self) -> int:
        return len(self._listing)

    @overload
    def __getitem__(self, position: int) -> _Candidate: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[_Candidate, ...]: ...
    def __getitem__(self, position: int | slice) -> _Candidate | tuple[_Candidate, ...]:
        if isinstance(position, slice):
            return tuple(self[each] for each in range(*position.indices(len(self))))
        made = self._made.get(position)
        if made is None:
            made = self._made[position] = _Candidate(self._listing, position, self._judge)
        return made


class _Candidate:
    """One release, of which only the version is known until more is asked."""

    __slots__ = ("_judge", "_listing", "_position", "_reason", "version")

    def __init__(self, listing: Listing, position: int, judge: Judge) -> None:
        self.version = listing.versions[position]
        self._listing = listing
        self._position = position
        self._judge = judge
        self._reason: Unavailable | EllipsisType | None = ...

    @property
    def dependencies(self) -> tuple[Requirement, ...]:
        """What it needs; nothing where that cannot be read, which makes it unavailable."""
        try:
            return self._listing[self._position].dependencies
        except MalformedIndex:
            if self.unavailable is None:
                raise
            return ()

    @property
    def unavailable(self) -> Unavailable | None:
        """Why it cannot be taken, if it cannot."""
        if isinstance(self._reason, EllipsisType):
            self._reason = self._judge(self._position)
        return self._reason
