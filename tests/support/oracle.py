"""What is right, found the slow way: every combination of releases, judged by `packaging` alone.

Nothing here shares code with the resolver: no bit sets, no clauses, no ranges of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count, product

from pysat.solvers import Solver
from support.catalog import MemoryCatalog

from agentpm.model.release import PackageId, Requirement
from agentpm.model.version import Range, Version
from agentpm.resolver.problem import YANKED, Candidate, Problem, Strategy

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
        if not wanted.specifiers.contains(version, prereleases=True):
            return False
        return (
            not version.is_prerelease or wanted.names_prerelease or self.is_opened(package)
        )

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
                if other not in answer or not self.accepts(
                    other, requirement.range, answer[other]
                ):
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
        movers = [package for package in self.roots if self._moves(package)]
        for package in movers:
            answers = _most(answers, lambda answer, p=package: self._rank(p, answer[p]))
        agenda, later = list(self.roots), []

        def follow(package: PackageId) -> None:
            asked = self.needs(package, answers[0][package])
            agenda.extend(o for o in sorted({o for o, _ in asked}, key=_by_name) if o not in agenda)

        turn, held_back = 0, False
        while True:
            while turn < len(agenda):
                package = agenda[turn]
                turn += 1
                stay = [each for each in answers if each[package] == self._locked(package)]
                if package in movers or package in (self.problem.moving or ()):
                    answers = _most(answers, lambda answer, p=package: self._rank(p, answer[p]))
                elif stay:
                    answers = stay
                else:
                    later.append(package)
                    continue
                follow(package)
            if not held_back:
                held_back = True
                for package in sorted(self.problem.locked, key=_by_name):
                    locked = self._locked(package)
                    if locked is not None:
                        answers = _most(
                            answers, lambda a, p=package, v=locked: a.get(p, v) == v
                        )
            if not later:
                return answers[0]
            package = later.pop(0)
            answers = _most(answers, lambda answer, p=package: self._rank(p, answer[p]))
            follow(package)

    def _moves(self, package: PackageId) -> bool:
        moving = self.problem.moving
        return moving is None or package in moving or package not in self.problem.locked

    def _locked(self, package: PackageId) -> Version | None:
        return None if self._moves(package) else self.problem.locked[package]

    def _rank(self, package: PackageId, version: Version) -> tuple[bool, int]:
        order = self.versions(package)
        place = order.index(version)
        newest = self.problem.strategy is Strategy.NEWEST
        yanked = self.catalog.shelves[package][version].unavailable is not None
        return not yanked, -place if newest else place

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
        for one, other in product(taken, repeat=2):
            if one < other and (one[0] == other[0] or self.names(one[0]) & self.names(other[0])):
                yield [-taken[one], -taken[other]]


def _by_name(package: PackageId) -> tuple[str, str]:
    return package.name, package.source


def _most(answers: list[Answer], rank: Callable[[Answer], object]) -> list[Answer]:
    best = max(map(rank, answers))  # type: ignore[type-var] # ranks of one wish compare
    return [answer for answer in answers if rank(answer) == best]
