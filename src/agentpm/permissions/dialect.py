"""How other harnesses than Claude Code say which tools an agent has.

Each dialect is a pair: `read_…` takes the front matter of a file as that harness understands it,
`write_…` says a set of powers in its words. What cannot be said exactly is said with more, never
left out in silence: the reader of the same dialect shows the surplus.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from agentpm.lazy import pattern
from agentpm.permissions.capability import ANY_SERVER, CapabilitySet, server_word, shown
from agentpm.permissions.mcp import McpName
from agentpm.permissions.reasons import Reason
from agentpm.permissions.report import Report
from agentpm.permissions.tables.copilot import COPILOT
from agentpm.permissions.tables.opencode import CIRCUMSTANCES, KEY_OF, OPENCODE
from agentpm.values import dataclass

PERMISSION, TOOLS = "permission", "tools"
_EVERY = "*"
_ACTIONS = ("allow", "ask", "deny")
_SECRETS = {"*": "allow", "*.env": "ask", "*.env.*": "ask", "*.env.example": "allow"}
"""OpenCode's own rules for reading: written out, as `allow` alone would lift them."""

_KNOWN = frozenset({*OPENCODE.tools, *KEY_OF.values(), *OPENCODE.never, *CIRCUMSTANCES, _EVERY})
"""What is no name of an MCP tool in OpenCode."""

_SERVER = pattern(r"[A-Za-z0-9_-]+\Z")


@dataclass(frozen=True, slots=True)
class Powers:
    """What an agent shall have, in the words of no harness.

    `words` are capability words, each because a tool of its own was given; `servers` the MCP servers
    or tools of them; `every_server` all servers but those in `without`. `open` says that the agent
    has every tool there is but for what is missing in `words`; `whole` that nothing is missing.
    """

    words: frozenset[str]
    servers: tuple[McpName, ...] = ()
    every_server: bool = False
    without: tuple[McpName, ...] = ()
    open: bool = False
    whole: bool = False


def can_name(server: McpName) -> bool:
    """Whether the other harnesses have a way to write the name of this server, or of its tool."""
    plain = _SERVER.match(server.server) and _SERVER.match(server.tool or "x")
    # A tool `exit` of a server `plan` would be OpenCode's own `plan_exit`.
    return bool(plain) and _in_opencode(server) not in _KNOWN


# OpenCode


def write_permission(powers: Powers) -> Mapping[str, Any]:
    """The `permission` key of an OpenCode agent; nothing at all for one with every tool."""
    if powers.open and powers.every_server:
        rules: dict[str, Any] = {key: "deny" for key in _keys() if not _wanted(key, powers)}
        rules |= {_in_opencode(server): "deny" for server in powers.without if can_name(server)}
        return {PERMISSION: rules} if rules else {}
    rules = {key: "allow" for key in _keys() if _wanted(key, powers)}
    rules |= {_in_opencode(server): "allow" for server in powers.servers if can_name(server)}
    if "read" in rules:
        rules["read"] = _SECRETS
    # The first rule would deny these too; otherwise a person is asked.
    asked = dict.fromkeys(sorted(CIRCUMSTANCES), "ask") if rules else {}
    return {PERMISSION: {_EVERY: "deny", **rules, **asked}}


def _keys() -> tuple[str, ...]:
    """The permissions that give a power, each once."""
    return tuple(sorted({KEY_OF.get(t, t) for t, words in OPENCODE.tools.items() if words}))


def _words_of(key: str) -> frozenset[str]:
    tools = (t for t in OPENCODE.tools if KEY_OF.get(t, t) == key)
    return frozenset(word for tool in tools for word in OPENCODE.tools[tool])


def _wanted(key: str, powers: Powers) -> bool:
    return not powers.words.isdisjoint(_words_of(key))


def _in_opencode(name: McpName) -> str:
    return f"{name.server}_{name.tool or _EVERY}"


def read_permission(front: Mapping[str, Any]) -> Report:
    """What an agent with this front matter can do in OpenCode.

    The last rule that matches decides. A rule for some paths or commands counts as the whole tool. A
    value that keeps OpenCode from starting gives nothing, and the report is not launchable.
    """
    rules = [*_rules_of_tools(front.get(TOOLS)), *_rules(front.get(PERMISSION))]
    if any(action not in _ACTIONS for _, _, action in rules):
        return _report((), launchable=False)
    given = [tool for tool in OPENCODE.tools if _allowed(KEY_OF.get(tool, tool), rules)]
    reasons = [
        Reason(word, PERMISSION, key, tool, f"`{key}` in `{PERMISSION}`")
        for tool in given
        for key in (KEY_OF.get(tool, tool),)
        for word in OPENCODE.tools[tool]
    ]
    return _report([*reasons, *_servers_in(rules)], tools=given)


_Rule = tuple[str, str, str]
"""The permission, the path or command it is about, and the action."""


