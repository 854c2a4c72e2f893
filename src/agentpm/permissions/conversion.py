"""Saying in another harness's words what an agent for Claude Code can do (`docs/adr/0012-conversion.md`).

The law: what the converted file can do, the published one can do too. Where the other harness has
one word for two powers, the surplus is in `widened`, and somebody has to say yes to it by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from agentpm.model.grants import Grants
from agentpm.permissions.capability import ANY_SERVER, CapabilitySet
from agentpm.permissions.dialect import (
    Powers,
    can_name,
    read_permission,
    read_tools,
    write_permission,
    write_tools,
)
from agentpm.permissions.harnesses import load_table
from agentpm.permissions.mcp import read_mcp
from agentpm.permissions.report import Report, capabilities
from agentpm.permissions.table import ToolTable
from agentpm.permissions.tables.claude import CLAUDE
from agentpm.permissions.toollist import DISALLOWED, TOOLS, read_removal
from agentpm.values import dataclass

_WITHOUT_WORD = ("permissionMode", "memory", "skills", "mcpServers", "hooks")
"""Keys that no other harness has in an agent file, or that each has in a way of its own."""

_ALONE = frozenset(["EnterWorktree", "ExitWorktree", "SendMessage", "TaskStop"])
"""Tools that no other harness has. Another tool with the same power is no substitute for them: an
author who took that one away would get it back."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """An agent's powers in another harness.

    `front` are the keys that say them there, `report` what the harness makes of these, `widened`
    what that is more than the published file grants. `lost` names what the file has and the
    harness has no word for, each as it is written.
    """

    harness: str
    front: Mapping[str, Any]
    report: Report
    widened: CapabilitySet
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Dialect:
    write: Callable[[Powers], Mapping[str, Any]]
    read: Callable[[Mapping[str, Any]], Report]


_DIALECTS: Mapping[str, _Dialect] = {
    "copilot": _Dialect(write_tools, read_tools),
    "opencode": _Dialect(write_permission, read_permission),
}


def report_in(front: Mapping[str, Any], harness: str) -> Report:
    """What a file with this front matter can do in `harness`, read as that harness reads it.

    Raises:
        UnknownHarness: agentpm does not know its tools.
    """
    dialect = _DIALECTS.get(harness)
    if dialect is not None:
        return dialect.read(front)
    return capabilities(Grants.of(front), load_table(harness))


def convert(grants: Grants, harness: str) -> Conversion:
    """The powers of an agent with these grants for Claude Code, said in the words of `harness`.

    Raises:
        UnknownHarness: agentpm cannot write for it.
    """
    load_table(harness)
    dialect = _DIALECTS[harness]
    powers = powers_of(grants)
    front = dialect.write(powers)
    report = dialect.read(front)
    return Conversion(
        harness=harness,
        front=front,
        report=report,
        widened=report.capabilities - capabilities(grants, CLAUDE).capabilities,
        lost=tuple(dict.fromkeys(_lost(grants, powers, report))),
    )


def powers_of(grants: Grants, table: ToolTable = CLAUDE) -> Powers:
    """What the two tool lists of an agent give it, tool by tool; its other keys give nothing here."""
    lists = Grants(tuple((key, text) for key, text in grants.entries if key in (TOOLS, DISALLOWED)))
    report, removal = capabilities(lists, table), read_removal(lists, table)
    if not report.inherits:
        named = [(tool, read_mcp(tool)) for tool in report.tools or ()]
        words = _words((tool for tool, _ in named), table)
        return Powers(words, tuple(server for _, server in named if server is not None))
    kept = [t for t in table.tools if not removal.takes(t) and t not in table.elsewhere]
    return Powers(
        words=_words(kept, table),
        every_server=not removal.every_server,
        without=removal.servers,
        open=True,
        whole=not removal.words,
    )


def _words(tools: Iterable[str], table: ToolTable) -> frozenset[str]:
    return frozenset(w for t in tools if t not in _ALONE for w in table.tools.get(t, ()))


def _lost(grants: Grants, powers: Powers, report: Report) -> Iterator[str]:
    yield from (f"`{key}`" for key in _WITHOUT_WORD if grants.get(key))
    if powers.open:
        if powers.every_server and not report.capabilities.has(ANY_SERVER):
            yield "MCP servers"
        return
    for word in sorted(powers.words):
        if not report.capabilities.has(word):
            yield f"the power `{word}`"
    listed = capabilities(grants, CLAUDE).tools or ()
    yield from (f"`{tool}`" for tool in listed if tool in _ALONE)
    yield from (f"`{server.written}`" for server in powers.servers if not can_name(server))
