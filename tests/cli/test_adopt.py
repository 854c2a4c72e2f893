"""`agentpm adopt`: agent files that were there before agentpm."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from support.agent_text import agent_text
from support.index_repo import IndexRepo
from support.project import Project, Ran
from support.team import Team

CORPORA = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpora"


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """A registry with three releases of `reviewer`, and a project that has no agents yet."""
    team = Team(tmp_path)
    for version in ("1.0.0", "1.1.0", "2.0.0"):
        team.index.publish("reviewer", version, tools="Read")
    return team


def put(team: Team, name: str, version: str, file: str = "") -> Path:
    """Have a published file in the agents directory, as somebody who copied it there."""
    path = f".claude/agents/{file or f'{name}.md'}"
    return team.project.write(path, team.index.agent(name, version))


def states(ran: Ran) -> dict[str, str]:
    return {Path(item["path"]).name: item["state"] for item in ran.done().data["files"]}


def the_file(ran: Ran, name: str) -> dict[str, Any]:
    return next(item for item in ran.done().data["files"] if item["name"] == name)


def test_a_published_file_becomes_what_an_install_of_it_would_have_left(team: Team) -> None:
    """From then on nothing tells an adopted agent from an installed one, and its file is as it was."""
    file = put(team, "reviewer", "1.1.0")
    before = file.stat()
    ran = team.project.run("adopt", "--yes").done()
    assert ran.lines[-1] == "1 agent adopted; agentpm.toml and agentpm.lock updated"
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    assert file.stat().st_ino == before.st_ino
    assert 'reviewer = "^1.1"' in team.project.manifest
    assert 'version = "1.1.0"' in team.project.lockfile
    assert team.project.run("install").done().lines == ["1 agent is up to date"]
    assert team.project.run("status", "--json").done().data["clean"]


def test_an_older_release_is_locked_and_can_be_updated_within_its_range(team: Team) -> None:
    """Adopting never updates; what the range allows is one `update` away."""
    put(team, "reviewer", "1.0.0")
    team.project.run("adopt", "--yes").done()
    assert 'version = "1.0.0"' in team.project.lockfile
    team.project.run("install", "--frozen").done()
    team.project.run("update").done()
    assert team.project.agent("reviewer").read_bytes() == team.index.agent("reviewer", "1.1.0")


def test_without_a_yes_nothing_happens(team: Team) -> None:
    """A plan that nobody agreed to is a plan; scripts see it and end with 0."""
    put(team, "reviewer", "1.1.0")
    tree, manifest = team.project.tree(), team.project.manifest
    ran = team.project.run("adopt").done()
    assert ran.lines[-1] == "nothing was changed; `agentpm adopt --yes` adopts 1 agent"
    assert (
        team.project.run("adopt", "--yes", "--dry-run").done().lines[-1].startswith("1 agent would")
    )
    assert not team.project.run("adopt", "--json").done().data["adopted"]
    assert (team.project.tree(), team.project.manifest) == (tree, manifest)


def test_an_owner_is_found_by_the_name_inside(team: Team) -> None:
    """A file of `acme/auditor` says `auditor`, and only the registry knows whose it is."""
    team.index.publish("acme/auditor", "1.0.0", tools="Read")
    put(team, "acme/auditor", "1.0.0", "auditor.md")
    team.project.run("adopt", "--yes").done()
    assert 'package = "acme/auditor"' in team.project.manifest


def test_a_registry_of_ones_own_is_shared_with_the_team(tmp_path: Path) -> None:
    """What only the user's configuration names, nobody else could restore."""
    index, project = IndexRepo(tmp_path), Project(tmp_path)
    index.publish("reviewer", "1.0.0", tools="Read")
    project.run("registry", "add", "mine", index.url, "--global").done()
    project.write(".claude/agents/reviewer.md", index.agent("reviewer", "1.0.0"))
    project.run("adopt", "--yes").done()
    assert index.url in project.manifest
    assert 'registry = "mine"' in project.manifest


def test_an_edited_file_is_told_with_how_far_it_is(team: Team) -> None:
    """Nearly the published agent is not the published agent; it is held against the nearest one."""
    put(team, "reviewer", "1.1.0").write_bytes(team.index.agent("reviewer", "1.1.0") + b"Mine.\n")
    item = the_file(team.project.run("adopt", "--json", "--yes"), "reviewer")
    assert item["state"] == "similar"
    assert item["similar_to"] == "reviewer 1.1.0"
    assert (item["lines_added"], item["lines_removed"]) == (1, 0)
    assert not team.project.exists("agentpm.lock")


