"""Names and descriptions: what an agent is called, and what it passes for."""

from __future__ import annotations

import pytest

from agentpm.lint.check import lint
from agentpm.lint.finding import Finding
from agentpm.lint.identity import lookalike
from agentpm.permissions.harnesses import load_table
from support.agent_text import agent_text


def findings(text: str, path: str = "helper.md") -> dict[str, Finding]:
    return {f.code: f for f in lint(text.encode(), path, load_table("claude"))}


@pytest.mark.parametrize(
    ("front", "code", "words"),
    [
        ("description: x", "missing-name", "the agent has no `name`"),
        ("name: 12\ndescription: x", "missing-name", "`name` is no text"),
        ("name: helper", "missing-description", "the agent has no `description`"),
        ("name: helper\ndescription: [x]", "missing-description", "`description` is no text"),
    ],
)
def test_what_claude_code_passes_over_without_a_word(front: str, code: str, words: str) -> None:
    """An agent without a name or a description is never loaded, and nothing says so."""
    found = findings(f"---\n{front}\ntools: []\n---\nHelp.\n")
    assert list(found) == [code]
    assert words in found[code].message


@pytest.mark.parametrize("name", ["Helper", "my helper", "my_helper", "con", "x" * 65, "dev/ops"])
def test_a_name_outside_the_grammar_cannot_be_published(name: str) -> None:
    """Names become paths on every platform."""
    found = findings(agent_text("tools: []", name=name), f"{name.rpartition('/')[2]}.md")
    assert "bad-name" in found
    assert found["bad-name"].where.line == 2


def test_a_name_in_foreign_letters_says_what_it_passes_for() -> None:
    """Two agents that read alike are two agents all the same."""
    found = findings(agent_text("tools: []", name="hеlper"))["homoglyph"]  # noqa: RUF001
    assert "reads as `helper`" in found.message
    assert "U+0435, cyrillic small letter ie" in found.message
    assert found.where.column == 7
    assert "bad-name" not in findings(agent_text("tools: []", name="hеlper"))  # noqa: RUF001


def test_a_tool_or_a_key_in_foreign_letters_grants_nothing() -> None:
    """A `tools` line with two Cyrillic letters in it is no restriction."""
    found = findings(agent_text("tооls: Read"))["homoglyph"]  # noqa: RUF001
    assert "reads as `tools`" in found.message
    tool = findings(agent_text("tools: Read, Bаsh"))["homoglyph"]  # noqa: RUF001
    assert (tool.where.line, tool.where.column) == (4, 14)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ｒｅａｄ", "read"),  # noqa: RUF001
        ("a‐b", "a-b"),  # noqa: RUF001
        ("plain", None),
        ("größe", None),
        ("код", None),
    ],
)
def test_only_what_passes_for_ascii_is_a_lookalike(text: str, plain: str | None) -> None:
    """A word in another script that could not be mistaken is an odd name, not a trap."""
    assert lookalike(text) == plain


@pytest.mark.parametrize(
    ("path", "same"),
    [
        ("agents/helper.md", True),
        ("agents\\helper.md", True),
        ("helper.agent.md", True),
        ("index/he/lp/helper/1.0.0.md", True),
        ("index/he/lp/other/1.0.0.md", False),
        ("assistant.md", False),
        ("helper", True),
    ],
)
def test_the_file_is_called_like_the_agent(path: str, same: bool) -> None:
    """In a registry the folder is; a path that is no Markdown file says nothing."""
    assert ("name-not-file-name" not in findings(agent_text("tools: []"), path)) == same
