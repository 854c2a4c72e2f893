"""Line edits of front matter, which leave every other byte of the file alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from agentpm.lazy import pattern
from agentpm.model.frontmatter import FrontMatter
from agentpm.model.yaml12.node import Node, YamlFault, key_text
from agentpm.model.yaml12.reader import read_yaml
from agentpm.values import dataclass

Change = str | Sequence[str] | None
"""The new value of a key: a text, a list of texts, or None to remove the key."""

_ORDER = ("name", "description", "version", "tools", "disallowedTools", "model")
_LISTS = frozenset(("dependencies",))
"""The keys whose lists are written one member a line even where there is none yet."""

_LINES = pattern(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_COMMENT = pattern(r"[ \t]+#.*\Z")
# Words that YAML 1.1 readers, which other programs are, would not take for text.
_OLD_WORDS = pattern(r"(?:y|n|yes|no|on|off)\Z", re.IGNORECASE)


class NotByLines(Exception):
    """An edit that lines cannot make; the message says why, `at` is the line in the file."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


@dataclass(frozen=True, slots=True)
class _Entry:
    """A key in the file: its `first` line to its `last` one, from 0, and the value's column."""

    key: str
    first: int
    last: int
    value: Node
    column: int
    value_line: int


def edited(raw: bytes, front: FrontMatter, changes: Mapping[str, Change]) -> Iterator[bytes]:
    """The file with `changes`, in the ways in which it could be written, the most sparing first.

    Whoever takes one reads it again: comments are kept in the first, though the client takes them
    for a part of the value where it has to read the file twice.

    Raises:
        NotByLines: the front matter is not written as `key: value` lines.
    """
    lines = _LINES.findall(raw)
    entries = _entries(front)
    for comments in (True, False):
        yield b"".join(_changed(lines, entries, front, changes, comments=comments))


def _entries(front: FrontMatter) -> list[_Entry]:
    """The keys in the order of the file, each in lines of its own."""
    if front.read[front.node.start : front.node.start + 1] == "{":
        raise NotByLines("the front matter stands in braces", front.place(front.node.start)[0])
    entries: list[_Entry] = []
    for key, value in front.node.entries:
        line, column = front.place(key.start)
        value_line, value_column = front.place(value.start)
        end_line, _ = front.place(max(value.end, key.end))
        before = front.line(line)[: column - 1]
        if before.strip() or (entries and line - 1 <= entries[-1].last):
            raise NotByLines(f"`{key_text(key.value)}` does not begin a line", line)
        entries.append(
            _Entry(
                key_text(key.value), line - 1, end_line - 1, value, value_column - 1, value_line - 1
            )
        )
    return entries


def _changed(
    lines: list[bytes],
    entries: list[_Entry],
    front: FrontMatter,
    changes: Mapping[str, Change],
    *,
    comments: bool,
) -> Iterator[bytes]:
    """The lines of the file after the changes."""
    new: dict[int, list[bytes]] = {}
    for key, change in changes.items():
        found = [entry for entry in entries if entry.key == key]
        for entry in found if change is None else found[-1:]:
            text = "" if change is None else _replaced(entry, front, change, comments=comments)
            for number in range(entry.first, entry.last + 1):
                new[number] = []
            if change is not None:
                new[entry.first] = _as_bytes(text, lines[entry.first])
    inserted: dict[int, list[bytes]] = {}
    for key, change in _in_order(changes):
        if change is not None and all(entry.key != key for entry in entries):
            after = _after(key, entries, front)
            indent = " " * _indent(front)
            text = "\n".join(indent + line for line in _written(key, change).split("\n"))
            inserted.setdefault(after, []).extend(_as_bytes(text, lines[front.first_line - 2]))
    for number, line in enumerate(lines):
        yield from new.get(number, [line])
        yield from inserted.get(number, [])


