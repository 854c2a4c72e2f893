"""Powers that no tool gives: a permission mode, memory, preloaded skills."""

from __future__ import annotations

from agentpm.model.grants import Grants
from agentpm.permissions.capability import named, shown
from agentpm.permissions.findings import Kind, ToolFinding
from agentpm.permissions.reasons import NO_PART, Part, Reason
from agentpm.permissions.table import ToolTable
from agentpm.permissions.tokens import tokens
from agentpm.permissions.toollist import Removal

MODE, MEMORY, SKILLS = "permissionMode", "memory", "skills"


def read_mode(grants: Grants, table: ToolTable) -> Part:
    """The permission mode that an agent switches to; every other word is ignored by the harness."""
    value = grants.get(MODE)
    if isinstance(value, str) and value in table.modes:
        text = f"`{MODE}: {value}`"
        return Part((Reason(named("mode", table.modes[value]), MODE, value, "", text),))
    return _unknown("unknown-mode", MODE, value, table)


def read_memory(grants: Grants, removal: Removal, table: ToolTable) -> Part:
    """The memory that an agent keeps, with the tools that come with it whatever `tools` says."""
    value = grants.get(MEMORY)
    if not isinstance(value, str) or value not in table.scopes:
        return _unknown("unknown-scope", MEMORY, value, table)
    text = f"`{MEMORY}: {value}`"
    reasons = [Reason(named("memory", value), MEMORY, value, "", text)]
    given = tuple(tool for tool in table.memory_tools if not removal.takes(tool))
    for tool in given:
        more = f"{text}, which brings `{tool}`"
        reasons += [Reason(word, MEMORY, value, tool, more) for word in table.tools[tool]]
    return Part(tuple(reasons), tools=given)


def read_skills(grants: Grants) -> Part:
    """The skills whose text an agent starts with."""
    value = grants.get(SKILLS)
    written = value if isinstance(value, list) else tokens(value)
    names = dict.fromkeys(name for name in written if isinstance(name, str))
    reasons = tuple(
        Reason(named("skill", name), SKILLS, name, "", f"`{shown(name)}` in `{SKILLS}`")
        for name in names
    )
    return Part(reasons) if reasons else NO_PART


def _unknown(kind: Kind, key: str, value: object, table: ToolTable) -> Part:
    if value is None:
        return NO_PART
    return Part(findings=(ToolFinding(kind, key, str(value), table),))
