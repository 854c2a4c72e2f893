"""What a rule has to say about an agent file: a finding with its place, perhaps with its cure."""

from __future__ import annotations

from enum import StrEnum

from agentpm.errors import Excerpt
from agentpm.values import dataclass


class Severity(StrEnum):
    """How bad a finding is: an error keeps the file from being published."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Replacement:
    """A change that is safe to make without asking: `old`, at a place, becomes `new`.

    `line` and `column` count from 1, columns in characters. Where something else than `old` stands
    there, nothing is changed.
    """

    line: int
    column: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or odd in one file.

    `message` is a sentence without a full stop, `hint` what the author can do about it. `fix` is
    what `agentpm lint --fix` does about it, None where a person has to decide.
    """

    code: str
    severity: Severity
    message: str
    where: Excerpt
    hint: str | None = None
    fix: Replacement | None = None
