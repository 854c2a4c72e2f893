"""Edits change the lines of their keys and no other byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentpm.model.agentfile import edit_agent, read_agent
from agentpm.model.frontedit import Change
from agentpm.model.frontmatter import MalformedAgent

CORPORA = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpora"

FILE = """\
---
name: reviewer   # short
description: 'Reviews: all of it'
# which tools
tools:
  - Read  # files
  # and
  - "Bash"

model: opus
---

Do it.
"""


def edited(text: str, **changes: Change) -> str:
    return edit_agent(text.encode(), changes, "a.md").decode()


def refusal(text: str, **changes: Change) -> MalformedAgent:
    with pytest.raises(MalformedAgent) as caught:
        edited(text, **changes)
    return caught.value


def test_a_name_is_replaced_in_its_line() -> None:
    """An agent installed under another name is the same file but for that word."""
    assert edited(FILE, name="house-reviewer") == FILE.replace(
        "name: reviewer ", "name: house-reviewer "
    )


def test_no_change_is_no_change() -> None:
    """The digest of what is installed is the digest of what was published."""
    assert edited(FILE) == FILE


def test_a_list_stays_a_list_by_lines() -> None:
    """The author's layout is kept."""
    assert edited(FILE, tools=["Grep", "a: b"]) == FILE.replace(
        '  - Read  # files\n  # and\n  - "Bash"\n', '  - Grep\n  - "a: b"\n'
    )


def test_a_list_by_lines_becomes_a_text() -> None:
    """What is asked for is what the file says afterwards."""
    assert edited(FILE, tools="Read, Grep") == FILE.replace(
        'tools:\n  - Read  # files\n  # and\n  - "Bash"\n', "tools: Read, Grep\n"
    )


def test_a_list_by_lines_becomes_empty() -> None:
    """`[]` grants nothing, no line at all grants everything."""
    assert "\ntools: []\n" in edited(FILE, tools=[])


def test_a_text_becomes_a_list() -> None:
    """In one line, as the text was."""
    text = "---\nname: a\ntools: Read # all\n---\n"
    assert edited(text, tools=["Read", "x, y"]) == (
        '---\nname: a\ntools: [Read, "x, y"] # all\n---\n'
    )


def test_a_key_without_a_value_gets_one() -> None:
    """A blank goes after the colon."""
    assert edited("---\ntools:\n---\n", tools="Read") == "---\ntools: Read\n---\n"


def test_a_key_with_blanks_after_the_colon_keeps_them() -> None:
    """Some authors align their values."""
    assert edited("---\nname:    a\n---\n", name="b") == "---\nname:    b\n---\n"


def test_a_list_in_another_indentation_keeps_it() -> None:
    """With the blanks after the hyphens."""
    text = "---\ntools:\n-   Read\nname: a\n---\n"
    assert edited(text, tools=["A", "B"]) == "---\ntools:\n-   A\n-   B\nname: a\n---\n"


def test_a_list_of_lists_falls_back_to_the_common_indentation() -> None:
    """Where the dashes cannot be read off, two blanks it is."""
    text = "---\ntools:\n - - Read\n---\n"
    assert edited(text, tools=["A"]) == "---\ntools:\n - A\n---\n"
    text = "---\ntools:\n  -\n    Read\n---\n"
    assert edited(text, tools=["A"]) == "---\ntools:\n  - A\n---\n"


@pytest.mark.parametrize("named", ["[]", "[Bash]", "\n  - Bash"])
def test_a_list_that_is_named_elsewhere_is_written_out(named: str) -> None:
    """The other place keeps its list."""
    text = f"---\nx: &t {named}\ntools: *t\n---\n".replace(" \n", "\n")
    assert edited(text, tools=["Read"]) == text.replace("tools: *t", "tools:\n  - Read")


def test_a_key_is_removed_with_its_lines() -> None:
    """The comment before it is somebody's, and stays."""
    assert edited(FILE, tools=None, model=None) == (
        "---\nname: reviewer   # short\ndescription: 'Reviews: all of it'\n# which tools\n\n"
        "---\n\nDo it.\n"
    )


def test_removing_a_key_that_is_twice_there_removes_both() -> None:
    """Otherwise the first one would come to count."""
    text = "---\ntools: Bash\nname: a\ntools: Read\n---\n"
    assert edited(text, tools=None) == "---\nname: a\n---\n"


def test_replacing_a_key_that_is_twice_there_replaces_the_last() -> None:
    """It is the one that counts."""
    text = "---\ntools: Bash\ntools: Read\n---\n"
    assert edited(text, tools="Grep") == "---\ntools: Bash\ntools: Grep\n---\n"


def test_removing_what_is_not_there_changes_nothing() -> None:
    """The result is what was asked for."""
    assert edited(FILE, memory=None) == FILE


def test_new_keys_go_where_people_put_them() -> None:
    """`tools` after `description`, and what has no usual place at the end."""
    text = "---\nname: a\ndescription: d\ncolor: red\n---\n"
    assert edited(text, model="opus", tools="Read", memory="user") == (
        "---\nname: a\ndescription: d\ntools: Read\nmodel: opus\ncolor: red\nmemory: user\n---\n"
    )
    assert edited("---\ncolor: red\n---\n", name="a") == "---\nname: a\ncolor: red\n---\n"


def test_new_dependencies_are_a_list_by_lines() -> None:
    """The form that the documentation shows."""
    text = "---\nname: a\n---\n"
    wanted = "---\nname: a\ndependencies:\n  - b ^1\n  - c\n---\n"
    assert edited(text, dependencies=["b ^1", "c"]) == wanted
    assert edited(text.replace("a\n", "a\ndependencies:\n"), dependencies=["b ^1", "c"]) == wanted


