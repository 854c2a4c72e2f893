"""One thing that `agentpm doctor` found: fine, worth knowing, or wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from agentpm.errors import AgentpmError
from agentpm.values import dataclass

Level = Literal["ok", "note", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding of the check called `check`; `hint` says what helps, where something does."""

    check: str
    level: Level
    message: str
    hint: str | None = None


def ok(check: str, message: str) -> Finding:
    """Something that is as it should be."""
    return Finding(check, "ok", message)


def explained(check: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings of `look`; a failure of agentpm's is one more of them, and ends the check."""
    try:
        yield from look()
    except AgentpmError as error:
        where = f" ({error.where.location})" if error.where is not None else ""
        yield Finding(check, "problem", f"{error.message}{where}", error.hint)
