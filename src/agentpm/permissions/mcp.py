"""Names of MCP tools in an agent file: `mcp__server`, `mcp__server__*`, `mcp__server__tool`."""

from __future__ import annotations

from agentpm.permissions.capability import server_word
from agentpm.values import dataclass

PREFIX = "mcp__"
EVERY_TOOL = "mcp__*"


@dataclass(frozen=True, slots=True)
class McpName:
    """A server, and one tool of it or (None) all of them."""

    server: str
    tool: str | None = None

    @property
    def word(self) -> str:
        """The capability word."""
        return server_word(self.server, self.tool)

    @property
    def written(self) -> str:
        """The name in its shortest form."""
        return f"{PREFIX}{self.server}" + (f"__{self.tool}" if self.tool is not None else "")

    def within(self, other: McpName) -> bool:
        """Whether `other` names this too."""
        return self.server == other.server and other.tool in (None, self.tool)


def read_mcp(name: str) -> McpName | None:
    """The server and tool that a bare name means; None for every other word.

    A star stands for all tools of a server and for nothing else: `mcp__*` and `mcp__github__get_*`
    name nothing (observed with Claude Code 2.1.330).
    """
    if not name.startswith(PREFIX):
        return None
    server, parted, tool = name[len(PREFIX) :].partition("__")
    if not server or "*" in server or (parted and not tool):
        return None
    if tool == "*" or not parted:
        return McpName(server)
    return None if "*" in tool else McpName(server, tool)


def as_in_tools(server: str) -> str:
    """The name of a server as it stands in the names of its tools: `my_server` for `my server`."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in server)