def test_a_file_of_ones_own_becomes_a_path_agent_on_request(team: Team) -> None:
    """Its source goes beside the manifest, so that uninstalling takes only the installed copy."""
    text = agent_text("tools: Read", name="house-style")
    team.project.write(".claude/agents/house-style.md", text)
    assert the_file(team.project.run("adopt", "--json"), "house-style")["state"] == "unknown"
    team.project.run("adopt", "--local", "--yes").done()
    assert 'path = "agents/house-style.md"' in team.project.manifest
    assert team.project.read("agents/house-style.md") == text
    team.project.run("uninstall", "house-style").done()
    assert not team.project.agent("house-style").exists()
    assert team.project.read("agents/house-style.md") == text


def test_another_file_of_that_name_beside_the_manifest_is_left_alone(team: Team) -> None:
    """Two texts with one name are for a person to sort out."""
    team.project.write(".claude/agents/house.md", agent_text(name="house"))
    team.project.write("agents/house.md", "another")
    item = the_file(team.project.run("adopt", "--local", "--yes", "--json"), "house")
    assert item["state"] == "left"
    assert team.project.read("agents/house.md") == "another"


def test_a_file_elsewhere_moves_only_when_that_is_asked_for(team: Team) -> None:
    """The plan says where to; the bytes are the same in both places."""
    old = put(team, "reviewer", "1.1.0", "quality/our-reviewer.md")
    item = the_file(team.project.run("adopt", "--yes", "--json"), "reviewer")
    assert (item["state"], item["hint"]) == ("left", "`--move` moves it there")
    assert old.exists()
    ran = team.project.run("adopt", "--move", "--yes").done()
    assert "moves to" in ran.out
    assert not old.exists()
    assert team.project.agent("reviewer").read_bytes() == team.index.agent("reviewer", "1.1.0")
    assert team.project.run("install").done().lines == ["1 agent is up to date"]


def test_two_files_with_one_name_are_both_left(team: Team) -> None:
    """Also where they are equal: which one goes is for their owner to say."""
    first = put(team, "reviewer", "1.1.0")
    second = put(team, "reviewer", "1.1.0", "copy/reviewer.md")
    ran = team.project.run("adopt", "--move", "--yes", "--json")
    assert states(ran) == {"reviewer.md": "left"}
    assert "with the same bytes" in the_file(ran, "reviewer")["reason"]
    [contested] = ran.data["contested"]
    assert contested["winner"] is None
    assert first.exists()
    assert second.exists()


def test_the_nearest_scope_wins(team: Team) -> None:
    """Claude Code reads every agents directory up to the root, then the user's own."""
    inner = team.project.path("service")
    mine = team.project.write("service/.claude/agents/x.md", agent_text(name="reviewer"))
    put(team, "reviewer", "1.1.0")
    own = team.project.home / ".claude" / "agents" / "r.md"
    own.parent.mkdir(parents=True)
    own.write_text(agent_text(name="reviewer"))
    team.project.git("init", "--quiet")
    [contested] = team.project.run("adopt", "--json", cwd=inner).done().data["contested"]
    assert contested["winner"] == str(mine)
    assert [item["path"] for item in contested["files"]] == [
        str(mine), str(team.project.agent("reviewer")), str(own),
    ]  # fmt: skip


def test_what_an_install_would_refuse_is_refused(team: Team) -> None:
    """A file that is there already has not been approved by that; the others are adopted."""
    team.index.publish("runner", "1.0.0", tools="Bash")
    put(team, "runner", "1.0.0")
    put(team, "reviewer", "1.1.0")
    team.project.append("agentpm.toml", '\n[permissions]\ndeny = ["shell"]\n')
    ran = team.project.run("adopt", "--yes", "--json")
    assert states(ran) == {"reviewer.md": "adopt", "runner.md": "refused"}
    assert "runner" not in team.project.lockfile
    assert team.project.agent("runner").exists()


