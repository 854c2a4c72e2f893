"""Standard streams that are closed, or whose reader has gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.project import SOURCES, Project


def shell(project: Project, line: str) -> subprocess.CompletedProcess[str]:
    """A line for the shell, in which `agentpm` stands for the command."""
    command = f'agentpm() {{ "{sys.executable}" -m agentpm "$@"; }}; set -o pipefail; {line}'
    return subprocess.run(
        ["bash", "-c", command],
        cwd=project.root,
        env={**project.environ, "PYTHONPATH": str(SOURCES), "PYTHONUNBUFFERED": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "line",
    [
        "agentpm lock <&-",
        "agentpm search review >&-",
        "agentpm --version >&-",
        "agentpm lock 2>&-",
        "agentpm list --json <&- >&-",
    ],
)
def test_a_closed_stream_is_no_failure(tmp_path: Path, line: str) -> None:
    """Services and schedulers start programs like that."""
    project = Project(tmp_path)
    project.run("install", "code-reviewer").done()
    ran = shell(project, line)
    assert (ran.returncode, "bug" in ran.stderr, "Traceback" in ran.stderr) == (0, False, False)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("agentpm --version | (exec <&-; sleep 1)", 0),
        ("agentpm search review | (exec <&-; sleep 1)", 0),
        ("agentpm install --json nosuch-agent-at-all | (exec <&-; sleep 1)", 1),
    ],
)
def test_a_reader_that_has_gone_is_no_failure(tmp_path: Path, line: str, code: int) -> None:
    """What was asked for succeeds or fails as it does when somebody reads on."""
    ran = shell(Project(tmp_path), line)
    assert (ran.returncode, ran.stderr) == (code, "")
