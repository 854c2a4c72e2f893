"""`agentpm init`: a manifest to begin with."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from agentpm.model.manifest import read_manifest
from agentpm.ops.policies import project_layer
from support.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_the_first_install_keeps_the_comments(project: Project) -> None:
    """Whoever began with `init` wants to read them later."""
    project.run("init", "--name", 'a "shop"').done()
    before = project.manifest
    project.run("install", "backend-engineer").done()
    project.run("registry", "add", "acme", "https://example.org/x", "--offline").done()
    found = tomllib.loads(project.manifest)
    assert found["project"] == {"name": 'a "shop"', "targets": ["claude"]}
    assert found["agents"] == {"backend-engineer": "^1.0"}
    assert found["registries"] == {"acme": "https://example.org/x"}
    assert set(before.splitlines()) <= set(project.manifest.splitlines())


def test_what_the_comments_show_can_be_uncommented(project: Project) -> None:
    """An example in a manifest is the one most people start from."""
    project.run("init").done()
    text = re.sub(r"^# (?=\[|[a-z-]+ = )", "", project.manifest, flags=re.MULTILINE)
    found = read_manifest(text)
    assert sorted(found.agents) == ["backend-engineer", "house-style", "security-auditor"]
    assert found.registry == "acme"
    assert project_layer(found).rules


def test_an_existing_manifest_stays(project: Project) -> None:
    """It is somebody's work."""
    project.write("agentpm.toml", "# mine\n")
    project.run("init", "--json").failed(1, "manifest-exists")
    assert project.manifest == "# mine\n"


def test_a_folder_inside_a_project_becomes_its_own_project(project: Project) -> None:
    """Which is worth a word, because from then on commands there do something else."""
    project.run("init").done()
    inner = project.path("packages/web")
    inner.mkdir(parents=True)
    ran = project.run("init", cwd=inner).done()
    assert (inner / "agentpm.toml").exists()
    assert "a project of its own" in ran.err


def test_a_harness_that_agentpm_cannot_install_for_is_refused(project: Project) -> None:
    """Better here than when the agents do not show up."""
    ran = project.run("init", "--target", "cluade")
    assert "did you mean `claude`?" in ran.failed(1).err
    assert not project.exists("agentpm.toml")


def test_in_the_home_directory_it_is_about_your_own_agents(project: Project) -> None:
    """A manifest in the home directory itself would make everything below one project."""
    project.run("init", cwd=project.home).done()
    assert not (project.home / "agentpm.toml").exists()
    assert (project.home / "config" / "agentpm.toml").exists()


def test_another_directory_can_be_named(project: Project) -> None:
    """`-C` is for scripts, which stand elsewhere."""
    project.path("other").mkdir()
    project.run("init", "-C", "other").done()
    assert project.exists("other/agentpm.toml")
