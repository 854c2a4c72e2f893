"""What the user's Claude Code settings leave of an agent.

A `deny` of any scope counts, whatever another scope allows. A bare one takes the tool away; one
with something in parentheses leaves it, and refuses some calls. Observed with Claude Code 2.1.330;
the rules are those of its page on permissions. Settings are no sandbox: they bind tools, not what a
shell does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal

from agentpm.permissions.capability import NOTHING, CapabilitySet, shown
from agentpm.permissions.mcp import EVERY_TOOL, as_in_tools, read_mcp
from agentpm.permissions.report import Report, capabilities, offered
from agentpm.permissions.table import ToolTable
from agentpm.permissions.tokens import WILDCARD
from agentpm.values import dataclass

Outcome = Literal["ok", "degraded", "blocked"]

SCOPES = ("managed", "local", "project", "user")
"""Strongest first."""

_AGENT = "Agent"

# Rules about paths are looked up under these two names, for these tools.
_PATH_RULES: Mapping[str, frozenset[str]] = {
    "Edit": frozenset(["Edit", "Write", "NotebookEdit"]),
    "Read": frozenset(["Read", "Grep", "Glob", "Edit", "Write", "NotebookEdit"]),
}
_NEVER_CONSULTED: Mapping[str, str] = {
    "Write": "Edit", "MultiEdit": "Edit", "NotebookEdit": "Edit", "Glob": "Read", "Grep": "Read",
}  # fmt: skip


_FROM_ELSEWHERE = ("plugin_", "claude_ai_")
"""How the names of servers begin that plugins and accounts bring, which no settings file lists."""


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """The settings files that bind one project, as JSON data, by scope (`SCOPES`).

    `servers` are the MCP servers that the user has configured, None where that is not known. Two of
    these are never equal: what is read from one is kept as long as it, since every agent needs it.
    """

    scopes: Mapping[str, Mapping[str, Any]]
    servers: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What settings do to an agent.

    `ok`: all it lists is there. `degraded`: some of it is not. `blocked`: it cannot be started.
    `removed` are the tools it loses, `remaining` those it is left with; `notes` are sentences.
    `unconfigured` are MCP servers that it lists and nobody configured: their tools are not
    there, which is no fault of the agent, so they change no outcome.
    """

    outcome: Outcome
    removed: tuple[str, ...]
    remaining: tuple[str, ...]
    notes: tuple[str, ...]
    unconfigured: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Rule:
    """One entry of a list; `inside` is what stands in parentheses, None where nothing does."""

    scope: str
    text: str
    name: str
    inside: str | None

    def __str__(self) -> str:
        return f"`{shown(self.text)}` in the {self.scope} settings"


@dataclass(frozen=True, slots=True)
class _Rules:
    """What some settings say, whichever agent they are asked about.

    `notes` are sentences about what is wrong in them; `denied` and `allowed` are MCP servers,
    `allowed` None where no list limits them.
    """

    deny: tuple[_Rule, ...]
    ask: tuple[_Rule, ...]
    notes: tuple[str, ...]
    denied: frozenset[str]
    allowed: frozenset[str] | None


# A project has hundreds of agents, and one set of settings.
@lru_cache(maxsize=8)
def _read(settings: Settings, table: ToolTable) -> _Rules:
    limited = isinstance(settings.scopes.get("managed", {}).get("allowedMcpServers"), list)
    allowed = frozenset(_servers_in(settings, "allowedMcpServers"))
    return _Rules(
        deny=tuple(_rules(settings, "deny", table)),
        ask=tuple(_rules(settings, "ask", table)),
        notes=tuple(_unreadable(settings)),
        denied=frozenset(_servers_in(settings, "deniedMcpServers")),
        allowed=allowed if limited else None,
    )


def judge_settings(settings: Settings, agent: str, report: Report, table: ToolTable) -> Effect:
    """What `settings` leave of an agent that is installed as `agent`."""
    rules = _read(settings, table)
    barred = next((rule for rule in rules.deny if _bars(rule, agent)), None)
    if barred is not None:
        sentence = f"{barred} denies it: `{shown(agent)}` cannot be started"
        return Effect("blocked", report.effective_tools, (), (*rules.notes, sentence))
    return _left(settings, report, table)


