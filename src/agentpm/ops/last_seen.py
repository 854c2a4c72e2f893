"""What was seen last of a registry stands in where it cannot be looked at now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from agentpm.errors import AgentpmError
from agentpm.ops.parts import Parts
from agentpm.ops.sources import Sources
from agentpm.registry.access import as_it_was

Answer = TypeVar("Answer")


def as_last_seen(parts: Parts, sources: Sources, question: Callable[[], Answer]) -> Answer:
    """The answer to a question that only shows something, and decides nothing.

    Where a registry in use cannot be asked, or shows what it must not, the last good view of it
    answers, with a warning that says why and how old it is.

    Raises:
        AgentpmError: the question itself fails, or nothing was ever seen.
    """
    while True:
        try:
            return question()
        except AgentpmError as error:
            # Where a question is about several registries, the next one may be away as well.
            fallen = [(source, r) for source, r in sources.opened() if r.fall_back()]
            if not fallen:
                raise
            for source, registry in fallen:
                shown = as_it_was(sources.label(source), registry.age() or 0.0)
                parts.voice.warn(f"{shown}: {error.message}", error.hint)
