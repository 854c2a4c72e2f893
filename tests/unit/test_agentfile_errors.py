"""An agent file that cannot be read is answered with the place, and with what to do."""

from __future__ import annotations

import pytest

from agentpm.model.agentfile import read_agent
from agentpm.model.frontmatter import MAX_BYTES, MalformedAgent


def refusal(raw: bytes) -> MalformedAgent:
    with pytest.raises(MalformedAgent) as caught:
        read_agent(raw, "a.md")
    return caught.value


def shown(*lines: str) -> str:
    """The error about front matter of these lines, as a terminal would show it."""
    error = refusal("\n".join(["---", *lines, "---", "Do it.", ""]).encode())
    assert error.where is not None
    caret = " " * (error.where.column - 1) + "^" * error.where.length
    return "\n".join(
        [error.where.location, error.message, error.where.text, caret, error.hint or ""]
    )


def expected(text: str) -> str:
    return text.strip("\n")


def test_text_after_quotes() -> None:
    """Every second author of a list of tools writes it so once."""
    assert shown("name: a", 'tools: "Read", "Bash"') == expected("""
a.md:3:14
the front matter cannot be read: text follows the closing "
tools: "Read", "Bash"
             ^
leave these quotes out, or put the whole value in quotes, of the other kind
""")


def test_quotes_that_are_not_closed() -> None:
    """The place is the quote that opens, not the end of the file."""
    assert shown("name: a", 'description: "Reviews', "tools: Read") == expected("""
a.md:3:14
the front matter cannot be read: the quotes are not closed
description: "Reviews
             ^
end the value with "
""")


def test_a_colon_in_the_second_line_of_a_value() -> None:
    """The client forgives a colon in a value of one line only."""
    assert shown("description: Reviews", "  code: all of it", "name: a") == expected("""
a.md:3:7
the front matter cannot be read: `: ` stands within an unquoted value of several lines
  code: all of it
      ^
put the whole value in quotes; or, if this is a key of its own, do not indent it
""")


def test_a_second_line_that_is_not_indented() -> None:
    """A long description that was broken by an editor."""
    assert shown("description: Reviews", "code", "name: a") == expected("""
a.md:3:1
the front matter cannot be read: the line continues no value and is no `key: value`
code
^
indent it like the lines it belongs to, or quote the value it goes on from
""")


def test_no_blank_after_the_colon() -> None:
    """To YAML this is one word."""
    assert shown("name:a") == expected("""
a.md:2:1
the front matter is a single value, not a mapping
name:a
^
write `key: value` lines, with a blank after the colon: `name: …`
""")


def test_a_list() -> None:
    """Front matter is a mapping."""
    assert "the front matter is a list, not a mapping" in shown("- name: a")


def test_what_is_still_wrong_at_the_second_try_is_shown() -> None:
    """The colon in the description is forgiven, so it is not what must be mended."""
    assert shown("description: Use: always", "tools: 'Read' more").startswith("a.md:3:15\n")


def test_what_the_quotes_of_the_second_try_break_is_not_shown() -> None:
    """The list is well-formed as it stands; the colon above it is what must be mended."""
    assert shown("description: Use: always", "tools: [Read,", "  Bash]").startswith("a.md:2:17\n")


def test_the_place_is_that_of_the_file_where_tabs_were_read_as_blanks() -> None:
    """Columns are counted in what the author sees."""
    assert shown("name: a", "hooks:", "\tx: 'y' z").startswith("a.md:4:9\n")


def test_the_place_in_a_file_of_windows_with_a_byte_order_mark() -> None:
    """Neither the mark nor the line ends shift the place."""
    error = refusal("\ufeff---\r\nname: a\r\ntools: 'b' c\r\n---\r\n".encode())
    assert error.where is not None
    assert (error.where.location, error.where.text) == ("a.md:3:12", "tools: 'b' c")


def test_a_nul_character() -> None:
    """The client reads past it, other programs do not: one file, two meanings."""
    error = refusal(b"---\nname: \xc3\xa9\x00b\n---\n")
    assert error.message == "`a.md` holds a NUL character, so it is no text"
    assert error.where is not None
    assert error.where.location == "a.md:2:8"
    assert error.where.text == "name: é\ufffd"


def test_a_file_beyond_the_limit() -> None:
    """The client passes over it as well."""
    error = refusal(b"---\nname: a\n---\n".ljust(MAX_BYTES + 1, b"x"))
    assert error.message == "`a.md` has 1,048,577 bytes, more than the 1,048,576 of an agent file"
    assert read_agent(b"---\nname: a\n---\n".ljust(MAX_BYTES, b"x"), "a.md").name == "a"


def test_aliases_that_explode() -> None:
    """Nine lines could fill the memory of whoever walks the value."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for n in range(1, 9):
        members = ", ".join([f"*a{n - 1}"] * 10)
        lines.append(f"a{n}: &a{n} [{members}]")
    assert "it holds more than 20,000 values" in shown(*lines)


def test_merges_that_explode() -> None:
    """A merge copies, so many of them are as bad as nested aliases."""
    keys = ", ".join(f"k{n}: v" for n in range(500))
    assert "more than 20,000" in shown(f"a: &a {{{keys}}}", *["<<: *a"] * 50)


def test_values_that_nest_too_deep() -> None:
    """Deep nesting is there to break programs; no agent has it."""
    assert "values nest deeper than 48 levels" in shown("x: " + "[" * 49 + "]" * 49)
    assert read_agent(b"---\nx: " + b"[" * 47 + b"]" * 47 + b"\n---\n", "a.md").front["x"] != []


def test_a_limit_is_no_reason_for_a_second_try() -> None:
    """The client would read the list, so it must not be taken for a text in quotes."""
    deep = "[" * 60 + "]" * 60
    assert "nest deeper" in shown("description: one: two", f"x: {deep}")


def test_a_value_that_holds_itself() -> None:
    """The client makes a circle of it, which is no data."""
    assert "`*x` stands within the value it names" in shown("tools: &x [*x]")
