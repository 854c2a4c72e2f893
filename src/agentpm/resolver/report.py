"""What to tell about an answer: what was passed over, what moved, what deserves a warning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from agentpm.model.version import Range
from agentpm.resolver.problem import Strategy
from agentpm.resolver.solution import Move, PassedOver, Solution, Warned
from agentpm.resolver.wording import Wording, quoted
from agentpm.resolver.world import World

Reason = tuple[str, str]
"""A kind of reason, and the words that go on after the release's name."""

DEPTH = 3
"""How many agents a reason may lead through."""

FEW = 4
"""How many releases of a package are looked at to find that none of them will do."""

LOOKS, ALL_LOOKS = 200, 20_000
"""How many dependencies are looked at to find one reason, and how many for all of them.

What is behind a reason may be a thicket, and the answer is there already.
"""

Path = Mapping[int, int]
"""Releases by package, each of which needs the one after it."""

_START: Path = {}

_NEWER: Reason = "lowest", "is newer than the oldest that fits"


def report(world: World, answer: Mapping[int, int]) -> Solution:
    """The solution with all that is to be said of it; `answer` has positions by package."""
    reporter = _Reporter(world, answer)
    shelves = world.shelves
    order = sorted(answer, key=lambda each: (shelves[each].id.name, shelves[each].id.source))
    return Solution(
        chosen={shelves[each].id: shelves[each].version(answer[each]) for each in order},
        dependencies={
            shelves[each].id: tuple(
                shelves[other].id for other, _, _ in world.asks(each, answer[each])
            )
            for each in order
        },
        passed_over=tuple(line for each in order for line in reporter.passed_over(each)),
        moved=tuple(line for each in order for line in reporter.moved(each)),
        warnings=tuple(line for each in order for line in reporter.warned(each)),
    )


class _Asked(NamedTuple):
    """One way in which a package is asked for.

    `within` are the releases in its range, `accepted` those that it may be met with; `text` is what
    is wrong with others.
    """

    within: int
    accepted: int
    text: str
    is_line: bool


