"""`lock --lowest`: the oldest releases that fit, for authors who test their bounds."""

from __future__ import annotations

from pathlib import Path

from support.index_repo import IndexRepo
from support.project import Project
from support.team import Team


def test_it_moves_what_is_locked(tmp_path: Path) -> None:
    """A lockfile with the newest ones is what everybody has who asks for the oldest."""
    index, project = IndexRepo(tmp_path), Project(tmp_path)
    for version in ("1.0.0", "1.1.0", "2.0.0"):
        index.publish("lead", version, "editor >=1.5", tools="Read")
    for version in ("1.0.0", "1.5.0", "1.6.0"):
        index.publish("editor", version, tools="Read")
    project.write(
        "agentpm.toml",
        f'[project]\nregistry = "acme"\n[agents]\nlead = "^1"\n[registries]\nacme = "{index.url}"\n',
    )
    project.run("lock").done()
    assert versions(project) == {"lead": "1.1.0", "editor": "1.6.0"}
    project.run("lock", "--lowest").done()
    assert versions(project) == {"lead": "1.0.0", "editor": "1.5.0"}


def test_it_says_which_older_release_it_passed_over(tmp_path: Path) -> None:
    """The oldest that can be had is not the oldest that there is, and nobody could guess why."""
    team = Team(tmp_path)
    team.index.publish("writer", "1.0.0", tools="Bash").publish("writer", "1.1.0", tools="Read")
    team.index.publish("writer", "2.0.0", tools="Bash")
    text = team.project.manifest.replace("[agents]", '[agents]\nwriter = "*"')
    team.project.write("agentpm.toml", f'{text}\n[permissions]\ndeny = ["shell"]\n')
    ran = team.project.run("lock", "--lowest").done()
    assert "+ writer 1.1.0" in ran.out
    notes = [line for line in ran.err.splitlines() if line.startswith("note: ")]
    assert [note.partition(" is ")[0] for note in notes] == ["note: `writer` 1.0.0"]


def versions(project: Project) -> dict[str, str]:
    agents = project.run("list", "--json").done().data["agents"]
    return {agent["name"]: agent["version"] for agent in agents}
