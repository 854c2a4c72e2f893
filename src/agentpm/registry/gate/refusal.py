"""What the gate has to say against a change: a refusal, with the rule that it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from agentpm.errors import ExitCode
from agentpm.values import dataclass


class Kind(StrEnum):
    """How grave it is.

    `refused` can be mended by whoever pushed, `review` passes once an administrator looked at it,
    `tampered` is a change that readers would stop at.
    """

    REFUSED = "refused"
    REVIEW = "review"
    TAMPERED = "tampered"


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule found in the file `path`, at `line` (from 1) where it has one."""

    message: str
    path: str
    line: int | None = None
    hint: str | None = None
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A problem under the code of its rule, in the commit `commit` (None: the whole registry)."""

    code: str
    kind: Kind
    problem: Problem
    commit: str | None = None

    @property
    def location(self) -> str:
        """`path:line`, or the path alone."""
        problem = self.problem
        return problem.path if problem.line is None else f"{problem.path}:{problem.line}"


_EXITS = {
    Kind.TAMPERED: ExitCode.CORRUPT,
    Kind.REFUSED: ExitCode.FAILED,
    Kind.REVIEW: ExitCode.REFUSED,
}


def exit_code(refusals: Iterable[Refusal]) -> ExitCode:
    """What the process says: 4 for tampering, else 1 for a refusal, else 3 for a review, else 0."""
    kinds = {refusal.kind for refusal in refusals}
    return next((code for kind, code in _EXITS.items() if kind in kinds), ExitCode.DONE)
