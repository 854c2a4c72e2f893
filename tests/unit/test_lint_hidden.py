"""Text that a model reads and a person does not see."""

from __future__ import annotations

import pytest

from agentpm.lint.check import lint
from agentpm.lint.finding import Finding, Severity
from agentpm.permissions.harnesses import load_table
from support.agent_text import agent_text

TAGS = "".join(chr(0xE0000 + ord(c)) for c in "ignore this")
JOINER, SELECTOR = "\u200d", "\ufe0f"


def findings(body: str) -> list[Finding]:
    text = agent_text("tools: []", body=f"{body}\n")
    return list(lint(text.encode(), "helper.md", load_table("claude")))


@pytest.mark.parametrize(
    ("hidden", "words"),
    [
        (TAGS, "11 invisible tag characters, which spell `ignore this`"),
        ("\u202eevil\u202c", "direction control (U+202E)"),
        ("\u2066", "direction control (U+2066)"),
        ("\U000e0100\U000e0101", "2 invisible variation selectors (U+E0100)"),
    ],
)
def test_hidden_text_is_an_error_that_says_what_is_hidden(hidden: str, words: str) -> None:
    """Nobody writes it by mistake."""
    found = findings(f"Do{hidden}")[0]
    assert (found.code, found.severity) == ("hidden-text", Severity.ERROR)
    assert words in found.message
    assert (found.where.line, found.where.column) == (6, 3)
    assert found.fix is None


def test_hidden_text_is_found_in_the_front_matter_too() -> None:
    """The description is read in every session."""
    text = agent_text("tools: []", description=f"Helps.{TAGS}")
    found = lint(text.encode(), "helper.md", load_table("claude"))
    assert [(f.code, f.where.line) for f in found] == [("hidden-text", 3)]


def test_hidden_text_is_found_where_the_front_matter_cannot_be_read() -> None:
    """A broken file is no hiding place."""
    found = lint(f"---\na: b: c\n d\n---\n{TAGS}".encode(), "helper.md", load_table("claude"))
    assert {f.code for f in found} == {"malformed-agent", "hidden-text"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("wo\u200brd", "zero-width"),
        ("wo\u00adrd", "zero-width"),
        ("left\u200eright", "zero-width"),
        ("middle\ufeffmark", "zero-width"),
        (f"la{JOINER}tin", "zero-width"),
        (f"letter{SELECTOR}", "variation-selector"),
        (f"{SELECTOR}first", "variation-selector"),
        ("\u2764\ufe00", "variation-selector"),
        ("bell\x07", "control-character"),
        ("\x1b[31mred", "control-character"),
    ],
)
def test_what_cannot_be_seen_is_a_warning(body: str, code: str) -> None:
    """Often a leftover of copying; sometimes not."""
    (found,) = findings(body)
    assert (found.code, found.severity) == (code, Severity.WARNING)


@pytest.mark.parametrize(
    "body",
    [
        f"a heart \u2764{SELECTOR}, a key 1{SELECTOR}\u20e3",
        f"a family \U0001f469{JOINER}\U0001f467, \U0001f469\U0001f3fd{JOINER}\U0001f4bb",
        f"a flag \U0001f3f3{SELECTOR}{JOINER}\U0001f308",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0915\u094d\u200d\u0937",
        "na\u00efve \u2013 \u201cquoted\u201d\ttabbed",
    ],
)
def test_emoji_and_scripts_keep_what_they_need(body: str) -> None:
    """Persian and Hindi are written with joiners; a rule that forbids them forbids the language."""
    assert findings(body) == []


def test_only_what_changes_nothing_is_taken_out_without_asking() -> None:
    """A zero-width space may go; a joiner may have a reason that the rule does not know."""
    (space,) = findings("wo\u200brd")
    assert space.fix is not None
    (joiner,) = findings(f"la{JOINER}tin")
    assert joiner.fix is None
