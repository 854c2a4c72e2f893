"""Who needs what a project no longer asks for, as far as the lockfile tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from agentpm.model.release import PackageId
from agentpm.resolver.problem import Problem, Root
from agentpm.resolver.remembered import Remembered


def needing(problem: Problem, catalog: Remembered) -> Mapping[PackageId, Sequence[Root]]:
    """For what was dropped, the roots that lead to it over locked releases; without what nobody needs."""
    if not problem.dropped:
        return {}
    dependents: dict[PackageId, list[PackageId]] = {}
    for package in problem.locked:
        for other in _needs(problem, catalog, package):
            dependents.setdefault(other, []).append(package)
    found = {}
    for package in sorted(problem.dropped):
        reached = _reached(package, dependents)
        roots = [root for root in problem.roots if root.package in reached]
        if roots:
            found[package] = roots
    return found


def _needs(problem: Problem, catalog: Remembered, package: PackageId) -> Iterator[PackageId]:
    """What the locked release of a package needs."""
    version = problem.locked[package]
    for candidate in catalog.releases(package).candidates:
        if candidate.version == version:
            for requirement in candidate.dependencies:
                yield catalog.locate(package, requirement)


def _reached(
    package: PackageId, dependents: Mapping[PackageId, Sequence[PackageId]]
) -> set[PackageId]:
    """What leads to a package."""
    found: set[PackageId] = set()
    ahead = [package]
    while ahead:
        for each in dependents.get(ahead.pop(), ()):
            if each not in found:
                found.add(each)
                ahead.append(each)
    return found
