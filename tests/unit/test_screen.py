"""Lines on their way to a terminal."""

from __future__ import annotations

import io

import pytest

from agentpm.cli.screen import hint_lines, on_screen, paint


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("text", ["plain", "naïve Ünïcode 漢字 🙂", "", "a\ttab"])
def test_what_can_be_seen_stays(text: str) -> None:
    """Descriptions are in every language."""
    assert on_screen(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("gone\x1b[2J", "gone\\u001b[2J"),
        ("a\nerror: forged", "a\\u000aerror: forged"),
        ("a\rb", "a\\u000db"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\x9b2J", "\\u009b2J"),
        ("line\u2028break", "line\\u2028break"),
        ("half \udc80", "half \\udc80"),
    ],
)
def test_what_a_terminal_would_hide_or_obey_is_spelt_out(text: str, shown: str) -> None:
    """A record is somebody else's text, and must not draw on this screen."""
    assert on_screen(text) == shown


def test_the_colour_of_the_first_word_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is put there by the one function that does, and nowhere else."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    error = paint("error", Terminal())
    assert error != "error"
    assert on_screen(f"{error}: gone\x1b[2J") == f"{error}: gone\\u001b[2J"
    assert on_screen(f"x {error}") == "x \\u001b[31;1merror\\u001b[0m"
    assert "\x1b" not in on_screen("\x1b[31;1m\x07\x1b[0m")
    assert "\x1b" not in on_screen("\x1b[8mhidden\x1b[0m")


def test_the_line_breaks_of_a_hint_are_ours() -> None:
    """A hint may show what to write, which can take several lines."""
    assert hint_lines("write\na: 1\nb: 2", io.StringIO()) == [
        "hint: write",
        *("      a: 1", "      b: 2"),
    ]
