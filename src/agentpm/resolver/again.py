"""Solving once more: a changed problem, for the sake of what can be said of the first one."""

from __future__ import annotations

from collections.abc import Mapping

from agentpm.model.release import PackageId
from agentpm.model.version import Version
from agentpm.resolver.analysis import Contradiction
from agentpm.resolver.problem import Problem
from agentpm.resolver.proof import Derivation
from agentpm.resolver.remembered import Remembered
from agentpm.resolver.search import Bounded, Search
from agentpm.resolver.world import World
from agentpm.values import replace

BOUND = 100_000
"""How much work one try may do."""

TOTAL = 300_000
"""How much work all tries together may do: a third of a second."""

Answer = Mapping[PackageId, Version]


class Tries:
    """Tries at changed problems; `left` is how much work they may still do together."""

    def __init__(self, left: int = TOTAL) -> None:
        self.left = left

    def answer(self, problem: Problem, catalog: Remembered) -> Answer | None:
        """The versions that answer a problem; None where there is no answer, or none was found."""
        found = self._solved(problem, catalog)
        return None if isinstance(found, Derivation) else found

    def failure(self, problem: Problem, catalog: Remembered) -> Derivation | None:
        """Why a problem has no answer; None where it has one, or nothing was found."""
        found = self._solved(problem, catalog)
        return found if isinstance(found, Derivation) else None

    def _solved(self, problem: Problem, catalog: Remembered) -> Answer | Derivation | None:
        if self.left <= 0:
            return None
        bounded = replace(problem, bound=min(BOUND, self.left))
        search = Search(World(bounded, catalog))
        shelves = search.world.shelves
        try:
            answer = search.run()
        except Contradiction as failure:
            return Derivation(failure.clause, tuple(shelves))
        except Bounded:
            return None
        finally:
            self.left -= search.engine.work
        return {shelves[each].id: shelves[each].version(at) for each, at in answer.items()}
