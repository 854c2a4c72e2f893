"""What to tell about an answer: what was passed over, what moved, what deserves a warning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from agentpm.model.release import PackageId
from agentpm.model.version import Range
from agentpm.resolver.problem import Root, Strategy
from agentpm.resolver.solution import EXCLUDED, NEEDS, Move, PassedOver, Solution, Warned
from agentpm.resolver.wording import Wording, asking, unfitting
from agentpm.resolver.world import World

Reason = tuple[str, str]
"""A kind of reason, and the words that go on after the release's name."""

Caught = tuple[int, Reason]
"""Releases that have the same reason."""

Asked = tuple[Range, Root | int]
"""A range in which a package is asked for, by a line of the manifest or by a package."""

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
_LOCKED: Reason = "locked", "is newer than the locked release"
_UNNAMED: Reason = "prerelease", "is a pre-release, which not all that ask for it name"
_TOGETHER: Reason = NEEDS, "does not go together with the rest"


def report(world: World, answer: Mapping[int, int]) -> Solution:
    """The solution, of which all can be told; `answer` has positions by package."""
    shelves = world.shelves
    ids = [(shelves[each].id.name, shelves[each].id.source, each) for each in answer]
    order = [each for _, _, each in sorted(ids)]
    chosen = {shelves[each].id: shelves[each].candidates[answer[each]].version for each in order}
    return Solution(chosen, _Report(world, answer, order))


