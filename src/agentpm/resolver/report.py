"""What to tell about an answer: what was passed over, what moved, what deserves a warning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from agentpm.model.version import Range
from agentpm.resolver.problem import Strategy
from agentpm.resolver.solution import Move, PassedOver, Solution, Warned
from agentpm.resolver.wording import quoted, together
from agentpm.resolver.world import World

Reason = tuple[str, str]
"""A kind of reason, and the words that go on after the release's name."""

DEPTH = 3
"""How many agents a reason may lead through."""


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


class _Reporter:
    """Reads off an answer why it is not another one."""

    def __init__(self, world: World, answer: Mapping[int, int]) -> None:
        self.world = world
        self.answer = answer
        self.dependents: dict[int, list[int]] = {}
        for package, position in answer.items():
            for other, _, _ in world.asks(package, position):
                self.dependents.setdefault(other, []).append(package)

    def passed_over(self, package: int) -> Iterator[PassedOver]:
        """The releases newer than the chosen one."""
        shelf = self.world.shelves[package]
        for position in range(len(shelf.candidates) - 1, self.answer[package], -1):
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
        found = (reason(package, position) for reason in reasons)
        return next(filter(None, found), ("needs", "does not go together with the rest"))

    def _unasked(self, package: int, position: int) -> Reason | None:
        """A line of the manifest that leaves the release out, whatever else is wrong with it."""
        shelf = self.world.shelves[package]
        for wanted, who in self._lines(package):
            if not shelf.within(wanted) >> position & 1:
                return "excluded", f"does not fit {who} `{shelf.id.name} {wanted}`"
        return None

    def _unusable(self, package: int, position: int) -> Reason | None:
        reason = self.world.why_not(package, position)
        return (reason.kind, reason.text) if reason is not None else None

    def _excluded(self, package: int, position: int) -> Reason | None:
        """A requirement that leaves the release out."""
        shelf = self.world.shelves[package]
        for wanted, who in self._asked(package):
            if not shelf.within(wanted) >> position & 1:
                return "excluded", f"does not fit {who} `{shelf.id.name} {wanted}`"
        for wanted, _ in self._asked(package):
            if not shelf.accepts(wanted) >> position & 1:
                return "prerelease", "is a pre-release, which not all that ask for it name"
        return None

    def _asked(self, package: int) -> Iterator[tuple[Range, str]]:
        """The ranges in which a package is asked for, with who does."""
        world = self.world
        yield from self._lines(package)
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
            return "lowest", "is newer than the oldest that fits"
        return None

    def _unfitting(self, package: int, position: int, depth: int = 0) -> Reason | None:
        """Something that the release needs itself, and that is otherwise."""
        world = self.world
        for other, accepted, _ in world.known_asks(package, position):
            trouble = self._trouble(other, accepted, depth)
            if trouble is not None:
                wanted = together(world.ranges(package, position, other))
                goal = f"{world.shelves[other].id.name} {wanted}".rstrip()
                return "needs", f"needs `{goal}`, {trouble}"
        return None

    def _trouble(self, package: int, accepted: int, depth: int) -> str | None:
        """Why none of the releases `accepted` is there, if it can be told."""
        shelf, chosen = self.world.shelves[package], self.answer.get(package)
        if not shelf.candidates:
            missing = shelf.package.missing
            return f"which {missing.text}" if missing else "which has no release"
        if chosen is not None:
            return None if accepted >> chosen & 1 else f"and that is {shelf.version(chosen)}"
        usable = accepted & self.world.engine.ground[package]
        if not usable:
            return "of which no release can be used"
        if usable & (usable - 1) or depth == DEPTH:
            return None
        deeper = self._unfitting(package, usable.bit_length() - 1, depth + 1)
        return f"which {deeper[1]}" if deeper is not None else None
