"""Sets of releases and single clauses, in the words that people use for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.model.release import SHIPPED, Requirement
from agentpm.model.version import Range, Version
from agentpm.resolver.problem import Root, Unavailable
from agentpm.values import dataclass

if TYPE_CHECKING:
    from agentpm.resolver import clause as clauses
    from agentpm.resolver.clause import Clause, Edge
    from agentpm.resolver.proof import Derivation
    from agentpm.resolver.shelf import Shelf
else:
    # Most answers need no search, and nothing of it in words.
    clauses = lazy.module("agentpm.resolver.clause")

SPELLED = 3
"""How many stretches of versions a text spells out before it counts them."""


@dataclass(frozen=True, slots=True)
class Some:
    """Some releases of a package: its index, and the set."""

    package: int
    releases: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that is true of the world: of `subject`, what follows it in `said`.

    Where `subject` is None the sentence has its own beginning. `goal` is what the sentence ends
    with, and another may go on from; empty where it ends with what does not exist.
    """

    clause: Clause
    subject: Some | None
    said: str
    goal: Some | None = None


class Wording:
    """Words for the packages of one derivation; only names that two of them share get a source."""

    def __init__(self, shelves: Sequence[Shelf]) -> None:
        self.shelves = shelves
        names = Counter(shelf.id.name for shelf in shelves)
        self._shared = {name for name, count in names.items() if count > 1}

    # -- sets of releases ---------------------------------------------------------------------

    def name(self, package: int, text: str = "", *, apart: bool | None = False) -> str:
        """A package's name with a range behind it, in backticks.

        Its registry is said where it is `apart`, or else another package has the same name; but not
        where `apart` is None, since something else says it.
        """
        shelf = self.shelves[package]
        is_said = apart or (apart is not None and shelf.id.name in self._shared)
        where = f" of {_registry(shelf)}" if is_said else ""
        return f"`{shelf.id.name} {text}`{where}" if text else f"`{shelf.id.name}`{where}"

    def asked_for(
        self, package: int, ranges: Sequence[Range], *, apart: bool | None = False
    ) -> str:
        """A package in ranges that must all be met, as one would ask for it."""
        first, *others = as_few_texts(self.shelves[package], ranges)
        named = self.name(package, first, apart=apart)
        return " and ".join([named, *(f"`{text}`" for text in others)])

    def some(self, some: Some, words: Collection[str] | None = None) -> str:
        """Releases of a package as one would ask for them: `reviewer >=2.0.0,<2.4.0`.

        Where somebody asked for just these, it is in their words; `words` are those that may be used.
        """
        shelf = self.shelves[some.package]
        releases = some.releases & shelf.present
        positions = list(shelf.positions(releases))
        if not positions or (releases == shelf.present and len(positions) > 1):
            return self.name(some.package)
        if len(positions) == 1:
            return self.name(some.package, str(shelf.version(positions[0])))
        own = shelf.asked_as(releases, words)
        if own is not None:
            return self.name(some.package, own)
        found = stretches(shelf, releases)
        if len(found) > SPELLED:
            first, last = shelf.version(positions[0]), shelf.version(positions[-1])
            return f"{len(positions)} releases of {self.name(some.package)} from {first} to {last}"
        return " or ".join(
            [self.name(some.package, found[0]), *(f"`{text}`" for text in found[1:])]
        )

    def one_of(self, some: Some, words: Collection[str] | None = None) -> str:
        """The same where any one of them would do."""
        text = self.some(some, words)
        return f"one of {text}" if _is_counted(text) else text

    def sentence(self, statement: Statement) -> str:
        """A statement with what it is about in front."""
        some, said = statement.subject, statement.said
        if some is None:
            return said
        text = self._listed(some) or self.some(some)
        several = _is_counted(text) or " and " in text
        if isinstance(statement.clause.cause, clauses.Depends):
            return f"{text} {said.replace('needs', 'need', 1) if several else said}"
        if not some.releases & (some.releases - 1):
            return f"{text} {said}"
        return f"{'each' if several else 'every release'} of {text} {said}"

    def _listed(self, some: Some) -> str | None:
        """Releases of a package one by one, where they are few, and no range is all of them."""
        shelf = self.shelves[some.package]
        releases = some.releases & shelf.present
        positions = list(shelf.positions(releases))
        if not 1 < len(positions) == len(stretches(shelf, releases)) <= SPELLED:
            return None
        if shelf.asked_as(releases) is not None:
            return None
        first, *others = (str(shelf.version(position)) for position in positions)
        return listed([self.name(some.package, first), *(f"`{text}`" for text in others)])

    def which(self, statement: Statement) -> str:
        """How a statement goes on from one that ends with what it is about."""
        some = statement.subject
        if some is None:
            return "but"
        if isinstance(statement.clause.cause, clauses.Depends):
            return "which"
        if some.releases & (some.releases - 1):
            return "every release of which"
        version = self.shelves[some.package].version(some.releases.bit_length() - 1)
        return f"of which the only release, {version},"

    def learned(self, clause: Clause) -> Statement:
        """A conclusion, when it is referred to."""
        return Statement(clause, None, self.conclusion(clause))

    # -- what is true by itself ---------------------------------------------------------------

    def existing(self, package: int) -> int:
        """All that a package can be, not counting the release that stands for those it lacks."""
        shelf = self.shelves[package]
        return shelf.every if shelf.candidates else shelf.absent

    def asked(self, clause: Clause, root: Root) -> Statement:
        """That the project asks for something."""
        ((package, excluded),) = clause.terms.items()
        shelf = self.shelves[package]
        goal = self.asked_for(package, [root.range])
        if root.name is not None and root.name != shelf.id.name.rpartition("/")[2]:
            goal += f" as `{root.name}`"
        said = f"{quoted(root.origin)} asks for {goal}"
        accepted = shelf.present & ~excluded
        if accepted:
            return Statement(clause, None, said, Some(package, accepted))
        return Statement(clause, None, said + self.lacking(package, [root.range]))

    def needs(self, edge: Edge, releases: int) -> Statement:
        """That some releases of a package, which all do, need another one."""
        dependency = edge.dependency
        shelf = self.shelves[dependency]
        groups = [group for group in edge.groups if group.releases & releases]
        accepted = edge.allowed(releases) & self.existing(dependency)
        clause = edge.about(releases, shelf.every & ~accepted)
        subject = Some(edge.dependent, releases)
        foreign: bool | None = self._is_apart(edge.dependent, dependency)
        spelled = list(dict.fromkeys(group.ranges for group in groups))
        ranges = [wanted for group in groups for wanted in group.ranges]
        lacking = "" if accepted else self.lacking(dependency, ranges, asking=edge.dependent)
        if lacking and self._tells_where(dependency, lacking):
            foreign = None
        if not accepted and len(spelled) > SPELLED and shelf.candidates:
            named = self.name(dependency, apart=foreign)
            said = f"needs {named} in {len(spelled)} ways, none of which any release"
            newest = self._newest(dependency, ranges)
            return Statement(clause, subject, f"{said} meets (the newest is {newest})")
        if len(spelled) == 1 or (not accepted and len(spelled) <= SPELLED):
            goals = list(
                dict.fromkeys(self.asked_for(dependency, each, apart=foreign) for each in spelled)
            )
            # Who would take any release says so for all others.
            anything = self.name(dependency, apart=foreign)
            goal = anything if anything in goals else " or ".join(goals)
        else:
            words = {wanted.text for wanted in ranges}
            goal = self.one_of(Some(dependency, accepted or shelf.present), words)
        said = f"needs {goal}"
        if accepted:
            return Statement(clause, subject, said, Some(dependency, accepted))
        return Statement(clause, subject, said + lacking)

    def unusable(self, clause: Clause, reason: Unavailable, among: int) -> Statement:
        """That releases cannot be taken, as far as it concerns those `among` them."""
        ((package, excluded),) = clause.terms.items()
        releases = excluded & among & self.shelves[package].present
        weaker = clauses.Clause({package: releases}, clause.cause)
        return Statement(weaker, Some(package, releases), reason.text)

    def kept(self, clause: Clause, root: Root) -> Statement:
        """That a locked package is not to fall lower."""
        (package,) = clause.terms
        said = f"is locked at {root.keep_at_least}, below which nothing moves it unasked"
        return Statement(clause, None, f"{self.name(package)} {said}")

    def clash(self, clause: Clause, name: str) -> Statement:
        """That two packages would be installed under one name."""
        both = " and ".join(self.name(package) for package in sorted(clause.terms))
        return Statement(clause, None, f"{both} would both be installed as `{name}`")

    def _is_apart(self, asking: int, asked: int) -> bool:
        """Whether a package is taken from another registry than that of the one that asks for it."""
        dependent, dependency = self.shelves[asking], self.shelves[asked]
        is_listed = (
            dependent.package.registry is not None and dependency.package.registry is not None
        )
        return is_listed and dependent.id.source != dependency.id.source

    def _tells_where(self, package: int, lacking: str) -> bool:
        """Whether what is added where a package lacks a release says in which place it is."""
        shelf = self.shelves[package]
        label = shelf.package.label
        return not shelf.candidates or (label is not None and label in lacking)

    def lacking(self, package: int, ranges: Sequence[Range], *, asking: int | None = None) -> str:
        """What to add where a package has no release in any of some ranges.

        `asking` is the package that asks for it, None where the project does.
        """
        shelf = self.shelves[package]
        if not shelf.candidates:
            missing = shelf.package.missing
            if missing is None:
                return ", which has no release"
            near = " or ".join(f"`{name}`" for name in missing.near)
            return f", which {missing.text}" + (f" (there is {near})" if near else "")
        if any(shelf.within(wanted) & shelf.prereleases for wanted in ranges):
            return ", of which there are only pre-releases, and nothing names one"
        newest = self._newest(package, ranges)
        label = shelf.package.label
        if label is not None and shelf.package.registry is None:
            return f", but {label}"
        if label is not None and asking is not None and self._is_apart(asking, package):
            other = _registry(self.shelves[asking])
            return f", but {label}, not from {other}, and the newest there is {newest}"
        return f", but there is no such release (the newest is {newest})"

    def _newest(self, package: int, ranges: Sequence[Range]) -> Version:
        """The newest release of a package that requirements of their kind could mean."""
        shelf = self.shelves[package]
        stable = shelf.present & ~shelf.prereleases
        named = shelf.opened or any(wanted.names_prerelease for wanted in ranges)
        return shelf.version((shelf.present if named or not stable else stable).bit_length() - 1)

    # -- what follows -------------------------------------------------------------------------

    def conclusion(self, clause: Clause) -> str:
        """What a clause says that rests on others."""
        present, needed = [], []
        for package, held in sorted(clause.terms.items()):
            shelf = self.shelves[package]
            if held & shelf.absent:
                needed.append(self.one_of(Some(package, shelf.present & ~held)))
            else:
                present.append(self.some(Some(package, held)))
        if not needed:
            if len(present) == 1:
                return f"{present[0]} cannot be used"
            return f"{listed(present)} do not go together"
        goal = " or ".join(needed)
        if not present:
            return f"{goal} is needed"
        if len(present) == 1:
            return f"{present[0]} only {'go' if _is_counted(present[0]) else 'goes'} with {goal}"
        return f"{listed(present)} together only go with {goal}"