def leaves_alone(settings: Settings, report: Report, table: ToolTable) -> bool:
    """Whether there is nothing to say of any agent with this report, whatever it is called."""
    if any(_glob(rule.name, _AGENT) for rule in _read(settings, table).deny):
        return False
    effect = _left(settings, report, table)
    return effect.outcome == "ok" and not effect.unconfigured


# Most agents can do the same as many others.
@lru_cache(maxsize=4096)
def _left(settings: Settings, report: Report, table: ToolTable) -> Effect:
    """What `settings` leave of any agent with this report that they do not bar by its name."""
    rules = _read(settings, table)
    deny, notes = rules.deny, list(rules.notes)
    tools = report.effective_tools if report.tools is None else report.tools
    taken = {tool: rule for rule in deny for tool in tools if _takes(rule, tool, table)}
    absent = {tool: why for tool in tools if (why := _absent(tool, rules))}
    left = tuple(tool for tool in tools if tool not in taken and tool not in absent)
    notes += [f"{rule} takes `{tool}` away" for tool, rule in sorted(taken.items())]
    notes += dict.fromkeys(absent.values())
    notes += _notes(rules, left, table)
    notes += _switches(settings, report)
    missing = tuple(_unconfigured(left, report, settings))
    there = tuple(tool for tool in left if not _is_of(tool, missing))
    until = "" if there else ", and it cannot be started before that"
    notes += [f"the MCP server `{shown(server)}` is not configured{until}" for server in missing]
    remaining = there if report.tools is None else offered(there, table)
    outcome: Outcome = "ok"
    if tools and not left:
        outcome = "blocked"
        notes.append("nothing is left of its tools, and it cannot be started")
    elif taken and report.tools is not None:
        outcome = "degraded"
    return Effect(outcome, tuple(sorted(taken)), tuple(sorted(remaining)), tuple(notes), missing)


def reachable_builtins(settings: Settings, table: ToolTable) -> CapabilitySet:
    """What the built-in agents can do that no rule denies: any agent that delegates reaches it."""
    deny = _read(settings, table).deny
    reach = NOTHING
    for name, grants in table.builtin_agents.items():
        if not any(_bars(rule, name) for rule in deny):
            reach |= capabilities(grants, table).capabilities
    return reach


def _rules(settings: Settings, kind: str, table: ToolTable) -> Iterator[_Rule]:
    """The rules of one kind that are in force."""
    managed = settings.scopes.get("managed", {})
    only_managed = managed.get("allowManagedPermissionRulesOnly") is True
    scopes = SCOPES[:1] if only_managed else SCOPES
    for scope in filter(settings.scopes.__contains__, scopes):
        for text in _list(settings, scope, kind) or ():
            if isinstance(text, str):
                name, opened, rest = text.partition("(")
                inside = rest[:-1] if opened and rest.endswith(")") else None
                whole = inside in (None, WILDCARD)
                yield _Rule(scope, text, table.resolve(name), None if whole else inside)


def _list(settings: Settings, scope: str, kind: str) -> list[Any] | None:
    """The list of one kind in one scope; None where something else stands there."""
    permissions = settings.scopes.get(scope, {}).get("permissions", {})
    rules = permissions.get(kind, []) if isinstance(permissions, Mapping) else None
    return rules if isinstance(rules, list) else None


def _unreadable(settings: Settings) -> Iterator[str]:
    for scope in filter(settings.scopes.__contains__, SCOPES):
        for kind in ("deny", "ask"):
            if _list(settings, scope, kind) is None:
                yield f"`permissions.{kind}` of the {scope} settings is not a list of rules"


def _bars(rule: _Rule, agent: str) -> bool:
    """Whether a denied rule keeps this agent, or every agent, from being started."""
    if rule.inside is None:
        return _glob(rule.name, _AGENT)
    return rule.name == _AGENT and rule.inside == agent


def _takes(rule: _Rule, tool: str, table: ToolTable) -> bool:
    if rule.inside is not None:
        return False
    server, wanted = read_mcp(rule.name), read_mcp(tool)
    if server is not None and wanted is not None:
        return wanted.within(server)
    if wanted is not None and wanted.tool is None:
        # The agent names a whole server: only a rule about all of it takes it away.
        return _glob(rule.name, f"{tool}__")
    with_it = (other for other, along in table.takes_along.items() if tool in along)
    return any(_glob(rule.name, name) for name in (tool, *with_it))


