"""What would help: changes of one thing that were tried, and found to make a problem solvable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice

from agentpm.model.name import AgentName, PackageName
from agentpm.model.release import PackageId
from agentpm.model.version import ANY, Range, Version, parse_range
from agentpm.resolver.analysis import Contradiction
from agentpm.resolver.clause import Asked, Clash, Clause, Depends, Kept, Learned, Unknown, Unusable
from agentpm.resolver.problem import FORBIDDEN, Offered, Problem, Root, Unavailable
from agentpm.resolver.proof import Derivation
from agentpm.resolver.remembered import Excuse, Remembered
from agentpm.resolver.search import Bounded, Search
from agentpm.resolver.wording import quoted
from agentpm.resolver.world import World
from agentpm.values import dataclass

TRIES = 12
"""How many changes are tried."""

BOUND = 100_000
"""How much work each try may do."""


Answer = Mapping[PackageId, Version]


@dataclass(frozen=True, slots=True)
class Change:
    """Another problem, with what to say of it given its answer."""

    problem: Problem
    catalog: Remembered
    say: Callable[[Answer], str | None]


class Attempts:
    """The changes that come into question after a failure."""

    def __init__(self, problem: Problem, catalog: Remembered, derivation: Derivation) -> None:
        self.problem = replace(problem, bound=BOUND)
        self.catalog = catalog
        self.shelves = derivation.shelves
        self.premises = [node for node in derivation.nodes() if not isinstance(node.cause, Learned)]
        self.asked = list(
            dict.fromkeys(
                node.cause.root for node in self.premises if isinstance(node.cause, Asked)
            )
        )

    def hint(self) -> str | None:
        """The first change that helps."""
        for change in islice(self._changes(), TRIES):
            answer = _solved(change.problem, change.catalog)
            said = change.say(answer) if answer is not None else None
            if said is not None:
                return said
        return next((hint for _, hint in self._suggestions()), None)

    def is_refused(self) -> bool:
        """Whether there would be an answer if the policy forbade nothing."""
        reasons = (node.cause.reason for node in self.premises if isinstance(node.cause, Unusable))
        if not any(reason.kind == FORBIDDEN for reason in reasons):
            return False
        return _solved(self.problem, self.catalog.excusing(_is_forbidden)) is not None

    def _suggestions(self) -> Iterator[tuple[PackageId, str]]:
        """What may help and cannot be tried: the catalog does not have the package it is about."""
        for node in self.premises:
            missing = node.cause.missing if isinstance(node.cause, Unknown) else None
            if missing is not None and missing.hint is not None:
                (package,) = node.terms
                yield self.shelves[package].id, missing.hint

    # -- changes ------------------------------------------------------------------------------

    def _changes(self) -> Iterator[Change]:
        yield from self._other_names()
        yield from self._other_spellings()
        yield from self._excuses()
        yield from self._prereleases()
        yield from self._lowering()
        roots = sorted(self.asked, key=lambda root: root.package in self.problem.locked)
        for root in dict.fromkeys([*roots, *self._kept()]):
            yield from self._wider(root)
        missing = {package for package, _ in self._suggestions()}
        for root in roots:
            if root.package not in missing:
                yield from self._without(root)

    def _with(self, root: Root, other: Root | None) -> Problem:
        """The problem with one requirement replaced, or left out."""
        roots = [other if each is root else each for each in self.problem.roots]
        return replace(self.problem, roots=tuple(each for each in roots if each is not None))

    def _change(self, problem: Problem, text: str, excuse: Excuse | None = None) -> Change:
        catalog = self.catalog.excusing(excuse) if excuse is not None else self.catalog
        return Change(problem, catalog, lambda _: text)

    def _other_names(self) -> Iterator[Change]:
        for node in self.premises:
            if not isinstance(node.cause, Clash):
                continue
            clashing = [self.shelves[package].id for package in node.terms]
            if len({identity.name for identity in clashing}) == 1:
                # Who names one of them in the manifest gets that one wherever the name is asked for.
                continue
            in_manifest = {root.package for root in self.problem.roots}
            for identity in sorted(clashing, key=lambda each: each in in_manifest):
                name = AgentName(f"{node.cause.name[:60]}-2")
                mine = [root for root in self.problem.roots if root.package == identity]
                others = [root for root in self.problem.roots if root.package != identity]
                renamed = [replace(root, name=name) for root in mine] or [Root(identity, name=name)]
                problem = replace(self.problem, roots=(*others, *renamed))
                command = f"agentpm install {identity.name} --as NAME"
                yield self._change(problem, f"give one of them another name: `{command}`")

    def _other_spellings(self) -> Iterator[Change]:
        for root in self.asked:
            for node in self.premises:
                (package, *_) = node.terms
                if isinstance(node.cause, Unknown) and self.shelves[package].id == root.package:
                    for near in node.cause.missing.near if node.cause.missing else ():
                        meant = replace(root.package, name=PackageName(near))
                        problem = self._with(root, replace(root, package=meant))
                        yield self._change(problem, f"did you mean `{near}`?")

    def _excuses(self) -> Iterator[Change]:
        for node in self.premises:
            if isinstance(node.cause, Unusable) and node.cause.reason.hint is not None:
                (package,) = node.terms
                reason = node.cause.reason
                excuse = partial(_is_this, self.shelves[package].id, reason)
                yield self._change(self.problem, node.cause.reason.hint, excuse)
        yield Change(self.problem, self.catalog.excusing(_is_forbidden), self._approvals)

    def _approvals(self, answer: Answer) -> str | None:
        """What it takes to have the releases of an answer that are forbidden as things stand."""
        hints = [
            candidate.unavailable.hint
            for package, version in answer.items()
            for candidate in self.catalog.releases(package).candidates
            if candidate.version == version and candidate.unavailable is not None
        ]
        return "; ".join(dict.fromkeys(filter(None, hints))) or None

    def _prereleases(self) -> Iterator[Change]:
        for node in self.premises:
            for package, ranges in _empty_handed(node):
                shelf = self.shelves[package]
                for wanted in ranges:
                    found = shelf.within(wanted) & shelf.prereleases & ~shelf.accepts(wanted)
                    if found:
                        version = shelf.version(found.bit_length() - 1)
                        root = Root(shelf.id, parse_range(f"^{version}"))
                        problem = replace(self.problem, roots=(*self.problem.roots, root))
                        text = f"ask for the pre-release by name: `{shelf.id.name} ^{version}`"
                        yield self._change(problem, text)

    def _lowering(self) -> Iterator[Change]:
        moving = self.problem.moving
        for root in self._kept() if moving else ():
            # Only a command that moves agents by name takes another name.
            problem = self._with(root, replace(root, keep_at_least=None))
            problem = replace(problem, moving=frozenset({*(moving or ()), root.package}))
            text = f"name `{root.package.name}` in the command as well, so that it may move"
            yield self._change(problem, text)

    def _kept(self) -> list[Root]:
        return [node.cause.root for node in self.premises if isinstance(node.cause, Kept)]

    def _wider(self, root: Root) -> Iterator[Change]:
        if root.range.is_any and root.keep_at_least is None:
            return
        for floor in dict.fromkeys((self._floor(root, ANY), None)):
            problem = self._with(root, replace(root, range=ANY, keep_at_least=floor))
            yield Change(problem, self.catalog, partial(self._instead, root))

    def _instead(self, root: Root, answer: Answer) -> str | None:
        """The requirement with which an answer could have been had, tried as it will be asked."""
        version = answer[root.package]
        for text in (f"^{version}", f"=={version}"):
            wanted = parse_range(text)
            other = replace(root, range=wanted, keep_at_least=self._floor(root, wanted))
            if _solved(self._with(root, other), self.catalog) is not None:
                return f"{quoted(root.origin)} would have to ask for `{root.package.name} {text}`"
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


def _is_said(root: Root) -> bool:
    """Whether a requirement stands in no file, but was said on the command line."""
    return " " in root.origin


def _is_this(package: PackageId, reason: Unavailable, other: PackageId, candidate: Offered) -> bool:
    return (package, reason) == (other, candidate.unavailable)


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


def _solved(problem: Problem, catalog: Remembered) -> Answer | None:
    """The versions that answer a problem; None where there is no answer, or none was found."""
    search = Search(World(problem, catalog))
    try:
        answer = search.run()
    except (Contradiction, Bounded):
        return None
    shelves = search.world.shelves
    return {shelves[each].id: shelves[each].version(at) for each, at in answer.items()}
