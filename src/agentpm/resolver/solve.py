"""The resolver's front door: a problem and a catalog in, a solution or an explained failure out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.model.release import PackageId
from agentpm.resolver.problem import Catalog, Package, Problem
from agentpm.resolver.solution import Solution
from agentpm.resolver.straight import straight

if TYPE_CHECKING:
    from agentpm.resolver import (
        analysis,
        explanation,
        failure,
        hint,
        proof,
        remembered,
        report,
        search,
        wording,
        world,
    )
    from agentpm.resolver.failure import ResolutionTooHard, Unsolvable
    from agentpm.resolver.proof import Derivation
    from agentpm.resolver.remembered import Remembered
    from agentpm.resolver.search import Search
else:
    # Most answers lie straight ahead.
    analysis = lazy.module("agentpm.resolver.analysis")
    report = lazy.module("agentpm.resolver.report")
    search = lazy.module("agentpm.resolver.search")
    world = lazy.module("agentpm.resolver.world")
    # Only failures need explaining.
    explanation = lazy.module("agentpm.resolver.explanation")
    failure = lazy.module("agentpm.resolver.failure")
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
    searching = search.Search(world.World(problem, catalog, known))
    try:
        return report.report(searching.world, searching.run())
    except analysis.Contradiction as refuted:
        why = proof.Derivation(refuted.clause, tuple(searching.world.shelves))
    except search.Bounded:
        raise _too_hard(searching) from None
    known |= {shelf.id: shelf.package for shelf in searching.world.shelves}
    raise _explained(problem, remembered.Remembered(catalog, known), why)


def _explained(problem: Problem, catalog: Remembered, found: Derivation) -> Unsolvable:
    """The error for a failure, which tells its story to those who ask."""
    is_refused = hint.is_refused(problem, catalog, found)
    kind = failure.RefusedByPolicy if is_refused else failure.Unsolvable
    return kind(explanation.Explanation(problem, catalog, found))


def _too_hard(searching: Search) -> ResolutionTooHard:
    shelves, engine = searching.world.shelves, searching.world.engine
    busiest = sorted(range(len(shelves)), key=lambda each: (-engine.clauses_about(each), each))
    names = [f"`{shelves[each].id.name}`" for each in busiest[: wording.SPELLED]]
    bound = searching.world.problem.bound
    return failure.ResolutionTooHard(
        f"no answer was found within {bound:,} steps, most of them about {wording.listed(names)}",
        hint="ask for these in narrower ranges, one at a time",
    )
