"""Who needs what a project no longer asks for, as far as the lockfile tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

from agentpm.model.release import PackageId
from agentpm.resolver.problem import Problem, Root
from agentpm.resolver.remembered import Remembered


def needing(problem: Problem, catalog: Remembered) -> Mapping[PackageId, Sequence[Root]]:
    """For what was dropped, the roots that lead to it over locked releases; without what nobody needs.

    The catalog is asked for nothing but what the roots lead to.
    """
    if not problem.dropped:
        return {}
    needs = cache(partial(_needs, problem, catalog))
    found: dict[PackageId, list[Root]] = {}
    for root in problem.roots:
        for package in problem.dropped & _reached(root.package, needs):
            found.setdefault(package, []).append(root)
    return {package: found[package] for package in sorted(found)}


def _needs(problem: Problem, catalog: Remembered, package: PackageId) -> Sequence[PackageId]:
    """What the locked release of a package needs."""
    version = problem.locked.get(package)
    if version is None:
        return ()
    return [
        catalog.locate(package, requirement)
        for candidate in catalog.releases(package).candidates
        if candidate.version == version
        for requirement in candidate.dependencies
    ]


def _reached(
    package: PackageId, needs: Callable[[PackageId], Sequence[PackageId]]
) -> set[PackageId]:
    """What a package leads to, where each one `needs` others."""
    found: set[PackageId] = set()
    ahead = [package]
    while ahead:
        new = [each for each in needs(ahead.pop()) if each not in found]
        found.update(new)
        ahead += new
    return found
