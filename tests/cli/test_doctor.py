"""`agentpm doctor`: what is wrong on a machine and in a project."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from agentpm.locks import lock
from support.agent_text import agent_text
from support.project import Project
from support.team import Team


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with one installed agent."""
    project = Project(tmp_path)
    project.run("install", "code-reviewer").done()
    return project


def problems(project: Project, *argv: str) -> list[dict[str, Any]]:
    ran = project.run("doctor", "--json", *argv)
    assert ran.data["healthy"] == (ran.code == 0)
    return [item for item in ran.data["findings"] if item["level"] == "problem"]


def only(project: Project, *argv: str) -> dict[str, Any]:
    [problem] = problems(project, *argv)
    assert problem["hint"]
    return problem


def test_where_all_is_well_it_says_so(project: Project) -> None:
    """And changes nothing, not even the time of a file."""
    before = {p: p.stat().st_mtime_ns for p in project.root.rglob("*") if p.name != "lock"}
    ran = project.run("doctor").done()
    assert ran.lines[-1].startswith("nothing is wrong")
    told = project.run("doctor", "--verbose").done().out
    assert "git version" in told
    assert "SQLite" in told
    assert {p: p.stat().st_mtime_ns for p in project.root.rglob("*") if p.name != "lock"} == before


def test_a_new_directory_is_healthy(tmp_path: Path) -> None:
    """Nothing that is missing has to be there; nor is it made."""
    project = Project(tmp_path)
    project.run("doctor", "--offline").done()
    assert project.tree() == []
    assert not (project.home / "config").exists()


def test_files_unlike_the_lockfile_are_problems(project: Project) -> None:
    """What `status` knows, with what helps."""
    project.agent("code-reviewer").unlink()
    assert "it is gone" in only(project)["message"]


def test_a_lockfile_that_cannot_be_read_is_told_with_its_place(project: Project) -> None:
    """One finding more, and the other checks go on."""
    project.write("agentpm.lock", "lock-version = [")
    assert any("agentpm.lock" in item["message"] for item in problems(project))
    assert any(i["check"] == "git" for i in project.run("doctor", "--json").data["findings"])


def test_an_interrupted_command_is_found(project: Project) -> None:
    """Its journal waits for the next changing command."""
    project.write(
        ".agentpm/pending.json",
        '{"journal-version": 1, "write": [], "kept": [], "remove": [], '
        '"manifest": null, "lockfile": null}',
    )
    assert any(item["check"] == "journal" for item in problems(project))


def test_a_lock_that_another_holds_is_found(project: Project) -> None:
    """Without waiting for it."""
    with lock(project.path(".agentpm/lock"), lambda: None):
        assert only(project)["check"] == "lock"


def test_a_registry_that_does_not_answer_is_found(tmp_path: Path) -> None:
    """Offline it is not asked, which is no problem."""
    team = Team(tmp_path)
    team.project.run("doctor").done()
    shutil.rmtree(team.index.bare)
    assert only(team.project)["check"] == "registry"
    assert problems(team.project, "--offline") == []


def test_settings_that_are_no_json_are_found(project: Project) -> None:
    """Claude Code would ignore them, with every deny rule in them."""
    project.write(".claude/settings.json", "{")
    assert any("settings.json" in item["message"] for item in problems(project))


def test_two_files_with_one_name_are_a_problem_and_two_scopes_a_note(project: Project) -> None:
    """Which of two in one tree loads is chance; over scopes there is a rule."""
    own = project.home / ".claude" / "agents" / "mine.md"
    own.parent.mkdir(parents=True)
    own.write_text(agent_text(name="code-reviewer"))
    assert problems(project) == []
    assert "the first one wins" in project.run("doctor").done().out
    for file in ("a", "b"):
        project.write(f".claude/agents/{file}.md", agent_text(name="twin"))
    assert "`twin`" in only(project)["message"]


def test_an_agent_that_never_loads_is_found(project: Project) -> None:
    """The client passes over it in silence."""
    project.write(".claude/agents/nameless.md", "---\ndescription: x\n---\n")
    assert "nameless.md` never loads" in only(project)["message"]


def test_agents_left_behind_by_another_configuration_directory_are_found(tmp_path: Path) -> None:
    """The receipt knows under which variables it was written, so it knows where."""
    project = Project(tmp_path)
    project.run("install", "-g", "code-reviewer").done()
    assert problems(project, "-g") == []
    project.environ["CLAUDE_CONFIG_DIR"] = str(project.home / "elsewhere")
    orphaned = [item for item in problems(project, "-g") if item["check"] == "receipt"]
    assert "1 agent of yours" in orphaned[0]["message"]
    assert ".claude" in orphaned[0]["message"]


def test_a_file_in_the_place_of_a_folder_is_found(project: Project) -> None:
    """Nothing could be kept there."""
    file = project.home / "file"
    file.write_text("")
    project.environ["AGENTPM_CACHE_DIR"] = str(file / "cache")
    assert any(item["check"] == "folder" for item in problems(project, "--offline"))


def test_without_git_it_says_so(project: Project, tmp_path: Path) -> None:
    """Instead of failing for the first check."""
    project.environ["PATH"] = str(tmp_path / "empty")
    assert any("git could not be started" in item["message"] for item in problems(project))
