"""The harnesses whose tools agentpm knows."""

from __future__ import annotations

from collections.abc import Mapping

from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.tomltext import nearest
from agentpm.permissions.table import ToolTable
from agentpm.permissions.tables.claude import CLAUDE
from agentpm.permissions.tables.copilot import COPILOT
from agentpm.permissions.tables.opencode import OPENCODE

TABLES: Mapping[str, ToolTable] = {table.harness: table for table in (CLAUDE, COPILOT, OPENCODE)}


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
    return table
