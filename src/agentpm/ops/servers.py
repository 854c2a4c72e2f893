"""The MCP servers that Claude Code has configured for a project, as far as files say.

Observed with 2.1.330: `claude mcp add` writes the user's servers to `.claude.json` under
`mcpServers`, those of one user in one project to the same file under `projects`, and those of a team
to `.mcp.json` in the project, which is looked for upward. An administrator's stand in
`managed-mcp.json` beside the managed settings. Plugins and accounts bring further ones, of which no
file here knows: their names begin with `plugin_` and `claude_ai_`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from agentpm import fs
from agentpm.errors import AgentpmError
from agentpm.ops.parts import Parts

_LIMIT = 16 * fs.MIB
_KEY = "mcpServers"


def configured_servers(parts: Parts, managed: Path) -> frozenset[str] | None:
    """The names of the servers that are configured; None where a file cannot be read as it should.

    `managed` is the file of the administrator's settings.
    """
    root = parts.workspace.root
    own = _user_file(parts)
    try:
        user = _read(own)
        found = [
            user,
            *map(_read, _project_files(parts)),
            _read(managed.with_name("managed-mcp.json")),
        ]
    except (AgentpmError, ValueError, RecursionError):
        return None  # Claude Code says what is wrong with its own files
    if parts.workspace.scope == "project":
        found += _local(user, root)
    return frozenset(str(name) for data in found for name in _table(data, _KEY))


def _user_file(parts: Parts) -> Path:
    """The file beside, or with `CLAUDE_CONFIG_DIR` inside, the user's own directory."""
    claude = parts.surroundings.claude
    moved = parts.surroundings.environment.get("CLAUDE_CONFIG_DIR")
    return (claude if moved else claude.parent) / ".claude.json"


def _project_files(parts: Parts) -> Iterator[Path]:
    """Every `.mcp.json` from the project upward; a user's own agents belong to no project."""
    if parts.workspace.scope == "project":
        for folder in (parts.workspace.root, *parts.workspace.root.parents):
            yield folder / ".mcp.json"


def _local(user: Mapping[str, Any], root: Path) -> Iterator[Mapping[str, Any]]:
    """What one user has for this project, or for a folder in it where the client was started."""
    for path, entry in _table(user, "projects").items():
        if isinstance(entry, Mapping) and Path(path).is_relative_to(root):
            yield entry


def _read(path: Path) -> Mapping[str, Any]:
    content = fs.read(path, limit=_LIMIT)
    data = json.loads(content or b"{}")
    return data if isinstance(data, Mapping) else {}


def _table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key)
    return found if isinstance(found, Mapping) else {}
