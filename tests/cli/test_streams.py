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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(
    ("words", "unbuffered"),
    [
        *(("list --json", ""), ("--help", ""), ("install", ""), ("info nosuch --json", "")),
        *(("list --json", "1"), ("--version", "1"), ("search", "1")),
    ],
)
def test_no_room_for_the_output_is_one_sentence(
    tmp_path: Path, words: str, unbuffered: str
) -> None:
    """A full disk is nothing that agentpm has to be blamed for, and nothing that it may hide."""
    project = Project(tmp_path)
    project.run("install", "code-reviewer").done()
    ran = shell(project, f"PYTHONUNBUFFERED={unbuffered} agentpm {words} > /dev/full")
    assert ran.returncode == 1
    assert [line for line in ran.stderr.splitlines() if not line.startswith("there are")] == [
        "error: the output could not be written: no space left on device",
        "hint: what the command had to do is done as far as it came; `agentpm status` looks at it",
    ]


@pytest.mark.parametrize("said", ["", "COMP_WORDS=agentpm", "COMP_WORDS=agentpm COMP_CWORD=x"])
def test_a_completion_without_a_line_is_a_usage_error(tmp_path: Path, said: str) -> None:
    """The variable may be left over from a script; it is no bug, and nothing to complete."""
    ran = shell(Project(tmp_path), f"{said} _AGENTPM_COMPLETE=complete_bash agentpm")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("error: `_AGENTPM_COMPLETE` asks what could come next")
    line = 'COMP_WORDS="agentpm outd" COMP_CWORD=1 _AGENTPM_COMPLETE=complete_bash agentpm'
    assert shell(Project(tmp_path), line).stdout == "outdated\n"
