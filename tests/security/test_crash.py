"""A process killed at any moment: no half-written file, and the next command finishes the job."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agentpm.model.digest import Digest
from support.agent_text import agent_text
from support.project import SOURCES, Project

DIE_AT = """
import os, sys
left, root = int(sys.argv.pop(1)), os.getcwd()
def changes_the_project(event, arguments):
    if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & os.O_WRONLY):
        return False
    if event not in ("open", "os.rename", "os.remove", "os.mkdir"):
        return False
    return str(arguments[0]).startswith(root)
def hook(event, arguments):
    global left
    if changes_the_project(event, arguments):
        left -= 1
        if left < 0:
            os._exit(137)
sys.addaudithook(hook)
from agentpm.__main__ import main
main()
"""
"""A child that dies, as by kill -9, just before the N-th thing it does to the project's files."""


def die_at(project: Project, step: int, *argv: str) -> int:
    """Run agentpm, dead before its `step`-th change of the project; the exit code."""
    ran = subprocess.run(
        [sys.executable, "-c", DIE_AT, str(step), *argv],
        cwd=project.root,
        env={**project.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode in (0, 137), ran.stderr.decode()
    return ran.returncode


def copy_of(project: Project, name: str) -> Project:
    """The same project of the same person, once more."""
    copy = Project(project.tmp_path, name)
    shutil.copytree(project.root, copy.root, dirs_exist_ok=True)
    return copy


def digests(project: Project) -> dict[str, Digest]:
    folder = project.agent("x").parent
    return (
        {p.name: Digest.of(p.read_bytes()) for p in folder.glob("*.md")} if folder.exists() else {}
    )


@pytest.fixture
def installed(tmp_path: Path) -> Project:
    """A project with two agents, one of them not the newest."""
    project = Project(tmp_path)
    project.run("install", "code-reviewer@^1", "backend-engineer").done()
    return project


def test_a_change_can_die_before_any_of_its_steps(installed: Project) -> None:
    """Killed before each thing it does in turn: nothing is torn, the next command finishes."""
    wanted = ("install", "code-reviewer@^2", "api-designer")
    done = copy_of(installed, "done")
    done.run(*wanted).done()
    before, after = digests(installed), digests(done)
    step, code = 0, 137
    while code != 0:
        project = copy_of(installed, f"p{step}")
        code = die_at(project, step, *wanted)
        for name, digest in digests(project).items():
            assert digest in (before.get(name), after.get(name)), f"{name} torn at step {step}"
        project.run(*wanted).done()
        assert digests(project) == after, f"not finished after step {step}"
        assert project.lockfile == done.lockfile
        assert not list(project.root.rglob("*.tmp"))
        assert not project.exists(".agentpm/pending.json")
        step += 1
    assert step > 10, "the child died too rarely for this to prove anything"


def test_what_a_killed_command_began_is_finished_by_another(installed: Project) -> None:
    """From the moment the journal stands, the next changing command does the rest."""
    step, finished, code = 0, 0, 137
    while code != 0:
        project = copy_of(installed, f"p{step}")
        code = die_at(project, step, "uninstall", "code-reviewer")
        announced = project.exists(".agentpm/pending.json")
        project.run("install").done()
        assert ("code-reviewer" in project.manifest) == project.agent("code-reviewer").exists()
        if announced:
            assert sorted(digests(project)) == ["backend-engineer.md"]
            finished += 1
        step += 1
    assert finished > 2


def test_a_crash_does_not_excuse_writing_over_an_edit(installed: Project) -> None:
    """A person edits the file between the crash and the next command."""
    step = 0
    while not installed.exists(".agentpm/pending.json"):
        assert die_at(installed, step, "install", "code-reviewer@^2") == 137
        step += 1
    installed.agent("code-reviewer").write_text("mine")
    installed.run("install", "--json").failed(1, "edited-by-hand")
    assert installed.agent("code-reviewer").read_text() == "mine"
    installed.path(".agentpm/pending.json").unlink()
    installed.agent("code-reviewer").unlink()
    installed.run("install").done()


def test_an_edited_file_that_was_given_up_goes_after_a_crash_too(installed: Project) -> None:
    """Whoever said `--force` has a copy in the backup, and does not want the file to stay."""
    installed.agent("code-reviewer").write_text("mine")
    step, finished, code = 0, 0, 137
    while code != 0:
        project = copy_of(installed, f"f{step}")
        code = die_at(project, step, "uninstall", "code-reviewer", "--force")
        if project.exists(".agentpm/pending.json"):
            project.run("install").done()
            assert not project.agent("code-reviewer").exists(), f"left after step {step}"
            finished += 1
        step += 1
    assert finished > 2


def test_adopting_can_die_before_any_of_its_steps(tmp_path: Path) -> None:
    """No byte of a file that was there is lost or torn, whatever had been moved by then."""
    start = Project(tmp_path)
    start.run("install", "code-reviewer").done()
    published = start.agent("code-reviewer").read_bytes()
    shutil.rmtree(start.root)
    start.root.mkdir()
    start.write(".claude/agents/deep/reviewer.md", published)
    own = start.write(".claude/agents/own.md", agent_text(name="own")).read_bytes()
    wanted = ("adopt", "--move", "--local", "--yes")
    step, code = 0, 137
    while code != 0:
        project = copy_of(start, f"a{step}")
        code = die_at(project, step, *wanted)
        there = [path.read_bytes() for path in project.root.rglob("*.md")]
        assert published in there, f"lost at step {step}"
        assert own in there, f"lost at step {step}"
        if code != 0:
            for shown in project.path(".claude/agents").rglob("*.md"):
                assert shown.read_bytes() in (published, own), f"torn at step {step}"
        step += 1
    assert step > 8
    assert project.run("install").done().lines == ["2 agents are up to date"]
