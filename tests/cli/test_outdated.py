"""`agentpm outdated`, `info`, `diff`: what is newer, and what it could do."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from support.index_repo import agent_file, agent_text
from support.team import Team


@pytest.fixture
def team(tmp_path: Path) -> Team:
    team = Team(tmp_path)
    team.index.publish("reviewer", "1.0.0", tools="Read")
    return team


def outdated(team: Team) -> dict[str, dict[str, Any]]:
    agents = team.project.run("outdated", "--json").done().data["agents"]
    return {agent["name"]: agent for agent in agents}


def test_what_fits_is_what_all_agents_allow_together(team: Team) -> None:
    """A release inside the manifest's range may still be outside of what a dependent accepts."""
    team.index.publish("lead", "1.0.0", "reviewer <1.1", tools="Agent")
    team.project.run("install", "lead", "reviewer").done()
    team.index.publish("reviewer", "1.0.5", tools="Read").publish("reviewer", "1.1.0", tools="Read")
    reviewer = outdated(team)["reviewer"]
    assert reviewer["fits"]["version"] == "1.0.5"
    assert reviewer["newest"]["version"] == "1.1.0"


def test_an_approved_power_is_no_news(team: Team) -> None:
    """The team has decided about it already."""
    team.project.run("install", "reviewer").done()
    team.index.publish("reviewer", "1.1.0", tools="Read, Bash, WebFetch")
    assert outdated(team)["reviewer"]["newest"]["gains"] == ["net.fetch", "shell"]
    team.project.append("agentpm.toml", '\n[permissions.approved]\nreviewer = ["shell"]\n')
    assert outdated(team)["reviewer"]["newest"]["gains"] == []


def test_an_override_narrows_what_an_update_could_do(team: Team) -> None:
    """The question is what the agent could do here, not what it was published with."""
    team.project.run("install", "reviewer").done()
    team.project.write(
        "agentpm.toml",
        team.project.manifest.replace('"^1.0"', '{ version = "^1.0", tools = ["Read"] }'),
    )
    team.index.publish("reviewer", "1.1.0", tools="Read, Bash")
    assert outdated(team)["reviewer"]["newest"]["gains"] == []
    team.index.publish("reviewer", "1.2.0", tools="Grep")
    newest = outdated(team)["reviewer"]["newest"]
    assert newest["version"] == "1.2.0"
    assert newest["problem"]


def test_a_forbidden_release_does_not_fit(team: Team) -> None:
    """What the project's rules refuse, `update` would not take."""
    team.project.run("install", "reviewer").done()
    team.project.append("agentpm.toml", '\n[permissions]\ndeny = ["shell"]\n')
    team.index.publish("reviewer", "1.1.0", tools="Read, Bash")
    ran = team.project.run("outdated").done()
    assert ran.lines[1].split() == ["reviewer", "1.0.0", "1.0.0", "1.1.0"]
    assert "forbidden" in ran.err


def test_agents_from_files_have_no_releases(team: Team) -> None:
    """They are left out of the table, and `info` and `diff` say so."""
    team.project.write("agents/mine.md", agent_text("mine", "1.0.0", tools="Read"))
    team.project.run("add", "mine", "--path", "agents/mine.md").done()
    assert outdated(team) == {}
    for command in ("info", "diff"):
        team.project.run(command, "mine", "--json").failed(1, "not-from-registry")


def test_an_update_that_cannot_be_solved_is_a_warning(team: Team) -> None:
    """What is newest can be told all the same."""
    team.project.run("install", "reviewer").done()
    team.index.publish("reviewer", "2.0.0", tools="Read")
    team.project.write("agentpm.toml", team.project.manifest.replace("^1.0", "^9"))
    ran = team.project.run("outdated").done()
    assert "warning: nothing can be updated" in ran.err
    assert ran.lines[1].split() == ["reviewer", "1.0.0", "1.0.0", "2.0.0"]


def test_a_pre_release_is_newest_only_for_who_has_one(team: Team) -> None:
    """People on stable releases are not told of release candidates."""
    team.index.publish("tester", "2.0.0rc1", tools="Read")
    team.project.run("install", "reviewer", "tester@==2.0.0rc1").done()
    team.index.publish("reviewer", "2.0.0rc1", tools="Read")
    team.index.publish("tester", "2.0.0rc2", tools="Read")
    found = outdated(team)
    assert "reviewer" not in found
    assert found["tester"]["newest"]["version"] == "2.0.0rc2"


def test_nothing_is_asked_without_a_network(team: Team) -> None:
    """`--offline` answers from the last look."""
    team.project.run("install", "reviewer").done()
    team.index.publish("reviewer", "1.1.0", tools="Read")
    assert team.project.run("outdated", "--offline", "--json").done().data["agents"] == []
    assert outdated(team)["reviewer"]["fits"]["version"] == "1.1.0"


