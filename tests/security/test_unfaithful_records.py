"""Records that disagree with their files, from every kind of registry, on every way to an install."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.index_repo import IndexRepo, agent_file, index_file
from support.project import Project
from support.web_server import StaticServer

MANIFEST = '[project]\nregistry = "acme"\n\n[agents]\n\n[registries]\nacme = {{ {entry} }}\n'
FILE = """\
---
name: {name}
description: {description}
tools: {tools}
dependencies:
  - reviewer
---
You are a clerk.
"""
HONEST = {"name": "clerk", "description": "Files things.", "tools": "Read"}
LIES: dict[str, dict[str, Any]] = {
    "grants": {"tools": "Read, Bash"},
    "name": {"name": "janitor"},
    "description": {"description": "Deletes things."},
    "a missing dependency": {"record": {"dependencies": []}},
    "an extra dependency": {"record": {"dependencies": ["reviewer", "lead"]}},
}


def clerk(**lie: Any) -> tuple[bytes, str]:
    """A file, and a record of it that is true but for the lie: digest and size always are."""
    record = lie.pop("record", {})
    raw = FILE.format(**{**HONEST, **lie}).encode()
    says = {
        "v": 1,
        "name": "clerk",
        "version": "1.0.0",
        "checksum": "sha256:" + hashlib.sha256(raw).hexdigest(),
        "size": len(raw),
        "description": HONEST["description"],
        "grants": {"tools": HONEST["tools"]},
        "dependencies": ["reviewer"],
    }
    return raw, json.dumps(says | record)


@pytest.fixture
def index(tmp_path: Path) -> IndexRepo:
    return IndexRepo(tmp_path).publish("reviewer", "1.0.0").publish("lead", "1.0.0")


@pytest.fixture(params=["git", "sparse"])
def project(tmp_path: Path, index: IndexRepo, request: pytest.FixtureRequest) -> Iterator[Project]:
    project = Project(tmp_path)
    if request.param == "git":
        project.write("agentpm.toml", MANIFEST.format(entry=f'url = "{index.url}"'))
        yield project
        return
    with StaticServer(index.tree) as server:
        entry = f'url = "{server.address}", allow-insecure = true'
        project.write("agentpm.toml", MANIFEST.format(entry=entry))
        yield project


def offer(index: IndexRepo, **lie: Any) -> None:
    raw, line = clerk(**lie)
    index.write(agent_file("clerk", "1.0.0"), raw)
    index.append(index_file("clerk"), line)
    index.commit("clerk 1.0.0")


def refused(project: Project, *command: str) -> None:
    project.run(*command, "--json").failed(4, "unfaithful-record")
    assert not project.agent("clerk").exists()


def test_what_the_tests_below_offer_is_fine_without_the_lie(
    project: Project, index: IndexRepo
) -> None:
    """A test of refusals is worth something only where nothing else refuses."""
    offer(index)
    project.run("install", "clerk").done()
    assert project.agent("clerk").exists() and project.agent("reviewer").exists()


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_record_that_lies_is_refused(
    project: Project, index: IndexRepo, lie: dict[str, Any]
) -> None:
    """People read the record before they choose, and the resolver chooses by it."""
    offer(index, **lie)
    refused(project, "install", "clerk")
    # What was refused once is refused again: its bytes did not become anything better meanwhile.
    refused(project, "install", "clerk")


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
@pytest.mark.parametrize("command", [("sync",), ("install", "--frozen")])
def test_a_lockfile_does_not_make_it_true(
    project: Project, index: IndexRepo, lie: dict[str, Any], command: tuple[str, ...]
) -> None:
    """To lock, the index's word is enough; to install, it is not."""
    offer(index, **lie)
    project.write("agentpm.toml", project.manifest.replace("[agents]", '[agents]\nclerk = "*"'))
    project.run("lock").done()
    refused(project, *command)


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_bytes_that_are_here_already_are_held_against_the_record(
    project: Project, index: IndexRepo, lie: dict[str, Any]
) -> None:
    """Another registry may have offered the same bytes, with a record that was true."""
    offer(index, **lie)
    keep(project, clerk(**lie)[0])
    refused(project, "install", "clerk")


def test_bytes_that_are_here_are_held_against_the_lockfile(
    project: Project, index: IndexRepo
) -> None:
    """No registry is asked then, and the lockfile repeats what decides who else is installed."""
    lie = LIES["a missing dependency"]
    offer(index, **lie)
    project.write("agentpm.toml", project.manifest.replace("[agents]", '[agents]\nclerk = "*"'))
    project.run("lock").done()
    keep(project, clerk(**lie)[0])
    refused(project, "sync")


def keep(project: Project, raw: bytes) -> None:
    """Have bytes in the store: a faithful registry of this person's own offers them, too."""
    own = IndexRepo(project.tmp_path, "own").publish("reviewer", "1.0.0")
    name = raw.split(b"name: ")[1].split(b"\n")[0].decode()
    description = raw.split(b"description: ")[1].split(b"\n")[0].decode()
    tools = raw.split(b"tools: ")[1].split(b"\n")[0].decode()
    own.write(agent_file(name, "1.0.0"), raw)
    says = {"name": name, "description": description, "grants": {"tools": tools}}
    record = json.loads(clerk()[1]) | {"size": len(raw)} | says
    record["checksum"] = "sha256:" + hashlib.sha256(raw).hexdigest()
    own.append(index_file(name), json.dumps(record))
    own.commit("True")
    other = Project(project.tmp_path, "other")
    other.write("agentpm.toml", MANIFEST.format(entry=f'url = "{own.url}"'))
    other.run("install", name).done()


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_the_registry_that_ships_is_no_exception(tmp_path: Path, lie: dict[str, Any]) -> None:
    """Its repository is a directory of the user's, which other programs can write to."""
    project = Project(tmp_path)
    project.run("search", "reviewer").done()
    tree = tmp_path / "tree"
    raw, line = clerk(**lie)
    in_shipped(project, tree, lambda: into(tree, raw, line))
    refused(project, "install", "clerk")


def into(tree: Path, raw: bytes, line: str) -> None:
    for name in ("reviewer", "lead"):
        text = f"---\nname: {name}\ndescription: Helps.\n---\n".encode()
        record = {"name": name, "version": "1.0.0", "description": "Helps.", "size": len(text)}
        record |= {"v": 1, "checksum": "sha256:" + hashlib.sha256(text).hexdigest()}
        write(tree / agent_file(name, "1.0.0"), text)
        full = json.dumps(record | {"grants": {}, "dependencies": []}) + "\n"
        write(tree / index_file(name), full.encode())
    write(tree / agent_file("clerk", "1.0.0"), raw)
    write(tree / index_file("clerk"), line.encode() + b"\n")


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def in_shipped(project: Project, tree: Path, change: Callable[[], None]) -> None:
    """Change the user's own copy of the shipped registry by hand, in a commit."""
    repository = str(project.home / "data" / "shipped.git")
    project.git("clone", "--quiet", repository, str(tree))
    change()
    for command in (["add", "-A"], ["commit", "-qm", "x"], ["push", "-q", "origin", "HEAD"]):
        subprocess.run(
            ["git", "-C", str(tree), *command], env=project.environ, check=True, capture_output=True
        )