def test_a_program_in_a_file_of_ones_own_needs_its_yes(team: Team) -> None:
    """A hook does not become harmless by lying in the directory already."""
    hook = "hooks: {PreToolUse: [{hooks: [{type: command, command: ./run.sh}]}]}"
    team.project.write(".claude/agents/hooked.md", agent_text("tools: Read", hook, name="hooked"))
    item = the_file(team.project.run("adopt", "--local", "--yes", "--json"), "hooked")
    assert item["state"] == "refused"
    assert "./run.sh" in item["reason"]
    assert not team.project.exists("agents")


@pytest.mark.parametrize("line", ["version: latest", "dependencies: {reviewer: 1}"])
def test_a_file_whose_keys_make_no_sense_to_agentpm_is_refused_alone(team: Team, line: str) -> None:
    """Claude Code does not mind such a key; it could not be locked, and the others can."""
    team.project.write(".claude/agents/odd.md", agent_text(line, name="odd"))
    put(team, "reviewer", "1.1.0")
    ran = team.project.run("adopt", "--local", "--yes", "--json")
    assert states(ran) == {"odd.md": "refused", "reviewer.md": "adopt"}


def test_hidden_text_is_refused_until_it_is_allowed_by_name(team: Team) -> None:
    """What nobody can see, nobody has agreed to by keeping the file."""
    team.project.write(".claude/agents/odd.md", agent_text(name="odd", body="a\U000e0041b\n"))
    wanted = ("adopt", "--local", "--yes", "--json")
    assert the_file(team.project.run(*wanted), "odd")["state"] == "refused"
    allowed = team.project.run(*wanted, "--allow-hidden-text", "odd")
    assert the_file(allowed, "odd")["state"] == "local"


def test_a_withdrawn_release_is_not_adopted(team: Team) -> None:
    """It would not be chosen today either."""
    put(team, "reviewer", "1.1.0")
    team.index.yank("reviewer", "1.1.0", "leaks")
    item = the_file(team.project.run("adopt", "--yes", "--json"), "reviewer")
    assert item["state"] == "left"
    assert "leaks" in item["reason"]


def test_what_an_adopted_agent_needs_is_told_and_installed(team: Team) -> None:
    """A dependency that is not on disk comes with it, and the plan says so first."""
    team.index.publish("lead", "1.0.0", "reviewer ^1", tools="Agent")
    put(team, "lead", "1.0.0")
    plan = team.project.run("adopt", "--json").done().data
    assert plan["further"] == [{"name": "reviewer", "version": "1.1.0"}]
    team.project.run("adopt", "--yes").done()
    assert team.project.agent("reviewer").exists()


def test_an_agent_waits_whose_dependency_would_meet_somebodys_file(team: Team) -> None:
    """An edited `reviewer` is in the way of the published one, so also of what needs that."""
    team.index.publish("lead", "1.0.0", "reviewer ^1", tools="Agent")
    team.index.publish("boss", "1.0.0", "lead ^1", tools="Agent")
    for name in ("lead", "boss"):
        put(team, name, "1.0.0")
    put(team, "reviewer", "1.1.0").write_bytes(team.index.agent("reviewer", "1.1.0") + b"Mine.\n")
    ran = team.project.run("adopt", "--yes", "--json")
    assert states(ran) == {"boss.md": "left", "lead.md": "left", "reviewer.md": "similar"}
    assert "it needs `reviewer ^1`" in the_file(ran, "lead")["reason"]
    assert not team.project.exists("agentpm.lock")


def test_files_that_do_not_fit_together_change_nothing(team: Team) -> None:
    """An agent whose dependency stands there in a release that is too old; one of them can go."""
    team.index.publish("lead", "1.0.0", "reviewer ^2", tools="Agent")
    put(team, "lead", "1.0.0")
    file = put(team, "reviewer", "1.0.0", "old/reviewer.md")
    tree = team.project.tree()
    team.project.run("adopt", "--move", "--yes", "--json").failed(1, "unsolvable")
    assert team.project.tree() == tree
    team.project.run("adopt", "--move", "--yes", "--only", "reviewer").done()
    assert not file.exists()


def test_a_refused_move_is_taken_back(team: Team) -> None:
    """Where the journey ends early, every file is where it was, and no copy of one's own stays."""
    file = put(team, "reviewer", "1.1.0", "deep/reviewer.md")
    team.project.write(".claude/agents/house.md", agent_text(name="house"))
    team.project.path("agentpm.lock").mkdir()  # which no lockfile can be written over
    tree = team.project.tree()
    ran = team.project.run("adopt", "--move", "--local", "--yes")
    assert ran.code == 1
    assert file.exists()
    assert team.project.tree() == tree


