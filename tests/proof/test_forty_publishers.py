"""Forty people publish at the same moment: every release survives."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.agent_text import agent_text
from support.index_repo import IndexRepo, index_file
from support.project import SOURCES, Project

FORTY = 40


@pytest.mark.proof
def test_forty_releases_of_forty_publishers_all_survive(tmp_path: Path) -> None:
    """A process each, on forty machines; the registry ends with forty more commits in one line."""
    index = IndexRepo(tmp_path, "acme").publish("reviewer", "1.0.0", tools="Read")
    people = [publisher(tmp_path, index, number) for number in range(FORTY)]
    running = [start(person) for person in people]
    for number, process in enumerate(running):
        _, said = process.communicate(timeout=600)
        assert process.returncode == 0, f"publisher {number}: {said.decode()}"
    history = index.git("rev-list", "--parents", "main").splitlines()
    assert len(history) == 2 + FORTY
    assert all(len(line.split()) <= 2 for line in history), "a line, not a tree"
    records = index.git("show", f"main:{index_file('shared')}").splitlines()
    shared = [json.loads(line)["version"] for line in records]
    assert sorted(shared) == sorted(f"1.{number}.0" for number in range(0, FORTY, 2))
    own = index.git("ls-tree", "-r", "--name-only", "main", "index/").splitlines()
    assert sum(path.startswith("index/pa/rt/") for path in own) == FORTY // 2
    assert index.git("fsck", "--full", "--strict", "--no-dangling") == ""
    reader = Project(tmp_path, person="reader")
    reader.write("agentpm.toml", f'[registries]\nacme = "{index.url}"\n')
    found = reader.run("info", "shared", "--registry", "acme", "--json").data["releases"]
    assert len(found) == FORTY // 2
    reader.run("install", "shared@==1.38.0", "part-39", "--registry", "acme").done()
    reader.run("verify").done()


def publisher(tmp_path: Path, index: IndexRepo, number: int) -> Project:
    """A person who is about to publish: every second one a release of the same package."""
    project = Project(tmp_path, person=f"p{number}")
    project.write("agentpm.toml", f'[registries]\nacme = "{index.url}"\n')
    name = "shared" if number % 2 == 0 else f"part-{number}"
    lines = (f"version: 1.{number}.0", "tools: Read")
    project.write("agent.md", agent_text(*lines, name=name))
    return project


def start(project: Project) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "agentpm", "publish", "agent.md", "--registry", "acme"],
        cwd=project.root,
        env={**project.environ, "PYTHONPATH": str(SOURCES)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
