"""A process killed at any moment: no half-written file, and the next command finishes the job."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agentpm.model.digest import Digest
from support.project import SOURCES, Project

DIE_AT = """
import os, sys
left = int(sys.argv.pop(1))
def hook(event, arguments):
    global left
    if event in ("os.rename", "os.remove", "os.mkdir") or (
        event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_WRONLY
    ):
        left -= 1
        if left < 0:
            os._exit(137)
sys.addaudithook(hook)
from agentpm.__main__ import main
main()
"""
"""A child that dies, as by kill -9, just before the N-th thing that changes the disk."""


def die_at(project: Project, step: int, *argv: str) -> int:
    """Run agentpm, dead before its `step`-th change of the disk; the exit code."""
    ran = subprocess.run(
        [sys.executable, "-c", DIE_AT, str(step), *argv],
        cwd=project.root,
        env={**project.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        timeout=120,
        check=False,
    )
    return ran.returncode


def digests(project: Project) -> dict[str, Digest]:
    folder = project.agent("x").parent
    return (
        {p.name: Digest.of(p.read_bytes()) for p in folder.glob("*.md")} if folder.exists() else {}
    )


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Project]:
    """The same project before and after the change that the tests interrupt."""
    before = Project(tmp_path_factory.mktemp("before"))
    before.run("install", "code-reviewer@^1", "backend-engineer").done()
    after = Project(tmp_path_factory.mktemp("after"))
    after.run("install", "code-reviewer@^1", "backend-engineer").done()
    after.run("install", "code-reviewer@^2", "api-designer").done()
    return before, after


def test_a_change_can_die_before_any_of_its_steps(
    tmp_path: Path, released: tuple[Project, Project]
) -> None:
    """Install over an installed state, killed before each change of the disk in turn."""
    before, after = (digests(project) for project in released)
    step, codes = 0, []
    while True:
        project = Project(tmp_path, f"p{step}")
        project.run("install", "code-reviewer@^1", "backend-engineer").done()
        code = die_at(project, step, "install", "code-reviewer@^2", "api-designer")
        codes.append(code)
        for name, digest in digests(project).items():
            assert digest in (before.get(name), after.get(name)), f"{name} torn at step {step}"
        # The next command finishes; the same command then finds everything as it should be.
        project.run("install").done()
        project.run("install", "code-reviewer@^2", "api-designer").done()
        assert digests(project) == after, f"not finished after step {step}"
        assert project.lockfile == released[1].lockfile
        assert not list(project.root.rglob("*.tmp"))
        assert not project.exists(".agentpm/pending.json")
        if code == 0:
            break
        step += 1
    assert set(codes[:-1]) == {137}
    assert step > 8, "the child died too rarely for this to prove anything"


def test_an_uninstall_can_die_before_any_of_its_steps(tmp_path: Path) -> None:
    """Removal is finished as well."""
    step = 0
    while True:
        project = Project(tmp_path, f"u{step}")
        project.run("install", "code-reviewer@^1", "backend-engineer").done()
        code = die_at(project, step, "uninstall", "code-reviewer")
        project.run("install").done()
        if "code-reviewer" in project.manifest:
            project.run("uninstall", "code-reviewer").done()
        assert sorted(digests(project)) == ["backend-engineer.md"]
        if code == 0:
            break
        step += 1
    assert step > 5


def test_a_crash_does_not_excuse_writing_over_an_edit(tmp_path: Path) -> None:
    """A person edits the file between the crash and the next command."""
    project = Project(tmp_path)
    project.run("install", "code-reviewer@^1").done()
    step = 0
    while not project.exists(".agentpm/pending.json"):
        assert die_at(project, step, "install", "code-reviewer@^2") == 137
        step += 1
    project.agent("code-reviewer").write_text("mine")
    project.run("install", "--json").failed(1, "edited-by-hand")
    assert project.agent("code-reviewer").read_text() == "mine"
    project.path(".agentpm/pending.json").unlink()
    project.agent("code-reviewer").unlink()
    project.run("install").done()
