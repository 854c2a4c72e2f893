"""What else is in the way: the failures that remain once what a story tells is done away with."""

from __future__ import annotations

from collections.abc import Iterable

from agentpm.model.release import PackageId
from agentpm.resolver.again import Tries
from agentpm.resolver.clause import Asked, Unusable
from agentpm.resolver.problem import ITSELF, Offered, Problem, Unavailable
from agentpm.resolver.proof import Derivation, shortest
from agentpm.resolver.remembered import Remembered
from agentpm.values import dataclass, replace

MOST = 3
"""How many failures are told beside the first."""

WORK = 100_000
"""How much work goes into making the proof of each a short one."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Releases of one package that are unavailable for one reason."""

    package: PackageId
    reason: Unavailable

    def holds(self, package: PackageId, candidate: Offered) -> bool:
        """Whether what makes the obstacle go away makes a candidate available."""
        found = candidate.unavailable if package == self.package else None
        if found is None or found.kind != self.reason.kind:
            return False
        # What has a hint goes away with all that have the same, whatever their texts.
        is_helped = found.hint is not None and found.hint == self.reason.hint
        return is_helped or found.shared == self.reason.shared


def obstacles(derivation: Derivation) -> tuple[Obstacle, ...]:
    """What a failure says of releases that are unavailable."""
    found = (
        Obstacle(derivation.shelves[package].id, node.cause.reason)
        for node in derivation.nodes()
        if isinstance(node.cause, Unusable) and node.cause.reason.kind != ITSELF
        for package in node.terms
    )
    return tuple(dict.fromkeys(found))


def without(catalog: Remembered, away: Iterable[Obstacle]) -> Remembered:
    """A catalog as if some obstacles were not there."""
    held = tuple(away)
    return catalog.excusing(
        lambda package, candidate: any(each.holds(package, candidate) for each in held)
    )


def further(
    problem: Problem, catalog: Remembered, derivation: Derivation
) -> tuple[Derivation, ...]:
    """At most `MOST` failures that would remain.

    Each time the releases that were unavailable are taken to be available; where none were, what
    the project asks for is taken back.
    """
    found, tries = [derivation], Tries()
    while len(found) <= MOST:
        away = obstacles(found[-1])
        if away:
            catalog = without(catalog, away)
        else:
            asked = {node.cause.root for node in found[-1].nodes() if isinstance(node.cause, Asked)}
            left = tuple(root for root in problem.roots if root not in asked)
            problem = replace(problem, roots=left)
        failure = tries.failure(problem, catalog) if problem.roots else None
        if failure is None:
            break
        found.append(shortest(failure, WORK))
    return tuple(found[1:])
