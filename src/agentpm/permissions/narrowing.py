"""Overrides of a manifest: they take power away from a published agent, and never add any."""

from __future__ import annotations

from collections.abc import Sequence

from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.grants import Grants
from agentpm.permissions.findings import ToolFinding
from agentpm.permissions.phrases import by_danger, in_words
from agentpm.permissions.report import capabilities
from agentpm.permissions.table import ToolTable
from agentpm.permissions.toollist import DISALLOWED, TOOLS

_MISSPELT = frozenset(["dead", "mcp-wildcard", "removes-nothing", "unknown", "wrong-case"])


class OverrideWidens(AgentpmError):
    """An override that would give an agent a power that its publisher did not."""

    code = "override-widens"
    exit_code = ExitCode.REFUSED


class UnknownTool(AgentpmError):
    """A word in an override that is no tool."""

    code = "unknown-tool"


def narrow(
    grants: Grants,
    table: ToolTable,
    tools: Sequence[str] | None = None,
    disallowed: Sequence[str] | None = None,
) -> Grants:
    """`grants` with `tools` and `disallowedTools` replaced; None leaves the published line alone.

    Raises:
        OverrideWidens: the agent could do more than before.
        UnknownTool: a word grants nothing, or takes nothing away; with a did-you-mean.
    """
    front = grants.as_mapping()
    if tools is not None:
        front[TOOLS] = list(tools)
    if disallowed is not None:
        front[DISALLOWED] = list(disallowed)
    narrowed = Grants.of(front)
    before, after = capabilities(grants, table), capabilities(narrowed, table)
    replaced = {TOOLS: tools, DISALLOWED: disallowed}
    for finding in after.findings:
        if finding.kind in _MISSPELT and replaced.get(finding.key) is not None:
            raise _unknown(finding)
    gained = after.capabilities - before.capabilities
    if gained:
        worst = by_danger(gained.members)[0]
        raise OverrideWidens(
            f"the override would let the agent {in_words(worst)}, which the published file does not",
            hint="an override can only take tools away; ask the publisher for a wider release",
            details=tuple(f"+ {word}" for word in gained.words()),
        )
    return narrowed


def _unknown(finding: ToolFinding) -> UnknownTool:
    near = finding.suggestion
    return UnknownTool(finding.text, hint=f"did you mean `{near}`?" if near else None)
