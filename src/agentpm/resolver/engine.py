"""The engine: what follows from what has been decided, and what is learned where that fails.

It keeps one set of versions a package, narrows the sets by the clauses and edges it is given, and
turns a dead end into a new clause together with its derivation. It knows nothing of catalogs and of
preferences.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from agentpm.resolver.analysis import GROUND, Resolution, Step
from agentpm.resolver.clause import Clause, Edge, Learned

DECIDED = Clause({}, Learned(()))
"""The reason of a decision."""

# Most of the work is made of steps, and `Step(...)` takes three times as long.
_made = tuple.__new__

Settled = Callable[[int], Sequence[tuple[int, int, Edge]]]
"""Called with each package that has come down to one release: what that release asks.

Triples of package, accepted set and edge.
"""


class Engine:
    """Sets of versions with a trail of how they came about.

    `domain` is what each package may still be, `ground` what it may be whatever is decided, `every`
    all there is. `latest` is the position of each package's last step in the trail, `GROUND` where
    it has taken none. `work` counts the narrowings made and the learned clauses looked at.

    Most packages are settled and never argued about: of the others, `disputed`, there are clauses
    (`watching`) or edges (`leaving`, `entering`).
    """

    def __init__(self) -> None:
        self.domain: list[int] = []
        self.ground: list[int] = []
        self.every: list[int] = []
        self.absent: list[int] = []
        self.latest: list[int] = []
        self.facts: defaultdict[int, list[Clause]] = defaultdict(list)
        self.disputed: set[int] = set()
        self.watching: defaultdict[int, list[Clause]] = defaultdict(list)
        self.leaving: defaultdict[int, list[tuple[Edge, int]]] = defaultdict(list)
        self.entering: defaultdict[int, list[Edge]] = defaultdict(list)
        self.active: set[tuple[int, int]] = set()
        self.trail: list[Step] = []
        self.marks: list[int] = []
        self.pending: list[int] = []
        self.refuted: Clause | None = None
        self.work = 0

    # -- what is given ------------------------------------------------------------------------

    def add_package(self, every: int, absent: int) -> int:
        """Make room for a package; returns its index."""
        self.latest.append(GROUND)
        self.domain.append(every)
        self.ground.append(every)
        self.every.append(every)
        self.absent.append(absent)
        return len(self.domain) - 1

    def add_fact(self, package: int, clause: Clause) -> None:
        """State a clause of one package.

        Raises:
            Contradiction: nothing is left of the package.
        """
        excluded = clause.terms[package]
        self.facts[package].append(clause)
        self.ground[package] &= ~excluded
        if not self.ground[package]:
            Resolution(self, clause).run()
        elif self.domain[package] & ~excluded:
            self.domain[package] &= ~excluded
        else:
            self.refuted = clause
        self.pending.append(package)

    def add_clause(self, clause: Clause) -> None:
        """State a clause of two or more packages."""
        self._watch_first(clause)
        self.pending += clause.watched[:2]

    def add_edge(self, edge: Edge) -> None:
        """State all that one package asks of another, or have another look at it."""
        if edge.ends not in self.active:
            self.active.add(edge.ends)
            self.disputed.update(edge.ends)
            self.leaving[edge.dependent].append((edge, edge.involved()))
            self.entering[edge.dependency].append(edge)
        self.pending += edge.ends

    def clauses_about(self, package: int) -> int:
        """How many learned clauses watch a package, or speak of it alone."""
        return len(self.watching[package]) + sum(
            isinstance(fact.cause, Learned) for fact in self.facts[package]
        )

    # -- deciding and going back --------------------------------------------------------------

    @property
    def level(self) -> int:
        """How many decisions stand."""
        return len(self.marks)

    def decide(self, package: int, chosen: int) -> None:
        """Narrow a package to `chosen`, to see what follows."""
        self.marks.append(len(self.trail))
        self._narrow(package, chosen, DECIDED, len(self.marks))

    def restart(self) -> None:
        """Take back every decision."""
        if self.marks:
            self._retreat(self.marks[0], 1)

    def _narrow(self, package: int, after: int, reason: Clause | Edge, level: int) -> None:
        trail, domain, previous = self.trail, self.domain, self.latest[package]
        height = level if previous == GROUND else max(level, trail[previous].height)
        self.latest[package] = len(trail)
        step = package, domain[package], after, reason, level, height, previous
        trail.append(_made(Step, step))
        domain[package] = after
        self.work += 1
        self.pending.append(package)

    def _height(self, package: int) -> int:
        """How many of the decisions it takes for a package to be what it is now."""
        latest = self.latest[package]
        return self.trail[latest].height if latest != GROUND else 0

    def _retreat(self, position: int, level: int) -> None:
        """Take back the steps from `position` on, except those that follow from lower levels.

        Going back to the first place where a new clause says something would be as right, and would
        mostly repeat what was there. Who contributed to what is taken back is looked at again.
        Source: A. Nadel, V. Ryvchin, "Chronological Backtracking", SAT 2018.
        """
        trail, kept = self.trail, []
        while len(trail) > position:
            step = trail.pop()
            self.domain[step.package] = step.before & self.ground[step.package]
            self.latest[step.package] = step.previous
            if step.level < level:
                kept.append(step)
            else:
                reason = step.reason
                self.pending += reason.ends if isinstance(reason, Edge) else reason.watched
        while self.marks and self.marks[-1] >= position:
            self.marks.pop()
        for step in reversed(kept):
            before = self.domain[step.package]
            after = before & ~(step.before & ~step.after)
            if after:
                self._narrow(step.package, after, step.reason, step.level)
            elif self.refuted is None:
                # Facts that came to light since then leave nothing even at this lower level.
                self.refuted = self.implied(step, before)

    def implied(self, step: Step, needed: int) -> Clause:
        """The clause because of which a step excluded `needed`."""
        reason = step.reason
        if isinstance(reason, Clause):
            return reason
        every = self.every[reason.dependency]
        if step.package == reason.dependency:
            return reason.excluding(needed, every)
        return reason.requiring(needed, every)

    # -- what follows -------------------------------------------------------------------------

    # What knows of settled packages refers to the engine. Were it kept, each search would leave a
    # circle behind, which takes Python's collector a tenth of the time that the search took.
    def propagate(self, settled: Settled) -> Clause | None:
        """Draw every consequence; returns a clause all of whose terms hold, if it comes to that."""
        pending, domain, absent = self.pending, self.domain, self.absent
        while pending:
            package = pending.pop()
            held, conflict = domain[package], self.refuted
            if conflict is None and not held & (held - 1) and held != absent[package]:
                conflict = self._settle(settled(package))
            if conflict is None and package in self.disputed:
                conflict = self._argue(package)
            # What is refuted by a fact must be dealt with before anything else is learned.
            conflict = self.refuted or conflict
            if conflict is not None:
                pending.append(package)
                self.refuted = None
                return conflict
        return None

    def _argue(self, package: int) -> Clause | None:
        """What follows from the edges and the clauses that speak of a package."""
        return self._leave(package) or self._enter(package) or self._watch(package)

    def _settle(self, asks: Sequence[tuple[int, int, Edge]]) -> Clause | None:
        """What follows from what the one release asks that a package is down to."""
        domain = self.domain
        for dependency, accepted, edge in asks:
            if domain[dependency] & ~accepted:
                conflict = self._forward(edge, accepted)
                if conflict is not None:
                    return conflict
        return None

    def _leave(self, package: int) -> Clause | None:
        """What follows for packages that this one asks something of, whatever its release."""
        for edge, involved in self.leaving[package]:
            domain = self.domain[package]
            if not domain & ~involved:
                conflict = self._forward(edge, edge.allowed(domain))
                if conflict is not None:
                    return conflict
        return None

    def _enter(self, package: int) -> Clause | None:
        """What follows for packages that ask something of this one."""
        for edge in self.entering[package]:
            conflict = self._backward(edge)
            if conflict is not None:
                return conflict
        return None

    def _forward(self, edge: Edge, accepted: int) -> Clause | None:
        dependency = edge.dependency
        before = self.domain[dependency]
        after = before & accepted
        if after == before:
            return None
        if after:
            self._narrow(dependency, after, edge, self._height(edge.dependent))
            return None
        return edge.excluding(before, self.every[dependency])

    def _backward(self, edge: Edge) -> Clause | None:
        dependent = edge.dependent
        before = self.domain[dependent]
        after = before & ~edge.unsupported(self.domain[edge.dependency])
        if after == before:
            return None
        if after:
            self._narrow(dependent, after, edge, self._height(edge.dependency))
            return None
        return edge.requiring(before, self.every[edge.dependency])

    def _watch(self, package: int) -> Clause | None:
        """What follows from the learned clauses that wait for this package."""
        clauses = self.watching[package]
        if not clauses:
            return None
        self.work += len(clauses)
        domain = self.domain
        kept: list[Clause] = []
        self.watching[package] = kept
        for position, clause in enumerate(clauses):
            terms, watched = clause.terms, clause.watched
            if domain[package] & ~terms[package]:
                kept.append(clause)
                continue
            if watched[0] == package:
                watched[0], watched[1] = watched[1], watched[0]
            if self._watch_another(clause):
                continue
            kept.append(clause)
            other = watched[0]
            before = domain[other]
            after = before & ~terms[other]
            if not after:
                kept += clauses[position + 1 :]
                return clause
            if after != before:
                level = max(self._height(each) for each in watched if each != other)
                self._narrow(other, after, clause, level)
        return None

    def _watch_first(self, clause: Clause) -> None:
        """Put a clause before the first two of its packages, and let all of them know of it."""
        first, second = clause.watched[:2]
        self.watching[first].append(clause)
        self.watching[second].append(clause)
        self.disputed.update(clause.watched)

    def _watch_another(self, clause: Clause) -> bool:
        """Move the second watch to a package whose term does not hold yet, if there is one."""
        watched = clause.watched
        self.work += len(watched)
        for position in range(2, len(watched)):
            package = watched[position]
            if self.domain[package] & ~clause.terms[package]:
                watched[1], watched[position] = package, watched[1]
                self.watching[package].append(clause)
                return True
        return False

    # -- what is learned ----------------------------------------------------------------------

    def learn(self, conflict: Clause) -> None:
        """Turn a dead end into a clause, and go back to where it says something new.

        Raises:
            Contradiction: there is nothing to go back to.
        """
        resolution = Resolution(self, conflict)
        package, top, second = resolution.run()
        self._retreat(top, self.trail[top].level)
        clause = Clause(resolution.terms, Learned(tuple(resolution.causes)))
        for edge in resolution.edges:
            self.add_edge(edge)
        if len(clause.terms) == 1:
            self.add_fact(package, clause)
            return
        clause.watched.sort(key=resolution.held.__getitem__, reverse=True)
        self._watch_first(clause)
        self._narrow(package, self.domain[package] & ~clause.terms[package], clause, second)
