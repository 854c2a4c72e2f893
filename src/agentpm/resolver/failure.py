"""How resolving fails: no answer exists, or none was found within the bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.errors import AgentpmError, ExitCode

if TYPE_CHECKING:
    from agentpm.resolver import explain
    from agentpm.resolver.proof import Derivation
else:
    # Only failures need explaining.
    explain = lazy.module("agentpm.resolver.explain")


class Unsolvable(AgentpmError):
    """No set of releases meets every requirement.

    `derivation` is the proof, `details` the story of it, `hint` a change that was tried and helps.
    `further` are failures that would remain.
    """

    code = "unsolvable"

    def __init__(
        self,
        message: str,
        *,
        derivation: Derivation,
        further: tuple[Derivation, ...] = (),
        hint: str | None = None,
        details: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, hint=hint, details=details)
        self.derivation = derivation
        self.further = further

    @property
    def everything(self) -> tuple[str, ...]:
        """The whole story, however long."""
        return explain.explain(self.derivation, self.further, verbose=True)


class RefusedByPolicy(Unsolvable):
    """Releases would meet every requirement, if the policy did not forbid them."""

    exit_code = ExitCode.REFUSED


class ResolutionTooHard(AgentpmError):
    """The search gave up at its bound, without knowing whether there is an answer."""

    code = "resolution-too-hard"
