"""What is right, found the slow way: every combination of releases, judged by `packaging` alone.

Nothing here shares code with the resolver: no bit sets, no clauses, no ranges of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations, count

from pysat.solvers import Solver  # type: ignore[import-untyped] # it has no types

from agentpm.model.release import PackageId, Requirement
from agentpm.model.version import Range, Version
from agentpm.resolver.problem import YANKED, Candidate, Problem, Strategy
from support.catalog import MemoryCatalog

Answer = dict[PackageId, Version]


class Oracle:
    """Everything that could be asked about one problem in one world."""

    def __init__(self, problem: Problem, catalog: MemoryCatalog) -> None:
        self.problem = problem
        self.catalog = catalog
        self.roots = sorted({root.package for root in problem.roots}, key=_by_name)

    # -- what is true of the world ------------------------------------------------------------

    def is_opened(self, package: PackageId) -> bool:
        """Whether the project itself names a pre-release of a package."""
        return any(
            root.package == package and root.range.names_prerelease for root in self.problem.roots
        )

    def accepts(self, package: PackageId, wanted: Range, version: Version) -> bool:
        """Whether a requirement on a package can be met with a version."""
        if version not in wanted:
            return False
        return not version.is_prerelease or wanted.names_prerelease or self.is_opened(package)

    def is_usable(self, package: PackageId, candidate: Candidate) -> bool:
        """Whether a release is available, or yanked and locked."""
        reason = candidate.unavailable
        locked = self.problem.locked.get(package)
        return reason is None or (reason.kind == YANKED and candidate.version == locked)

    def is_asked_for(self, package: PackageId, version: Version) -> bool:
        """Whether a version is all that the project asks of a package."""
        return all(
            self.accepts(package, root.range, version)
            and (root.keep_at_least is None or version >= root.keep_at_least)
            for root in self.problem.roots
            if root.package == package
        )

    def names(self, package: PackageId) -> set[str]:
        """What a package is installed as."""
        given = {
            str(root.name)
            for root in self.problem.roots
            if root.package == package and root.name is not None
        }
        return given or {str(package.name.agent)}

    def needs(self, package: PackageId, version: Version) -> list[tuple[PackageId, Requirement]]:
        """What a release asks of which packages."""
        candidate = self.catalog.shelves[package][version]
        return [(self.catalog.locate(package, each), each) for each in candidate.dependencies]

    def versions(self, package: PackageId) -> list[Version]:
        """All releases of a package, the newest first."""
        return sorted(self.catalog.shelves.get(package, {}), reverse=True)

    # -- answers ------------------------------------------------------------------------------

    def is_valid(self, answer: Mapping[PackageId, Version]) -> bool:
        """Whether an answer meets every requirement, and has nothing that nobody asks for."""
        needed = set(self.roots)
        for package, version in answer.items():
            for other, requirement in self.needs(package, version):
                needed.add(other)
                if other not in answer or not self.accepts(other, requirement.range, answer[other]):
                    return False
        taken = [name for package in answer for name in self.names(package)]
        return (
            set(answer) == needed
            and len(taken) == len(set(taken))
            and all(
                self.is_usable(package, self.catalog.shelves[package][version])
                and self.is_asked_for(package, version)
                for package, version in answer.items()
            )
        )

    def answers(self) -> list[Answer]:
        """Every valid answer."""
        found: list[Answer] = []
        for answer in self._grow({}, self.roots):
            if self.is_valid(answer) and answer not in found:
                found.append(answer)
        return found

    def _grow(self, answer: Answer, needed: list[PackageId]) -> Iterator[Answer]:
        todo = [package for package in needed if package not in answer]
        if not todo:
            yield dict(answer)
            return
        package = todo[0]
        for version in self.versions(package):
            answer[package] = version
            asked = self.needs(package, version)
            if all(o not in answer or self.accepts(o, r.range, answer[o]) for o, r in asked):
                yield from self._grow(answer, [*todo[1:], *(other for other, _ in asked)])
            del answer[package]

    # -- the best answer, as the design document defines it -----------------------------------

    def best(self) -> Answer | None:
        """The answer that grants the wishes in their order; None where there is no answer."""
        answers = self.answers()
        if not answers:
            return None
        return _Wishes(self, answers).granted()

    def moves(self, package: PackageId) -> bool:
        """Whether a package is new or asked to move."""
        moving = self.problem.moving
        return moving is None or package in moving or package not in self.problem.locked

    # -- another judge ------------------------------------------------------------------------

    def is_satisfiable(self) -> bool:
        """Whether there is an answer, by a SAT solver (CaDiCaL)."""
        numbers = count(1)
        taken = {
            (package, version): next(numbers)
            for package in self.catalog.shelves
            for version in self.versions(package)
        }
        with Solver(name="cadical153") as solver:
            for clause in self._clauses(taken):
                solver.add_clause(clause)
            return bool(solver.solve())

    def _clauses(self, taken: Mapping[tuple[PackageId, Version], int]) -> Iterator[list[int]]:
        for package in self.roots:
            yield [taken[package, version] for version in self.versions(package)]
        for (package, version), number in taken.items():
            candidate = self.catalog.shelves[package][version]
            if not self.is_usable(package, candidate) or not self.is_asked_for(package, version):
                yield [-number]
            for other, requirement in self.needs(package, version):
                yield [-number] + [
                    taken[other, each]
                    for each in self.versions(other)
                    if self.accepts(other, requirement.range, each)
                ]
        for one, two in combinations(taken, 2):
            if one[0] == two[0] or self.names(one[0]) & self.names(two[0]):
                yield [-taken[one], -taken[two]]


def _by_name(package: PackageId) -> tuple[str, str]:
    return package.name, package.source


class _Wishes:
    """The definition of the design document, carried out on the list of all answers."""

    def __init__(self, oracle: Oracle, answers: list[Answer]) -> None:
        self.oracle = oracle
        self.problem = oracle.problem
        self.answers = answers
        self.agenda = list(oracle.roots)
        self.later: list[PackageId] = []
        self.movers = {package for package in oracle.roots if oracle.moves(package)}

    def granted(self) -> Answer:
        """The one answer that is left when every wish has been granted as far as it can be."""
        for package in self.oracle.roots:
            if package in self.movers:
                self._prefer(package)
        turn = self._walk(0)
        for package, version in sorted(self.problem.locked.items(), key=lambda each: each[0].name):
            if not self.oracle.moves(package):
                self._keep(package, version)
        while self.later:
            package = self.later.pop(0)
            self._prefer(package)
            self._follow(package)
            turn = self._walk(turn)
        (answer,) = self.answers
        return answer

    def _walk(self, turn: int) -> int:
        """What stays, or is asked to move, in the order in which it is needed; returns how far."""
        while turn < len(self.agenda):
            package = self.agenda[turn]
            turn += 1
            if package in self.movers or package in (self.problem.moving or ()):
                self._prefer(package)
            elif not self._stays(package):
                self.later.append(package)
                continue
            self._follow(package)
        return turn

    def _stays(self, package: PackageId) -> bool:
        if self.oracle.moves(package):
            return False
        stay = [a for a in self.answers if a[package] == self.problem.locked[package]]
        self.answers = stay or self.answers
        return bool(stay)

    def _follow(self, package: PackageId) -> None:
        needed = {other for other, _ in self.oracle.needs(package, self.answers[0][package])}
        self.agenda += [p for p in sorted(needed, key=_by_name) if p not in self.agenda]

    def _prefer(self, package: PackageId) -> None:
        order = self.oracle.versions(package)
        if self.problem.strategy is Strategy.LOWEST:
            order.reverse()
        shelf = self.oracle.catalog.shelves[package]
        order.sort(key=lambda version: shelf[version].unavailable is not None)
        self._keep_most(lambda answer: -order.index(answer[package]))

    def _keep(self, package: PackageId, version: Version) -> None:
        self._keep_most(lambda answer: answer.get(package, version) == version)

    def _keep_most(self, rank: Callable[[Answer], int]) -> None:
        best = max(map(rank, self.answers))
        self.answers = [answer for answer in self.answers if rank(answer) == best]
