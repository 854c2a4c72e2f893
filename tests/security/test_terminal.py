"""What the text of a record can do to the screen of whoever reads it: nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.team import Team

EVIL = "legal \x1b[2J\x1b]0;pwned\x07 \u202etxt\nerror: forged\r\x9b1A"
COMMANDS = (
    ("update",),
    ("install",),
    ("outdated",),
    ("status",),
    ("list",),
    ("tree",),
    ("why", "reviewer"),
    ("info", "reviewer"),
    ("info", "lead"),
    ("search", "reviewer"),
    ("install", "reviewer@1.0.0"),
    ("install", "lead"),
    ("diff", "reviewer", "1.0.0", "1.1.0"),
    ("update", "--verbose", "--dry-run"),
    ("registry", "update"),
    ("yank", "lead@1.0.0", "--reason", EVIL),
    ("yank", "lead@9.0.0", "--reason", EVIL),
)


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """A team that has locked a release which is then withdrawn, for reasons full of tricks."""
    team = Team(tmp_path)
    team.index.publish("reviewer", "1.0.0", tools="Read").publish("lead", "1.0.0", "reviewer")
    team.project.run("install", "reviewer", "lead").done()
    team.index.publish("reviewer", "1.1.0", tools="Read", license=EVIL, repository=EVIL)
    team.index.publish("reviewer", "1.2.0", yanked=EVIL).publish("lead", "1.1.0", removed=EVIL)
    team.index.publish("lead", "1.2.0", published=EVIL, publisher=EVIL)
    team.index.yank("reviewer", "1.0.0", EVIL)
    return team


@pytest.mark.parametrize("removed", [False, True])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_text_of_a_record_cannot_draw(
    team: Team, command: tuple[str, ...], removed: bool
) -> None:
    """Whoever can hide a line of the plan, or forge one, decides what people say yes to."""
    if removed:
        team.index.edit("reviewer", '"yanked"', '"removed"')
    ran = team.project.run(*command)
    for text in (ran.out, ran.err):
        assert all(c.isprintable() or c in "\n\t" for c in text), repr(text)
        assert not any(line.startswith("error: forged") for line in text.splitlines())


def test_the_reason_is_still_readable(team: Team) -> None:
    """It is spelt out, and not left out."""
    said = team.project.run("update", "--verbose").done()
    assert "legal " in said.out + said.err
    assert "\\u001b[2J" in said.out + said.err
