"""What an agent can do in a harness, computed from its front matter alone.

The report is about the agent's own powers. What it reaches through other agents is
`permissions.closure`; what the user's settings take away is `permissions.settings`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from agentpm.model.grants import Grants
from agentpm.permissions.beyond import read_memory, read_mode, read_skills
from agentpm.permissions.capability import CapabilitySet
from agentpm.permissions.findings import ToolFinding
from agentpm.permissions.programs import read_hooks, read_servers
from agentpm.permissions.reasons import Program, Reason, joined
from agentpm.permissions.table import ToolTable
from agentpm.permissions.toollist import TOOLS, read_removal, read_tool_list
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the grants of one agent come to under one tool table.

    `capabilities` decide; each of their words has at least one of the `reasons`. `literal` is the
    `tools` list as written, None where every tool is inherited. `tools` are the tools given by
    name, old names resolved, None where all are inherited but those in `removed`. `effective_tools`
    are the names that the harness hands out in a plain session, sorted; an MCP server stands there
    whether or not the user has it. `launchable` is False where the harness refuses to start it.
    """

    capabilities: CapabilitySet
    reasons: tuple[Reason, ...]
    literal: tuple[str, ...] | None
    tools: tuple[str, ...] | None
    removed: tuple[str, ...]
    findings: tuple[ToolFinding, ...]
    launchable: bool
    effective_tools: tuple[str, ...]
    programs: tuple[Program, ...]

    def __hash__(self) -> int:
        # Much is kept by report, and most reports differ in these.
        return hash((self.capabilities, self.literal))

    @property
    def inherits(self) -> bool:
        """Whether the agent has every tool because it lists none."""
        return self.literal is None

    def why(self, word: str) -> tuple[Reason, ...]:
        """The grounds for having the power of `word`, also by one that contains it."""
        wanted = CapabilitySet(frozenset([word]))
        exact = tuple(r for r in self.reasons if r.capability == word)
        return exact or tuple(
            r for r in self.reasons if CapabilitySet(frozenset([r.capability])).covers(wanted)
        )


def capabilities(grants: Grants, table: ToolTable) -> Report:
    """What an agent with these grants can do in the harness of `table`."""
    return _computed(grants, table)


# Most agents share their few lines of grants with many others.
@lru_cache(maxsize=4096)
def _computed(grants: Grants, table: ToolTable) -> Report:
    removal = read_removal(grants, table)
    listed = read_tool_list(grants, removal, table)
    part = joined(
        [
            listed.part,
            read_memory(grants, removal, table),
            read_mode(grants, table),
            read_skills(grants),
            read_servers(grants, removal, table),
            read_hooks(grants, table),
        ]
    )
    launchable = bool(part.tools) or not listed.refused
    findings = part.findings + removal.findings
    if not launchable:
        findings += (ToolFinding("no-tools-left", TOOLS, "", table),)
    if listed.literal is None:
        plain = tuple(sorted({t for t in part.tools if t in table.pool or t not in table.tools}))
    else:
        plain = offered(part.tools, table)
    return Report(
        capabilities=CapabilitySet(frozenset(reason.capability for reason in part.reasons)),
        reasons=part.reasons,
        literal=listed.literal,
        tools=None if listed.literal is None else tuple(dict.fromkeys(part.tools)),
        removed=removal.words,
        findings=findings,
        launchable=launchable,
        effective_tools=plain,
        programs=part.programs,
    )


def offered(tools: Iterable[str], table: ToolTable) -> tuple[str, ...]:
    """Of the tools given by name, those that the harness hands out in a plain session, sorted."""
    given = frozenset(tools)
    kept_away = frozenset(tool for tool, other in table.beside.items() if other in given)
    plain = (table.pool | table.beside.keys()) - kept_away
    return tuple(sorted(t for t in given if t in plain or t not in table.tools))
