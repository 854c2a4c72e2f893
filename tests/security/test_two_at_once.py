"""Two agentpm at once in one project, or on one cache: both end right."""

from __future__ import annotations

import tomllib
from pathlib import Path

from support.project import Project


def test_two_installs_in_one_project_wait_for_each_other(tmp_path: Path) -> None:
    """Neither loses the other's agent."""
    project = Project(tmp_path)
    names = ["backend-engineer", "code-reviewer", "api-designer", "technical-writer"]
    running = [project.start("install", name) for name in names]
    for process in running:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err.decode()
    assert sorted(tomllib.loads(project.manifest)["agents"]) == sorted(names)
    assert sorted(p.stem for p in project.agent("x").parent.glob("*.md")) == sorted(names)
    project.run("verify").done()


def test_two_projects_share_a_new_cache(tmp_path: Path) -> None:
    """The first use of a machine lays out the shipped registry once, whoever comes first."""
    projects = [Project(tmp_path, f"p{number}") for number in range(4)]
    running = [project.start("install", "tech-lead") for project in projects]
    for process in running:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err.decode()
    assert len({project.lockfile for project in projects}) == 1
