"""`agentpm yank`: withdrawn for everybody new, kept by who has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.agent_text import agent_text
from support.project import Project
from support.team import Team


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose registry has `helper` 1.0.0 and 1.1.0."""
    project = Project(tmp_path)
    for version in ("1.0.0", "1.1.0"):
        project.write("helper.md", agent_text(f"version: {version}", "tools: Read"))
        project.run("publish", "helper.md", "--quiet").done()
    return project


def installed_version(project: Project) -> str:
    (agent,) = project.run("list", "--json").data["agents"]
    return str(agent["version"])


def test_nobody_new_gets_a_yanked_release(project: Project) -> None:
    """The next older one is chosen."""
    ran = project.run("yank", "helper@1.1.0", "--reason", "eats files").done()
    assert ran.out == "helper 1.1.0 is yanked in shipped\n"
    project.run("install", "helper").done()
    assert installed_version(project) == "1.0.0"


def test_who_has_it_locked_keeps_it(project: Project) -> None:
    """A build that worked yesterday works today; `outdated` gives the reason."""
    project.run("install", "helper").done()
    project.run("yank", "helper@1.1.0", "--reason", "eats files").done()
    project.agent("helper").unlink()
    project.run("install", "--frozen").done()
    assert installed_version(project) == "1.1.0"
    assert "eats files" in project.run("outdated").done().out


def test_it_can_be_taken_back(project: Project) -> None:
    """Nothing was deleted."""
    project.run("yank", "helper@1.1.0", "--reason", "eats files").done()
    assert project.run("unyank", "helper@1.1.0").done().out == (
        "helper 1.1.0 is offered again in shipped\n"
    )
    project.run("install", "helper").done()
    assert installed_version(project) == "1.1.0"


def test_what_is_so_already_is_said_and_changes_nothing(project: Project) -> None:
    """Scripts may say it twice."""
    assert not project.run("unyank", "helper@1.1.0", "--json").data["changed"]
    argv = ["yank", "helper@1.1.0", "--reason", "eats files", "--json"]
    assert project.run(*argv).data["changed"]
    again = project.run(*argv).data
    assert (again["changed"], again["yanked"]) == (False, "eats files")


@pytest.mark.parametrize(
    ("word", "exit_code", "code"),
    [
        ("helper", 2, "invalid-requirement"),
        ("helper@", 2, "invalid-requirement"),
        ("helper@^1.0", 2, "invalid-version"),
        ("helper@3.0.0", 1, "no-such-release"),
        ("helpr@1.0.0", 1, "no-such-package"),
        ("backend-engineer@1.0.0", 1, "reserved-name"),
    ],
)
def test_one_release_is_named_exactly(
    project: Project, word: str, exit_code: int, code: str
) -> None:
    """Nothing is withdrawn by guess."""
    project.run("yank", word, "--reason", "x", "--json").failed(exit_code, code)


def test_a_reason_is_asked_for(project: Project) -> None:
    """Everybody who has the release will want to know."""
    project.run("yank", "helper@1.0.0", "--json").failed(2, "usage")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001, "eats\nfiles"])
def test_a_reason_is_one_line_that_people_will_read(project: Project, reason: str) -> None:
    """The gate holds others to that, and a registry without one would show it to everybody."""
    ran = project.run("yank", "helper@1.0.0", "--reason", reason, "--json")
    error = ran.failed(2, "unusable-reason").envelope["error"]
    assert len(error["message"]) < 100
    assert not project.run("unyank", "helper@1.0.0", "--json").done().data["changed"]
    project.run("yank", "helper@1.0.0", "--reason", "x" * 1000).done()


SAID = "`helper` 1.1.0 is yanked: eats files; it is used because it is locked"


@pytest.fixture
def locked(tmp_path: Path) -> Team:
    """A project in which `helper` 1.1.0 was locked before it was yanked."""
    team = Team(tmp_path)
    team.index.publish("helper", "1.0.0", tools="Read").publish("helper", "1.1.0", tools="Read")
    team.project.run("install", "helper").done()
    team.index.yank("helper", "1.1.0", "eats files")
    return team


@pytest.mark.parametrize("command", [["lock"], ["status"], ["install", "--frozen"]])
def test_who_has_it_locked_is_told(locked: Team, command: list[str]) -> None:
    """The lockfile answers everything by itself, but what was seen of a yank is not kept back."""
    locked.project.run("registry", "update").done()
    ran = locked.project.run(*command).done()
    assert f"warning: {SAID}" in ran.err
    assert not [said for said in ran.git if "fetch" in said or "clone" in said]
    assert SAID in str(locked.project.run(*command, "--json").envelope["warnings"])


def test_a_fresh_clone_is_told(locked: Team) -> None:
    """The registry is read for the bytes, and says what became of them."""
    locked.project.commit()
    bob = locked.project.clone("bob")
    assert f"warning: {SAID}" in bob.run("install", "--frozen").done().err


@pytest.mark.parametrize("command", ["lock", "status"])
def test_a_registry_is_not_asked_whether_something_was_yanked(locked: Team, command: str) -> None:
    """What needs no network stays so: the warning comes with the next look."""
    ran = locked.project.run(command).done()
    assert (ran.err, ran.git) == ("", ())
