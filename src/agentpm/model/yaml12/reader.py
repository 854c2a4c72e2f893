"""Reading a YAML text whole."""

from __future__ import annotations

import re

from agentpm.lazy import pattern
from agentpm.model.yaml12 import flow
from agentpm.model.yaml12.cursor import Cursor, Properties, alias_with_properties, both, twice
from agentpm.model.yaml12.node import Node, YamlFault, list_node, mapping_node, resolve
from agentpm.model.yaml12.scalars import (
    BLANK_LINES,
    BLANKS,
    QUOTE_IT,
    block_scalar,
    end_of,
    plain_line,
    plain_rest,
    quoted,
    starts_plain,
)
from agentpm.values import dataclass

# A word, a colon, a text of one line that begins with a letter; the next line is not indented.
_SIMPLE = pattern(
    r"([A-Za-z_][A-Za-z0-9_-]*): +([A-Za-z](?:[^ \t\n\0:#]++| (?![ \t\n#:]))*+)(?=\n[A-Za-z_\0])"
)


def read_yaml(text: str) -> Node:
    """The value that a YAML text holds.

    NUL and `---` do not occur in it, as front matter cannot hold them. The places of the nodes count
    characters of the text with a line feed for each line end, without a byte order mark.

    Raises:
        YamlFault: the text is not YAML, holds several documents, or is beyond `MAX_DEPTH` or
            `MAX_NODES`.
    """
    c = Cursor(text)
    c.begin()
    if c.ended():
        return c.nothing(0)
    if c.at_marker():
        return _after_marker(c, c.nothing(0))
    if c.char == "%" and c.indent == 0:
        raise YamlFault("`%` begins a directive, which front matter cannot hold", c.at, QUOTE_IT)
    node = _node(c, _Spot(-1, c.indent))
    if not c.gap() and not c.ended():
        raise _left_over(c)
    if c.ended():
        return node
    if c.at_marker():
        return _after_marker(c, node)
    raise _misplaced(c)


def _after_marker(c: Cursor, node: Node) -> Node:
    """Nothing but comments and further markers may follow the first `...`."""
    while c.at_marker():
        c.at += 3
        if not c.gap() and not c.ended():
            raise _left_over(c)
        if c.ended():
            return node
    raise YamlFault(
        "a second document begins after `...`", c.at, "remove the line `...`", final=True
    )


def _left_over(c: Cursor) -> YamlFault:
    if c.indicates(":"):
        return YamlFault("`: ` stands within an unquoted value", c.at, QUOTE_IT)
    before = c.text[: c.at].rstrip(" \t")[-1:]
    if before in "\"'":
        return YamlFault(
            f"text follows the closing {before}",
            c.at,
            f"leave these quotes out, or {QUOTE_IT}, of the other kind",
        )
    end = f"the closing `{before}`" if before in "]}" else "the end of the value"
    return YamlFault(f"text follows {end}", c.at, QUOTE_IT)


