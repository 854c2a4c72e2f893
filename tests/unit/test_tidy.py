"""Text from elsewhere on a terminal: one line, nothing hidden, no more than fits."""

from __future__ import annotations

import os
import sys

import pytest

from agentpm.cli.tidy import one_line, room_beside, size_in_words, wrapped


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Reviews  code.\n  Quickly.", "Reviews code. Quickly."),
        ("\u001b]0;title\u0007", "\\u001b]0;title\\u0007"),
        ("a\u202eb", "a\\u202eb"),
        ("\u00a0prüft\u2003Code\u200b", "prüft Code\\u200b"),
    ],
)
def test_a_line_has_nothing_that_a_terminal_obeys(text: str, shown: str) -> None:
    """Descriptions are written by strangers."""
    assert one_line(text) == shown


def test_a_line_is_cut_where_there_is_no_room() -> None:
    """A table with one overlong cell could not be read."""
    text = "word " * 20
    assert one_line(text, 24) == "word word word word wor…"
    assert one_line("short", 24) == "short"
    assert len(one_line(text, 3)) <= 20


def test_a_paragraph_is_wrapped_and_indented() -> None:
    """Long descriptions are read as paragraphs."""
    assert wrapped("one two three four", 10, "  ") == ["  one two", "  three", "  four"]
    assert wrapped("", 10, "  ") == ["  "]


def test_into_a_pipe_nothing_is_cut() -> None:
    """What is no terminal has no width."""
    assert room_beside([("a", "b")]) is None


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
def test_on_a_terminal_the_room_is_what_the_columns_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last column takes the rest of the line."""
    leader, follower = os.openpty()
    with os.fdopen(leader), os.fdopen(follower, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        monkeypatch.setenv("COLUMNS", "60")
        assert room_beside([("name", "1.0.0"), ("longer-name", "1.0.0")]) == 60 - 13 - 7


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1_500, "1.5 kB"), (2_000_000, "2.0 MB"),
     (3_210_000_000_000, "3210.0 GB")],
)  # fmt: skip
def test_a_size_is_told_in_the_unit_that_fits(size: int, words: str) -> None:
    """Nobody counts the digits of a number of bytes."""
    assert size_in_words(size) == words
