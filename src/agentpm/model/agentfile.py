"""An agent file: Markdown, with YAML front matter before the prompt (`docs/reference/agent-file.md`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from agentpm import lazy
from agentpm.errors import AgentpmError, Excerpt
from agentpm.model.grants import Grants
from agentpm.model.release import Requirement, parse_requirement
from agentpm.values import dataclass, field

if TYPE_CHECKING:
    from agentpm.model import frontedit, frontmatter
    from agentpm.model.frontmatter import FrontMatter
    from agentpm.model.yaml12 import node as yaml
    from agentpm.model.yaml12.node import Node
else:
    # Most commands read no agent.
    frontedit = lazy.module("agentpm.model.frontedit")
    frontmatter = lazy.module("agentpm.model.frontmatter")
    yaml = lazy.module("agentpm.model.yaml12.node")

__all__ = [
    "AgentFile",
    "Place",
    "edit_agent",
    "excerpt",
    "read_agent",
    "token_places",
    "tool_tokens",
]

_LIST_FORM = "write a list:\ndependencies:\n  - code-reviewer ^1.0\n  - test-engineer >=1.2,<2"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key of the front matter stands in the file, counted from 1, columns in characters.

    `line` and `column` are those of the key, `value_line` and `value_column` those of its value
    (after the `:` where there is none); `end_line` is the last line of the value.
    """

    line: int
    column: int
    value_line: int
    value_column: int
    end_line: int


@dataclass(frozen=True, slots=True)
class AgentFile:
    """An agent file as Claude Code reads it.

    `raw` are its bytes; `front` is its front matter as JSON-like data (of equal keys the last one
    wins; empty where the file has none); `body` is the prompt, which begins in `body_line`. `source`
    is the front matter with its places. A missing `name` or `description` is no error here.
    """

    raw: bytes = field(repr=False)
    path: str
    front: Mapping[str, Any]
    body: str = field(repr=False)
    body_line: int
    source: FrontMatter = field(repr=False, compare=False)

    @property
    def fenced(self) -> bool:
        """Whether the file has front matter at all: a first line `---` with another `---` below."""
        return self.source.fenced

    @property
    def places(self) -> Mapping[str, Place]:
        """The place of every key; of equal keys, of the one that counts."""
        return {yaml.key_text(k.value): _place(self.source, k, v) for k, v in self._entries}

    @property
    def duplicates(self) -> tuple[tuple[str, int], ...]:
        """The keys that a later equal one overrides, with their lines."""
        found: list[tuple[str, int]] = []
        later: set[str] = set()
        for key, _ in reversed(self._entries):
            name = yaml.key_text(key.value)
            if name in later:
                found.append((name, self.source.place(key.start)[0]))
            later.add(name)
        return tuple(reversed(found))

    @property
    def _entries(self) -> tuple[tuple[Node, Node], ...]:
        return self.source.node.entries

    @property
    def name(self) -> str | None:
        """The name to which the agent answers, None where there is none that the client would take."""
        name = self.front.get("name")
        return name if isinstance(name, str) and name else None

    @property
    def description(self) -> str | None:
        r"""When to use the agent, with a line break for each `\n`, as the client shows it."""
        description = self.front.get("description")
        if not isinstance(description, str) or not description:
            return None
        return description.replace("\\n", "\n")

    @property
    def version(self) -> str | None:
        """The version as the file writes it: `1.0` stays `1.0`, though it is a number in YAML."""
        value = self.front.get("version")
        if value is None or isinstance(value, str):
            return value
        node = _value_node(self, "version")
        return self.source.read[node.start : node.end] if node else None

    @property
    def dependencies(self) -> tuple[Requirement, ...]:
        """The packages that the agent needs.

        Raises:
            MalformedAgent: they are no list of requirements, or name a package twice.
        """
        node = _value_node(self, "dependencies")
        if node is None or node.value is None:
            return ()
        if not isinstance(node.value, list):
            kind = "a mapping" if isinstance(node.value, dict) else "a single value"
            raise frontmatter.MalformedAgent(
                f"`dependencies` is {kind}, not a list",
                hint=_LIST_FORM,
                where=excerpt(self, "dependencies"),
            )
        found: dict[str, Requirement] = {}
        for item in node.items:
            requirement = self._requirement(item)
            if requirement.package in found:
                raise frontmatter.MalformedAgent(
                    f"`{requirement.package}` is listed twice under `dependencies`",
                    hint=f"write one line with both ranges: `{requirement.package} >=1.2,<2`",
                    where=self._excerpt_of(item),
                )
            found[requirement.package] = requirement
        return tuple(found.values())

    def _requirement(self, item: Node) -> Requirement:
        if not isinstance(item.value, str):
            raise frontmatter.MalformedAgent(
                "a member of `dependencies` is no text",
                hint=_LIST_FORM,
                where=self._excerpt_of(item),
            )
        try:
            return parse_requirement(item.value)
        except AgentpmError as error:
            raise frontmatter.MalformedAgent(
                error.message, hint=error.hint, where=self._excerpt_of(item)
            ) from None

    def _excerpt_of(self, node: Node) -> Excerpt:
        return self.source.excerpt(*self.source.place(node.start), node.end - node.start)

    @property
    def grants(self) -> Grants:
        """The permission-relevant keys."""
        return Grants.of(self.front)


