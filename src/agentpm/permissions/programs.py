"""Programs that an agent file makes the harness run: its hooks, its own MCP servers.

Each is a power of its own, named by the digest of its whole configuration, so that another command
is another power and a yes to one is no yes to the next. Where the form is not one that the harness
was seen to run, but might in another version, it counts all the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from agentpm.model.digest import Digest
from agentpm.model.grants import Grants
from agentpm.permissions.capability import server_word, shown
from agentpm.permissions.findings import ToolFinding
from agentpm.permissions.mcp import PREFIX, as_in_tools
from agentpm.permissions.reasons import NO_PART, Part, Program, Reason, joined
from agentpm.permissions.table import ToolTable
from agentpm.permissions.toollist import Removal

HOOKS, SERVERS = "hooks", "mcpServers"


def read_hooks(grants: Grants, table: ToolTable) -> Part:
    """The hooks of an agent, each handler a program."""
    value = grants.get(HOOKS)
    if not value:
        return NO_PART
    if not isinstance(value, dict):
        return _program(HOOKS, "hook", "hooks", value, _plainly(value))
    return joined(_event(event, entry, table) for event, entry in value.items())


def _event(event: str, value: Any, table: ToolTable) -> Part:
    known = event in table.events
    odd = () if known else (ToolFinding("dead-hook", HOOKS, event, table),)
    if not value or (isinstance(value, str) and not known):
        # No version takes a text here, and an event nobody raises never comes: other programs
        # keep their own `pre:` and `post:` lines in this key.
        return Part(findings=odd)
    handlers = (_handler(event, matcher, handler) for matcher, handler in _handlers(value))
    return joined([Part(findings=odd), *handlers])


def _handlers(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each handler of an event with the matcher it stands under, whatever is odd about the form."""
    for entry in value if isinstance(value, list) else [value]:
        inner = entry.get("hooks") if isinstance(entry, dict) else None
        if isinstance(inner, list) and inner:
            for handler in inner:
                yield entry.get("matcher"), handler
        else:
            yield None, entry


def _handler(event: str, matcher: Any, handler: Any) -> Part:
    title = f"{shown(event)} hook"
    if matcher not in (None, "", "*"):
        title += f" on {shown(str(matcher))}"
    config = {"event": event, "matcher": matcher, "hook": handler}
    return _program(HOOKS, "hook", title, config, _command(handler))


def read_servers(grants: Grants, removal: Removal, table: ToolTable) -> Part:
    """The MCP servers that an agent brings along; a bare name only refers to the user's own."""
    value = grants.get(SERVERS)
    if isinstance(value, dict):
        return joined(_unread_server(name, config, table) for name, config in value.items())
    parts = []
    for item in value if isinstance(value, list) else ():
        for name, config in item.items() if isinstance(item, dict) else ():
            alone = len(item) == 1
            parts.append(
                _server(name, config, removal) if alone else _unread_server(name, config, table)
            )
    return joined(parts)


def _server(name: str, config: Any, removal: Removal) -> Part:
    program = _server_program(name, config)
    # Its tools are given whatever `tools` says: only `disallowedTools` keeps them away.
    server = as_in_tools(name)
    tool = f"{PREFIX}{server}"
    if removal.takes(tool):
        return program
    reason = Reason(server_word(server), SERVERS, name, tool, f"`{shown(name)}` in `{SERVERS}`")
    return joined([program, Part((reason,), tools=(tool,))])


def _unread_server(name: str, config: Any, table: ToolTable) -> Part:
    """A server that this version of the harness does not start as it is written."""
    odd = ToolFinding("unread-server", SERVERS, name, table)
    return joined([_server_program(name, config), Part(findings=(odd,))])


def _server_program(name: str, config: Any) -> Part:
    config_as_named = {"name": name, "server": config}
    return _program(SERVERS, "mcp", f"MCP server {shown(name)}", config_as_named, _command(config))


def _program(key: str, kind: str, title: str, config: Any, command: str) -> Part:
    text = json.dumps(config, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    word = f"exec.{kind}:{Digest.of(text.encode('utf-8', 'surrogatepass'))}"
    reason = Reason(word, key, title, "", f"{title}: `{shown(command)}`")
    return Part((reason,), programs=(Program(word, key, title, command),))


def _command(config: Any) -> str:
    """What a configuration runs or calls, on one line; all of it, where the form is odd."""
    if not isinstance(config, Mapping):
        return _plainly(config)
    rest = {key: value for key, value in config.items() if key != "type"}
    main = next((key for key in ("command", "url", "prompt") if key in rest), None)
    if main is None or not isinstance(rest[main], str):
        return _plainly(config)
    words = [rest.pop(main)]
    arguments = rest.get("args")
    if isinstance(arguments, list) and all(isinstance(word, str) for word in arguments):
        words += [_quoted(word) for word in rest.pop("args")]
    # What else stands there (environment, headers) may change what the command does.
    return " ".join(words) + (f"  with {_plainly(rest)}" if rest else "")


def _quoted(word: str) -> str:
    return word if word and not set(word) & set(" \t\n\"'\\") else json.dumps(word)


def _plainly(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
