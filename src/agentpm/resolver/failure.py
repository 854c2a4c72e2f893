"""How resolving fails: no answer exists, or none was found within the bound."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from agentpm.errors import AgentpmError, ExitCode

if TYPE_CHECKING:
    from agentpm.resolver.explanation import Explanation
    from agentpm.resolver.proof import Derivation


class Unsolvable(AgentpmError):
    """No set of releases meets every requirement.

    `derivation` is the proof, `details` the story of it, `hint` a change that was tried and helps.
    `further` are failures that would remain. All of it is worked out when it is first asked for,
    which asks the catalog; `explain` does it at once.
    """

    code = "unsolvable"
    tells_a_story = True

    def __init__(self, explanation: Explanation) -> None:
        Exception.__init__(self)
        self._explanation = explanation
        self.where = None

    def __str__(self) -> str:
        return self.message

    def explain(self) -> None:
        """Work out all that is to be said, while the catalog can be asked."""
        _ = self.message, self.details, self.hint

    @cached_property
    def message(self) -> str:  # type: ignore[override]
        """What cannot be had, in one sentence."""
        return self._explanation.headline

    @cached_property
    def hint(self) -> str | None:  # type: ignore[override]
        """A change that was tried, and helps."""
        return self._explanation.hint

    @cached_property
    def details(self) -> tuple[str, ...]:  # type: ignore[override]
        """The story, with its middle left out where it is long."""
        return self._explanation.story(verbose=False)

    @cached_property
    def everything(self) -> tuple[str, ...]:
        """The whole story, however long."""
        return self._explanation.story(verbose=True)

    @property
    def derivation(self) -> Derivation:
        """The proof, made short."""
        return self._explanation.derivation

    @property
    def further(self) -> tuple[Derivation, ...]:
        """The proofs of failures that would remain."""
        return self._explanation.further


class RefusedByPolicy(Unsolvable):
    """Releases would meet every requirement, if the policy did not forbid them."""

    exit_code = ExitCode.REFUSED


class ResolutionTooHard(AgentpmError):
    """The search gave up at its bound, without knowing whether there is an answer."""

    code = "resolution-too-hard"
