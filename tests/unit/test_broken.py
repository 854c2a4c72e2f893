"""Long sentences on a terminal: broken between words, nowhere else, and never on their way to a file."""

from __future__ import annotations

import io

import pytest

from agentpm.cli.broken import broken, width_of


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("one two three four", ["one two", "  three", "  four"]),
        ("  one two three", ["  one two", "  three"]),
        ("one `two three`, four", ["one", "  `two three`,", "  four"]),
        ("(`a b`/`c d e f`) g", ["(`a b`/`c d e f`)", "  g"]),
        ("one  two - three", ["one  two -", "  three"]),
        ("onetwothreefour five", ["onetwothreefour", "  five"]),
        ("one", ["one"]),
        ("\u4e00\u4e8c \u4e09\u56db \u4e94", ["\u4e00\u4e8c \u4e09\u56db", "  \u4e94"]),
        ("e\u0301te\u0301 et oui", ["e\u0301te\u0301 et oui"]),
        ("", [""]),
    ],
)
def test_a_line_is_broken_between_words(line: str, shown: list[str]) -> None:
    """What is in backticks is there to be copied, so it stays in one piece."""
    assert broken(line, 10, 2) == shown


def test_a_line_that_fits_exactly_is_left_alone() -> None:
    """Nothing is broken before it has to be."""
    assert broken("one two 89", 10, 2) == ["one two 89"]
    assert broken("one two 890", 10, 2) == ["one two", "  890"]


def test_colour_takes_no_room() -> None:
    """What paints the first word is not on the screen."""
    painted = "\033[31;1merror\033[0m: `x` is wrong here"
    assert broken(painted, 18, 7) == ["\033[31;1merror\033[0m: `x` is", "       wrong here"]


def test_a_file_gets_whole_lines() -> None:
    """Whoever searches a log finds the sentence."""
    assert width_of(io.StringIO()) is None
    assert broken("word " * 100, None, 2) == ["word " * 100]
