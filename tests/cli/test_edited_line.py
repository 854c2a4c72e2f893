"""A line of the manifest that was edited by hand, and what a locked agent has against it."""

from __future__ import annotations

from pathlib import Path

from support.index_repo import IndexRepo
from support.project import Project


def test_the_command_that_helps_is_offered_and_not_the_old_line(tmp_path: Path) -> None:
    """Whoever wrote `^2` wants 2, and `^1` is what stood there before."""
    index, project = IndexRepo(tmp_path), Project(tmp_path)
    for version, needs in (("1.0.0", ()), ("2.0.0", ("lead <2",))):
        index.publish("lead", version, tools="Read")
        index.publish("auditor", version, *needs, tools="Read")
    project.write("agentpm.toml", manifest(index, "^1"))
    project.run("install").done()
    project.write("agentpm.toml", manifest(index, "^2"))
    said = project.run("install").failed(1).err
    assert "hint: `agentpm update lead` lets it move as well" in said
    project.run("update", "lead").done()
    agents = project.run("list", "--json").done().data["agents"]
    assert {agent["name"]: agent["version"] for agent in agents} == {
        "auditor": "2.0.0",
        "lead": "1.0.0",
    }


def manifest(index: IndexRepo, wanted: str) -> str:
    agents = f'lead = "*"\nauditor = "{wanted}"'
    return f'[project]\nregistry = "acme"\n[agents]\n{agents}\n[registries]\nacme = "{index.url}"\n'
