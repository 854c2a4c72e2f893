"""What a failure is: a stable code, one sentence, a way forward.

The subclasses live beside the code that raises them; `docs/reference/errors.md` lists them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import ClassVar

from agentpm.values import dataclass


class ExitCode(IntEnum):
    """What the process says to the shell (`docs/reference/exit-codes.md`)."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    CORRUPT = 4
    BUG = 70
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A place in somebody's text: where it is, and what stands there.

    `line` and `column` count from 1, columns in characters; `text` is the whole line without its
    end; `length` is how many characters the marker underlines, at least 1.
    """

    path: str
    line: int
    column: int
    text: str
    length: int = 1

    @classmethod
    def at(cls, source: str, path: str, line: int, column: int = 1, *, length: int = 1) -> Excerpt:
        """The excerpt of a line of `source`; a place past its end becomes the last line."""
        lines = source.splitlines() or [""]
        line = min(max(line, 1), len(lines))
        return cls(path, line, max(column, 1), lines[line - 1], max(length, 1))

    @property
    def location(self) -> str:
        """`path:line:column`, as compilers write it."""
        return f"{self.path}:{self.line}:{self.column}"


class AgentpmError(Exception):
    """A failure that agentpm expected, and can explain.

    `message` is one sentence without a full stop, with names in backticks. `hint` is what the
    reader can do about it, `where` the place in a text that is wrong, `details` further lines that
    belong to the message (a difference, a derivation). `tells_a_story` is whether these are
    sentences, which may be broken between any two words.
    """

    code: ClassVar[str] = "failed"
    tells_a_story: ClassVar[bool] = False
    exit_code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        where: Excerpt | None = None,
        details: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = where
        self.details = details

    @property
    def everything(self) -> tuple[str, ...]:
        """The details in full, where `details` leaves some out."""
        return self.details

    @property
    def facts(self) -> Mapping[str, object]:
        """What a program may want to know beside the words, as JSON has it; mostly nothing."""
        return {}
