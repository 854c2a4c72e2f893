"""`agentpm tree` and `agentpm why`, beyond what their transcripts show."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.index_repo import agent_text
from support.project import Project
from support.team import Team


@pytest.fixture
def team(tmp_path: Path) -> Team:
    team = Team(tmp_path)
    team.index.publish("reviewer", "1.0.0", tools="Read")
    team.index.publish("lead", "1.0.0", "reviewer >=1", tools="Agent")
    return team


@pytest.mark.parametrize("command", [["tree"], ["why", "lead"], ["outdated"]])
def test_without_a_lockfile_there_is_nothing_to_show(team: Team, command: list[str]) -> None:
    """An empty tree would say that nothing depends on anything."""
    team.project.write(
        "agentpm.toml", team.project.manifest.replace("[agents]\n", '[agents]\nlead = "^1"\n')
    )
    ran = team.project.run(*command, "--json").failed(1, "missing-lockfile")
    assert ran.envelope["error"]["hint"] == "run `agentpm lock`, and commit it"


def test_an_empty_project_has_an_empty_tree(team: Team) -> None:
    """Nothing is asked for, so nothing is missing."""
    ran = team.project.run("tree").done()
    assert ran.out == ""
    assert "agentpm install NAME" in ran.err


def test_why_names_the_file_or_the_revision(team: Team, tmp_path: Path) -> None:
    """An agent that is in no registry is still asked for by a line."""
    theirs = Project(tmp_path, "theirs", person="bob")
    theirs.write("agent.md", agent_text("far", "1.0.0", tools="Read"))
    theirs.commit()
    project = team.project
    project.write("near.md", agent_text("near", "1.0.0", tools="Read"))
    project.run("add", "near", "--path", "near.md").done()
    project.run("add", "far", "--git", theirs.root.as_uri(), "--file", "agent.md").done()
    assert "asks for near, the file near.md" in project.run("why", "near").done().out
    assert "asks for far, agent.md at HEAD of file://" in project.run("why", "far").done().out


def test_why_tells_another_name(team: Team) -> None:
    """The line of the manifest is found by the name that it begins with."""
    team.project.run("install", "reviewer", "--as", "auditor").done()
    assert "asks for reviewer ^1.0 as auditor" in team.project.run("why", "auditor").done().out
    assert "auditor" in team.project.run("why", "reviewer").done().out


def test_why_admits_that_nothing_asks_for_an_agent(team: Team) -> None:
    """After a merge, a lockfile can hold what nobody wants."""
    team.project.run("install", "lead").done()
    team.project.write("agentpm.toml", team.project.manifest.replace('lead = "^1.0"\n', ""))
    assert "nothing asks for it" in team.project.run("why", "reviewer").done().out
    lead, _ = team.project.run("list").done().lines
    assert lead.split(maxsplit=2)[2].startswith("nothing asks for it")


def test_a_tree_can_be_drawn_in_plain_characters(team: Team) -> None:
    """Some terminals and many logs know no others."""
    team.project.run("install", "lead").done()
    team.project.environ |= {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    assert "`-- reviewer 1.0.0  >=1" in team.project.run_process("tree").done().out
