"""The front matter of an agent file, read as Claude Code reads it.

Observed with Claude Code 2.1.330 (`tests/fixtures/frontmatter/` holds the cases with its verdicts):
the block begins after a first line `---` and ends at the next `---` wherever that stands, in the
middle of a line too. It is read as YAML; where that fails, one-line values that hold `: ` or an
indicator are put in quotes, tabs that indent become two blanks each, and it is read once more.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate

from agentpm.errors import AgentpmError, Excerpt
from agentpm.lazy import pattern
from agentpm.model.yaml12.node import Node, YamlFault
from agentpm.model.yaml12.reader import read_yaml
from agentpm.values import dataclass

MAX_BYTES = 1 << 20
"""How large an agent file may be. Claude Code passes over larger ones."""

# JavaScript's `\s` and `.`, which differ from Python's.
_WHITE = r"\t\n\v\f\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_REST = r"[^\n\r\u2028\u2029]*"
_OPENING = pattern(rf"---[{_WHITE}]*\n")
_CLOSING = pattern(rf"---[{_WHITE}]*")
_ENTRY = pattern(rf"([a-zA-Z_-]+):[{_WHITE}]+([^{_WHITE}]{_REST})\Z")
_UNSAFE = pattern(r"[{}\[\]*&#!|>%@`]|: ")
_TABS = pattern(r"(?:(?<=[\n\r\u2028\u2029])|\A)\t+")
_LINE_END = pattern(r"\r\n|\r|\n")
_KEY = pattern(r"[^\s:#]+:(?=\s|\Z)")


class MalformedAgent(AgentpmError):
    """An agent file that cannot be read, with the place that is wrong."""

    code = "malformed-agent"


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The front matter of one file with what surrounds it.

    `text` is the file as the client decodes it: UTF-8 without byte order mark, a replacement
    character for what is none. `block` is what stands between the fences, `read` what was read of
    it as YAML, the same or the second try, with a line feed for each line end. `first_line` is the
    file's line at which they begin, `node` their value with offsets in `read`. Without a fence,
    `fenced` is false and everything is the body.
    """

    path: str
    text: str
    fenced: bool
    block: str
    read: str
    node: Node
    first_line: int
    body: str
    body_line: int

    def place(self, offset: int) -> tuple[int, int]:
        """The line and the column in the file of an offset that a node of `node` gives."""
        return _place(self.block, self.read, offset, self.first_line)

    def forgiven(self, offset: int) -> bool:
        """Whether the line of an offset was read otherwise than it is written."""
        index = self.place(offset)[0] - self.first_line
        return _split(self.block)[index] != _split(self.read)[index]

    def line(self, number: int) -> str:
        """The file's line of that number, without its end; empty past the last."""
        lines = _split(self.text)
        return lines[number - 1] if number <= len(lines) else ""

    def excerpt(self, line: int, column: int, length: int = 1) -> Excerpt:
        """The place with its line."""
        return Excerpt(self.path, line, column, self.line(line), max(length, 1))


def read_front_matter(raw: bytes, path: str) -> FrontMatter:
    """Read the front matter of a file.

    Raises:
        MalformedAgent: the file is over `MAX_BYTES` or holds NUL; its front matter is not YAML, is
            no mapping, nests too deep, or grows too large by its aliases.
    """
    _refuse_unfit(raw, path)
    text = raw.decode("utf-8", "replace").removeprefix("\ufeff")
    fences = _fences(text)
    if fences is None:
        return FrontMatter(
            path, text, fenced=False, block="", read="", node=Node({}, 0, 0), first_line=1,
            body=text, body_line=1,
        )  # fmt: skip
    start, end, body = fences
    block = text[start:end]
    first_line = _line_number(text[:start])
    read, node = _twice(block, path, text, first_line)
    front = FrontMatter(
        path=path,
        text=text,
        fenced=True,
        block=block,
        read=read,
        node=node,
        first_line=first_line,
        body=text[body:],
        body_line=first_line + _line_number(text[start:body]) - 1,
    )
    if node.value is not None and not isinstance(node.value, dict):
        kind = "a list" if isinstance(node.value, list) else "a single value"
        raise MalformedAgent(
            f"the front matter is {kind}, not a mapping",
            hint="write `key: value` lines, with a blank after the colon: `name: …`",
            where=front.excerpt(*front.place(node.start)),
        )
    return front


def _fences(text: str) -> tuple[int, int, int] | None:
    """The offsets of the block's start, its end, and the body; None without two fences."""
    opening = _OPENING.match(text)
    end = text.find("---", opening.end()) if opening else -1
    closing = _CLOSING.match(text, end) if end >= 0 else None
    return (opening.end(), end, closing.end()) if opening and closing else None


