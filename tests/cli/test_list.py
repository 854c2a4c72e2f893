"""`agentpm list` and `agentpm status`: what is the matter with each agent on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentpm.model.journal import Journal, write_journal
from support.index_repo import agent_text
from support.project import Project
from support.team import Team

OWN = "---\nname: {name}\ndescription: Somebody's own.\n---\nHello.\n"


@pytest.fixture
def team(tmp_path: Path) -> Team:
    team = Team(tmp_path)
    team.index.publish("reviewer", "1.0.0", tools="Read, Grep")
    return team


def listed(project: Project, name: str) -> dict[str, Any]:
    agents = project.run("list", "--json").done().data["agents"]
    return next(agent for agent in agents if agent["name"] == name)


def edit(project: Project) -> None:
    project.append(".claude/agents/reviewer.md", "One more line.\n")


def delete(project: Project) -> None:
    project.agent("reviewer").unlink()


def link(project: Project) -> None:
    delete(project)
    project.agent("reviewer").symlink_to(project.write("elsewhere.md", "Elsewhere."))


def forget(project: Project) -> None:
    project.path(".agentpm/receipt.json").unlink()


def forget_and_edit(project: Project) -> None:
    forget(project)
    edit(project)


def forget_and_delete(project: Project) -> None:
    forget(project)
    delete(project)


@pytest.mark.parametrize(
    ("happens", "state"),
    [
        (lambda _: None, "ok"),
        (edit, "edited"),
        (delete, "missing"),
        (forget, "ok"),
        (forget_and_edit, "not agentpm's"),
        (forget_and_delete, "not installed"),
        pytest.param(link, "blocked", marks=pytest.mark.skipif("os.name == 'nt'")),
    ],
)
def test_every_state_of_a_file_has_its_word(
    team: Team, happens: Callable[[Project], None], state: str
) -> None:
    """What to do about a file depends on what happened to it, so the words must not blur."""
    team.project.run("install", "reviewer").done()
    happens(team.project)
    assert listed(team.project, "reviewer")["state"] == state


def test_a_file_of_the_release_before_is_stale_not_edited(team: Team) -> None:
    """After a `git pull` of a new lockfile, nobody edited anything."""
    team.project.run("install", "reviewer").done()
    team.index.publish("reviewer", "1.0.1", tools="Read, Grep")
    team.project.run("lock", "--refresh").done()
    team.project.write("agentpm.toml", team.project.manifest.replace("^1.0", ">=1.0.1"))
    team.project.run("lock").done()
    assert listed(team.project, "reviewer")["state"] == "stale"


def test_an_agent_that_is_only_asked_for_is_listed(team: Team) -> None:
    """Who wrote a line into the manifest looks for it here."""
    team.project.write("agentpm.toml", team.project.manifest + "\n[agents.reviewer]\n")
    team.project.write(
        "agentpm.toml", team.project.manifest.replace("[agents]\n", "").replace("\n\n\n", "\n\n")
    )
    agent = listed(team.project, "reviewer")
    assert (agent["state"], agent["version"], agent["requirement"]) == ("not locked", None, "*")
    assert team.project.run("list").done().lines == ["reviewer  -  *  not locked"]


def test_the_tools_are_those_of_the_file_as_it_stands(team: Team) -> None:
    """An edited agent can do what its file says now, and that is what its user must see."""
    team.project.run("install", "reviewer").done()
    file = team.project.agent("reviewer")
    file.write_text(file.read_text().replace("tools: Read, Grep\n", ""))
    agent = listed(team.project, "reviewer")
    assert agent["tools"] is None
    assert agent["capabilities"] == ["everything"]
    assert agent["locked_capabilities"] == {"claude": ["read", "search"]}
    assert "every tool" in team.project.run("list").out


def test_an_override_is_part_of_what_is_expected(team: Team) -> None:
    """A narrowed agent's file differs from the published one, rightly."""
    team.project.write(
        "agentpm.toml",
        team.project.manifest.replace(
            "[agents]\n", '[agents]\nreviewer = { version = "^1", tools = ["Read"] }\n'
        ),
    )
    team.project.run("install").done()
    agent = listed(team.project, "reviewer")
    assert (agent["state"], agent["tools"]) == ("ok", ["Read"])
    team.project.run("cache", "clean").done()
    assert listed(team.project, "reviewer")["state"] == "ok"
    forget(team.project)
    assert listed(team.project, "reviewer")["state"] == "unknown"


def test_listing_starts_no_git_and_asks_no_registry(team: Team) -> None:
    """It answers in a train, and while the registry is down."""
    team.project.run("install", "reviewer").done()
    team.index.bare.rename(team.index.bare.with_suffix(".gone"))
    for command in ("list", "status", "tree"):
        assert team.project.run(command).done().git == ()


def test_your_own_agents_are_listed_apart(team: Team) -> None:
    """`-g` is about the files in your home, whatever project you stand in."""
    team.project.run("install", "reviewer").done()
    team.project.run("install", "-g", "technical-writer").done()
    assert [a["name"] for a in team.project.run("list", "-g", "--json").data["agents"]] == [
        "technical-writer"
    ]


