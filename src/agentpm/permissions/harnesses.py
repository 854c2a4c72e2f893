"""The harnesses whose tools agentpm knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.tomltext import nearest
from agentpm.permissions.table import ToolTable

if TYPE_CHECKING:
    from agentpm.permissions.tables import claude, copilot, opencode
else:
    # A table is long, and most projects have agents for one harness.
    claude = lazy.module("agentpm.permissions.tables.claude")
    copilot = lazy.module("agentpm.permissions.tables.copilot")
    opencode = lazy.module("agentpm.permissions.tables.opencode")

TABLES: Mapping[str, Callable[[], ToolTable]] = {
    "claude": lambda: claude.CLAUDE,
    "copilot": lambda: copilot.COPILOT,
    "opencode": lambda: opencode.OPENCODE,
}


class UnknownHarness(AgentpmError):
    """A harness that agentpm has no tool table for."""

    code = "unknown-harness"
    exit_code = ExitCode.USAGE


def load_table(harness: str) -> ToolTable:
    """The newest table of `harness`.

    Raises:
        UnknownHarness: there is none, so nobody can say what an agent could do in it.
    """
    table = TABLES.get(harness)
    if table is None:
        near = nearest(harness, TABLES)
        raise UnknownHarness(
            f"agentpm does not know the tools of `{harness}`",
            hint=f"did you mean `{near}`?" if near else f"known: {', '.join(sorted(TABLES))}",
        )
    return table()
