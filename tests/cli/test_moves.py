"""Which agents move, which do not, and what is said of either."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support.index_repo import agent_text
from support.team import Team


@pytest.fixture
def team(tmp_path: Path) -> Team:
    team = Team(tmp_path)
    team.index.publish("lead", "1.0.0", tools="Read").publish("lead", "2.0.0", tools="Read")
    team.index.publish("auditor", "1.0.0", tools="Read")
    return team


def asks(team: Team, *lines: str) -> None:
    """Write these lines below `[agents]`."""
    agents = "\n".join(["[agents]", *lines, ""])
    team.project.write("agentpm.toml", team.project.manifest.replace("[agents]\n", agents))


# Files of the project


@pytest.mark.parametrize("command", ["install", "lock"])
def test_a_file_of_the_project_may_state_an_older_version(team: Team, command: str) -> None:
    """It is the one release that there is of it: nobody else could be asked for a newer one."""
    team.project.write("x.md", agent_text("x", "2.5.0", tools="Read"))
    asks(team, 'x = { path = "x.md" }')
    team.project.run("install").done()
    team.project.write("x.md", agent_text("x", "2.4.0", tools="Read"))
    assert "~ x 2.5.0 -> 2.4.0, because its file says so" in team.project.run(command).done().out


@pytest.mark.parametrize("command", ["install", "lock"])
def test_a_file_of_the_project_may_lose_its_version(team: Team, command: str) -> None:
    """The line is optional, so that taking it out is no mistake."""
    team.project.write("x.md", agent_text("x", "2.5.0", tools="Read"))
    asks(team, 'x = { path = "x.md" }')
    team.project.run("install").done()
    team.project.write("x.md", agent_text("x", "1", tools="Read").replace(b"version: 1\n", b""))
    said = "~ x 2.5.0 -> 0.0.0, because its file states no version"
    assert said in team.project.run(command).done().out


def test_a_file_without_a_version_is_not_said_to_have_one(team: Team) -> None:
    """The number that it is locked with stands nowhere in it."""
    team.index.publish("needy", "1.0.0", "x >=2", tools="Read")
    team.project.write("x.md", agent_text("x", "1", tools="Read").replace(b"version: 1\n", b""))
    asks(team, 'needy = "*"', 'x = { path = "x.md" }')
    ran = team.project.run("install").failed(1)
    assert "needs `x >=2`, but that is the file `x.md`, which states no version" in ran.err


# What was asked to move


def test_an_agent_that_was_named_says_why_it_stays(team: Team) -> None:
    """Else the newer release that `outdated` shows would be left without a word."""
    asks(team, 'lead = "*"', 'auditor = "*"')
    team.project.run("install").done()
    team.index.publish("auditor", "2.0.0", "lead <2", tools="Read")
    ran = team.project.run("update", "auditor").done()
    assert "note: `auditor` 2.0.0 needs `lead <2`, and that is 2.0.0" in ran.err


@pytest.mark.parametrize("first", [[], ["auditor"]])
@pytest.mark.parametrize("verb", ["install", "add"])
def test_an_agent_that_is_asked_for_says_why_it_is_not_the_newest(
    team: Team, first: list[str], verb: str
) -> None:
    """Its name alone asks for the newest, and the line that is written then leaves that out."""
    team.index.publish("auditor", "1.1.0", "lead <2", tools="Read")
    if first:
        team.project.run(verb, *first).done()
    ran = team.project.run(verb, "lead", *([] if first else ["auditor"])).done()
    note = "note: `lead` 2.0.0 does not fit `auditor 1.1.0`, which needs `lead <2`\n"
    assert note in ran.err
    assert ran.err.count("note:") == 1


def test_an_agent_that_is_asked_for_and_stays_as_it_is_locked_says_so(team: Team) -> None:
    """It came with another one before there was anything newer."""
    team.index.publish("auditor", "1.1.0", "lead", tools="Read")
    team.project.run("install", "auditor").done()
    team.index.publish("lead", "2.1.0", tools="Read")
    ran = team.project.run("install", "lead").done()
    assert "note: `lead` 2.1.0 is newer than the locked release" in ran.err
    assert "note:" not in team.project.run("install", "lead").done().err


def test_an_agent_that_was_asked_for_within_a_range_needs_no_word(team: Team) -> None:
    """Who types the range knows it."""
    assert "note:" not in team.project.run("install", "lead@^1").done().err


def test_a_range_that_keeps_a_named_agent_is_told(team: Team) -> None:
    """Whoever asks for one agent wants to know what would let it move further."""
    team.project.run("install", "lead@^1").done()
    ran = team.project.run("update", "lead").done()
    assert "note: `lead` 2.0.0 does not fit `agentpm.toml:5`, which asks for `lead ^1`" in ran.err
    assert "note:" not in team.project.run("update").done().err


def test_a_reason_that_the_plan_shows_is_not_told_again(team: Team) -> None:
    """The line of the move has it already."""
    asks(team, 'lead = "*"', 'auditor = "*"')
    team.project.run("install").done()
    team.index.publish("auditor", "2.0.0", "lead <2", tools="Read")
    ran = team.project.run("update", "auditor", "lead").done()
    assert "~ lead 2.0.0 -> 1.0.0, because 2.0.0 does not fit `auditor 2.0.0`" in ran.out
    assert "note:" not in ran.err


def test_a_rule_that_moves_an_agent_is_not_told_again(team: Team) -> None:
    """The plan has said that the newer release is forbidden, and by which rule."""
    team.index.publish("sheller", "1.0.0", tools="Read").publish("sheller", "2.0.0", tools="Bash")
    asks(team, 'sheller = "*"')
    team.project.run("lock").done()
    team.project.append("agentpm.toml", '\n[permissions]\ndeny = ["shell"]\n')
    ran = team.project.run("update").done()
    assert "~ sheller 2.0.0 -> 1.0.0, because 2.0.0 is forbidden" in ran.out
    assert "is forbidden" not in ran.err


def test_an_agent_of_the_manifest_that_is_not_locked_yet_can_be_named(team: Team) -> None:
    """It was just written there by hand, or came with a merge."""
    team.project.run("install", "lead").done()
    asks(team, 'auditor = "*"')
    assert "+ auditor 1.0.0" in team.project.run("update", "auditor").done().out
    assert "did you mean `lead`?" in team.project.run("update", "leed").failed(1).err


# What was passed over


def test_many_releases_with_one_fault_are_one_note(team: Team) -> None:
    """Forty lines that say the same hide the one that does not."""
    with team.index.one_commit():
        for minor in range(40):
            team.index.publish("shelly", f"1.{minor}.0", tools="Bash" if minor else "Read")
    team.project.append("agentpm.toml", '\n[permissions]\ndeny = ["shell"]\n')
    ran = team.project.run("install", "shelly").done()
    (note,) = [line for line in ran.err.splitlines() if "forbidden" in line]
    assert note.startswith("note: `shelly` 1.1.0 to 1.39.0: each is forbidden: ")


def test_many_releases_that_are_too_young_are_one_note(team: Team) -> None:
    """They differ in nothing but the minute."""
    now = datetime.now(UTC)
    with team.index.one_commit():
        team.index.publish("young", "1.0.0", tools="Read")
        for hours in (3, 2, 1):
            published = (now - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
            team.index.publish("young", f"1.{4 - hours}.0", tools="Read", published=published)
    manifest = team.project.manifest.replace('"acme"\n', '"acme"\nminimum-release-age = "1d"\n', 1)
    team.project.write("agentpm.toml", manifest)
    ran = team.project.run("install", "young").done()
    (note,) = [line for line in ran.err.splitlines() if "`young`" in line]
    assert note.startswith("note: `young` 1.1.0 to 1.3.0: each is too young")