def _glob(pattern: str, name: str) -> bool:
    """Whether `name` fits a pattern whose stars stand for any text."""
    first, *rest = pattern.split(WILDCARD)
    if not rest:
        return pattern == name
    if not name.startswith(first):
        return False
    place = len(first)
    for part in rest[:-1]:
        found = name.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return len(name) - place >= len(rest[-1]) and name.endswith(rest[-1])


def _absent(tool: str, rules: _Rules) -> str | None:
    """Why settings keep an MCP tool away, where they do."""
    name = read_mcp(tool)
    if name is None or tool == EVERY_TOOL:
        return None
    if name.server in rules.denied:
        return f"the MCP server `{shown(name.server)}` is denied by settings"
    if rules.allowed is not None and name.server not in rules.allowed:
        return f"the MCP server `{shown(name.server)}` is not allowed by the managed settings"
    return None


def _unconfigured(tools: tuple[str, ...], report: Report, settings: Settings) -> Iterator[str]:
    """The MCP servers that an agent lists, does not bring along, and nobody has configured."""
    if settings.servers is None:
        return
    known = {
        *map(as_in_tools, settings.servers),
        *(r.tool.removeprefix("mcp__") for r in report.reasons if r.key == "mcpServers"),
    }
    for tool in tools:
        name = read_mcp(tool)
        if name is None or tool == EVERY_TOOL or name.server in known:
            continue
        if not name.server.startswith(_FROM_ELSEWHERE):
            known.add(name.server)
            yield name.server


def _is_of(tool: str, servers: tuple[str, ...]) -> bool:
    name = read_mcp(tool)
    return name is not None and name.server in servers


def _servers_in(settings: Settings, key: str) -> Iterator[str]:
    for scope in settings.scopes.values():
        listed = scope.get(key)
        for entry in listed if isinstance(listed, list) else ():
            name = entry.get("serverName") if isinstance(entry, Mapping) else None
            if isinstance(name, str):
                yield as_in_tools(name)


def _notes(rules: _Rules, tools: tuple[str, ...], table: ToolTable) -> Iterator[str]:
    """What rules do short of taking a tool away."""
    if not (rules.deny or rules.ask):
        return
    shells = [tool for tool in tools if "shell" in table.tools.get(tool, ())]
    for rule in rules.deny:
        if rule.inside is None or rule.name == _AGENT:
            continue
        if rule.name in _NEVER_CONSULTED:
            instead = _NEVER_CONSULTED[rule.name]
            yield f"{rule} protects nothing: paths are looked up under `{instead}(…)`"
        elif set(tools) & _PATH_RULES.get(rule.name, frozenset([rule.name])):
            past = (
                f", which `{shells[0]}` gets round" if rule.name in _PATH_RULES and shells else ""
            )
            yield f"{rule} refuses some of its calls{past}"
    for rule in rules.ask:
        asked = [tool for tool in tools if _takes(rule, tool, table) or tool == rule.name]
        if asked:
            which = "some calls of " if rule.inside is not None else ""
            yield f"{rule} asks before {which}" + ", ".join(f"`{tool}`" for tool in asked)


def _switches(settings: Settings, report: Report) -> Iterator[str]:
    """What single switches turn off."""
    words = report.capabilities.members
    permissions = [scope.get("permissions") for scope in settings.scopes.values()]
    switched = [p for p in permissions if isinstance(p, Mapping)]
    for key, mode in (
        ("disableBypassPermissionsMode", "mode:bypassPermissions"),
        ("disableAutoMode", "mode:auto"),
    ):
        if mode in words and any(
            place.get(key) == "disable" for place in (*switched, *settings.scopes.values())
        ):
            yield f"`{key}` switches its `{mode}` off"
    if any(scope.get("disableAllHooks") is True for scope in settings.scopes.values()) and any(
        program.key == "hooks" for program in report.programs
    ):
        yield "`disableAllHooks` keeps its hooks from running"