def _refuse_unfit(raw: bytes, path: str) -> None:
    if len(raw) > MAX_BYTES:
        raise MalformedAgent(
            f"`{path}` has {len(raw):,} bytes, more than the {MAX_BYTES:,} of an agent file",
            hint="Claude Code passes over such a file too: move what is long into files of its own",
        )
    nul = raw.find(b"\0")
    if nul >= 0:
        before = raw[:nul].decode("utf-8", "replace")
        lines = _LINE_END.split(before)
        raise MalformedAgent(
            f"`{path}` holds a NUL character, so it is no text",
            hint="save the file as UTF-8",
            where=Excerpt(path, len(lines), len(lines[-1]) + 1, lines[-1] + "\ufffd"),
        )


def _twice(block: str, path: str, text: str, first_line: int) -> tuple[str, Node]:
    """What was read of `block` as YAML with its value, as written or at the second try."""
    read = _plain_ends(block)
    try:
        return read, read_yaml(block)
    except YamlFault as fault:
        shown = first = fault
    if not first.final:
        quoted = requote(block)
        try:
            return _plain_ends(quoted), read_yaml(quoted)
        except YamlFault as fault:
            read, shown = _telling(block, quoted, first, fault)
    line, column = _place(block, read, shown.at, first_line)
    raise MalformedAgent(
        f"the front matter cannot be read: {shown.message}",
        hint=shown.hint,
        where=Excerpt(path, line, column, _split(text)[line - 1]),
    )


def requote(block: str) -> str:
    """`block` as the client reads it at the second try."""
    lines = [_requoted(line) for line in block.split("\n")]
    return _TABS.sub(lambda tabs: "  " * len(tabs[0]), "\n".join(lines))


def _requoted(line: str) -> str:
    entry = _ENTRY.match(line)
    if entry is None:
        return line
    key, value = entry.groups()
    if value[0] in "\"'" and value[-1] == value[0]:
        return line
    if not _UNSAFE.search(value) or (value[0] == "[" and value[-1] == "]" and _is_list(value)):
        return line
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{key}: "{escaped}"'


def _is_list(value: str) -> bool:
    try:
        return isinstance(read_yaml(value).value, list)
    except YamlFault as fault:
        # A list beyond agentpm's limits is one for the client: it stays, and is refused there.
        return fault.final


def _telling(block: str, quoted: str, first: YamlFault, second: YamlFault) -> tuple[str, YamlFault]:
    """Of the faults of both tries the one to show, with the text that it is about.

    The second try passes over what the client forgives, so what is left there is what must be
    mended; unless it stems from the quotes that this try has put in.
    """
    number = _plain_ends(quoted).count("\n", 0, second.at)
    before, after = _split(block), _split(quoted)
    while number > 0 and not _KEY.match(after[number]):
        number -= 1
    same = before[number].lstrip("\t ") == after[number].lstrip(" ")
    return (quoted, second) if same else (block, first)


def _line_number(head: str) -> int:
    """The number of the line that comes after `head`."""
    return (len(_LINE_END.findall(head)) if "\r" in head else head.count("\n")) + 1


def _plain_ends(text: str) -> str:
    text = text.removeprefix("\ufeff")
    return _LINE_END.sub("\n", text) if "\r" in text else text


@lru_cache(maxsize=8)
def _split(text: str) -> tuple[str, ...]:
    """The lines without their ends; kept, as places are asked for several at a time."""
    return tuple(_LINE_END.split(text))


@lru_cache(maxsize=8)
def _starts(text: str) -> tuple[int, ...]:
    """The offsets at which the lines begin."""
    return (0, *accumulate(len(line) + 1 for line in _split(text)[:-1]))


def _place(block: str, read: str, offset: int, first_line: int) -> tuple[int, int]:
    """The line and column in the file of an `offset` in `read`."""
    starts = _starts(read)
    index = bisect_right(starts, offset) - 1
    written = _split(block)[index]
    column = _written_column(
        written.removeprefix("\ufeff"), _split(read)[index], offset - starts[index]
    )
    return first_line + index, column + 1 + written.startswith("\ufeff")


def _written_column(written: str, read: str, column: int) -> int:
    """Where in the line as `written` stands what is at `column` in the line as `read`."""
    if written == read:
        return column
    tabs = len(written) - len(written.lstrip("\t"))
    if tabs:
        return column // 2 if column < 2 * tabs else column - tabs
    entry = _ENTRY.match(written)
    if entry is None or column <= entry.end(1):
        return column
    quoted = read[entry.end(1) + 3 : column]
    return entry.start(2) + len(re.sub(r"\\(.)", r"\1", quoted))