class _Report:
    """Reads off an answer why it is not another one, when that is asked.

    `order` are its packages in the order in which they are told of.
    """

    def __init__(self, world: World, answer: Mapping[int, int], order: Sequence[int]) -> None:
        self.world = world
        self.answer = answer
        self.order = order
        self._looks, self._all_looks = LOOKS, ALL_LOOKS

    @cached_property
    def dependencies(self) -> Mapping[PackageId, tuple[PackageId, ...]]:
        """The packages that each one's requirements mean."""
        shelves, asks = self.world.shelves, self.world.asks
        return {
            shelves[each].id: tuple(
                shelves[other].id for other, *_ in asks(each, self.answer[each])
            )
            for each in self.order
        }

    @cached_property
    def passed_over(self) -> tuple[PassedOver, ...]:
        """The releases newer than the chosen one; where the oldest are asked for, the older ones too."""
        return tuple(line for each in self.order for line in self._passed_over(each))

    @cached_property
    def moved(self) -> tuple[Move, ...]:
        """The moves of locked packages."""
        if not self.world.problem.locked:
            return ()
        # What may be looked at is for the others first, in whatever order somebody asks.
        _ = self.passed_over
        return tuple(line for each in self.order for line in self._moved(each))

    @cached_property
    def warnings(self) -> tuple[Warned, ...]:
        """The warnings about yanked releases that are chosen because they are locked."""
        excused = self.world.excused
        return tuple(
            self._warned(each)
            for each in self.order
            if each in excused and excused[each] >> self.answer[each] & 1
        )

    def _passed_over(self, package: int) -> Iterator[PassedOver]:
        world, chosen = self.world, self.answer[package]
        shelf = world.shelves[package]
        newer = shelf.present >> chosen + 1 << chosen + 1
        if world.problem.strategy is not Strategy.LOWEST or package in world.staying:
            reasons = self._reasons(package, newer) if newer else {}
        else:
            reasons = dict.fromkeys(shelf.positions(newer), _NEWER)
            reasons |= self._reasons(package, (1 << chosen) - 1)
        for position in sorted(reasons, reverse=True):
            kind, text = reasons[position]
            yield PassedOver(shelf.id, shelf.version(position), kind, text)

    def _moved(self, package: int) -> Iterator[Move]:
        """The move of a package, if it was locked and did."""
        shelf = self.world.shelves[package]
        before = self.world.problem.locked.get(shelf.id)
        after = shelf.version(self.answer[package])
        if before is None or before == after:
            return
        locked = self.world.locked.get(package, 0)
        if not locked:
            text = f"{before} is not there any more"
        elif before < after and package not in self.world.staying:
            text = "it was asked to move"
        else:
            ((_, why),) = self._reasons(package, locked).values()
            text = f"{before} {why}"
        yield Move(shelf.id, before, after, text)

    def _warned(self, package: int) -> Warned:
        shelf = self.world.shelves[package]
        candidate = shelf.candidates[self.answer[package]]
        text = candidate.unavailable.text if candidate.unavailable is not None else ""
        return Warned(shelf.id, candidate.version, f"{text}; it is used because it is locked")

    # -- why not another one ------------------------------------------------------------------

    def _reasons(self, package: int, releases: int) -> dict[int, Reason]:
        """Why each of some releases is not the chosen one, by position.

        Of several reasons the first one counts. Each is found for a set of releases at once, where
        it is about sets.
        """
        found: dict[int, Reason] = {}
        sieves = self._unasked, self._unusable, self._excluded, self._unwanted, self._unfitting
        positions = self.world.shelves[package].positions
        for sieve in sieves:
            for caught, reason in sieve(package, releases):
                found |= dict.fromkeys(positions(caught), reason)
                releases &= ~caught
            if not releases:
                break
        return found

    def _unasked(self, package: int, releases: int) -> Iterator[Caught]:
        """What lines of the manifest leave out, whatever else is wrong with it."""
        return self._outside(package, releases, self._lines(package))

    def _unusable(self, package: int, releases: int) -> Iterator[Caught]:
        """What cannot be taken, whatever else is."""
        for position in self._newest_first(package, releases):
            reason = self._bars(package, position)
            if reason is not None:
                yield 1 << position, reason

    def _bars(self, package: int, position: int) -> Reason | None:
        reason = self.world.why_not(package, position)
        return (reason.kind, reason.text) if reason is not None else None

    def _excluded(self, package: int, releases: int) -> Iterator[Caught]:
        """What requirements leave out."""
        shelf, needs = self.world.shelves[package], list(self._needs(package))
        for caught, reason in self._outside(package, releases, needs):
            yield caught, reason
            releases &= ~caught
        if releases & shelf.prereleases:
            accepted = releases
            for wanted, _ in (*self._lines(package), *needs):
                accepted &= shelf.accepts(wanted)
            yield releases & ~accepted, _UNNAMED

    def _outside(self, package: int, releases: int, asked: Iterable[Asked]) -> Iterator[Caught]:
        shelf = self.world.shelves[package]
        for wanted, asker in asked:
            caught = releases & ~shelf.within(wanted)
            if caught:
                yield caught, (EXCLUDED, unfitting(self._who(asker), shelf.id.name, wanted))
                releases &= ~caught

    def _lines(self, package: int) -> Iterator[Asked]:
        for root in self.world.roots.get(self.world.shelves[package].id, ()):
            yield root.range, root

    def _needs(self, package: int) -> Iterator[Asked]:
        for dependent in self._dependents.get(package, ()):
            for wanted in self.world.ranges(dependent, self.answer[dependent], package):
                yield wanted, dependent

    @cached_property
    def _dependents(self) -> Mapping[int, Sequence[int]]:
        """The chosen packages that need each."""
        found: dict[int, list[int]] = {}
        for package, position in self.answer.items():
            for other, *_ in self.world.asks(package, position):
                found.setdefault(other, []).append(package)
        return found

    def _who(self, asker: Root | int) -> str:
        if isinstance(asker, Root):
            return asking(asker)
        shelf = self.world.shelves[asker]
        return f"`{shelf.id.name} {shelf.version(self.answer[asker])}`, which needs"

    def _unwanted(self, package: int, releases: int) -> Iterator[Caught]:
        """What could do, but another one was wished for."""
        world, chosen = self.world, self.answer[package]
        if package in world.staying and world.locked.get(package) == 1 << chosen:
            yield releases, _LOCKED
        elif world.problem.strategy is Strategy.LOWEST:
            yield releases >> chosen << chosen, _NEWER

    def _unfitting(self, package: int, releases: int) -> Iterator[Caught]:
        """What needs something itself that is otherwise."""
        for position in self._newest_first(package, releases):
            self._looks = min(LOOKS, self._all_looks)
            yield 1 << position, self._lacks(package, position) or _TOGETHER

    def _newest_first(self, package: int, releases: int) -> Sequence[int]:
        return list(self.world.shelves[package].positions(releases))[::-1]

    @cached_property
    def _wording(self) -> Wording:
        """Words for the packages that were visited."""
        return Wording(self.world.shelves)

    def _lacks(self, package: int, position: int, path: Path = _START) -> Reason | None:
        """Something that a release needs, and that is otherwise."""
        world = self.world
        path = {**path, package: position}
        for other, accepted, _ in world.known_asks(package, position):
            trouble = self._trouble(other, accepted, path)
            if trouble is not None:
                kind, text = trouble
                ranges = world.ranges(package, position, other)
                text = text or self._wording.lacking(other, ranges)
                return kind, f"needs {self._wording.asked_for(other, ranges)}{text}"
        return None

    def _trouble(self, package: int, accepted: int, path: Path) -> Reason | None:
        """Why none of the releases `accepted` is there, if it can be told; no words if there are none.

        `path` are the releases that asked for it, one for the other.
        """
        self._looks -= 1
        self._all_looks -= 1
        shelf = self.world.shelves[package]
        if not accepted or not shelf.candidates:
            missing = shelf.package.missing
            return (missing.kind if missing is not None else NEEDS), ""
        if package in path:
            at = path[package]
            return None if accepted >> at & 1 else (NEEDS, f", and this is {shelf.version(at)}")
        chosen = self.answer.get(package)
        if chosen is not None:
            that = f", and that is {shelf.version(chosen)}"
            return None if accepted >> chosen & 1 else (NEEDS, that)
        for name, other in self.world.namesakes(package):
            if other in self.answer or other in path:
                like = self._wording.name(other)
                return NEEDS, f", which would be installed as `{name}`, like {like}"
        told = None
        if len(path) <= DEPTH and accepted.bit_count() <= FEW and self._looks > 0:
            told = self._told(package, list(shelf.positions(accepted)), path)
        if told is None and not accepted & self.world.engine.ground[package]:
            return NEEDS, ", no release of which can be had beside the rest"
        return told

    def _told(self, package: int, positions: Sequence[int], path: Path) -> Reason | None:
        """Why none of some releases will do, where that can be told of each of them."""
        shelf = self.world.shelves[package]
        found = []
        for position in positions:
            barred = self._bars(package, position)
            reason = self._lacks(package, position, path) if barred is None else (NEEDS, barred[1])
            if reason is None:
                return None
            found.append(reason)
        kind, text = found[-1]
        if len({said for _, said in found}) > 1:
            return kind, f", of which no release fits ({shelf.version(positions[-1])} {text})"
        if len(shelf.candidates) == 1:
            return kind, f", which {text}"
        if len(found) == 1:
            return kind, f", of which {shelf.version(positions[0])} {text}"
        return kind, f", every release of which {text}"
