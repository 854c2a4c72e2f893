"""OpenCode 1.18.33, as observed by running it.

Agents with every kind of rule were staged in an empty home directory, and `opencode debug agent NAME`
said which tools each of them was left with. The words in an agent file are permissions, not tools:
`edit` decides on three tools at once (`KEY_OF`).
"""

from __future__ import annotations

from collections.abc import Mapping

from agentpm.model.grants import Grants
from agentpm.permissions.table import ToolTable

OPENCODE = ToolTable(
    harness="opencode",
    title="OpenCode",
    program="opencode",
    version="1.18.33",
    tools={
        "apply_patch": ("edit", "write"),
        "bash": ("shell",),
        "codesearch": ("net.search",),
        "edit": ("edit",),
        "glob": ("search",),
        "grep": ("search",),
        "list": ("search",),
        "lsp": ("code-intel",),
        "question": (),
        "read": ("read",),
        "skill": ("skill",),
        "task": ("delegate",),
        "todoread": ("todo",),
        "todowrite": ("todo",),
        "webfetch": ("net.fetch",),
        "websearch": ("net.search",),
        "write": ("write",),
    },
    pool=frozenset([
        "bash",
        "edit",
        "glob",
        "grep",
        "read",
        "skill",
        "task",
        "todowrite",
        "webfetch",
        "websearch",
        "write",
    ]),
    never=frozenset(["invalid", "plan_enter", "plan_exit"]),
    dead={"multiedit": "edit", "patch": "edit"},
    aliases={},
    builtin_agents={"general": Grants(), "explore": Grants.of({"tools": ["Read", "Grep", "Glob"]})},
)  # fmt: skip
"""The table for files in `.opencode/agents`."""

KEY_OF: Mapping[str, str] = {"apply_patch": "edit", "write": "edit"}
"""The permission that decides on a tool, where that has another name than the tool."""

CIRCUMSTANCES = frozenset(["doom_loop", "external_directory"])
"""Permissions that are about a situation, and give no tool."""
