"""Conflict analysis: from a dead end to a clause that says what led there.

It goes back over the steps that were taken, and replaces what each concluded by what it was
concluded from, until one step alone is to blame ("first unique implication point", as in CDCL:
Marques-Silva and Sakallah, GRASP, 1999; PubGrub does the same over sets of versions).
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple, Protocol

from agentpm.resolver.clause import Clause, Depends, Edge, Learned


class Contradiction(Exception):
    """The clauses cannot all hold. `clause` has no terms, and the derivation as its cause."""

    def __init__(self, clause: Clause) -> None:
        super().__init__("no answer")
        self.clause = clause


GROUND = -1
"""The position before the first step, of what holds before any decision."""


class Step(NamedTuple):
    """One narrowing, with its reason: an edge stands for the clause that it implies.

    `level` is how many of the decisions it takes to follow, which may be fewer than stand by then;
    `height` the highest level of this step and those of its package before it, `previous` the
    position of the last one of these.
    """

    package: int
    before: int
    after: int
    reason: Clause | Edge
    level: int
    height: int
    previous: int


class Trail(Protocol):
    """What has been narrowed so far, as the engine keeps it (`engine.Engine` says what each is)."""

    every: list[int]
    ground: list[int]
    facts: defaultdict[int, list[Clause]]
    latest: list[int]
    trail: list[Step]
    work: int

    def implied(self, step: Step, needed: int) -> Clause:
        """The clause because of which a step excluded `needed`."""
        ...


class Resolution:
    """The work of finding out why a dead end was reached.

    `terms` hold at the end of the trail, `held` are the height and the position since which each
    one does, `causes` are the clauses used so far, `edges` those that were asked what they say.
    """

    __slots__ = ("causes", "edges", "engine", "held", "terms")

    def __init__(self, engine: Trail, conflict: Clause) -> None:
        self.engine = engine
        self.edges = [conflict.cause.edge] if isinstance(conflict.cause, Depends) else []
        self.terms: dict[int, int] = dict(conflict.terms)
        self.causes = [conflict]
        self.held: dict[int, tuple[int, int]] = {}
        for package in conflict.terms:
            self._place(package)

    def run(self) -> tuple[int, int, int]:
        """Resolve until, at the highest level, one step alone made the clause hold.

        Returns the package of that step, its position, and the highest level of the other terms.

        Raises:
            Contradiction: no decision is to blame.
        """
        trail, held = self.engine.trail, self.held
        while self.terms:
            places = sorted(held.values())
            height, top = places[-1]
            second = places[-2][0] if len(places) > 1 else 0
            step = trail[top]
            if height > second and step.level == height:
                return step.package, top, second
            self._resolve(step.package, step)
        raise Contradiction(Clause({}, Learned(tuple(self.causes))))

    def _resolve(self, package: int, step: Step) -> None:
        needed = step.before & self.engine.ground[package] & ~self.terms[package]
        if isinstance(step.reason, Edge):
            self.edges.append(step.reason)
        reason = self.engine.implied(step, needed)
        self.causes.append(reason)
        self.engine.work += len(self.terms)
        for each, held in reason.terms.items():
            if each == package:
                self.terms[each] |= held
            else:
                self.terms[each] = self.terms.get(each, held) & held
        for each in reason.terms:
            self._place(each)

    def _place(self, package: int) -> None:
        """Find since when a term holds, and drop it where it always does."""
        engine = self.engine
        held, ground = self.terms[package], engine.ground[package]
        if not ground & ~held:
            self._widen(package, engine.every[package] & ~held)
            del self.terms[package]
            self.held.pop(package, None)
            return
        trail, position = engine.trail, engine.latest[package]
        step = trail[position]
        while step.previous != GROUND and not trail[step.previous].after & ground & ~held:
            position = step.previous
            step = trail[position]
        self.held[package] = step.height, position
        extra = step.after & ~held
        if extra:
            self._widen(package, extra)

    def _widen(self, package: int, missing: int) -> None:
        """Let the facts about a package speak for the versions that the term does not name."""
        for fact in self.engine.facts[package]:
            if fact.terms[package] & missing:
                self.causes.append(fact)
                self.terms[package] |= fact.terms[package]
                missing &= ~fact.terms[package]