def status(project: Project) -> dict[str, Any]:
    data = project.run("status", "--json").done().data
    assert isinstance(data, dict)
    return data


def test_status_is_clean_exactly_when_install_does_nothing(team: Team) -> None:
    """The word that people act on."""
    project = team.project
    assert status(project)["clean"]
    project.run("add", "reviewer").done()
    assert not status(project)["clean"]
    project.run("install").done()
    assert status(project)["clean"]
    edit(project)
    assert not status(project)["clean"]


def test_status_says_which_line_the_lockfile_does_not_answer(team: Team) -> None:
    """A stale lockfile is found here before CI finds it."""
    team.project.run("install", "reviewer").done()
    team.project.write("agentpm.toml", team.project.manifest.replace("^1.0", "^2.0"))
    (reason,) = status(team.project)["unanswered"]
    assert reason == "`reviewer` is locked at 1.0.0, the manifest asks for ^2.0"


def test_status_reads_the_files_of_the_project(team: Team) -> None:
    """A file of the project can change its version or its dependencies without any command."""
    project = team.project
    project.write("agents/mine.md", agent_text("mine", "1.0.0", tools="Read"))
    project.run("add", "mine", "--path", "agents/mine.md").done()
    assert status(project)["unanswered"] == []
    project.write("agents/mine.md", agent_text("mine", "1.1.0", tools="Read"))
    (reason,) = status(project)["unanswered"]
    assert "`mine`" in reason
    project.path("agents/mine.md").unlink()
    (reason,) = status(project)["unanswered"]
    assert "`agents/mine.md` does not exist" in reason


def test_status_notices_another_revision(team: Team, tmp_path: Path) -> None:
    """A changed `rev` must not pass for locked, though the old commit is still at hand."""
    theirs = Project(tmp_path, "theirs", person="bob")
    theirs.write("agent.md", OWN.format(name="mine"))
    theirs.commit()
    project = team.project
    project.run("add", "mine", "--git", theirs.root.as_uri(), "--file", "agent.md").done()
    assert status(project)["unanswered"] == []
    project.write("agentpm.toml", project.manifest.replace('"HEAD"', '"v2"'))
    (reason,) = status(project)["unanswered"]
    assert "another revision" in reason


def test_status_tells_yours_from_what_is_left_over(team: Team) -> None:
    """One of the two is removed by the next install, the other never."""
    project = team.project
    project.run("install", "reviewer").done()
    project.run("remove", "reviewer").done()
    project.write(".claude/agents/mine.md", OWN.format(name="mine"))
    found = status(project)
    assert found["left_over"] == [".claude/agents/reviewer.md"]
    assert found["own"] == [{"name": "mine", "path": ".claude/agents/mine.md"}]


def test_status_names_settings_that_changed(team: Team) -> None:
    """A rule that appeared since the last install may stop the next one."""
    project = team.project
    project.run("install", "reviewer").done()
    project.write(".claude/settings.json", "{}")
    assert status(project)["changed_since_last_install"] == [".claude/settings.json"]


def test_status_tells_of_work_that_was_interrupted(team: Team) -> None:
    """After a crash, people want to know whether something is half done."""
    team.project.run("install", "reviewer").done()
    team.project.write(".agentpm/pending.json", write_journal(Journal()))
    assert status(team.project)["pending"]
    assert "interrupted" in team.project.run("status").out
    team.project.run("install").done()
    assert not status(team.project)["pending"]


@pytest.mark.skipif("os.name == 'nt'")
def test_the_name_of_a_file_cannot_steer_a_terminal(team: Team) -> None:
    """Anybody can send a file; looking at it must be safe."""
    team.project.write(".claude/agents/a\u001b[2Kb.md", OWN.format(name='"x\u001b[31my"'))
    ran = team.project.run("status").done()
    assert "\\u001b[2K" in ran.out
    assert "\u001b" not in ran.out


def test_an_agent_from_a_file_is_held_against_that_file(team: Team) -> None:
    """The project's own file is the source; what is installed is a copy of it."""
    project = team.project
    project.write("mine.md", agent_text("mine", "1.0.0", tools="Read"))
    project.run("add", "mine", "--path", "mine.md").done()
    assert listed(project, "mine")["state"] == "not installed"
    project.run("install").done()
    assert listed(project, "mine")["state"] == "ok"
    project.append("mine.md", "A new rule.\n")
    assert listed(project, "mine")["state"] == "stale"
    project.path("mine.md").unlink()
    assert listed(project, "mine")["state"] == "ok"


def test_a_file_of_nobody_is_nobodys_while_the_registry_is_away(team: Team) -> None:
    """Only the registry knows that the bytes are those of an older release."""
    project = team.project
    project.run("install", "reviewer").done()
    old = project.agent("reviewer").read_bytes()
    team.index.publish("reviewer", "1.0.1", tools="Read, Grep")
    project.run("update").done()
    forget(project)
    project.agent("reviewer").write_bytes(old)
    assert listed(project, "reviewer")["state"] == "stale"
    team.index.bare.rename(team.index.bare.with_suffix(".gone"))
    assert listed(project, "reviewer")["state"] == "not agentpm's"