def _registry(shelf: Shelf) -> str:
    """The registry of a package, as the project calls it."""
    if shelf.id.source == SHIPPED:
        return "the shipped registry"
    return f"`{shelf.package.registry or shelf.id.source}`"


def _is_counted(text: str) -> bool:
    """Whether a text for releases counts them, so that it is about several."""
    return text[0] != "`"


def listed(texts: Sequence[str]) -> str:
    """Texts as people list them: `a, b and c`."""
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))


def stretches(shelf: Shelf, releases: int) -> list[str]:
    """The ranges that a set of releases amounts to, among the releases that there are."""
    found: list[str] = []
    positions = list(shelf.positions(releases))
    # No range but `===` tells apart two releases whose versions are equal, such as 1.0 and 1.0.0.
    twins = positions if shelf.has_twins else ()
    alone = {each for each in twins if shelf.twins(each) & ~releases}
    while positions:
        start = end = positions.pop(0)
        if start in alone:
            found.append(f"==={shelf.version(start)}")
            continue
        while positions and positions[0] == end + 1 and positions[0] not in alone:
            end = positions.pop(0)
        found.append(_stretch(shelf, start, end))
    return found


def _stretch(shelf: Shelf, start: int, end: int) -> str:
    if shelf.twins(start) >> end & 1:
        return f"=={shelf.version(start)}"
    lower = f">={shelf.version(start)}" if start else ""
    upper = f"<{shelf.version(end + 1)}" if end + 1 < len(shelf.candidates) else ""
    return ",".join(filter(None, (lower, upper)))


