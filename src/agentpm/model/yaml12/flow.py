"""Lists in brackets, mappings in braces."""

from __future__ import annotations

from agentpm.model.yaml12.cursor import Cursor, Properties, alias_with_properties
from agentpm.model.yaml12.node import Node, YamlFault, list_node, mapping_node
from agentpm.model.yaml12.scalars import (
    BLANK,
    FLOW,
    QUOTE_IT,
    plain_line,
    plain_rest,
    quoted,
    starts_plain,
)

_CLOSING = {"[": "]", "{": "}"}
_ENDS = ",]}"


def collection(c: Cursor, floor: int) -> Node:
    """The list or mapping that opens at the cursor; its later lines have at least `floor` blanks.

    Raises:
        YamlFault: it is not closed, or not well-formed.
    """
    start = c.at
    closing = _CLOSING[c.char]
    items: list[Node] = []
    pairs: list[tuple[Node, Node]] = []
    with c.nested():
        c.at += 1
        _gap(c, start, floor)
        while c.char != closing:
            if closing == "}":
                pairs.append(_pair(c, start, floor))
            else:
                items.append(_item(c, start, floor))
            _gap(c, start, floor)
            if c.char == ",":
                c.at += 1
                _gap(c, start, floor)
            elif c.char != closing:
                raise YamlFault(
                    f"`,` or `{closing}` is missing here",
                    c.at,
                    f"close the `{c.text[start]}` that opens before it, or quote the value",
                )
    c.at += 1
    if closing == "}":
        return mapping_node(pairs, start, c.at)
    return list_node(items, start, c.at)


def _gap(c: Cursor, opened: int, floor: int, outdented: str = _ENDS) -> bool:
    """Move to the next token; those in `outdented` may stand left of the `floor`."""
    crossed = c.gap(flow=True)
    if c.ended() or (crossed and c.at_marker()):
        raise YamlFault(
            f"`{c.text[opened]}` is not closed",
            opened,
            f"close it with `{_CLOSING[c.text[opened]]}`, or put the whole value in quotes",
        )
    if crossed and c.indent < floor and c.char not in outdented:
        raise YamlFault(
            f"the `{c.text[opened]}` above goes on in a line that is not indented",
            c.at,
            f"indent the line, or close the `{c.text[opened]}` before it",
        )
    return crossed


def _item(c: Cursor, opened: int, floor: int) -> Node:
    """A member of a list: a value, or one pair, which is a mapping."""
    start = c.at
    if c.indicates("?", flow=True):
        pair = _explicit(c, opened, floor)
        return mapping_node([pair], start, pair[1].end)
    key = node(c, opened, floor)
    json_like = c.text[key.start] in "[{\"'"
    after = c.at
    crossed = _gap(c, opened, floor)
    if c.char != ":" or not (json_like or c.text[c.at + 1] in BLANK + FLOW):
        c.at = after
        return key
    if crossed or "\n" in c.text[start:after]:
        raise YamlFault("a key does not fit its line", start, "write the key and `:` in one line")
    value = _value(c, opened, floor)
    return mapping_node([(key, value)], start, max(value.end, after))


def _pair(c: Cursor, opened: int, floor: int) -> tuple[Node, Node]:
    if c.indicates("?", flow=True):
        return _explicit(c, opened, floor)
    return _rest_of_pair(c, node(c, opened, floor, key=True), opened, floor)


def _explicit(c: Cursor, opened: int, floor: int) -> tuple[Node, Node]:
    """A pair whose key is marked by `?`."""
    c.at += 1
    _gap(c, opened, floor)
    start = c.at
    if c.char in _ENDS:
        return c.nothing(start), c.nothing(start)
    return _rest_of_pair(c, node(c, opened, floor), opened, floor)


def _rest_of_pair(c: Cursor, key: Node, opened: int, floor: int) -> tuple[Node, Node]:
    after = c.at
    _gap(c, opened, floor, _ENDS + ":")
    if c.char == ":":
        return key, _value(c, opened, floor)
    c.at = after
    return key, c.nothing(after)


def _value(c: Cursor, opened: int, floor: int) -> Node:
    c.at += 1
    after = c.at
    _gap(c, opened, floor, "]}")
    if c.char in _ENDS:
        c.at = after
        return c.nothing(after)
    return node(c, opened, floor)


def node(c: Cursor, opened: int, floor: int, *, key: bool = False) -> Node:
    """The value at the cursor, or the `key`, within the collection that opens at `opened`."""
    properties = c.properties(flow=True)
    apart = properties is not None and _gap(c, opened, floor)
    char = c.char
    colon = c.indicates(":", flow=True) or (key and properties is not None and char == ":")
    if colon or char in _ENDS:
        return _no_value(c, properties)
    if char == "*" and properties and not apart:
        raise alias_with_properties(c.at)
    if char == "*":
        return c.bind(properties, c.alias())
    if char in "[{":
        return c.bind(properties, collection(c, floor))
    return _scalar(c, floor, properties)


def _no_value(c: Cursor, properties: Properties | None) -> Node:
    if properties or c.char == ":":
        return c.nothing(c.at, properties)
    raise YamlFault(f"a value is missing before `{c.char}`", c.at, f"remove one `{c.char}`")


def _scalar(c: Cursor, floor: int, properties: Properties | None) -> Node:
    start = c.at
    if c.char in "\"'":
        said, c.at = quoted(c.text, start, floor, c.crlf)
        return c.bind(properties, Node(said, start, c.at))
    if not starts_plain(c.text, start, flow=True):
        raise YamlFault(f"no value begins with `{c.char}`", start, QUOTE_IT)
    end = plain_line(c.text, start, flow=True)
    said, c.at = plain_rest(c.text, start, end, floor, flow=True)
    return c.plain(said, start, c.at, properties)
