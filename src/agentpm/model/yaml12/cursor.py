"""A place in a YAML text that moves forward, with what the nodes read so far have named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate

from agentpm.lazy import pattern
from agentpm.model.yaml12.node import Node, YamlFault, resolve
from agentpm.model.yaml12.scalars import BLANK, BLANKS, FLOW, SPACES, at_marker, end_of
from agentpm.values import dataclass

MAX_DEPTH = 48
"""How deep lists and mappings may nest."""

_EMPTY_LINES = pattern(r"(?:[ \t]*(?:#[^\n]*)?\n)+")
_NAME = pattern(r"[^\x00-\x20\x7f,\[\]{}]+")
_TAG_CHAR = r"(?:%[0-9a-fA-F]{2}|[0-9A-Za-z\-#;/?:@&=+$_.~*'()])"
_TAG = pattern(
    rf"""!(?: <(?:!|{_TAG_CHAR})(?:{_TAG_CHAR}|[!,\[\]])*>
            | (?P<strict>!{_TAG_CHAR}+)
            | (?![0-9A-Za-z-]+!)(?P<local>(?=[0-9A-Za-z-]){_TAG_CHAR}+)
            | (?=[ \t\n\0])
          )""",
    re.VERBOSE,
)
_RESOLVED = {
    "!!bool": (bool,), "!!int": (int, float), "!!float": (int, float), "!!null": (type(None),),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Properties:
    """The anchor with the tag that stand before a node, from `start` to `end`."""

    start: int
    end: int
    anchor: str | None
    tag: str | None


def both(inner: Properties | None, outer: Properties | None) -> Properties | None:
    """The properties directly before a node with those in a line above.

    Raises:
        YamlFault: both have an anchor, or both a tag.
    """
    if inner is None or outer is None:
        return inner or outer
    if (inner.anchor and outer.anchor) or (inner.tag and outer.tag):
        raise twice(inner.start)
    return Properties(outer.start, inner.end, inner.anchor or outer.anchor, inner.tag or outer.tag)


def twice(at: int) -> YamlFault:
    """The fault of a value with more anchors or tags than one."""
    return YamlFault("one value has two anchors or two tags", at, _QUOTE)


def alias_with_properties(at: int) -> YamlFault:
    """The fault of an alias with an anchor or a tag."""
    return YamlFault("an alias has an anchor or a tag of its own", at, _QUOTE)


class Cursor:
    """Where the reader is in `text`.

    `indent` is the number of blanks before the content of the line that `gap` moved to last, `tabbed`
    whether a tab follows them. `crlf` are the offsets of the line ends that were CR LF; `cut` is
    whether the last line has none. `later` is above zero within a pair of a block mapping that is
    not its first, where the client refuses blank lines that begin with a tab, save directly after
    a text, that is before `exempt`. `opened` are the names of all anchors so far, `anchors` the
    nodes of those whose value has been read. `passed` is the last gap over a line end, which each
    of the nodes that end before it would pass anew: where it begins, and what is found after it.
    """

    __slots__ = (
        "anchors", "at", "crlf", "cut", "depth", "exempt", "indent", "later", "opened", "passed",
        "tabbed", "text",
    )  # fmt: skip

    def __init__(self, text: str) -> None:
        """Begin before the first line of `text`."""
        text, self.crlf = _one_line_end(text.removeprefix("\ufeff"))
        self.cut = not text.endswith("\n")
        self.text = f"{text}\n\0\0\0\0" if self.cut else f"{text}\0\0\0\0"
        self.at = 0
        self.indent = 0
        self.tabbed = False
        self.depth = 0
        self.later = 0
        self.exempt = 0
        self.passed = (-1, 0, 0, False)
        self.anchors: dict[str, Node] = {}
        self.opened: set[str] = set()

    @property
    def char(self) -> str:
        """The character here, NUL at the end."""
        return self.text[self.at]

    def ended(self) -> bool:
        """Whether nothing is left."""
        return self.text[self.at] == "\0"

    @property
    def column(self) -> int:
        """How many characters stand before this one in its line."""
        return self.at - (self.text.rfind("\n", 0, self.at) + 1)

    def indicates(self, indicators: str, *, flow: bool = False) -> bool:
        """Whether one of `indicators` stands here with a blank after it, as block structure needs."""
        if self.text[self.at] not in indicators:
            return False
        after = self.text[self.at + 1]
        return after in BLANK or (flow and after in FLOW)

    def at_marker(self) -> bool:
        """Whether this line is `...`."""
        return self.indent == 0 and not self.tabbed and at_marker(self.text, self.at)

    def gap(self, *, flow: bool = False) -> bool:
        """Move over blanks, comments, line ends; whether a line ended.

        Raises:
            YamlFault: a line that the client would not pass over begins with a tab.
        """
        text, start = self.text, self.at
        if start == self.passed[0]:
            _, self.at, self.indent, self.tabbed = self.passed
            return True
        at = end_of(BLANKS, text, start)
        if text[at] == "#" and (at > start or text[at - 1] == "\n"):
            at = text.index("\n", at)
        if text[at] != "\n":
            self.at = at
            self.tabbed = "\t" in text[start:at]
            return False
        content = self._to_content(at + 1)
        if self.later and not flow:
            tab = text.find("\n\t", max(at, self.exempt - 1), content)
            if tab >= 0:
                raise YamlFault("a blank line begins with a tab", tab + 1, "remove the tab")
        self.passed = (start, self.at, self.indent, self.tabbed)
        return True

    def begin(self) -> None:
        """Move to the first content."""
        self._to_content(0)

    def _to_content(self, at: int) -> int:
        """Move to the first content from the line start `at`; where its line starts."""
        start = end_of(_EMPTY_LINES, self.text, at)
        content = end_of(SPACES, self.text, start)
        self.at = end_of(BLANKS, self.text, content)
        self.indent = content - start
        self.tabbed = self.at > content
        return start

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Count one level of nesting.

        Raises:
            YamlFault: it is one too many.
        """
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise YamlFault(f"values nest deeper than {MAX_DEPTH} levels", self.at, final=True)
        yield
        self.depth -= 1

    def properties(self, *, flow: bool = False) -> Properties | None:
        """Read the anchor or tag here, or both, in either order.

        Raises:
            YamlFault: there are two of one kind, or one is not well-formed.
        """
        start = end = self.at
        anchor = tag = None
        while self.char in "&!":
            kind = self.char
            if (anchor if kind == "&" else tag) is not None:
                raise twice(self.at)
            if kind == "&":
                anchor = self._named("an anchor")
                self.opened.add(anchor)
                strict = True
            else:
                tag, strict = self._tag()
            end = self.at
            if strict and self.char not in BLANK and not (flow and self.char in FLOW):
                raise YamlFault("a blank is missing after an anchor or a tag", end, _QUOTE)
            self.at = end_of(BLANKS, self.text, end)
        return Properties(start, end, anchor, tag) if end > start else None

    def _named(self, what: str) -> str:
        match = _NAME.match(self.text, self.at + 1)
        if match is None:
            raise YamlFault(f"`{self.char}` begins {what}, which needs a name", self.at, _QUOTE)
        self.at = match.end()
        return match[0]

    def _tag(self) -> tuple[str, bool]:
        """The tag here, and whether a blank must follow it."""
        match = _TAG.match(self.text, self.at)
        if match is None:
            raise YamlFault("`!` begins a tag, which is not well-formed", self.at, _QUOTE)
        self.at = match.end()
        # The client takes `!int` for `!!int`.
        return f"!{match[0]}" if match["local"] else match[0], match["strict"] is not None

    def alias(self) -> Node:
        """The node that the alias here names.

        Raises:
            YamlFault: no value before it has that name, or the one that has holds the alias.
        """
        start = self.at
        name = self._named("an alias")
        if name not in self.anchors:
            if name in self.opened:
                raise YamlFault(f"`*{name}` stands within the value it names", start, final=True)
            raise YamlFault(f"`*{name}` is an alias, which names nothing before it", start, _QUOTE)
        return self.anchors[name].at(start, self.at)

    def bind(self, properties: Properties | None, node: Node) -> Node:
        """Let the anchor of `properties` name `node`."""
        if properties and properties.anchor:
            self.anchors[properties.anchor] = node
        return node

    def plain(self, text: str, start: int, end: int, properties: Properties | None) -> Node:
        """The node of the unquoted scalar `text`, after its tag."""
        tag = properties.tag if properties else None
        value = resolve(text) if tag is None or tag in _RESOLVED else text
        if tag is not None and tag in _RESOLVED and type(value) not in _RESOLVED[tag]:
            value = text
        return self.bind(properties, Node(value, start, end))

    def nothing(self, at: int, properties: Properties | None = None) -> Node:
        """The node of a value that is not there; a tag for texts makes it an empty one."""
        texts = properties is not None and properties.tag in ("!", "!!str")
        return self.bind(properties, Node("" if texts else None, at, at))


def _one_line_end(text: str) -> tuple[str, frozenset[int]]:
    """`text` with line feeds only, with the offsets of those that were CR LF."""
    if "\r" not in text:
        return text, frozenset()
    pieces = text.split("\r\n")
    ends = accumulate(len(piece) + 1 for piece in pieces[:-1])
    return "\n".join(pieces).replace("\r", "\n"), frozenset(end - 1 for end in ends)


_QUOTE = "to begin a text with it, put the whole value in quotes"
