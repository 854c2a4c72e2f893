"""Which tools `tools` and `disallowedTools` leave an agent with.

Observed with Claude Code 2.1.330: `disallowedTools` is applied first; a list that names something,
but of which nothing is left, keeps the agent from starting, unless `disallowedTools` took all of it
away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from agentpm.model.grants import Grants
from agentpm.permissions.capability import ALL, ANY_SERVER, EVERYTHING, CapabilitySet, shown
from agentpm.permissions.findings import Kind, ToolFinding, right_case
from agentpm.permissions.mcp import EVERY_TOOL, PREFIX, McpName, read_mcp
from agentpm.permissions.reasons import Part, Reason, joined
from agentpm.permissions.table import ToolTable
from agentpm.permissions.tokens import WILDCARD, bare, tokens
from agentpm.values import dataclass

TOOLS = "tools"
DISALLOWED = "disallowedTools"


@dataclass(frozen=True, slots=True)
class Removal:
    """What `disallowedTools` takes away.

    `tools` holds all that goes, also what goes along; `names` the names as written; `servers` the
    MCP tools, and `every_server` whether `mcp__*` takes those of all servers.
    """

    tools: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    servers: tuple[McpName, ...] = ()
    every_server: bool = False
    findings: tuple[ToolFinding, ...] = ()

    def takes(self, tool: str) -> bool:
        """Whether the tool of this name is gone."""
        if self is NO_REMOVAL:
            return False
        name = read_mcp(tool)
        if name is None:
            return tool in self.tools or tool in self.names
        return self.every_server or any(name.within(gone) for gone in self.servers)

    @property
    def words(self) -> tuple[str, ...]:
        """What is taken away, sorted, for showing."""
        servers = {server.written for server in self.servers}
        return tuple(sorted(self.tools | servers | ({EVERY_TOOL} if self.every_server else set())))


NO_REMOVAL = Removal()


def read_removal(grants: Grants, table: ToolTable) -> Removal:
    """What the `disallowedTools` of some grants takes away."""
    written = tokens(grants.get(DISALLOWED))
    if not written:
        return NO_REMOVAL
    if WILDCARD in written:
        # Not a way to take all: it voids the list, whatever else it names.
        return Removal(findings=(ToolFinding("wildcard", DISALLOWED, WILDCARD, table),))
    names = frozenset(bare(token) for token in written)
    named = frozenset(table.resolve(name) for name in names)
    servers = tuple(server for name in sorted(names) if (server := read_mcp(name)) is not None)
    return Removal(
        tools=table.without(named & (table.tools.keys() | table.never)),
        names=names,
        servers=servers,
        every_server=EVERY_TOOL in names,
        findings=tuple(f for token in written for f in _removal_findings(token, table)),
    )


def _removal_findings(token: str, table: ToolTable) -> Iterator[ToolFinding]:
    name = bare(token)
    known = table.resolve(name) in table.tools or name in table.never
    if not known and name != EVERY_TOOL and read_mcp(name) is None:
        yield ToolFinding("removes-nothing", DISALLOWED, token, table)
    elif name != token:
        yield ToolFinding("specifier", DISALLOWED, token, table)


@dataclass(frozen=True, slots=True)
class ToolList:
    """What both keys come to.

    `literal` is the list as written, None where every tool is inherited. `refused` says that it
    names tools of which neither the harness nor `disallowedTools` knows one.
    """

    literal: tuple[str, ...] | None
    part: Part
    refused: bool = False


def read_tool_list(grants: Grants, removal: Removal, table: ToolTable) -> ToolList:
    """What `tools` grants, of what `removal` leaves."""
    value = grants.get(TOOLS)
    written = tokens(value)
    if TOOLS not in grants or WILDCARD in written:
        return ToolList(None, _inherited(written, removal, table))
    if not written:
        kind: Kind = "empty" if value is None or isinstance(value, str | list) else "not-a-list"
        return ToolList((), Part(findings=(ToolFinding(kind, TOOLS, "", table),)))
    left = [token for token in written if not removal.takes(bare(token))]
    # By its old name, that is: the list says `Task`, and `disallowedTools` says `Agent`.
    kept = [token for token in left if not removal.takes(table.resolve(bare(token)))]
    part = joined(_granted(token, table) for token in kept)
    return ToolList(written, part, refused=bool(left) and not part.tools)


# The same few hundred names stand in thousands of files.
@lru_cache(maxsize=4096)
def _granted(token: str, table: ToolTable) -> Part:
    """What one name of the list grants."""
    name = bare(token)
    tool = table.resolve(name)
    server = read_mcp(name)
    if tool in table.tools:
        words = table.tools[tool]
    elif server is not None:
        tool, words = server.written, (server.word,)
    else:
        return Part(findings=(ToolFinding(_why_nothing(name, table), TOOLS, token, table),))
    text = f"`{shown(token)}` in `{TOOLS}`" + (
        "" if name == token else f", which is all of `{name}`"
    )
    return Part(
        reasons=tuple(Reason(word, TOOLS, token, tool, text) for word in words),
        findings=tuple(_name_findings(token, table)),
        tools=(tool,),
    )


def _name_findings(token: str, table: ToolTable) -> Iterator[ToolFinding]:
    """What is odd about a name that does grant something."""
    name = bare(token)
    tool = table.resolve(name)
    if name != token:
        yield ToolFinding("specifier", TOOLS, token, table)
    if tool != name:
        yield ToolFinding("alias", TOOLS, token, table)
    if tool in table.tools and tool not in table.pool and tool not in table.beside:
        yield ToolFinding("not-offered", TOOLS, tool, table)


def _why_nothing(name: str, table: ToolTable) -> Kind:
    if name in table.never:
        return "never-for-agents"
    if name in table.dead:
        return "dead"
    if name.startswith(PREFIX) and WILDCARD in name:
        return "mcp-wildcard"
    return "wrong-case" if right_case(name, table) else "unknown"


def _inherited(written: tuple[str, ...], removal: Removal, table: ToolTable) -> Part:
    """What an agent gets that lists no tools: all there are, but for what is taken away."""
    kept = tuple(tool for tool in sorted(table.tools) if not removal.takes(tool))
    given: dict[str, list[str]] = {} if removal.every_server else {ANY_SERVER: [EVERY_TOOL]}
    for tool in kept:
        # A tool of another platform does not count, but what it leaves open is said.
        for word in table.tools[tool] if tool not in table.elsewhere else ():
            given.setdefault(word, []).append(tool)
    reach = CapabilitySet(frozenset(given))
    odd = [
        ToolFinding("platform", DISALLOWED, tool, table)
        for tool in kept
        if tool in table.elsewhere and not all(map(reach.has, table.tools[tool]))
    ]
    if written and written != (WILDCARD,):
        odd.append(ToolFinding("wildcard", TOOLS, WILDCARD, table))
    token = WILDCARD if written else ""
    return Part(tuple(_why_inherited(token, removal, reach, given)), tuple(odd), tools=kept)


def _why_inherited(
    token: str, removal: Removal, reach: CapabilitySet, given: Mapping[str, Sequence[str]]
) -> Iterator[Reason]:
    why = f"`{token}` in `{TOOLS}`" if token else f"no `{TOOLS}` line"
    why += ": every tool"
    if removal.words:
        why += " but " + ", ".join(f"`{word}`" for word in removal.words)
    if reach == EVERYTHING:
        if removal.words:
            why += ", and a shell makes up for it" if removal.tools else ", and all other servers"
        yield Reason(ALL, TOOLS, token, "", why)
        return
    for word, tools in sorted(given.items()):
        yield Reason(word, TOOLS, token, "", f"{why}; " + ", ".join(f"`{tool}`" for tool in tools))
