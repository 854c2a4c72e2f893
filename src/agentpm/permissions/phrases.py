"""Powers in plain words, the most dangerous first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agentpm.permissions.capability import ALL, ANY_SERVER

_PHRASES: Mapping[str, str] = {
    ALL: "use every tool there is, a shell among them",
    "shell": "run any shell command",
    "delegate": "start other agents",
    ANY_SERVER: "use every tool of every MCP server",
    "mcp:*/resources": "read what every MCP server offers",
    "skill": "use any installed skill",
    "net.fetch": "fetch web pages",
    "net.search": "search the web",
    "write": "create and overwrite files",
    "edit": "edit files",
    "notebook": "edit notebooks",
    "message": "publish files and send notifications",
    "schedule": "schedule work for later",
    "code-intel": "ask a language server about code",
    "search": "search files",
    "read": "read files",
    "todo": "keep a task list",
    "mode:bypassPermissions": "skip every permission prompt",
    "mode:auto": "have its actions approved automatically",
    "mode:acceptEdits": "edit files without asking you",
    "mode:dontAsk": "work without ever asking you",
    "mode:plan": "work in plan mode",
    "mode:default": "work in the default permission mode",
    "memory:user": "keep notes of its own across all your projects",
    "memory:project": "keep notes of its own in the project's files",
    "memory:local": "keep notes of its own about this project, on this machine",
}

_KINDS: Mapping[str, str] = {
    "exec.hook": "run a program of its own as a hook",
    "exec.mcp": "start an MCP server of its own",
    "mode": "work in the permission mode `{name}`",
    "memory": "keep notes of its own in the scope `{name}`",
    "skill": "start with the skill `{name}`",
    "mcp": "use every tool of the MCP server `{name}`",
}

# What runs without the model deciding comes first, then what comes closest to it.
_RANKS = (
    "exec.mcp", "exec.hook", "mode:bypassPermissions", "mode:auto", "mode:acceptEdits", "mode",
    ALL, "shell", "delegate", "memory", ANY_SERVER, "mcp", "skill", "net.fetch", "net.search",
    "write", "edit", "notebook", "message", "schedule", "code-intel", "search", "read",
)  # fmt: skip
_RANK: Mapping[str, int] = {word: rank for rank, word in enumerate(_RANKS)}


def in_words(word: str) -> str:
    """What an agent with the power `word` can do, as the rest of a sentence: `edit files`."""
    phrase = _PHRASES.get(word)
    if phrase is not None:
        return phrase
    kind, _, name = word.partition(":")
    server, slash, tool = name.partition("/")
    if kind == "mcp" and slash:
        return f"use `{tool}` of the MCP server `{server}`"
    return _KINDS.get(kind, "do what this agentpm has no words for: `{word}`").format(
        name=name, word=word
    )


def by_danger(words: Iterable[str]) -> tuple[str, ...]:
    """`words`, the most dangerous first."""
    return tuple(sorted(words, key=lambda word: (_rank(word), word)))


def _rank(word: str) -> int:
    kind = word.partition(":")[0]
    return _RANK.get(word, _RANK.get(kind, len(_RANK)))