def _rules(value: Any) -> Iterator[_Rule]:
    if isinstance(value, Mapping):
        for key, action in value.items():
            if isinstance(action, Mapping):
                yield from ((str(key), str(pattern), str(a)) for pattern, a in action.items())
            else:
                yield str(key), _EVERY, str(action)
    elif value is not None:
        yield _EVERY, _EVERY, str(value)


def _rules_of_tools(value: Any) -> Iterator[_Rule]:
    """The older key: tools with true or false; anything but a mapping stops the program."""
    if isinstance(value, Mapping):
        for tool, on in value.items():
            action = {True: "allow", False: "deny"}.get(on, "?") if isinstance(on, bool) else "?"
            yield KEY_OF.get(str(tool), str(tool)), _EVERY, action
    elif value is not None:
        yield _EVERY, _EVERY, "?"


def _allowed(key: str, rules: Iterable[_Rule]) -> bool:
    for wanted, about, action in reversed([(_EVERY, _EVERY, "allow"), *rules]):
        if _matches(wanted, key):
            if action != "deny":
                return True
            if about == _EVERY:
                return False
    return False


def _matches(pattern: str, key: str) -> bool:
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch("".join(parts), key, re.DOTALL) is not None


def _servers_in(rules: list[_Rule]) -> Iterator[Reason]:
    """The MCP tools that rules allow: their names begin with the server's, so a name can fit many."""
    if _allowed("\0", rules):
        yield Reason(ANY_SERVER, PERMISSION, _EVERY, "", f"nothing in `{PERMISSION}` denies it")
        return
    for key in dict.fromkeys(k for k, _, action in rules if action != "deny" and k not in _KNOWN):
        text = f"`{shown(key)}` in `{PERMISSION}`"
        yield Reason(server_word(key), PERMISSION, key, "", text)


# GitHub Copilot

_SAID = {
    frozenset(["delegate"]): "agent",
    frozenset(["edit"]): "edit",
    frozenset(["edit", "write"]): "edit",
    frozenset(["net.fetch"]): "web_fetch",
    frozenset(["net.fetch", "net.search"]): "web",
    frozenset(["net.search"]): "web_search",
    frozenset(["read"]): "read",
    frozenset(["search"]): "search",
    frozenset(["shell"]): "execute",
    frozenset(["skill"]): "skill",
    frozenset(["todo"]): "todo",
    frozenset(["write"]): "create",
}
_TOGETHER = (frozenset(["edit", "write"]), frozenset(["net.fetch", "net.search"]))


def write_tools(powers: Powers) -> Mapping[str, Any]:
    """The `tools` key of a Copilot agent; nothing at all for one with every tool."""
    if powers.whole:
        return {}
    groups = {next((g & powers.words for g in _TOGETHER if w in g), frozenset([w]))
              for w in powers.words}  # fmt: skip
    names = sorted(_SAID[group] for group in groups if group in _SAID)
    servers = [f"{s.server}/{s.tool or _EVERY}" for s in powers.servers if can_name(s)]
    return {TOOLS: [*names, *servers]}


def read_tools(front: Mapping[str, Any]) -> Report:
    """What an agent with this front matter can do in GitHub Copilot.

    Names are read without their case, and unknown ones are passed over. A value that is neither a
    text nor a list keeps the file from being loaded.
    """
    value = front.get(TOOLS)
    if TOOLS in front and not isinstance(value, str | list):
        return _report((), launchable=False)
    names = [n.strip() for n in value.split(",")] if isinstance(value, str) else value or []
    if TOOLS not in front or _EVERY in names:
        text = f"no `{TOOLS}` line: every tool" if TOOLS not in front else f"`*` in `{TOOLS}`"
        words = {word for tool in COPILOT.tools.values() for word in tool} | {ANY_SERVER}
        every = [Reason(word, TOOLS, "", "", text) for word in sorted(words)]
        return _report(every, tools=sorted(COPILOT.pool))
    reasons = [reason for name in names if isinstance(name, str) for reason in _granted(name)]
    return _report(reasons, tools=[reason.tool for reason in reasons])


def _granted(name: str) -> Iterator[Reason]:
    server, slash, tool = name.partition("/")
    text = f"`{shown(name)}` in `{TOOLS}`"
    if slash and server and tool:
        word = server_word(server, None if tool == _EVERY else tool)
        yield Reason(word, TOOLS, name, name, text)
        return
    found = COPILOT.resolve(name.lower())
    for word in COPILOT.tools.get(found, ()):
        yield Reason(word, TOOLS, name, found, text)


def _report(
    reasons: Iterable[Reason], *, tools: Iterable[str] = (), launchable: bool = True
) -> Report:
    grounds = tuple(reasons)
    names = tuple(dict.fromkeys(tools))
    return Report(
        capabilities=CapabilitySet(frozenset(reason.capability for reason in grounds)),
        reasons=grounds,
        literal=names,
        tools=names,
        removed=(),
        findings=(),
        launchable=launchable,
        effective_tools=tuple(sorted(names)),
        programs=(),
    )