def read_agent(raw: bytes, path: str) -> AgentFile:
    """Read an agent file; `path` is its name in messages.

    Raises:
        MalformedAgent: the client would not read the front matter, or no client should.
    """
    source = frontmatter.read_front_matter(raw, path)
    front = source.node.value or {}
    return AgentFile(raw, path, front, source.body, source.body_line, source)


def edit_agent(raw: bytes, changes: Mapping[str, frontedit.Change], path: str = "") -> bytes:
    """The file with the keys of `changes` set, or removed where the value is None.

    Only the lines of these keys change; a text or a list of texts is written so that reading the
    result gives exactly it, in quotes where need be. A new key goes after those that it commonly
    follows, `tools` after `description`, or to the end of the front matter.

    Raises:
        MalformedAgent: the file cannot be read, has no front matter, or is written in a way that
            line edits would spoil: nothing is guessed.
    """
    agent = read_agent(raw, path)
    if not agent.fenced:
        raise frontmatter.MalformedAgent(
            "there is no front matter to edit",
            hint="begin the file with a line `---`, `name: …` and `description: …`, another `---`",
            where=excerpt(agent, ""),
        )
    wanted = {key: value for key, value in agent.front.items() if key not in changes}
    for key, change in changes.items():
        if change is not None:
            wanted[key] = change if isinstance(change, str) else list(change)
    try:
        for candidate in frontedit.edited(raw, agent.source, changes):
            if _says(candidate, wanted, agent.body):
                return candidate
    except frontedit.NotByLines as reason:
        why, line = reason.message, reason.at
    else:
        why, line = "the other lines would be read otherwise afterwards", 1
    raise frontmatter.MalformedAgent(
        f"{', '.join(f'`{key}`' for key in changes)} cannot be edited by lines: {why}",
        hint="write the front matter as `key: value` lines, with texts that hold `: ` or `#` in quotes",
        where=agent.source.excerpt(line, 1),
    )


def _says(raw: bytes, front: Mapping[str, Any], body: str) -> bool:
    """Whether a file reads as exactly this."""
    try:
        agent = read_agent(raw, "")
    except frontmatter.MalformedAgent:
        return False
    # As JSON, so that 1, 1.0 and True differ, and a value that is no number equals itself.
    same = json.dumps(agent.front, sort_keys=True) == json.dumps(front, sort_keys=True)
    return same and agent.body == body


def excerpt(agent: AgentFile, key: str, token: str | None = None) -> Excerpt:
    """The place of a key, or of a `token` within its value; the first line for a key that is absent."""
    if token is not None:
        for found, line, column in token_places(agent, key):
            if found == token:
                return agent.source.excerpt(line, column, len(token))
    place = agent.places.get(key)
    if place is None:
        return agent.source.excerpt(1, 1, len(agent.source.line(1)))
    return agent.source.excerpt(place.line, place.column, len(key))


def tool_tokens(value: Any) -> Iterator[str]:
    """The tokens of a `tools` value, split as the client splits them.

    A text, and each text of a list, is split at commas and blanks outside parentheses; what is
    neither text nor list has none.
    """
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str):
            for start, end in _tokens(text):
                yield text[start:end]


def token_places(agent: AgentFile, key: str) -> list[tuple[str, int, int]]:
    """The tokens of the value of `key`, each with its line and its column in the file."""
    node = _value_node(agent, key)
    if node is None:
        return []
    places: list[tuple[str, int, int]] = []
    for item in node.items or (node,):
        if isinstance(item.value, str):
            places += _located(agent.source, item)
    return places


def _located(source: FrontMatter, node: Node) -> Iterator[tuple[str, int, int]]:
    at = node.start
    for start, end in _tokens(node.value):
        token = node.value[start:end]
        # A token with an escape in it is not found as such; it stands after the one before, then.
        found = source.read.find(token, at, node.end)
        line, column = source.place(found if found >= 0 else at)
        at = found + len(token) if found >= 0 else at
        yield token, line, column


def _tokens(text: str) -> Iterator[tuple[int, int]]:
    """The offsets of the tokens in `text`."""
    start, within = 0, False
    for at, char in enumerate(text + ","):
        if char in "()":
            within = char == "("
        if at == len(text) or (char in ", " and not within):
            token = text[start:at].strip(_JS_WHITE)
            if token:
                begin = text.index(token, start)
                yield begin, begin + len(token)
            start = at + 1


_JS_WHITE = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)


def _value_node(agent: AgentFile, key: str) -> Node | None:
    for found, value in reversed(agent.source.node.entries):
        if yaml.key_text(found.value) == key:
            return value
    return None


def _place(source: FrontMatter, key: Node, value: Node) -> Place:
    line, column = source.place(key.start)
    value_line, value_column = source.place(value.start)
    end_line, _ = source.place(max(value.end, key.end))
    return Place(line, column, value_line, value_column, end_line)
