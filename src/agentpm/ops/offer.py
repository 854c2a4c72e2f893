"""What is on offer: registries, files and the project's policy, as the resolver sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from types import EllipsisType

from agentpm.errors import AgentpmError
from agentpm.model.manifest import AgentEntry, Manifest
from agentpm.model.name import PackageName
from agentpm.model.release import SHIPPED, PackageId, Release, Requirement
from agentpm.model.version import Version
from agentpm.ops.answers import Locate
from agentpm.ops.direct import Direct
from agentpm.ops.judge import report_of
from agentpm.ops.release_age import ReleaseAge
from agentpm.ops.signatures import Signatures
from agentpm.ops.sources import Sources
from agentpm.permissions.judge import judge
from agentpm.permissions.policy import Policy
from agentpm.permissions.table import ToolTable
from agentpm.registry.wire import Listing
from agentpm.resolver.problem import (
    FORBIDDEN,
    YANKED,
    Candidate,
    Missing,
    Package,
    Unavailable,
)


class Offer:
    """A catalog for the resolver over the registries of one project.

    `direct` are the agents that come from a file, by package. Only the project's own policy makes
    a release unavailable: what is local to a machine must never steer what a team gets.
    """

    def __init__(
        self,
        sources: Sources,
        locate: Locate,
        direct: Mapping[PackageId, Direct],
        rules: tuple[Manifest, Policy, ToolTable],
        terms: tuple[Signatures, ReleaseAge],
    ) -> None:
        manifest, self._policy, self._table = rules
        self._sources = sources
        self._signatures, self._age = terms
        self._locate = locate
        self._direct = direct
        self._steers = any(layer.rules for layer in self._policy.layers)
        self._entries: dict[PackageId, AgentEntry] = {
            sources.package(entry): entry for entry in manifest.agents.values()
        }
        self._listings: dict[PackageId, Listing] = {}
        self._candidates: dict[PackageId, tuple[_Candidate, ...]] = {}

    def locate(self, dependent: PackageId, requirement: Requirement) -> PackageId:
        """Which package a dependency of `dependent` means."""
        return self._locate(dependent, requirement)

    def prefetch(self, packages: Sequence[PackageId]) -> None:
        """Tell each registry which of its packages will be asked for next."""
        wanted: dict[str, list[PackageName]] = {}
        for package in packages:
            if package not in self._direct:
                wanted.setdefault(package.source, []).append(package.name)
        for source, names in wanted.items():
            self._sources.registry(source).prefetch(names)

    def releases(self, package: PackageId) -> Package:
        """Everything about `package`."""
        direct = self._direct.get(package)
        if direct is not None:
            self._listings[package] = Listing.of((direct.release,))
            only = Candidate(direct.release.version, direct.release.dependencies)
            return Package(package, (only,), label=direct.label)
        registry = self._sources.registry(package.source)
        found = registry.listing(package.name)
        if found is None:
            return Package(package, missing=self._missing(package))
        self._listings[package] = found
        judge_one = partial(self._unavailable, package)
        candidates = self._candidates[package] = tuple(
            _Candidate(found, position, version, judge_one)
            for position, version in enumerate(found.versions)
        )
        return Package(package, candidates)

    def release(self, package: PackageId, version: Version) -> Release:
        """A release that the resolver has been told of."""
        listing = self._listings[package]
        return listing[listing.versions.index(version)]

    def summary(self, package: PackageId, version: Version) -> str | None:
        """What a release that cannot be taken shares with others, if it has words for that."""
        place = self._listings[package].versions.index(version)
        found = self._candidates[package][place].unavailable
        return found.summary if found is not None else None

    def signer(self, release: Release) -> str | None:
        """Who signed a release that the resolver has been told of; None where nobody did."""
        return self._signatures.signer(release, self._listings[release.id])

    def _missing(self, package: PackageId) -> Missing:
        registry = self._sources.registry(package.source)
        label = self._sources.label(package.source)
        text = (
            "is not in the shipped registry"
            if label == SHIPPED
            else f"is not in the registry `{label}`"
        )
        elsewhere = self._elsewhere(package)
        near = tuple(registry.names_like(package.name))
        hint = None
        if elsewhere:
            hint = f"it is in `{elsewhere[0]}`: ask for it there with `--registry {elsewhere[0]}`"
        elif not near:
            word = package.name.agent.partition("-")[0]
            hint = f"`agentpm search {word}` looks for the word in names and descriptions"
        return Missing(text, near, hint)

    def _elsewhere(self, package: PackageId) -> list[str]:
        """The other registries in use, by the names they have here, that have such a package."""
        found = []
        used = {SHIPPED, *dict(self._sources.opened())} - {package.source}
        for name, source in self._sources.names().items():
            # A registry that cannot be asked is no help, and not what the user should hear of now.
            with suppress(AgentpmError):
                if source in used and self._sources.registry(source).releases(package.name):
                    found.append(name)
        return found

    def _unavailable(self, package: PackageId, release: Release) -> Unavailable | None:
        if release.removed is not None:
            return Unavailable("removed", f"was removed from its registry: {release.removed}")
        if self._steers:
            forbidden = self._forbidden(package, release)
            if forbidden is not None:
                return forbidden
        young = self._age.unavailable(release)
        if young is not None:
            return young
        siblings = self._listings[package]
        unsigned = self._signatures.unavailable(release, siblings)
        if unsigned is not None:
            return unsigned
        yanked = self._signatures.yanked(release, siblings)
        return Unavailable(YANKED, f"is yanked: {yanked}") if yanked is not None else None

    def _forbidden(self, package: PackageId, release: Release) -> Unavailable | None:
        entry = self._entries.get(package)
        name = entry.name if entry is not None else package.name.agent
        report = report_of(release.grants, entry.overrides if entry else None, self._table)
        refusals = judge(self._policy, name, report).refusals
        if not refusals:
            return None
        return Unavailable(FORBIDDEN, f"is forbidden: {refusals[0]}")


class _Candidate:
    """One release, of which only the version is known until more is asked."""

    __slots__ = ("_judge", "_listing", "_position", "_reason", "version")

    def __init__(
        self,
        listing: Listing,
        position: int,
        version: Version,
        judge: Callable[[Release], Unavailable | None],
    ) -> None:
        self.version = version
        self._listing = listing
        self._position = position
        self._judge = judge
        self._reason: Unavailable | EllipsisType | None = ...

    @property
    def dependencies(self) -> tuple[Requirement, ...]:
        """What it needs."""
        return self._listing[self._position].dependencies

    @property
    def unavailable(self) -> Unavailable | None:
        """Why it cannot be taken, if it cannot."""
        if isinstance(self._reason, EllipsisType):
            self._reason = self._judge(self._listing[self._position])
        return self._reason