def test_a_directory_elsewhere_is_installed_from_and_stays(team: Team) -> None:
    """Somebody's collection is theirs; what is recognised in it is installed."""
    file = team.project.write("collected/r.md", team.index.agent("reviewer", "1.1.0"))
    ran = team.project.run("adopt", "collected", "--yes", "--json")
    assert states(ran) == {"r.md": "copy"}
    assert file.exists()
    assert team.project.agent("reviewer").read_bytes() == file.read_bytes()


def test_what_is_no_agent_is_told_and_passed_over(team: Team) -> None:
    """One bad file among hundreds is no reason to stop."""
    put(team, "reviewer", "1.1.0")
    folder = team.project.agent("x").parent
    (folder / "nameless.md").write_text("---\ndescription: x\n---\n")
    (folder / "broken.md").write_text("---\nname: [a, b\n  c: {\n---\n")
    (folder / "link.md").symlink_to(folder / "reviewer.md.elsewhere")
    (folder / "notes.txt").write_text("not an agent")
    ran = team.project.run("adopt", "--yes", "--json")
    assert states(ran)["nameless.md"] == states(ran)["link.md"] == "unreadable"
    assert "notes.txt" not in states(ran)
    assert 'name = "reviewer"' in team.project.lockfile


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this platform has no named pipes")
def test_a_file_that_cannot_be_read_is_passed_over(team: Team) -> None:
    """It is told, like a file that is no agent; nothing waits for it."""
    put(team, "reviewer", "1.1.0")
    os.mkfifo(team.project.agent("pipe"))
    ran = team.project.run("adopt", "--json")
    assert states(ran) == {"pipe.md": "unreadable", "reviewer.md": "adopt"}


def test_a_second_adoption_finds_nothing_more(team: Team) -> None:
    """It can be run as often as one likes."""
    put(team, "reviewer", "1.1.0")
    team.project.run("adopt", "--yes").done()
    again = team.project.run("adopt", "--yes", "--json")
    assert states(again) == {"reviewer.md": "managed"}
    assert not again.data["adopted"]


def test_a_name_that_no_file_has_is_a_mistake(team: Team) -> None:
    """With what was probably meant."""
    put(team, "reviewer", "1.1.0")
    ran = team.project.run("adopt", "--only", "reviwer", "--json").failed(2, "no-such-file")
    assert ran.envelope["error"]["hint"] == "did you mean `reviewer`?"


def test_a_registry_that_is_away_recognises_nothing(team: Team) -> None:
    """The others still do."""
    team.project.run("registry", "add", "away", "file:///nowhere/at.git", "--offline").done()
    put(team, "reviewer", "1.1.0")
    ran = team.project.run("adopt", "--json", "--yes")
    assert states(ran) == {"reviewer.md": "adopt"}
    assert "`away` recognises nothing" in ran.envelope["warnings"][0]


def test_without_an_agents_directory_there_is_nothing_to_adopt(team: Team) -> None:
    """A new project is no mistake."""
    assert team.project.run("adopt").done().lines[-1] == "nothing to adopt"


def test_ones_own_agents_are_adopted_with_global(tmp_path: Path) -> None:
    """`~/.claude/agents` is where most collections have grown."""
    project = Project(tmp_path)
    project.run("install", "code-reviewer").done()
    own = project.home / ".claude" / "agents" / "code-reviewer.md"
    own.parent.mkdir(parents=True)
    own.write_bytes(project.agent("code-reviewer").read_bytes())
    project.run("adopt", "-g", "--yes").done()
    assert "code-reviewer" in (project.home / "config" / "agentpm.lock").read_text()
    assert "ok" in project.run("list", "-g").done().out


def test_real_collections_are_adopted_without_a_crash(tmp_path: Path) -> None:
    """Hundreds of files by many hands, with every oddity that they have."""
    if not CORPORA.is_dir():
        pytest.skip("the corpora are not beside this repository")
    project = Project(tmp_path)
    files = project.run("adopt", str(CORPORA), "--json").done().data["files"]
    assert len(files) > 600
    assert {item["state"] for item in files} <= {"unknown", "similar", "unreadable", "left"}
    assert project.tree() == []
