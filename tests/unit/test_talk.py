"""How failures read: sentence, place, caret, details, hint; no colours into a pipe."""

from __future__ import annotations

import io
import sys

import pytest

from agentpm.cli.main import run
from agentpm.cli.screen import paint
from agentpm.cli.talk import Talk, error_lines, excerpt_lines
from agentpm.errors import AgentpmError, Excerpt


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_an_error_shows_the_line_with_a_caret() -> None:
    """As compilers do, so that editors can jump there."""
    error = AgentpmError(
        "`x` is wrong",
        hint="write `y`\nor `z`",
        where=Excerpt("a.toml", 12, 3, "\tx = 1", 1),
        details=("one", ""),
    )
    assert error_lines(error, io.StringIO()) == [
        "error: `x` is wrong",
        "  --> a.toml:12:3",
        "   |",
        "12 |  x = 1",
        "   |   ^",
        "  one",
        "",
        "hint: write `y`",
        "      or `z`",
    ]


def test_a_long_line_is_shown_around_the_caret() -> None:
    """A minified line must not fill the screen."""
    lines = excerpt_lines(Excerpt("a", 1, 501, "x" * 500 + "!" + "y" * 500))
    assert all(len(line) < 140 for line in lines)
    caret = lines[3].index("^")
    assert lines[2][caret] == "!"


def test_an_excerpt_never_points_outside_its_source() -> None:
    """Places past the end are those of the last line."""
    assert Excerpt.at("a\nb", "p", 9, 0).location == "p:2:1"
    assert Excerpt.at("", "p", 0).text == ""


def test_colour_is_for_terminals_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """And for nobody who asks for plain text."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert paint("error", io.StringIO()) == "error"
    assert "\033[" in paint("error", Terminal())
    assert paint("unknown", Terminal()) == "unknown"
    monkeypatch.setenv("NO_COLOR", "1")
    assert paint("error", Terminal()) == "error"


def test_progress_shows_itself_only_when_work_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quick command says nothing; a pipe never sees it."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    talk = Talk()
    with talk.progress("working", 10) as step:
        step(3)
    assert terminal.getvalue() == ""
    monkeypatch.setattr("agentpm.cli.talk._PATIENCE", 0.0)
    with talk.progress("working", 10) as step:
        step(5)
    assert "working [############............] 5/10" in terminal.getvalue()
    with talk.progress("counting") as step:
        step(1)
    assert terminal.getvalue().endswith("counting …\r\033[K")


def test_quiet_and_json_keep_the_talk_down(capsys: pytest.CaptureFixture[str]) -> None:
    """Warnings stay, and stand in the JSON envelope too."""
    talk = Talk(json=True)
    talk.warn("careful", "do this")
    talk.note("by the way")
    assert talk.warnings == ["careful (hint: do this)"]
    assert capsys.readouterr().err == ""
    quiet = Talk(quiet=True)
    quiet.note("by the way")
    quiet.detail("very much by the way")
    quiet.warn("careful", "do this")
    assert capsys.readouterr().err == "warning: careful\nhint: do this\n"
    loud = Talk(verbose=True)
    loud.detail("closely")
    loud.waiting("somebody")()
    assert capsys.readouterr().err == "closely\nwaiting for somebody …\n"


def test_a_mistyped_command_or_flag_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, a sentence, what was meant, and where help is."""
    assert run(["instal"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: no such command `instal`\nhint: did you mean `install`? ")
    assert run(["install", "--frozn"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: no such option")
    assert "agentpm install --help" in err
    assert run(["install", "--frozn", "--json"]) == 2
    assert '"code": "usage"' in capsys.readouterr().out


def test_no_arguments_print_help(capsys: pytest.CaptureFixture[str]) -> None:
    """A person who just arrived sees what there is."""
    assert run([]) == 2
    assert "backend-engineer" in capsys.readouterr().out
    assert run(["--help"]) == 0
    out = capsys.readouterr().out
    assert "outdated" in out
    assert "registry" in out
    assert run(["install", "--help"]) == 0
    assert "Examples:" in capsys.readouterr().out
    assert run(["install", "--version", "x"]) == 2
    assert run(["--version", "install"]) == 0