def _misplaced(c: Cursor) -> YamlFault:
    if c.tabbed:
        return YamlFault("a tab stands in the indentation", c.at - 1, "indent with blanks")
    return YamlFault(
        "the line continues no value and is no `key: value`",
        c.at,
        "indent it like the lines it belongs to, or quote the value it goes on from",
    )


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a node stands: within something indented by `parent`.

    `column` is the indentation of a list or mapping that begins here; `inline`, directly after a key
    in its line, none can. `listed`: as the value of a key, a list may stand as far left as the key.
    """

    parent: int
    column: int
    inline: bool = False
    listed: bool = False


def _node(c: Cursor, spot: _Spot, outer: Properties | None = None) -> Node:
    """The node at the cursor. `outer` are the properties in a line before it."""
    tabbed = c.tabbed
    properties = c.properties()
    if properties and c.char in "\n\0#":
        return _below(c, spot, both(properties, outer) or properties)
    start = c.at
    if c.indicates("-?"):
        _refuse_indicator(c, spot, properties)
        _refuse_tab(c, tabbed=tabbed)
        node = _sequence(c, spot.column) if c.char == "-" else _mapping(c, spot.column, None)
        return c.bind(both(properties, outer), node)
    if c.char in "|>":
        said, end, c.at = block_scalar(c.text, start, spot.parent, cut=c.cut)
        c.exempt = end_of(BLANKS, c.text, c.at + 1)
        return c.bind(both(properties, outer), Node(said, start, end))
    key = _first_key(c, spot, properties, outer)
    if not _colon_follows(c):
        return _rest_of_atom(c, key, spot.parent, both(properties, outer))
    if spot.inline:
        raise _left_over(c)
    _refuse_several_lines(c, start)
    _refuse_tab(c, tabbed=tabbed)
    return c.bind(outer, _mapping(c, spot.column, key))


def _refuse_indicator(c: Cursor, spot: _Spot, properties: Properties | None) -> None:
    if spot.inline or (properties and c.char == "-"):
        raise YamlFault(
            f"`{c.char} ` cannot begin here",
            c.at,
            f"begin it in a line of its own, or {QUOTE_IT}",
        )


def _first_key(
    c: Cursor, spot: _Spot, properties: Properties | None, outer: Properties | None
) -> Node:
    """What may turn out to be a key: nothing, directly before a `:`, or an atom."""
    if not c.indicates(":"):
        return _atom(c, spot, properties)
    if outer and outer.tag and properties and properties.tag:
        raise twice(c.at)
    return c.nothing(c.at, properties)


def _below(c: Cursor, spot: _Spot, properties: Properties) -> Node:
    """The node in the lines after its `properties`."""
    c.at = properties.end
    node = _next_line(c, spot, properties)
    return node if node else c.nothing(properties.end, properties)


def _next_line(c: Cursor, spot: _Spot, outer: Properties | None = None) -> Node | None:
    """The node that begins in a line below the cursor; None, and the cursor stays, without one."""
    end = c.at
    c.gap()
    listed = spot.listed and c.indent == spot.parent and c.indicates("-")
    if c.ended() or c.at_marker() or (c.indent <= spot.parent and not listed):
        c.at = end
        return None
    if listed:
        _refuse_tab(c, tabbed=c.tabbed)
        return c.bind(outer, _sequence(c, spot.parent, listed=True))
    return _node(c, _Spot(spot.parent, c.indent, listed=spot.listed), outer)


def _atom(c: Cursor, spot: _Spot, properties: Properties | None) -> Node:
    """What can be a key: a scalar of one line, an alias, or a collection in brackets."""
    start, char = c.at, c.char
    floor = spot.parent + 1
    if char == "*":
        if properties:
            raise alias_with_properties(start)
        return c.alias()
    if char in "[{":
        return c.bind(properties, flow.collection(c, floor))
    if char in "\"'":
        said, c.at = quoted(c.text, start, floor, c.crlf)
        return c.bind(properties, Node(said, start, c.at))
    if not starts_plain(c.text, start, flow=False):
        raise YamlFault(f"no value begins with `{char}`", start, QUOTE_IT)
    c.at = plain_line(c.text, start, flow=False)
    return c.plain(c.text[start : c.at], start, c.at, properties)


def _rest_of_atom(c: Cursor, first: Node, parent: int, properties: Properties | None) -> Node:
    """The whole of the value that begins with `first`: plain scalars go on in further lines."""
    if c.text[first.start] in "*[{\"'":
        return c.bind(properties, first)
    said, c.at = plain_rest(c.text, first.start, first.end, parent + 1, flow=False)
    c.exempt = end_of(BLANK_LINES, c.text, c.at)
    node = c.plain(said, first.start, c.at, properties)
    if _colon_follows(c):
        raise YamlFault(
            "`: ` stands within an unquoted value of several lines",
            c.at,
            f"{QUOTE_IT}; or, if this is a key of its own, do not indent it",
        )
    return node


def _refuse_several_lines(c: Cursor, start: int) -> None:
    if "\n" in c.text[start : c.at]:
        raise YamlFault("a key does not fit its line", start, "write the key and `:` in one line")


def _colon_follows(c: Cursor) -> bool:
    """Move to the `:` of a key, if one follows."""
    at = c.at
    c.at = end_of(BLANKS, c.text, at)
    if c.indicates(":"):
        return True
    c.at = at
    return False


def _refuse_tab(c: Cursor, *, tabbed: bool) -> None:
    if tabbed:
        raise YamlFault("a tab stands in the indentation", c.at - 1, "indent with blanks")


def _next_entry(c: Cursor, column: int) -> bool:
    """Move to the next line of the collection indented by `column`, if there is one."""
    end = c.at
    if not c.gap():
        raise _left_over(c)
    if c.ended() or c.at_marker() or c.indent < column:
        c.at = end
        return False
    if c.indent > column or c.tabbed:
        raise _misplaced(c)
    return True


def _sequence(c: Cursor, column: int, *, listed: bool = False) -> Node:
    """The list of the `- ` lines at `column`; `listed`: a mapping goes on in the same column."""
    start = end = c.at
    items: list[Node] = []
    with c.nested():
        while True:
            c.at += 1
            items.append(_indented(c, column))
            end = c.at
            if not _next_entry(c, column):
                break
            if not c.indicates("-"):
                if not listed:
                    raise _misplaced(c)
                c.at = end
                break
    return list_node(items, start, end)


def _indented(c: Cursor, column: int, *, listed: bool = False) -> Node:
    """What follows an indicator `-`, `?` or `:` that stands in `column`."""
    end = c.at
    if not c.gap():
        return _node(c, _Spot(column, c.column, listed=listed))
    c.at = end
    return _next_line(c, _Spot(column, column, listed=listed)) or c.nothing(end)


def _mapping(c: Cursor, column: int, first: Node | None) -> Node:
    """The mapping of the lines at `column`; `first` is its first key, already read."""
    start = first.start if first else c.at
    pairs: list[tuple[Node, Node]] = []
    with c.nested():
        while True:
            if first is None and column == 0 and (simple := _SIMPLE.match(c.text, c.at)):
                pairs.append(_simple_pair(c, simple))
            elif first is None and c.indicates("?"):
                pairs.append(_explicit(c, column))
            else:
                key = first or _key(c, column)
                pairs.append((key, _value(c, column)))
            first = None
            end = c.at
            if not _next_entry(c, column):
                break
            c.later += len(pairs) == 1
    c.later -= len(pairs) > 1
    return mapping_node(pairs, start, end)


def _simple_pair(c: Cursor, match: re.Match[str]) -> tuple[Node, Node]:
    """The pair of a line that can be read at a glance; `_key` with `_value` give the same."""
    c.at = match.end()
    key, value = match.span(1), match.span(2)
    return Node(match[1], *key), Node(resolve(match[2]), *value)


def _key(c: Cursor, column: int) -> Node:
    """The key at the cursor, and the cursor moved to its `:`, or to its end before a `?` line."""
    start = c.at
    properties = c.properties()
    if c.indicates(":"):
        return c.nothing(c.at, properties)
    if c.indicates("-?") or c.char in "|>\n#":
        raise _misplaced(c)
    key = _atom(c, _Spot(-1, 0), properties)
    if not _colon_follows(c):
        end = c.at
        alone = c.gap() and c.indent == column and c.indicates("?")
        c.at = end if alone else start
        if not alone:
            raise _misplaced(c)
    _refuse_several_lines(c, start)
    return key


def _explicit(c: Cursor, column: int) -> tuple[Node, Node]:
    """A pair whose key is marked by `?`."""
    c.at += 1
    key = _indented(c, column, listed=True)
    end = c.at
    if c.gap() and not c.ended() and c.indent == column and not c.tabbed and c.indicates(":"):
        c.at += 1
        return key, _indented(c, column, listed=True)
    c.at = end
    return key, c.nothing(end)


def _value(c: Cursor, column: int) -> Node:
    """The value after the `:` of a key in `column`."""
    end = c.at
    if c.char != ":":
        return c.nothing(end)
    c.at = end = end + 1
    if not c.gap():
        return _node(c, _Spot(column, column, inline=True, listed=True))
    c.at = end
    return _next_line(c, _Spot(column, column, listed=True)) or c.nothing(end)
