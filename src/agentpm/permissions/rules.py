"""One rule of a policy: a list of words under `allow`, `deny` or `ask`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from agentpm.errors import AgentpmError
from agentpm.model.name import AgentName
from agentpm.model.tomltext import nearest
from agentpm.permissions.capability import (
    ANY_SERVER,
    CAPABILITY_WORDS,
    EXEC_KINDS,
    CapabilitySet,
    UnknownCapability,
    read_word,
    shown,
)
from agentpm.permissions.findings import right_case, suggest_tool
from agentpm.permissions.mcp import EVERY_TOOL, read_mcp
from agentpm.permissions.table import ToolTable
from agentpm.permissions.tokens import bare
from agentpm.values import dataclass

Kind = Literal["allow", "deny", "ask"]

# A kind alone means all of that kind: nobody can list the digests of programs not yet written.
_FAMILIES: Mapping[str, tuple[tuple[str, ...], str | None]] = {
    "net": (("net.fetch", "net.search"), None),
    "exec": ((), "exec."),
    "exec.hook": ((), "exec.hook:"),
    "exec.mcp": ((), "exec.mcp:"),
    "mode": ((), "mode:"),
    "memory": ((), "memory:"),
    "skill": (("skill",), "skill:"),
    "mcp": ((ANY_SERVER,), "mcp:"),
}


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a rule.

    A capability word judges power: `members` are the powers meant, `prefix` the beginning of
    further ones. A tool's name judges the list in the file: then `tool` is set, and `members` are
    the powers that it brings.
    """

    written: str
    members: CapabilitySet
    prefix: str | None = None
    tool: str | None = None

    def permits(self, word: str, tool: str) -> bool:
        """Whether the power of `word`, that comes with `tool`, is among what is meant."""
        if self.tool is not None:
            return tool == self.tool
        return self.members.has(word) or self._begins(word)

    def within(self, capabilities: CapabilitySet) -> CapabilitySet:
        """The words of `capabilities` by which they reach something that is meant."""
        return CapabilitySet(
            frozenset(w for w in capabilities.members if self._begins(w) or self._reached_by(w))
        )

    def _begins(self, word: str) -> bool:
        return self.prefix is not None and word.startswith(self.prefix)

    def _reached_by(self, word: str) -> bool:
        alone = CapabilitySet(frozenset([word]))
        return any(alone.has(member) for member in self.members.members)


@dataclass(frozen=True, slots=True)
class Rule:
    """One list of a policy. `origin` is its place, `agent` the only agent it is about, or None."""

    kind: Kind
    terms: tuple[Term, ...]
    origin: str
    agent: AgentName | None = None

    def text(self, *terms: Term) -> str:
        """The rule as it is written, or as much of it as `terms` are."""
        words = ", ".join(f'"{term.written}"' for term in terms or self.terms)
        whose = f"{self.agent}." if self.agent else ""
        return f"{whose}{self.kind} = [{words}]"


def read_term(text: str, table: ToolTable) -> Term:
    """The meaning of one word of a rule; tools are named as in `table`.

    Raises:
        UnknownCapability: it is neither a capability nor a tool; the hint says what was meant.
    """
    if text == EVERY_TOOL:
        return read_term(ANY_SERVER, table)
    family = text[:-2] if text.endswith((".*", ":*", "/*")) else text
    if family in _FAMILIES:
        members, prefix = _FAMILIES[family]
        return Term(text, CapabilitySet(frozenset(members)), prefix)
    tool = table.resolve(text)
    if tool in table.tools:
        return Term(text, CapabilitySet.from_words(table.tools[tool]), tool=tool)
    server = read_mcp(text)
    word = server.word if server else text.removesuffix("/*")
    try:
        read_word(word)
        _check_name(word, table)
    except UnknownCapability as error:
        raise _unknown(text, table, error) from None
    inside = f"{word}/" if word.startswith("mcp:") and "/" not in word else None
    return Term(text, CapabilitySet.from_words([word]), inside)


def _check_name(word: str, table: ToolTable) -> None:
    """A mode or a scope has to be one there is, or the rule would never match."""
    kind, _, name = word.partition(":")
    known = {"mode": set(table.modes.values()), "memory": table.scopes}.get(kind)
    if known is not None and name not in known:
        near = nearest(name, known)
        listed = ", ".join(f"`{kind}:{n}`" for n in sorted(known))
        hint = f"did you mean `{kind}:{near}`?" if near else f"known: {listed}"
        raise UnknownCapability(f"`{shown(word)}` is not a capability", hint=hint)


def _unknown(text: str, table: ToolTable, error: UnknownCapability) -> AgentpmError:
    message = f"`{shown(text)}` is neither a capability nor a tool"
    name = bare(text)
    if name != text and table.resolve(name) in table.tools:
        return UnknownCapability(
            f"`{shown(text)}` is only a part of `{name}`, and agentpm judges whole tools",
            hint=f"write `{name}`, or put the rule into the settings of {table.title}",
        )
    if text.partition(":")[0] in (*EXEC_KINDS, "mode", "memory"):
        return UnknownCapability(message, hint=error.hint)
    known = (*CAPABILITY_WORDS, *_FAMILIES)
    # Tools are written with a capital, capabilities without.
    word, tool = nearest(text.lower(), known), suggest_tool(text, table)
    meant = right_case(text, table) or (tool or word if text[:1].isupper() else word or tool)
    return UnknownCapability(
        message, hint=f"did you mean `{meant}`?" if meant else f"known: {', '.join(known)}"
    )
