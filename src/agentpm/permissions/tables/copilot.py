"""GitHub Copilot CLI 1.0.102, as observed by running it.

Agents of every form were started by another agent, against a stand-in for the model that noted the
tools each of them was offered. Who chooses an agent for a whole session (`--agent`) gives it `skill`
beside its list, and a database for the session's notes. The client does without its web tools where
it cannot sign in, so their names are those of its reference.
"""

from __future__ import annotations

from agentpm.model.grants import Grants
from agentpm.permissions.table import ToolTable

COPILOT = ToolTable(
    harness="copilot",
    title="GitHub Copilot",
    program="copilot-cli",
    version="1.0.102",
    tools={
        "agent": ("delegate",),
        "create": ("write",),
        # One word for every tool that changes a file: what makes a new one is among them.
        "edit": ("edit", "write"),
        "execute": ("shell",),
        "glob": ("search",),
        "grep": ("search",),
        "read": ("read",),
        "search": ("search",),
        "skill": ("skill",),
        "sql": ("todo",),
        "todo": ("todo",),
        "web": ("net.fetch", "net.search"),
        "web_fetch": ("net.fetch",),
        "web_search": ("net.search",),
    },
    pool=frozenset(["agent", "edit", "execute", "read", "search", "skill", "sql", "todo", "web"]),
    never=frozenset(),
    dead={},
    aliases={
        "bash": "execute",
        "custom-agent": "agent",
        "multiedit": "edit",
        "notebookedit": "edit",
        "notebookread": "read",
        "powershell": "execute",
        "shell": "execute",
        "task": "agent",
        "todowrite": "todo",
        "update_todo": "todo",
        "view": "read",
        # Documented as names of the whole set, which is more than their tool.
        "webfetch": "web",
        "websearch": "web",
        "write": "edit",
    },
    builtin_agents={"task": Grants(), "general-purpose": Grants()},
)
"""The table for files in `.github/agents`; its names are in lower case, and case does not count."""
