"""YAML 1.2 as the client's runtime reads it, corner by corner.

Every expectation here was observed in the client (`tests/fixtures/frontmatter/` tells how).
"""

from __future__ import annotations

import math
from typing import Any

import pytest

from agentpm.model.yaml12.node import Node, YamlFault, key_text
from agentpm.model.yaml12.reader import read_yaml

REFUSED = object()


def read(text: str) -> Any:
    try:
        return read_yaml(text).value
    except YamlFault:
        return REFUSED


def says(text: str, value: Any) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: x\n  y", {"a": "x y"}),
        ("a: x\n\n  y", {"a": "x\ny"}),
        ("a: x\n  # y\n  z", REFUSED),
        ("a: x # y\n  z", REFUSED),
        ("a: x\n...\n", {"a": "x"}),
        ("x\n...y", "x ...y"),
        ("x\n...", "x"),
        ("x\n... # y\n...\n", "x"),
        ("x\n... y", REFUSED),
        ("...\n", None),
        ("...\na: b", REFUSED),
        ("# only a comment", None),
        ("", None),
        ("\ufeff# only a comment", None),
        ("\ufeffa: b", {"a": "b"}),
        ("%a: b", REFUSED),
        ("x\ny: z", REFUSED),
        ("a: b\nc", REFUSED),
        ("a: ]", REFUSED),
        ("a: , b", {"a": ", b"}),
        ("a: ::", REFUSED),
        ("a:b: c", {"a:b": "c"}),
        ("a : b", {"a": "b"}),
    ],
)
def test_plain_scalars(text: str, value: Any) -> None:
    """Where an unquoted text begins, goes on, ends."""
    says(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'it''s'", "it's"),
        ("'a\n b'", "a b"),
        ("'a\n\n b'", "a\nb"),
        ('"a\\\n  b"', "ab"),
        ('"a\\\n\n b"', "a\nb"),
        ('"a  \n  b"', "a b"),
        ('"\\x41\\u00e9\\U0001F600"', "Aé😀"),
        ('"\\ud83d\\ude00"', "😀"),
        ('"\\ud83d"', REFUSED),
        ('"\\U00110000"', REFUSED),
        ('"\\q"', REFUSED),
        ('"\\x4"', REFUSED),
        (
            '"\\0\\a\\b\\t\\n\\v\\f\\r\\e\\N\\_\\L\\P\\/\\ "',
            "\0\a\b\t\n\v\f\r\x1b\x85\xa0\u2028\u2029/ ",
        ),
        ('"a', REFUSED),
        ("'a", REFUSED),
        ('a: "x\ny"', REFUSED),
        ('"x\n...\ny"', REFUSED),
        ('"x"#y', REFUSED),
        ("'x'y", REFUSED),
        ('"a\r\nb"', "a\nb"),
        ('"a\r\n\r\nb"', "a\n\nb"),
        ('"a\\\r\n b"', "a\nb"),
        ('"a\rb"', "a b"),
        ("a: x\r\n  y", {"a": "x y"}),
    ],
)
def test_quoted_scalars(text: str, value: Any) -> None:
    """Escapes, folded lines, and the client's way with CR LF between quotes."""
    says(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("|\n x\n  y\n", "x\n y\n"),
        ("a: |-\n x\n\n", {"a": "x"}),
        ("a: |+\n x\n\n", {"a": "x\n\n"}),
        ("a: |+\n\n", {"a": "\n"}),
        ("a: |+\n x\n ", {"a": "x\n"}),
        ("a: |+\n x\n  ", {"a": "x\n \n"}),
        ("a: |+\n ", {"a": "\n"}),
        ("a: |", {"a": ""}),
        ("a: | +\n x\n\n", {"a": "x\n\n"}),
        ("a: |2-\n   x", {"a": " x"}),
        ("a: |-2\n   x", {"a": " x"}),
        ("a: |1\n x\n  y\nb: c", {"a": "x\n y\n", "b": "c"}),
        ("|1\n x", "x\n"),
        ("a: |0\n x", REFUSED),
        ("a: | x", REFUSED),
        ("a: |#c\n x", REFUSED),
        ("a: | # c\n x", {"a": "x\n"}),
        (">\n x\n y\n\n z\n  w\n v", "x y\nz\n w\nv\n"),
        ("a: >-\n\n  x", {"a": "\nx"}),
        ("a: |\n  x\n # c\nb: d", {"a": "x\n", "b": "d"}),
        ("a: |\n  x\n y", REFUSED),
        ("a: |\n    \n  x", REFUSED),
        ("a: |\n  \n  x", {"a": "\nx\n"}),
        ("a: |\n\tx", REFUSED),
        ("a: |1\n\tx", REFUSED),
        ("a: |\n x\n\n\t\nb: c", REFUSED),
        ("a: |\n x\n\t\nb: c", {"a": "x\n", "b": "c"}),
        ("|\nx\n...\n", "x\n"),
        ("|\n \n...\n", ""),
        ("&x |\n y", "y\n"),
        ("!!str\n  |\n y", "y\n"),
    ],
)
def test_block_scalars(text: str, value: Any) -> None:
    """Literal and folded text, their indentation, their ends."""
    says(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("- a\n- b", ["a", "b"]),
        ("- - a\n  - b\n-\n  c", [["a", "b"], "c"]),
        ("-\n- b", [None, "b"]),
        ("- a\n b: c", REFUSED),
        ("- a\nb: c", REFUSED),
        ("- a: b\n  c: d\n- e", [{"a": "b", "c": "d"}, "e"]),
        ("a:\n- b\n- c\nd: e", {"a": ["b", "c"], "d": "e"}),
        ("a:\n - b\n- c", REFUSED),
        ("a: - b", REFUSED),
        ("a: b: c", REFUSED),
        ("a: &x - b", REFUSED),
        ("a:\n  b: c\n d: e", REFUSED),
        ("a: b\n  c: d", REFUSED),
        ("a: b\n- c", REFUSED),
        ("a:\n\nb:\n  # c\n  d", {"a": None, "b": "d"}),
        ("'a': b\n\"c\" : d", {"a": "b", "c": "d"}),
        ("'a\n b': c", REFUSED),
        ("x: y\n'a\n b': c", REFUSED),
        ("[a\n]: b", REFUSED),
        ("? a\n: b\n? c", {"a": "b", "c": None}),
        ("? - a\n: - b", {"a": ["b"]}),
        ("?\n- a\n:\n- b", {"a": ["b"]}),
        ("a: 1\nb\n? c", {"a": 1, "b": None, "c": None}),
        ("a: ? b", REFUSED),
        (": a", {"null": "a"}),
        ("a: b\n: c", {"a": "b", "null": "c"}),
        ("a: b\n|\n c", REFUSED),
        ("a: b\n'c' d: e", REFUSED),
        ("a: [b] c", REFUSED),
        ("- &x a\n- *x b", REFUSED),
    ],
)
def test_block_collections(text: str, value: Any) -> None:
    """Lists and mappings by lines."""
    says(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[a, 'b', \"c\", 1]", ["a", "b", "c", 1]),
        ("[a, [b, {c: d}]]", ["a", ["b", {"c": "d"}]]),
        ("[]", []),
        ("{}", {}),
        ("[a,]", ["a"]),
        ("[a,,b]", REFUSED),
        ("[,]", REFUSED),
        ("[a, b", REFUSED),
        ("[a\n...\n]", REFUSED),
        ("[a: b, c]", [{"a": "b"}, "c"]),
        ('["a":b]', [{"a": "b"}]),
        ("[a:b]", ["a:b"]),
        ("[a\n: b]", REFUSED),
        ("[? a : b, c]", [{"a": "b"}, "c"]),
        ("[?]", [{"null": None}]),
        ("{? a, ? b : c, ?}", {"a": None, "b": "c", "null": None}),
        ("{a: b, c, d:, e : f}", {"a": "b", "c": None, "d": None, "e": "f"}),
        ('{"a":b, "c" :d}', {"a": "b", "c": "d"}),
        ("{a\n: b}", {"a": "b"}),
        ("{a: [b]\n, c: d}", {"a": ["b"], "c": "d"}),
        ("{a: ,}", {"a": None}),
        ("{: a}", {"null": "a"}),
        ("{&x : a, b: *x}", {"null": "a", "b": None}),
        ("{!t :a}", {"null": "a"}),
        ("{a: b", REFUSED),
        ("{a: -}", REFUSED),
        ("[@a]", REFUSED),
        ("[&a b, *a]", ["b", "b"]),
        ("[&a *a]", REFUSED),
        ("[&a\n b]", ["b"]),
        ("[&a [b], *a]", [["b"], ["b"]]),
        ("[&a 'b', *a]", ["b", "b"]),
        ("[!!str, !!str 1]", ["", "1"]),
        ("[!]", REFUSED),
        ("[a b\n c]", ["a b c"]),
        ("[a #b\n]", ["a"]),
        ("[a]#b", REFUSED),
        ("x: [a,\nb]", REFUSED),
        ("x: [\n]", {"x": []}),
        ("x: [a\n, b]", {"x": ["a", "b"]}),
        ("x: {a:\n, b}", REFUSED),
        ("a: [b: c: d]", REFUSED),
    ],
)
def test_flow_collections(text: str, value: Any) -> None:
    """Lists in brackets, mappings in braces."""
    says(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: &x 1\nb: *x", {"a": 1, "b": 1}),
        ("a: &x\nb: *x", {"a": None, "b": None}),
        ("a: &x\n- b\nc: *x", {"a": ["b"], "c": ["b"]}),
        ("&x\na: b", {"a": "b"}),
        ("&x a: b\nc: *x", {"a": "b", "c": "a"}),
        ("a: &x b\n*x : c", {"a": "b", "b": "c"}),
        ("a: *x", REFUSED),
        ("a: &x *x", REFUSED),
        ("a: &x\n  *x", REFUSED),
        ("a: &y b\nc: &x\n  *y\nd: *x", {"a": "b", "c": "b", "d": "b"}),
        ("[&y b, &x\n *y, *x]", ["b", "b", "b"]),
        ("- ...\n...\n- a", REFUSED),
        ("a: & b", REFUSED),
        ("a: &x &y b", REFUSED),
        ("a: &x\n  &y b", REFUSED),
        ("a: &x\n  &y\n  b: c", REFUSED),
        ("a: &x\n  !!map\n  b: c", {"a": {"b": "c"}}),
        ("a: &x\n  &y b: c", {"a": {"b": "c"}}),
        ("a: &x,y", REFUSED),
        ("a: &x # y\n  b", {"a": "b"}),
        ("a: !!str 1", {"a": "1"}),
        ("a: !!int true", {"a": "true"}),
        ("a: !!bool true", {"a": True}),
        ("a: !int 1", {"a": 1}),
        ("a: !x 1", {"a": "1"}),
        ("a: ! 1", {"a": "1"}),
        ("a: !<x> 1", {"a": "1"}),
        ("a: !!str", {"a": ""}),
        ("a: !x", {"a": None}),
        ("a: !x!y b", REFUSED),
        ("a: !!str,", REFUSED),
        ("a: !~ b", REFUSED),
        ("a: !x !y b", REFUSED),
        ("!!str\n!!int : c", REFUSED),
        ("!!str\n: c", {"null": "c"}),
        ("&x ? a\n: b", {"a": "b"}),
        ("a: &x {b: c}\nd:\n  <<: *x\n  e: f", {"a": {"b": "c"}, "d": {"b": "c", "e": "f"}}),
        ("<<: [{a: 1}, {a: 2, b: 3}, 4]\nc: 5", {"a": 1, "b": 3, "c": 5}),
        ("a: 1\n<<: {a: 2}", {"a": 1}),
        ("<<: x", {"<<": "x"}),
    ],
)
def test_anchors_tags_merges(text: str, value: Any) -> None:
    """What a node may have before it."""
    says(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("\ta", "a"),
        ("\ta: b", REFUSED),
        ("a:\tb", {"a": "b"}),
        ("a:\n\tb", REFUSED),
        ("a:\n \tb", {"a": "b"}),
        ("a:\n \tb: c", REFUSED),
        ("a:\n\t- b", REFUSED),
        ("-\ta", ["a"]),
        ("-\t- a", REFUSED),
        ("-\ta: b", REFUSED),
        ("a: b\n\tc: d", REFUSED),
        ("a: 'b'\n\t\nc: d", {"a": "b", "c": "d"}),
        ("a: b\nc: 'd'\n\t\ne: f", REFUSED),
        ("a: b\nc: d\n\t\ne: f", {"a": "b", "c": "d", "e": "f"}),
        ("a: b\nc: [\n\t\n d]", {"a": "b", "c": ["d"]}),
        ("a: b\nc: |\n d\n\t# e\nf: g", {"a": "b", "c": "d\n", "f": "g"}),
        ("a:\n  b: 'c'\n  d: 'e'\nf: 'g'\n", {"a": {"b": "c", "d": "e"}, "f": "g"}),
    ],
)
def test_tabs(text: str, value: Any) -> None:
    """A tab separates, but indents nothing."""
    says(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.0", 1),
        ("017", 17),
        ("0o17", 15),
        ("0x1F", 31),
        ("-0x1", -1),
        ("0x10000000000000000", "0x10000000000000000"),
        ("1e3", 1000),
        ("1e999", math.inf),
        ("-.inf", -math.inf),
        ("9007199254740993", 9007199254740992.0),
        ("yes", "yes"),
        ("~", None),
        ("FALSE", False),
        ("nULL", "nULL"),
    ],
)
def test_what_a_word_means(text: str, value: Any) -> None:
    """YAML 1.2's core schema, with JavaScript's numbers."""
    says(text, value)
    assert type(read(text)) is type(value)