def _in_order(changes: Mapping[str, Change]) -> list[tuple[str, Change]]:
    """The changes, those of `_ORDER` first, so that what is inserted in one place is in order."""
    rank = {key: number for number, key in enumerate(_ORDER)}
    return sorted(changes.items(), key=lambda item: rank.get(item[0], len(rank)))


def _after(key: str, entries: list[_Entry], front: FrontMatter) -> int:
    """The line, from 0, after which a new `key` goes."""
    opening = front.first_line - 2
    if key not in _ORDER:
        return entries[-1].last if entries else opening
    before = _ORDER[: _ORDER.index(key)]
    return max((entry.last for entry in entries if entry.key in before), default=opening)


def _indent(front: FrontMatter) -> int:
    if not front.node.entries:
        return 0
    return front.place(front.node.entries[0][0].start)[1] - 1


def _as_bytes(text: str, model: bytes) -> list[bytes]:
    """`text` as lines with the line end of the line `model`."""
    end = model[len(model.rstrip(b"\r\n")) :] or b"\n"
    return [line.encode() + end for line in text.split("\n")]


def _replaced(
    entry: _Entry, front: FrontMatter, change: str | Sequence[str], *, comments: bool
) -> str:
    """The lines of an entry with its new value; the key, and a comment after it, stay."""
    line = front.line(entry.first + 1)
    one_line = entry.first == entry.last == entry.value_line
    key = line[: entry.column] if one_line else line[: line.index(":", line.index(entry.key)) + 1]
    comment = ""
    if one_line and comments and not front.forgiven(entry.value.start):
        end = front.place(entry.value.end)[1] - 1
        rest = _COMMENT.match(line, end)
        comment = rest[0] if rest else ""
    if not isinstance(change, str) and change and _by_lines(entry, front):
        indent, dash = _dashes(entry, front)
        members = "".join(f"\n{indent}-{dash}{_scalar(item)}" for item in change)
        return f"{key.rstrip()}{comment}{members}"
    value = _scalar(change, entry.key) if isinstance(change, str) else _flow(change)
    blank = "" if key[-1].isspace() else " "
    return f"{key}{blank}{value}{comment}"


def _by_lines(entry: _Entry, front: FrontMatter) -> bool:
    listed = isinstance(entry.value.value, list)
    flow = front.read[entry.value.start : entry.value.start + 1] == "["
    return (listed and not flow) or (not listed and entry.key in _LISTS)


def _dashes(entry: _Entry, front: FrontMatter) -> tuple[str, str]:
    """The blanks before and after the dashes of a list by lines."""
    if entry.value.items:
        line = front.line(entry.value_line + 1)
        start = front.place(entry.value.items[0].start)[1] - 1
        indent, dash, blanks = line[:start].partition("-")
        if dash and not indent.strip() and not blanks.strip(" "):
            return indent, blanks or " "
    return "  ", " "


def _written(key: str, change: str | Sequence[str]) -> str:
    """The lines of a new entry."""
    if isinstance(change, str):
        return f"{key}: {_scalar(change, key)}"
    if change and key in _LISTS:
        return "\n".join([f"{key}:", *(f"  - {_scalar(item)}" for item in change)])
    return f"{key}: {_flow(change)}"


def _flow(items: Sequence[str]) -> str:
    return f"[{', '.join(_scalar(item, flow=True) for item in items)}]"


def _scalar(text: str, key: str = "key", *, flow: bool = False) -> str:
    """`text` as YAML: without quotes where every reader takes it for this very text."""
    sample = f"[{text}]" if flow else f"{key}: {text}"
    expected: object = [text] if flow else {key: text}
    if "---" not in text and "\n" not in text and not _OLD_WORDS.match(text):
        try:
            if read_yaml(sample).value == expected:
                return text
        except YamlFault:
            pass
    # JSON's escapes are YAML's. Three hyphens would end the front matter, in quotes too.
    return json.dumps(text, ensure_ascii=False).replace("---", "--\\u002d")
