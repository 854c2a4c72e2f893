"""The search: which package is decided next, and to which of its releases.

The answer is defined, not found by accident: of all valid answers it is the one that grants the
most wishes, in their order (`docs/design/resolver.md`). So nothing that is not part of it, and no
order of input, has an influence on it.
"""

from __future__ import annotations

from agentpm.resolver.problem import Strategy
from agentpm.resolver.world import World


class Bounded(Exception):
    """The search did as much work as the problem allows."""


Place = tuple[int, int, int, int, int, int]
"""How far the search has come: `moved`, what is on the agenda, `turn`, `stayed`, what is put off, `taken`.

`Search` says what these are.
"""


class Search:
    """One search through one world.

    `agenda` lists the packages that are needed, by the project first, then by what is decided, the
    first `turn` of which have had their turn; `later` are those of them that had to wait, the first
    `taken` of which are decided by now. `movers` are decided before all others (`moved` of them
    are), `stayers` are locked packages that only later ones need, decided before these (`stayed`).
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.engine = world.engine
        self.problem = world.problem
        self._is_lowest = world.problem.strategy is Strategy.LOWEST
        self.agenda: list[int] = []
        self.later: list[int] = []
        self.movers: list[int] = []
        self.stayers: list[int] = []
        self.moved = self.turn = self.stayed = self.taken = 0
        self._needed: set[int] = set()
        self._places: list[Place] = []

    def run(self) -> dict[int, int]:
        """The position of the release chosen of each package that is needed.

        Raises:
            Contradiction: there is no answer.
            Bounded: the problem's bound is reached.
        """
        world = self.world
        world.visit(world.roots)
        self.agenda += [world.index[package] for package in world.roots]
        self._needed.update(self.agenda)
        self.movers = [package for package in self.agenda if package in world.moving]
        while True:
            self._solve()
            late = self._late() if world.staying else []
            if not late:
                domain = self.engine.domain
                return {package: domain[package].bit_length() - 1 for package in self.agenda}
            self._restart(late)

    def _solve(self) -> None:
        engine, settled = self.engine, self.world.settled
        while True:
            conflict = engine.propagate(settled)
            if conflict is not None:
                if engine.work >= self.problem.bound:
                    raise Bounded
                engine.learn(conflict)
                self._return()
            elif not (self._move() or self._walk() or self._stay() or self._take()):
                return

    # -- the wishes, in their order: each returns False where it has nothing (left) to decide ----

    def _move(self) -> bool:
        """What is new or asked to move is as new as it can be."""
        while self.moved < len(self.movers):
            package = self.movers[self.moved]
            domain = self.engine.domain[package]
            is_open = domain & (domain - 1)
            if is_open and self._decide(package, self.preferred(package, domain)):
                return True
            self.moved += 1
        return False

    def _walk(self) -> bool:
        """What is locked stays, where what asks for it stays; all else is put off."""
        world, agenda, domain = self.world, self.agenda, self.engine.domain
        while self.turn < len(agenda):
            package = agenda[self.turn]
            wanted = 0
            if package in world.moving:
                wanted = self.preferred(package, domain[package])
            elif package in world.staying:
                wanted = domain[package] & world.locked.get(package, 0)
            if not wanted:
                self.later.append(package)
            elif self._decide(package, wanted) or self._follow(package):
                return True
            self.turn += 1
        return False

    def _stay(self) -> bool:
        """What is locked further away stays as it is, or leaves."""
        while self.stayed < len(self.stayers):
            package = self.stayers[self.stayed]
            domain = self.engine.domain[package]
            locked = self.world.locked.get(package, 0)
            wanted = domain & (locked | self.engine.absent[package])
            if wanted and self._decide(package, wanted):
                return True
            self.stayed += 1
        return False

    def _take(self) -> bool:
        """All else is as new as it can be."""
        agenda, later, domain = self.agenda, self.later, self.engine.domain
        while self.taken < len(later):
            package = later[self.taken]
            held = domain[package]
            is_open = held & (held - 1)
            if is_open and self._decide(package, self.preferred(package, held)):
                return True
            if self._follow(package):
                return True
            self.taken += 1
            if self.turn < len(agenda) and self._walk():
                return True
        return False

    # -- one decision -------------------------------------------------------------------------

    def _decide(self, package: int, wanted: int) -> bool:
        """Narrow a package to `wanted`; False where it is that already.

        Where it can be seen beforehand that one release will not do, that is drawn as a consequence
        instead.
        """
        engine, domain = self.engine, self.engine.domain
        if domain[package] == wanted:
            return False
        if not wanted & (wanted - 1) and not wanted & engine.absent[package]:
            position = wanted.bit_length() - 1
            if self.world.bars(package, position):
                return True
            is_blocked = False
            for each, accepted, edge in self.world.asks(package, position):
                if not domain[each] & accepted:
                    engine.add_edge(edge)
                    is_blocked = True
            if is_blocked:
                return True
        self._places.append(self._here())
        engine.decide(package, wanted)
        return True

    def _follow(self, package: int) -> bool:
        """Put what a settled package asks on the agenda; True where it has to be drawn first.

        It has been drawn when the package was settled, but what needed no step then, since another
        package asked for it too, may need one after that other one was taken back.
        """
        asks = self.world.settled(package)
        domain = self.engine.domain
        for each, accepted, _ in asks:
            if domain[each] & ~accepted:
                self.engine.pending.append(package)
                return True
        needed, agenda = self._needed, self.agenda
        for each, _, _ in asks:
            if each not in needed:
                needed.add(each)
                agenda.append(each)
        return False

    # -- going back ---------------------------------------------------------------------------

    def _here(self) -> Place:
        return (
            self.moved, len(self.agenda), self.turn, self.stayed, len(self.later), self.taken
        )  # fmt: skip

    def _return(self) -> None:
        """Go back to where the last decision that still stands was made, or to the beginning.

        Not all that followed from that decision need stand as well, so it is gone through again.
        """
        level = self.engine.level
        place = self._places[max(level - 1, 0)]
        del self._places[level:]
        self._go(place)

    def _go(self, place: Place) -> None:
        self.moved, listed, self.turn, self.stayed, put_off, self.taken = place
        self._needed.difference_update(self.agenda[listed:])
        del self.agenda[listed:]
        del self.later[put_off:]

    def _restart(self, late: list[int]) -> None:
        shelves = self.world.shelves
        self.stayers = sorted(
            [*self.stayers, *late],
            key=lambda each: (shelves[each].id.name, shelves[each].id.source),
        )
        self.engine.restart()
        self._places.clear()
        self._go((0, len(self.world.roots), 0, 0, 0, 0))

    # -- preferences --------------------------------------------------------------------------

    def preferred(self, package: int, domain: int) -> int:
        """The best release that a package can still be."""
        world = self.world
        options = domain & ~self.engine.absent[package]
        # Who asks for a change gets away from a yanked release, if there is a way.
        if package in world.excused:
            options = options & ~world.excused[package] or options
        if self._is_lowest:
            return options & -options
        return 1 << options.bit_length() >> 1

    def _late(self) -> list[int]:
        """The packages that should have stayed, and were not given their turn before all others."""
        domain, locked, staying = self.engine.domain, self.world.locked, self.world.staying
        return [
            package
            for package in self.agenda
            if package in staying
            and domain[package] != locked.get(package, 0)
            and package not in self.stayers
        ]