class _Reporter:
    """Reads off an answer why it is not another one."""

    def __init__(self, world: World, answer: Mapping[int, int]) -> None:
        self.world = world
        self.answer = answer
        self._asks: dict[int, Sequence[_Asked]] = {}
        self._looks, self._all_looks = LOOKS, ALL_LOOKS
        self.dependents: dict[int, list[int]] = {}
        for package, position in answer.items():
            for other, _, _ in world.asks(package, position):
                self.dependents.setdefault(other, []).append(package)

    @cached_property
    def wording(self) -> Wording:
        """Words for the packages that were visited."""
        return Wording(self.world.shelves)

    def passed_over(self, package: int) -> Iterator[PassedOver]:
        """The releases newer than the chosen one; where the oldest are asked for, the older ones too."""
        shelf, chosen = self.world.shelves[package], self.answer[package]
        is_lowest = self.world.problem.strategy is Strategy.LOWEST
        counts_up = is_lowest and not self.world.is_stayer[package]
        for position in range(len(shelf.candidates) - 1, chosen, -1):
            kind, text = _NEWER if counts_up else self._why_not(package, position)
            yield PassedOver(shelf.id, shelf.version(position), kind, text)
        for position in range(chosen - 1, -1, -1) if counts_up else ():
            kind, text = self._why_not(package, position)
            yield PassedOver(shelf.id, shelf.version(position), kind, text)

    def moved(self, package: int) -> Iterator[Move]:
        """The move of a locked package, if it did."""
        shelf = self.world.shelves[package]
        before = self.world.problem.locked.get(shelf.id)
        after = shelf.version(self.answer[package])
        if before is None or before == after:
            return
        locked = self.world.locked[package]
        if not locked:
            text = f"{before} is not there any more"
        elif before < after and not self.world.is_stayer[package]:
            text = "it was asked to move"
        else:
            text = f"{before} {self._why_not(package, locked.bit_length() - 1)[1]}"
        yield Move(shelf.id, before, after, text)

    def warned(self, package: int) -> Iterator[Warned]:
        """The warning about a yanked release that is chosen because it is locked."""
        shelf = self.world.shelves[package]
        candidate = shelf.candidates[self.answer[package]]
        if candidate.unavailable is not None:
            text = f"{candidate.unavailable.text}; it is used because it is locked"
            yield Warned(shelf.id, candidate.version, text)

    # -- why not another one ------------------------------------------------------------------

    def _why_not(self, package: int, position: int) -> Reason:
        """The kind of reason and the words, for a release that exists and is not the chosen one."""
        reasons = (
            self._unasked, self._unusable, self._excluded, self._unwanted, self._unfitting
        )  # fmt: skip
        self._looks = min(LOOKS, self._all_looks)
        found = (reason(package, position) for reason in reasons)
        return next(filter(None, found), ("needs", "does not go together with the rest"))

    def _unasked(self, package: int, position: int) -> Reason | None:
        """A line of the manifest that leaves the release out, whatever else is wrong with it."""
        for asked in self._asked(package):
            if asked.is_line and not asked.within >> position & 1:
                return "excluded", asked.text
        return None

    def _unusable(self, package: int, position: int) -> Reason | None:
        reason = self.world.why_not(package, position)
        return (reason.kind, reason.text) if reason is not None else None

    def _excluded(self, package: int, position: int) -> Reason | None:
        """A requirement that leaves the release out."""
        for asked in self._asked(package):
            if not asked.within >> position & 1:
                return "excluded", asked.text
        for asked in self._asked(package):
            if not asked.accepted >> position & 1:
                return "prerelease", "is a pre-release, which not all that ask for it name"
        return None

    def _asked(self, package: int) -> Sequence[_Asked]:
        """How a package is asked for: by lines of the manifest, then by what was chosen."""
        known = self._asks.get(package)
        if known is None:
            known = self._asks[package] = [
                *(
                    self._ask(package, wanted, who, is_line=True)
                    for wanted, who in self._lines(package)
                ),
                *(
                    self._ask(package, wanted, who, is_line=False)
                    for wanted, who in self._needs(package)
                ),
            ]
        return known

    def _ask(self, package: int, wanted: Range, who: str, *, is_line: bool) -> _Asked:
        shelf = self.world.shelves[package]
        text = f"does not fit {who} `{shelf.id.name} {wanted}`"
        return _Asked(shelf.within(wanted), shelf.accepts(wanted), text, is_line)

    def _needs(self, package: int) -> Iterator[tuple[Range, str]]:
        world = self.world
        for dependent in self.dependents.get(package, ()):
            position, shelf = self.answer[dependent], world.shelves[dependent]
            for wanted in world.ranges(dependent, position, package):
                yield wanted, f"`{shelf.id.name} {shelf.version(position)}`, which needs"

    def _lines(self, package: int) -> Iterator[tuple[Range, str]]:
        for root in self.world.roots.get(self.world.shelves[package].id, ()):
            yield root.range, f"{quoted(root.origin)}, which asks for"

    def _unwanted(self, package: int, position: int) -> Reason | None:
        """That the release could do, but another one was wished for."""
        world = self.world
        if world.is_stayer[package] and world.locked[package] == 1 << self.answer[package]:
            return "locked", "is newer than the locked release"
        if world.problem.strategy is Strategy.LOWEST and position > self.answer[package]:
            return _NEWER
        return None

    def _unfitting(self, package: int, position: int, path: Path = _START) -> Reason | None:
        """Something that the release needs itself, and that is otherwise."""
        world = self.world
        path = {**path, package: position}
        for other, accepted, _ in world.known_asks(package, position):
            trouble = self._trouble(other, accepted, path)
            if trouble is not None:
                ranges = world.ranges(package, position, other)
                trouble = trouble or self.wording.lacking(other, ranges)
                return "needs", f"needs {self.wording.asked_for(other, ranges)}{trouble}"
        return None

    def _trouble(self, package: int, accepted: int, path: Path) -> str | None:
        """Why none of the releases `accepted` is there, if it can be told; empty if there are none.

        `path` are the releases that asked for it, one for the other.
        """
        self._looks -= 1
        self._all_looks -= 1
        shelf = self.world.shelves[package]
        if not accepted or not shelf.candidates:
            return ""
        if package in path:
            at = path[package]
            return None if accepted >> at & 1 else f", and this is {shelf.version(at)}"
        chosen = self.answer.get(package)
        if chosen is not None:
            return None if accepted >> chosen & 1 else f", and that is {shelf.version(chosen)}"
        for name, other in self.world.namesakes(package):
            if other in self.answer or other in path:
                return f", which would be installed as `{name}`, like {self.wording.name(other)}"
        told = None
        if len(path) <= DEPTH and accepted.bit_count() <= FEW and self._looks > 0:
            told = self._told(package, list(shelf.positions(accepted)), path)
        if told is None and not accepted & self.world.engine.ground[package]:
            return ", no release of which can be had beside the rest"
        return told

    def _told(self, package: int, positions: Sequence[int], path: Path) -> str | None:
        """Why none of some releases will do, where that can be told of each of them."""
        shelf = self.world.shelves[package]
        found = []
        for position in positions:
            reason = self._unusable(package, position) or self._unfitting(package, position, path)
            if reason is None:
                return None
            found.append(reason[1])
        if len(set(found)) > 1:
            newest = shelf.version(positions[-1])
            return f", of which no release fits ({newest} {found[-1]})"
        if len(shelf.candidates) == 1:
            return f", which {found[0]}"
        if len(found) == 1:
            return f", of which {shelf.version(positions[0])} {found[0]}"
        return f", every release of which {found[0]}"
