"""The resolver's front door: a problem and a catalog in, a solution or an explained failure out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.model.release import PackageId
from agentpm.resolver.analysis import Contradiction
from agentpm.resolver.failure import RefusedByPolicy, ResolutionTooHard, Unsolvable
from agentpm.resolver.problem import Catalog, Package, Problem
from agentpm.resolver.report import report
from agentpm.resolver.search import Bounded, Search
from agentpm.resolver.solution import Solution
from agentpm.resolver.straight import straight
from agentpm.resolver.world import World

if TYPE_CHECKING:
    from agentpm.resolver import explanation, hint, proof, remembered, wording
    from agentpm.resolver.proof import Derivation
    from agentpm.resolver.remembered import Remembered
else:
    # Only failures need explaining.
    explanation = lazy.module("agentpm.resolver.explanation")
    hint = lazy.module("agentpm.resolver.hint")
    proof = lazy.module("agentpm.resolver.proof")
    remembered = lazy.module("agentpm.resolver.remembered")
    wording = lazy.module("agentpm.resolver.wording")


def solve(problem: Problem, catalog: Catalog) -> Solution:
    """One version for every package that the project needs (`docs/design/resolver.md`).

    The answer depends on nothing but the problem and the releases that are part of it: not on the
    order of anything, and not on releases that were not chosen.

    Raises:
        Unsolvable: there is no answer; the error explains why.
        RefusedByPolicy: there would be one if the policy forbade nothing.
        ResolutionTooHard: none was found within the problem's bound.
    """
    known: dict[PackageId, Package] = {}
    found = straight(problem, catalog, known)
    if found is not None:
        return found
    search = Search(World(problem, catalog, known))
    try:
        return report(search.world, search.run())
    except Contradiction as failure:
        why = proof.Derivation(failure.clause, tuple(search.world.shelves))
    except Bounded:
        raise _too_hard(search) from None
    known |= {shelf.id: shelf.package for shelf in search.world.shelves}
    raise _explained(problem, remembered.Remembered(catalog, known), why)


def _explained(problem: Problem, catalog: Remembered, found: Derivation) -> Unsolvable:
    """The error for a failure, which tells its story to those who ask."""
    kind = RefusedByPolicy if hint.is_refused(problem, catalog, found) else Unsolvable
    return kind(explanation.Explanation(problem, catalog, found))


def _too_hard(search: Search) -> ResolutionTooHard:
    world = search.world
    busiest = sorted(
        range(len(world.shelves)), key=lambda each: (-world.engine.clauses_about(each), each)
    )
    names = [f"`{world.shelves[each].id.name}`" for each in busiest[: wording.SPELLED]]
    bound = world.problem.bound
    return ResolutionTooHard(
        f"no answer was found within {bound:,} steps, most of them about {wording.listed(names)}",
        hint="ask for these in narrower ranges, one at a time",
    )
