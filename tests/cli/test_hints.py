"""What is offered where nothing fits, followed to the letter: the command, and then the first one again."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from support.index_repo import IndexRepo
from support.team import Team
from support.terminal import at_terminal


@pytest.fixture
def team(tmp_path: Path) -> Team:
    team = Team(tmp_path)
    team.index.publish("lead", "1.0.0", "writer >=2", tools="Read")
    team.index.publish("writer", "1.0.0", tools="Read").publish("writer", "2.1.0rc1", tools="Read")
    return team


def follow(team: Team, *command: str) -> None:
    """Run a command that fails, the one that its hint offers, and the first one again."""
    err = team.project.run(*command).failed(1).err
    offered = re.search(r"^hint: .*`agentpm (.+)`$", err, re.MULTILINE)
    assert offered is not None, err
    team.project.run(*shlex.split(offered[1].replace("NAME", "another"))).done()
    team.project.run(*command).done()


@pytest.mark.parametrize("line", ["", 'writer = "*"\n'])
def test_a_prerelease_is_named_by_a_command(team: Team, line: str) -> None:
    """Whether there is a line for it or not, the command is the same."""
    text = team.project.manifest.replace("[agents]\n", f"[agents]\n{line}")
    team.project.write("agentpm.toml", text)
    follow(team, "install", "lead")
    assert "2.1.0rc1" in team.project.lockfile


def test_an_older_release_is_offered_after_a_look_for_news(team: Team) -> None:
    """That nothing fits is believed after such a look, and what would fit is looked up after it."""
    team.project.environ["AGENTPM_MAX_AGE"] = "300"
    team.index.publish("editor", "1.0.0", tools="Read").publish("editor", "2.0.0", tools="Read")
    team.index.yank("editor", "2.0.0", "it loses text")
    team.project.write(
        "agentpm.toml", team.project.manifest.replace("[agents]\n", '[agents]\neditor = ">=2"\n')
    )
    for _ in "12":
        err = team.project.run("lock").failed(1).err
        assert err.endswith("hint: `agentpm.toml:5` would have to ask for `editor ^1.0.0`\n")


def test_a_typed_request_is_offered_as_it_is_typed(team: Team) -> None:
    """Nobody can edit the line of a manifest that is not written yet."""
    team.index.publish("editor", "1.0.0", "writer ^1.0").publish("editor", "2.0.0", "writer >=2")
    err = team.project.run("install", "writer@1.0.0", "editor@^2.0").failed(1).err
    offered = re.search(r"^hint: ask for `(editor@.+)` instead$", err, re.MULTILINE)
    assert offered is not None, err
    team.project.run("install", "writer@1.0.0", offered[1]).done()


def test_a_story_is_as_wide_as_the_terminal(team: Team) -> None:
    """A line of two hundred columns is broken by the terminal wherever it ends, and then misread."""
    whole = team.project.run("install", "lead").failed(1).err
    seen = at_terminal(team.project, "install", "lead", columns=50)
    assert seen.code == 1
    assert max(map(len, seen.screen.splitlines())) <= 50 + len(
        "`agentpm install 'writer@^2.1.0rc1'`"
    )
    assert (
        "  the command line asks for `lead`, which needs\n    `writer >=2`, of which" in seen.screen
    )
    assert " ".join(seen.screen.split()) == " ".join(whole.split())


def test_another_name_makes_room_for_a_dependency(team: Team) -> None:
    """The agent that is installed keeps its name or gets another one; the new one is there."""
    team.index.publish("other/writer", "1.0.0", tools="Read")
    team.index.publish("boss", "1.0.0", "other/writer", tools="Read")
    team.project.run("install", "writer").done()
    follow(team, "install", "boss")
    assert team.project.agent("another").is_file()


def test_who_needs_what_is_uninstalled_is_named(team: Team) -> None:
    """To give it another name again is what the reader has just taken back."""
    team.index.publish("other/writer", "1.0.0", tools="Read")
    team.index.publish("boss", "1.0.0", "other/writer", tools="Read")
    team.index.publish("chief", "1.0.0", "boss", tools="Read")
    team.project.run("install", "writer").done()
    team.project.run("install", "other/writer", "--as", "another").done()
    team.project.run("install", "boss").done()
    for command in ("uninstall", "remove"):
        err = team.project.run(command, "another").failed(1).err
        assert "hint: name `boss` in the command as well: it needs `other/writer`\n" in err
    team.project.run("install", "chief").done()
    err = team.project.run("uninstall", "another").failed(1).err
    hint = "hint: name `boss` and `chief` in the command as well: they need `other/writer`\n"
    assert hint in err
    team.project.run("uninstall", "another", "boss", "chief").done()
    assert team.project.agent("writer").is_file()


def test_what_is_locked_moves_by_a_command(team: Team) -> None:
    """A line was edited, and it takes an older release of something that has a line of its own."""
    team.index.publish("editor", "1.0.0", tools="Read").publish("editor", "2.0.0", tools="Read")
    team.index.publish("chief", "1.0.0", tools="Read")
    team.index.publish("chief", "2.0.0", "editor <2", tools="Read")
    agents = '[agents]\neditor = "*"\nchief = "^1"\n'
    team.project.write("agentpm.toml", team.project.manifest.replace("[agents]\n", agents))
    team.project.run("install").done()
    text = team.project.manifest.replace('chief = "^1"', 'chief = "^2"')
    team.project.write("agentpm.toml", text)
    err = team.project.run("install").failed(1).err
    assert "hint: `agentpm update editor` lets it move as well" in err
    team.project.run("update", "editor").done()
    team.project.run("install").done()


@pytest.mark.parametrize(
    ("name", "word"),
    [("no-such-thing", "thing"), ("a-release-noter", "release"), ("of-a-ci", None), ("x", None)],
)
def test_an_unknown_name_is_searched_by_its_most_telling_word(
    team: Team, name: str, word: str | None
) -> None:
    """A search for `no` finds whatever has it somewhere, and what was meant is not among that."""
    ran = team.project.run("install", name).failed(1)
    if word is None:
        assert "agentpm search" not in ran.err
    else:
        assert f"`agentpm search {word}` looks for the word" in ran.err


def test_nobody_is_asked_about_an_agent_that_leaves_as_well(team: Team, tmp_path: Path) -> None:
    """A registry that is gone is a reason to uninstall its agents, and none for another error."""
    beta = IndexRepo(tmp_path, "beta")
    beta.publish("far", "1.0.0", tools="Read")
    team.index.publish("other/writer", "1.0.0", tools="Read")
    team.index.publish("boss", "1.0.0", "other/writer", tools="Read")
    team.project.append("agentpm.toml", f'beta = "{beta.url}"\n')
    team.project.run("install", "far", "--registry", "beta").done()
    team.project.run("install", "other/writer", "--as", "another").done()
    team.project.run("install", "writer", "boss").done()
    beta.bare.rename(tmp_path / "gone")
    err = team.project.run("uninstall", "another", "far").failed(1).err
    assert "hint: name `boss` in the command as well: it needs `other/writer`\n" in err