def test_empty_front_matter_is_filled() -> None:
    """There is no key to go by, only the fence."""
    assert edited("---\n---\nDo it.\n", name="a", x="z") == "---\nname: a\nx: z\n---\nDo it.\n"


def test_an_indented_mapping_stays_indented() -> None:
    """A line with another indentation would be no part of it."""
    text = "---\n  name: a\n---\n"
    assert edited(text, tools=["Read"], dependencies=["b"]) == (
        "---\n  name: a\n  tools: [Read]\n  dependencies:\n    - b\n---\n"
    )


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_are_kept(end: str) -> None:
    """A file of Windows stays one."""
    text = end.join(["---", "name: a", "description: d", "---", "Do it.", ""])
    assert edited(text, name="b", tools="Read") == end.join(
        ["---", "name: b", "description: d", "tools: Read", "---", "Do it.", ""]
    )


def test_a_byte_order_mark_and_bytes_that_are_no_text_are_kept() -> None:
    """What is not edited is not even decoded."""
    raw = b"\xef\xbb\xbf---\nname: a\ncolor: r\xffd\n---\nDo \xfe it.\n"
    assert edit_agent(raw, {"name": "b"}) == raw.replace(b"name: a", b"name: b")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Read, mcp__x__*", "Read, mcp__x__*"),
        ("Bash(git diff:*)", "Bash(git diff:*)"),
        ("*", '"*"'),
        ("a: b", '"a: b"'),
        ("a # b", '"a # b"'),
        ("1.0", '"1.0"'),
        ("null", '"null"'),
        ("yes", '"yes"'),
        ("", '""'),
        (" a ", '" a "'),
        ('say "hi"', 'say "hi"'),
        ('"hi"', '"\\"hi\\""'),
        ("a\nb", '"a\\nb"'),
        ("a --- b", '"a --\\u002d b"'),
        ("[a]", '"[a]"'),
        ("é 🚀", "é 🚀"),
    ],
)
def test_values_are_quoted_where_need_be(value: str, written: str) -> None:
    """And only there: authors write without quotes."""
    text = edited("---\nx: y\n---\n", x=value)
    assert text == f"---\nx: {written}\n---\n"
    assert read_agent(text.encode(), "a.md").front == {"x": value}


def test_a_file_that_loads_at_the_second_try_only_can_be_edited() -> None:
    """Many real agents are such files."""
    text = "---\nname: a\ndescription: Use: always\ncolor: #ff0000\n---\n"
    assert edited(text, tools="Read: all") == (
        '---\nname: a\ndescription: Use: always\ntools: "Read: all"\ncolor: #ff0000\n---\n'
    )


def test_a_comment_that_the_client_would_take_for_text_goes() -> None:
    """At the second try a `#` begins no comment, so the new value cannot have one after it."""
    text = '---\ndescription: Use: always\ntools: "Read"\t# all\nx: y\n---\n'
    assert read_agent(text.encode(), "").front["tools"] == '"Read"\t# all'
    text = "---\ndescription: Use: always\n'tools': Read # all\nx: y\n---\n"
    assert "'tools': \"a, b: c\" # all" in edited(text, tools="a, b: c")


def test_an_edit_that_would_change_how_other_lines_are_read_is_refused() -> None:
    """Mending the colon, the colour would become a comment: it is a text at the second try only."""
    text = "---\ndescription: Use: always\ncolor: #ff0000\n---\n"
    error = refusal(text, description="Use")
    assert error.message == (
        "`description` cannot be edited by lines: the other lines would be read otherwise afterwards"
    )
    assert error.hint is not None
    assert "in quotes" in error.hint


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        ("---\n{name: a}\n---\n", "the front matter stands in braces", 2),
        ("---\nx: &x {name: a}\n<<: *x\n---\n", "`name` does not begin a line", 2),
        ("---\n? name\n: a\n---\n", "`name` does not begin a line", 2),
        ("---\nname: a ---\n", "the other lines would be read otherwise afterwards", 1),
    ],
)
def test_front_matter_that_is_not_written_by_lines_is_refused(
    text: str, why: str, line: int
) -> None:
    """Nothing is guessed: better no override than a wrong one."""
    error = refusal(text, name="b")
    assert error.message == f"`name` cannot be edited by lines: {why}"
    assert error.where is not None
    assert error.where.line == line


def test_an_edit_that_takes_away_what_another_line_names_is_refused() -> None:
    """The file would not load any more."""
    text = "---\nx: &t Read\ntools:\n  - *t\n---\n"
    assert "cannot be edited by lines" in refusal(text, x=None).message


def test_a_file_without_front_matter_is_refused() -> None:
    """There is no place for the key."""
    error = refusal("Do it.\n", name="a")
    assert error.message == "there is no front matter to edit"


def test_an_edit_that_breaks_the_file_is_refused() -> None:
    """The result is read before it is given out: here the fence stands in the line that goes."""
    text = "---\nname: a\nx: y ---\nDo it.\n"
    assert "cannot be edited by lines" in refusal(text, x=None).message


def test_real_agents_can_be_edited() -> None:
    """An override that works on tidy files only would be of little use."""
    if not CORPORA.is_dir():
        pytest.skip("the corpora of real agents are not beside this repository")
    [verdicts] = CORPORA.glob("claude-code-*-verdicts.json")
    refused = []
    for name, verdict in json.loads(verdicts.read_text("utf-8")).items():
        raw = (CORPORA / name).read_bytes()
        if not verdict["loads"] or not read_agent(raw, name).fenced:
            continue
        try:
            edit_agent(raw, {"name": "x", "tools": ["Read", "Grep"], "model": None}, name)
            edit_agent(raw, {"version": "1.0.0", "description": "Use: always"}, name)
        except MalformedAgent:
            refused.append(name)
    assert refused == []
