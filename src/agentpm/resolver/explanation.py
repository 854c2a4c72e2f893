"""Everything there is to say of a failure, each part worked out when somebody asks for it.

Whether there is an answer is known long before it is told why not; and not everybody wants to hear it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from agentpm.resolver.explain import explain
from agentpm.resolver.further import further, obstacles
from agentpm.resolver.hint import Advice, Attempts
from agentpm.resolver.problem import Problem
from agentpm.resolver.proof import Derivation, shortest
from agentpm.resolver.remembered import Remembered
from agentpm.resolver.wording import headline


class Explanation:
    """What is to be said of a problem without an answer, of which `found` is a proof."""

    def __init__(self, problem: Problem, catalog: Remembered, found: Derivation) -> None:
        self._problem = problem
        self._catalog = catalog
        self._found = found

    @cached_property
    def derivation(self) -> Derivation:
        """The proof, made short."""
        return shortest(self._found)

    @cached_property
    def further(self) -> tuple[Derivation, ...]:
        """The proofs of what would remain in the way."""
        return further(self._problem, self._catalog, self.derivation)

    @property
    def headline(self) -> str:
        """What cannot be had, in one sentence."""
        return headline(self.derivation)

    @property
    def hint(self) -> str | None:
        """A change that was tried, and helps."""
        return self._advice.hint

    def story(self, *, verbose: bool) -> tuple[str, ...]:
        """Why there is no answer, a sentence a line; it speaks of all that the hint would let in."""
        shown = self._whole if verbose else self.derivation
        return explain(shown, self.further, list(self._untold()), verbose=verbose)

    @cached_property
    def _whole(self) -> Derivation:
        """The proof for those who read all of it, which may be one of a hundred thousand steps."""
        is_short = self.derivation is not self._found
        return self.derivation if is_short else shortest(self._found, patient=True)

    @cached_property
    def _advice(self) -> Advice:
        return Attempts(self._problem, self._catalog, self.derivation, self.further).advice()

    def _untold(self) -> Iterator[str]:
        """What is the matter with releases that the hint lets in, and no failure speaks of."""
        told = [each for failure in (self.derivation, *self.further) for each in obstacles(failure)]
        for package, candidate in self._advice.lets_in:
            reason = candidate.unavailable
            if reason is not None and not any(each.holds(package, candidate) for each in told):
                yield f"`{package.name} {candidate.version}` {reason.text}"