def as_few_texts(shelf: Shelf, ranges: Sequence[Range]) -> list[str]:
    """Ranges that must all be met, as few texts as say so; an empty one where anything will do.

    Where one of them names a pre-release, and another by that leaves it out, one text would let in
    what they do not.
    """
    kinds = {wanted.names_prerelease for wanted in ranges}
    if len(kinds) > 1 and shelf.prereleases and not shelf.opened:
        return [wanted.text for wanted in ranges]
    return [",".join(wanted.text for wanted in ranges if not wanted.is_any)]


def quoted(origin: str) -> str:
    """A place such as `agentpm.toml:7` in backticks; a phrase such as "the command line" as it is."""
    return origin if " " in origin else f"`{origin}`"


def asking(root: Root) -> str:
    """Who a line of the manifest is, where what it asks for comes next."""
    return f"{quoted(root.origin)}, which asks for"


def unfitting(who: str, name: str, wanted: Range) -> str:
    """What is wrong with a release that is not in a range in which somebody asks for its package."""
    return f"does not fit {who} `{name} {wanted}`"


def headline(derivation: Derivation) -> str:
    """A failure in one sentence: what cannot be had, of what the project asks for."""
    wording = Wording(derivation.shelves)
    asked = {
        _wanted(node.cause.root): wording.asked_for(package, [node.cause.root.range])
        for node in derivation.nodes()
        if isinstance(node.cause, clauses.Asked)
        for package in node.terms
    }
    texts = list(dict.fromkeys(asked[key] for key in sorted(asked)))
    if len(texts) == 1:
        return f"{texts[0]} cannot be installed"
    if len(texts) > SPELLED:
        texts = [*texts[: SPELLED - 1], f"{len(texts) - SPELLED + 1} more"]
    return f"{listed(texts)} cannot be installed together"


def _wanted(root: Root) -> tuple[str, str]:
    """How the things that a project asks for are told apart, and ordered."""
    return str(Requirement(root.package.name, root.range)), root.package.source