def test_what_is_no_number() -> None:
    """It equals nothing, itself included."""
    assert math.isnan(read(".nan"))


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (1.5, "1.5"),
        (10.0, "10"),
        (1e21, "1e+21"),
        (1.25e-7, "1.25e-7"),
        (-math.inf, "-Infinity"),
        (math.inf, "Infinity"),
        (math.nan, "NaN"),
        (True, "true"),
        (None, "null"),
        (["a", None, ["b"]], "a,,b"),
        ({}, "[object Object]"),
    ],
)
def test_a_key_is_named_as_javascript_names_it(key: Any, text: str) -> None:
    """Two keys are equal where their names are."""
    assert key_text(key) == text


def test_nodes_know_their_places() -> None:
    """Offsets of the text with single line ends."""
    root = read_yaml("a:  b\r\nc:\r\n  - 'd'\r\n  - [e]\r\n")
    text = "a:  b\nc:\n  - 'd'\n  - [e]\n"

    def slices(node: Node) -> list[str]:
        return [text[part.start : part.end] for part in node.items]

    (a, b), (c, d) = root.entries
    assert [text[n.start : n.end] for n in (a, b, c)] == ["a", "b", "c"]
    assert slices(d) == ["'d'", "[e]"]
    assert text[d.start : d.end] == "- 'd'\n  - [e]"


def test_an_alias_stands_where_it_is_written() -> None:
    """Its value is elsewhere, its place is here."""
    root = read_yaml("a: &x b\nc: *x\n")
    alias = root.entries[1][1]
    assert (alias.value, alias.start, alias.end) == ("b", 11, 13)
