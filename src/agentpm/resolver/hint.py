"""What would help: changes of one thing that were tried, and found to make a problem solvable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TypeVar

from agentpm.model.name import AgentName, PackageName
from agentpm.model.release import PackageId
from agentpm.model.version import ANY, InvalidRequirement, Range, Version, parse_range
from agentpm.resolver.again import Answer, Tries
from agentpm.resolver.clause import Asked, Clash, Clause, Depends, Kept, Learned, Unknown, Unusable
from agentpm.resolver.further import Obstacle, obstacles
from agentpm.resolver.leaving import needing
from agentpm.resolver.problem import FORBIDDEN, ITSELF, Offered, Problem, Root
from agentpm.resolver.proof import Derivation
from agentpm.resolver.remembered import Remembered
from agentpm.resolver.shelf import Shelf
from agentpm.resolver.wording import listed, quoted
from agentpm.values import dataclass, replace

TRIES = 12
"""How many changes are tried."""

PRERELEASES = 3
"""How many pre-releases of a package are tried, from the newest down."""

_PRERELEASES_TOO = parse_range(">=0a0")
"""Every version, pre-releases included: those are only for ranges that name one."""

Name = TypeVar("Name", AgentName, PackageName)


@dataclass(frozen=True, slots=True)
class Change:
    """Another problem, with what to say of it given its answer."""

    problem: Problem
    catalog: Remembered
    say: Callable[[Answer], str | None]


@dataclass(frozen=True, slots=True)
class Advice:
    """What would help, and the releases that it lets in although they are unavailable."""

    hint: str | None
    lets_in: tuple[tuple[PackageId, Offered], ...] = ()


def is_refused(problem: Problem, catalog: Remembered, derivation: Derivation) -> bool:
    """Whether there would be an answer if the policy forbade nothing."""
    causes = (node.cause for node in derivation.nodes())
    if not any(isinstance(each, Unusable) and each.reason.kind == FORBIDDEN for each in causes):
        return False
    return Tries().answer(problem, catalog.excusing(_is_forbidden)) is not None


class Attempts:
    """The changes that come into question after a failure, `beyond` which there may be others."""

    def __init__(
        self,
        problem: Problem,
        catalog: Remembered,
        derivation: Derivation,
        beyond: Sequence[Derivation] = (),
    ) -> None:
        self.problem = problem
        self.catalog = catalog
        self.tries = Tries()
        self.own = frozenset(obstacles(derivation))
        found = (each for failure in (derivation, *beyond) for each in obstacles(failure))
        self.curable = tuple(dict.fromkeys(each for each in found if each.reason.hint is not None))
        self.shelves = derivation.shelves
        self.premises = [node for node in derivation.nodes() if not isinstance(node.cause, Learned)]
        self.asked = list(
            dict.fromkeys(
                node.cause.root for node in self.premises if isinstance(node.cause, Asked)
            )
        )

    def advice(self) -> Advice:
        """The first change that helps."""
        for change in islice(self._changes(), TRIES):
            answer = self.tries.answer(change.problem, change.catalog)
            said = change.say(answer) if answer is not None else None
            if answer is not None and said is not None:
                excuses = change.catalog is not self.catalog
                return Advice(said, tuple(self._let_in(answer)) if excuses else ())
        return Advice(next((hint for _, hint in self._suggestions()), None))

    def _suggestions(self) -> Iterator[tuple[PackageId, str]]:
        """What may help and cannot be tried: the catalog does not have the package it is about."""
        for node in self.premises:
            missing = node.cause.missing if isinstance(node.cause, Unknown) else None
            if missing is not None and missing.hint is not None:
                (package,) = node.terms
                yield self.shelves[package].id, missing.hint

    # -- changes ------------------------------------------------------------------------------

    def _changes(self) -> Iterator[Change]:
        yield from self._leaving()
        yield from self._other_names()
        yield from self._other_spellings()
        yield from self._excuses()
        yield from self._prereleases()
        yield from self._lowering()
        roots = sorted(self.asked, key=lambda root: root.package in self.problem.locked)
        # What a command was given for is what is wanted; a line of the manifest can give way to it.
        lines = sorted(dict.fromkeys([*roots, *self._kept()]), key=_is_said)
        for root in lines:
            yield from self._wider(root, ANY)
        for root in lines:
            if self._has_unnamed(root.package):
                yield from self._wider(root, _PRERELEASES_TOO)
        missing = {package for package, _ in self._suggestions()}
        for root in roots:
            if root.package not in missing:
                yield from self._without(root)

    def _with(self, root: Root, other: Root | None) -> Problem:
        """The problem with one requirement replaced, or left out."""
        roots = [other if each is root else each for each in self.problem.roots]
        return replace(self.problem, roots=tuple(each for each in roots if each is not None))

    def _change(self, problem: Problem, text: str) -> Change:
        return Change(problem, self.catalog, lambda _: text)

    def _leaving(self) -> Iterator[Change]:
        """Who needs what the project no longer asks for can go as well."""
        needed = needing(self.problem, self.catalog)
        away = list(dict.fromkeys(root for roots in needed.values() for root in roots))
        if away:
            problem = replace(
                self.problem, roots=tuple(root for root in self.problem.roots if root not in away)
            )
            names = listed([f"`{_installed_as(root)}`" for root in away])
            goals = listed([f"`{package.name}`" for package in needed])
            they = "they need" if len(away) > 1 else "it needs"
            yield self._change(problem, f"name {names} in the command as well: {they} {goals}")

    def _other_names(self) -> Iterator[Change]:
        for node in self.premises:
            if not isinstance(node.cause, Clash):
                continue
            for package in self._renamable(list(node.terms)):
                shelf = self.shelves[package]
                # Any name that nothing else has will do; the user chooses one that says something.
                name = _unchecked(AgentName, f"{node.cause.name}-2")
                mine = [root for root in self.problem.roots if root.package == shelf.id]
                others = [root for root in self.problem.roots if root.package != shelf.id]
                renamed = [replace(root, name=name) for root in mine] or [Root(shelf.id, name=name)]
                problem = replace(self.problem, roots=(*others, *renamed))
                command = f"agentpm install {shelf.id.name}{shelf.package.option} --as NAME"
                yield self._change(problem, f"give one of them another name: `{command}`")

    def _renamable(self, clashing: Sequence[int]) -> list[int]:
        """Which of clashing packages a command can give another name.

        Not what a line of the manifest asks for: that one is installed already; and not what has
        just lost its line. Where they have one
        name in two registries, and somebody asks for it as such, it means one of them to everybody.
        """
        asked = {root.package: root for root in self.problem.roots}
        names = {self.shelves[each].id.name for each in clashing}
        own = [asked.get(self.shelves[each].id) for each in clashing]
        if len(names) == 1 and any(root is not None and _is_by_name(root) for root in own):
            return []
        said = [each for each, root in zip(clashing, own, strict=True) if root and _is_said(root)]
        dropped = self.problem.dropped
        return said + [
            each
            for each, root in zip(clashing, own, strict=True)
            if root is None and self.shelves[each].id not in dropped
        ]

    def _other_spellings(self) -> Iterator[Change]:
        unknown = {
            self.shelves[package].id: node.cause.missing
            for node in self.premises
            if isinstance(node.cause, Unknown)
            for package in node.terms
        }
        for root in self.asked:
            missing = unknown.get(root.package)
            for near in missing.near if missing is not None else ():
                meant = root.package._replace(name=_unchecked(PackageName, near))
                problem = self._with(root, replace(root, package=meant))
                yield self._change(problem, f"did you mean `{near}`?")

    def _excuses(self) -> Iterator[Change]:
        """What it takes to have what is unavailable: of one package, of one kind, of any kind."""
        kinds = dict.fromkeys(each.reason.kind for each in self.curable)
        ways: list[tuple[Obstacle, ...]] = [(each,) for each in self.curable if each in self.own]
        ways += [tuple(x for x in self.curable if x.reason.kind == kind) for kind in kinds]
        ways.append(self.curable)
        for away in dict.fromkeys(filter(None, ways)):
            yield Change(self.problem, self._helping(away), self._all_hints)
        if kinds:
            # There may be more in the way than was found.
            excusing = self.catalog.excusing(partial(_is_curable, frozenset(kinds)))
            yield Change(self.problem, excusing, self._all_hints)

    def _helping(self, away: tuple[Obstacle, ...]) -> Remembered:
        """The catalog as it is once everything has been done about some obstacles that can be."""
        kinds = frozenset(each.reason.kind for each in away)
        return self.catalog.excusing(
            lambda package, candidate: (
                _is_curable(kinds, package, candidate)
                and any(each.holds(package, candidate) for each in away)
            )
        )

    def _all_hints(self, answer: Answer) -> str | None:
        """What it takes to have the releases of an answer that are unavailable as things stand."""
        hints = [
            reason.hint
            for _, candidate in self._let_in(answer)
            if (reason := candidate.unavailable)
        ]
        return _all_of(list(dict.fromkeys(filter(None, hints))))

    def _let_in(self, answer: Answer) -> Iterator[tuple[PackageId, Offered]]:
        """The releases of an answer that are unavailable as things stand."""
        for package, version in answer.items():
            for candidate in self.catalog.releases(package).candidates:
                if str(candidate.version) == str(version) and candidate.unavailable is not None:
                    yield package, candidate

    def _prereleases(self) -> Iterator[Change]:
        for node in self.premises:
            for package, found in self._unnamed(node):
                shelf = self.shelves[package]
                for position in list(shelf.positions(found))[: -PRERELEASES - 1 : -1]:
                    yield from self._naming(shelf, shelf.version(position))

    def _unnamed(self, node: Clause) -> Iterator[tuple[int, int]]:
        """The pre-releases that a premise may leave out for want of somebody who names them."""
        if isinstance(node.cause, Unusable) and node.cause.reason.kind == ITSELF:
            ((package, held),) = node.terms.items()
            shelf = self.shelves[package]
            yield package, 0 if shelf.opened else held & shelf.prereleases
        for package, ranges in _empty_handed(node):
            shelf = self.shelves[package]
            for wanted in ranges:
                yield package, shelf.within(wanted) & shelf.prereleases & ~shelf.accepts(wanted)

    def _naming(self, shelf: Shelf, version: Version) -> Iterator[Change]:
        for named in islice(_ranges_of(version), 1):
            problem = replace(self.problem, roots=(*self.problem.roots, Root(shelf.id, named)))
            command = f"agentpm install '{shelf.id.name}@{named}'{shelf.package.option}"
            roots = (root for root in self.problem.roots if root.package == shelf.id)
            if not all(map(_is_by_name, roots)):
                command = f"{shelf.id.name} {named}"
            yield self._change(problem, f"ask for the pre-release by name: `{command}`")

    def _lowering(self) -> Iterator[Change]:
        """A locked agent may move: by its name in the command, or by a command of its own."""
        moving = self.problem.moving
        if moving is None or not (moving or self._is_edited()):
            return
        for root in self._kept():
            problem = self._with(root, replace(root, keep_at_least=None))
            problem = replace(problem, moving=moving | {root.package})
            name = _installed_as(root)
            text = f"name `{name}` in the command as well, so that it may move"
            if not moving:
                text = f"`agentpm update {name}` lets it move as well"
            yield self._change(problem, text)

    def _is_edited(self) -> bool:
        """Whether a line of the manifest asks for something else than what is locked for it."""
        locked = self.problem.locked
        return any(
            not _is_said(root) and root.package in locked and locked[root.package] not in root.range
            for root in self.asked
        )

    def _kept(self) -> list[Root]:
        return [node.cause.root for node in self.premises if isinstance(node.cause, Kept)]

    def _wider(self, root: Root, widest: Range) -> Iterator[Change]:
        if root.range.is_any and root.keep_at_least is None:
            return
        for floor in dict.fromkeys((self._floor(root, widest), None)):
            problem = self._with(root, replace(root, range=widest, keep_at_least=floor))
            yield Change(problem, self.catalog, partial(self._instead, root))

    def _has_unnamed(self, package: PackageId) -> bool:
        """Whether a package has pre-releases that no line of the manifest names."""
        return any(
            shelf.prereleases and not shelf.opened for shelf in self.shelves if shelf.id == package
        )

    def _instead(self, root: Root, answer: Answer) -> str | None:
        """The requirement with which an answer could have been had, tried as it will be asked."""
        for wanted in _ranges_of(answer[root.package]):
            other = replace(root, range=wanted, keep_at_least=self._floor(root, wanted))
            if self.tries.answer(self._with(root, other), self.catalog) is not None:
                name = root.package.name
                if _is_said(root):
                    return f"ask for `{name}@{wanted.text.removeprefix('==')}` instead"
                return f"{quoted(root.origin)} would have to ask for `{name} {wanted}`"
        return None

    def _floor(self, root: Root, wanted: Range) -> Version | None:
        """Below which version a locked agent must not fall that is asked for in another range."""
        kept, moving = root.keep_at_least, self.problem.moving
        if kept is None and moving is not None and root.package not in moving:
            kept = self.problem.locked.get(root.package)
        return kept if kept is not None and kept in wanted else None

    def _without(self, root: Root) -> Iterator[Change]:
        # What a command was given for is nothing that it can do without.
        if len(self.problem.roots) > 1 and [root] != list(filter(_is_said, self.problem.roots)):
            text = f"there is an answer without `{root.package.name}` ({root.origin})"
            yield self._change(self._with(root, None), text)


def _all_of(hints: Sequence[str]) -> str | None:
    """Hints that help together only, each on lines of its own."""
    if len(hints) > 1:
        return "\n".join(["it takes all of these:", *(x.replace("\n", "\n  ") for x in hints)])
    return next(iter(hints), None)


def _is_said(root: Root) -> bool:
    """Whether a requirement stands in no file, but was said on the command line."""
    return " " in root.origin


def _is_by_name(root: Root) -> bool:
    """Whether something is asked for under its own name."""
    return _installed_as(root) == root.package.name.rpartition("/")[2]


def _installed_as(root: Root) -> str:
    """What the project calls something that it asks for."""
    return root.name or root.package.name.rpartition("/")[2]


def _ranges_of(version: Version) -> Iterator[Range]:
    """The requirements that people would ask for a version by, those that can be written."""
    for text in (f"^{version}", f"=={version}"):
        # Worlds other than that of agents have versions that no requirement of ours may name.
        with suppress(InvalidRequirement):
            yield parse_range(text)


def _unchecked(kind: type[Name], text: str) -> Name:
    """A name as it is: worlds other than that of agents have names of other forms."""
    return str.__new__(kind, text)


def _is_curable(kinds: frozenset[str], _package: PackageId, candidate: Offered) -> bool:
    """Whether something could be done about a candidate that is unavailable in one of some ways."""
    found = candidate.unavailable
    return found is not None and found.kind in kinds and found.hint is not None


def _is_forbidden(_package: PackageId, candidate: Offered) -> bool:
    return candidate.unavailable is not None and candidate.unavailable.kind == FORBIDDEN


def _empty_handed(node: Clause) -> Iterator[tuple[int, tuple[Range, ...]]]:
    """What a premise asks for, in which ranges."""
    if isinstance(node.cause, Asked):
        (package,) = node.terms
        yield package, (node.cause.root.range,)
    elif isinstance(node.cause, Depends):
        for group in node.cause.edge.groups:
            yield node.cause.edge.dependency, group.ranges