def test_a_text_from_a_registry_cannot_steer_a_terminal(team: Team) -> None:
    """A description is anybody's text: what would move a cursor or hide itself is spelt out."""
    evil = "Reviews.\u001b[2K\u202egnp.exe \U000e0041"
    team.index.publish("evil", "1.0.0", tools="Read", description=evil, license="MIT\u001b[31m")
    for command in (("info", "evil"), ("search", "reviews", "--registry", "acme")):
        ran = team.project.run(*command).done()
        assert "\\u001b[2K\\u202e" in ran.out
        assert not [c for c in ran.out if not c.isprintable() and c != "\n"]


def test_a_package_is_looked_up_where_the_agent_comes_from(team: Team) -> None:
    """An agent under another name, or from another registry, is still that agent."""
    team.project.run("install", "reviewer", "--as", "auditor").done()
    team.project.run("install", "technical-writer", "--registry", "shipped").done()
    assert team.project.run("info", "auditor", "--json").done().data["name"] == "reviewer"
    writer = team.project.run("info", "technical-writer", "--json").done().data
    assert writer["source"] == "shipped"
    team.project.run("info", "technical-writer", "--registry", "acme", "--json").failed(
        1, "no-such-package"
    )


def test_what_only_this_machine_has_is_said(team: Team) -> None:
    """A release in one's own registry cannot be restored by a team."""
    mine = team.project.write("mine.md", agent_text("mine", "1.0.0", tools="Read"))
    ran = team.project.run("publish", str(mine), "--registry", "shipped")
    if ran.code:
        pytest.fail(ran.err)
    assert "on this machine only" in team.project.run("info", "mine", "--registry", "shipped").out


def test_a_difference_counts_what_the_override_leaves(team: Team) -> None:
    """The text is that of the published files, the powers are those that the agent has here."""
    team.index.publish("reviewer", "1.1.0", tools="Read, Bash")
    team.project.run("install", "reviewer@==1.0.0").done()
    assert team.project.run("diff", "reviewer", "1.1.0", "--json").data["gains"] == ["shell"]
    team.project.write(
        "agentpm.toml",
        team.project.manifest.replace('"==1.0.0"', '{ version = "*", tools = ["Read"] }'),
    )
    found = team.project.run("diff", "reviewer", "1.1.0", "--json").done().data
    assert found["gains"] == []
    assert "+tools: Read, Bash" in found["diff"]


def test_a_difference_shows_hidden_characters(team: Team) -> None:
    """A review that cannot see a character would approve it."""
    plain = agent_text("reviewer", "1.0.1", tools="Read")
    raw = plain.replace(b"You are", "You\u202e are".encode())
    digest = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    team.index.publish("reviewer", "1.0.1", tools="Read", checksum=digest, size=len(raw))
    team.index.write(agent_file("reviewer", "1.0.1"), raw)
    team.index.commit("The bytes of the record")
    text = team.project.run("diff", "reviewer", "1.0.0", "1.0.1").done().out
    assert "You\\u202e are" in text
    assert "\u202e" not in text


def test_names_narrow_the_table(team: Team) -> None:
    """Who asks about one agent is told about one agent."""
    team.index.publish("tester", "1.0.0", tools="Read")
    team.project.run("install", "reviewer", "tester").done()
    team.index.publish("tester", "1.1.0", tools="Read").publish("reviewer", "1.1.0", tools="Read")
    assert [line.split()[0] for line in team.project.run("outdated", "tester").lines] == [
        "name",
        "tester",
    ]


def test_an_agent_that_is_not_locked_yet_is_looked_up_as_its_line_says(team: Team) -> None:
    """`info` is what people run before they lock."""
    line = '[agents]\nauditor = { package = "reviewer", version = "^1" }\n'
    team.project.write("agentpm.toml", team.project.manifest.replace("[agents]\n", line))
    found = team.project.run("info", "auditor", "--json").done().data
    assert (found["name"], found["installed"]) == ("reviewer", None)
    team.project.write("agentpm.toml", '[agents]\nmine = { path = "mine.md" }\n')
    team.project.run("info", "mine", "--json").failed(1, "not-from-registry")


def test_line_ends_alone_are_told_in_words(team: Team) -> None:
    """A difference that shows nothing, between files that differ, would be a riddle."""
    raw = agent_text("reviewer", "1.0.0", tools="Read").replace(b"\n", b"\r\n")
    digest = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    team.index.publish("reviewer", "1.0.1", tools="Read", checksum=digest, size=len(raw))
    team.index.write(agent_file("reviewer", "1.0.1"), raw)
    team.index.commit("The bytes of the record")
    found = team.project.run("diff", "reviewer", "1.0.0", "1.0.1", "--json").done().data
    assert found["diff"] == ["(the two differ in their line ends only)"]
