"""What is odd about the words in an agent's grants: each oddity with what was probably meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Literal

from agentpm.model.tomltext import nearest
from agentpm.permissions.capability import shown
from agentpm.permissions.table import ToolTable
from agentpm.permissions.tokens import bare
from agentpm.values import dataclass, field

Kind = Literal[
    "alias",
    "dead",
    "dead-hook",
    "empty",
    "ignored-key",
    "mcp-wildcard",
    "never-for-agents",
    "no-tools-left",
    "not-a-list",
    "not-offered",
    "platform",
    "removes-nothing",
    "specifier",
    "unknown",
    "unknown-mode",
    "unknown-scope",
    "unread-server",
    "wildcard",
    "wrong-case",
]

_TEXTS: Mapping[Kind, str] = {
    "alias": "`{token}` is the old name of `{suggestion}`",
    "dead": "`{token}` does not exist any more in {title}, and grants nothing",
    "dead-hook": "`{token}` is no event of {title}",
    "empty": "`{key}` is there and names nothing, so the agent has no tools;"
    " without the line it would have every one",
    "ignored-key": "{title} does not know the key `{token}`, so it restricts nothing",
    "mcp-wildcard": "`{token}` is a pattern, and grants nothing: name a server, or leave out the star",
    "never-for-agents": "{title} gives `{token}` to no agent",
    "no-tools-left": "{title} refuses to start this agent: nothing in `{key}` is a tool it has",
    "not-a-list": "`{key}` is neither a text nor a list, so the agent has no tools",
    "not-offered": "{title} does not offer `{token}` in every session",
    "platform": "`{token}` is a shell too, and it is left: it exists on {place}",
    "removes-nothing": "`{token}` takes nothing away",
    "specifier": "`{token}` grants all of `{suggestion}`:"
    " what stands in parentheses restricts nothing in an agent file",
    "unknown": "`{token}` is no tool of {title}, and grants nothing",
    "unknown-mode": "`{token}` is no permission mode of {title}, and is ignored",
    "unknown-scope": "`{token}` is no scope of memory, and is ignored",
    "unread-server": "{title} does not start `{token}` as it is written:"
    " each server is an item of a list",
    "wildcard": "`{token}` grants every tool, whatever stands beside it",
    "wrong-case": "`{token}` differs from `{suggestion}` in case, and grants nothing",
}

_REMOVAL_TEXTS: Mapping[Kind, str] = {
    "specifier": "`{token}` takes all of `{suggestion}` away, not only what stands in parentheses",
    "wildcard": "with `{token}` the whole list takes nothing away, whatever stands beside it",
}


@dataclass(frozen=True, slots=True)
class ToolFinding:
    """One oddity: its kind, the front-matter key, and the token as it is written there."""

    kind: Kind
    key: str
    token: str
    table: ToolTable = field(repr=False)

    @property
    def suggestion(self) -> str | None:
        """What to write instead, where that can be told."""
        # Not kept as a value: of the findings of a thousand files, few are ever shown.
        suggest = _SUGGESTIONS.get(self.kind)
        return suggest(self.token, self.table) if suggest else None

    @property
    def text(self) -> str:
        """The finding as one sentence, without a full stop."""
        form = _TEXTS[self.kind]
        if self.key == "disallowedTools":
            form = _REMOVAL_TEXTS.get(self.kind, form)
        return form.format(
            token=shown(self.token),
            key=self.key,
            suggestion=self.suggestion,
            title=self.table.title,
            place=self.table.elsewhere.get(self.token),
        )


@lru_cache(maxsize=1024)
def suggest_tool(word: str, table: ToolTable) -> str | None:
    """The tool of `table` that was probably meant by `word`, or None."""
    # Other harnesses name tools in sets: `search/codebase`.
    name = bare(word).strip("\"'`;.:()[]{}").rpartition("/")[2]
    return _by_lower(table).get(name.lower()) or nearest(name, table.tools)


def right_case(name: str, table: ToolTable) -> str | None:
    """The tool whose name differs from `name` in case alone, or None."""
    tool = _by_lower(table).get(name.lower())
    return tool if tool is not None and tool != name and tool.lower() == name.lower() else None


def ignored_keys(keys: Iterable[str], table: ToolTable) -> tuple[ToolFinding, ...]:
    """A finding for each front-matter key that looks like a restriction and is none."""
    return tuple(
        ToolFinding("ignored-key", key, key, table) for key in keys if key in table.ignored_keys
    )


@lru_cache(maxsize=8)
def _by_lower(table: ToolTable) -> Mapping[str, str]:
    """Tools by every name in lower case that leads to them."""
    names = {**table.lookalikes, **{name.lower(): name for name in table.tools}}
    old = {**table.aliases, **{name: tool for name, tool in table.dead.items() if tool}}
    return {**{name.lower(): tool for name, tool in old.items()}, **names}


def _near(word: str, known: Iterable[str]) -> str | None:
    known = sorted(known)
    return next((k for k in known if k.lower() == word.strip().lower()), nearest(word, known))


_SUGGESTIONS: Mapping[Kind, Callable[[str, ToolTable], str | None]] = {
    "alias": lambda token, table: table.aliases[bare(token)],
    "dead": lambda token, table: table.dead[bare(token)],
    "dead-hook": lambda token, table: _near(token, table.events),
    "ignored-key": lambda token, table: table.ignored_keys[token],
    "platform": lambda token, _: token,
    "removes-nothing": suggest_tool,
    "specifier": lambda token, _: bare(token),
    "unknown": suggest_tool,
    "unknown-mode": lambda token, table: _near(token, table.modes),
    "unknown-scope": lambda token, table: _near(token, table.scopes),
    "wrong-case": suggest_tool,
}
