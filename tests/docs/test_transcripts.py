"""Pages that show what happens are run again, command by command, and must still show it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from docs.pages import ROOT, Page, pages

_END = "::end of command::"
_MASKS = (
    # What no two runs share. Pages show any value of the right form.
    (re.compile(r"\b[0-9a-f]{40}\b"), "<commit>"),
    (re.compile(r"\b[0-9a-f]{7,12}\b(?=[ \].]|$)", re.MULTILINE), "<short>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "<time>"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a page with the output that the page shows."""

    line: int
    command: str
    output: str


def _steps(subject: Page) -> list[Step]:
    steps: list[Step] = []
    for block in subject.blocks:
        if block.kind != "console":
            continue
        command, begin = "", 0
        output: list[str] = []
        for number, line in enumerate([*block.text.splitlines(), "$ "], start=block.line):
            if line.startswith("$ "):
                if command:
                    steps.append(Step(begin, command, "\n".join(output).rstrip()))
                command, output, begin = line[2:], [], number
            elif line.startswith("> ") and not output:
                command += "\n" + line[2:]
            else:
                output.append(line)
    return steps


def _run(steps: list[Step], home: Path, program: Path) -> list[str]:
    """The output of each command, run one after the other in one shell, in a folder of `home`."""
    script = "".join(f"{step.command}\nprintf '%s %s\\n' '{_END}' $?\n" for step in steps)
    kept = {name: os.environ[name] for name in ("LANG", "SYSTEMROOT") if name in os.environ}
    start = home / "code"
    start.mkdir()
    file = program.parent / "steps.sh"
    file.write_text(script, "utf-8")
    ran = subprocess.run(
        ["bash", "--noprofile", "--norc", str(file)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=start,
        env={
            **kept,
            "HOME": str(home),
            "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONUNBUFFERED": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        },
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    parts = re.split(rf"{_END} \d+\n", ran.stdout)
    assert len(parts) == len(steps) + 1, ran.stdout
    return [part.rstrip() for part in parts[:-1]]


def _masked(text: str, home: Path) -> str:
    text = text.replace(str(home), "~")
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text


def _program(folder: Path) -> Path:
    """`agentpm` as the tests run it, found on the path under its own name."""
    folder.mkdir()
    program = folder / "agentpm"
    source = ROOT / "src"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="{source}" exec "{sys.executable}" -m agentpm "$@"\n', "utf-8"
    )
    program.chmod(0o755)
    return program


@pytest.mark.skipif(
    shutil.which("bash") is None or sys.platform == "win32", reason="the pages are written for bash"
)
@pytest.mark.parametrize(
    "subject", [p for p in pages() if "```console" in p.text], ids=lambda subject: subject.name
)
def test_a_transcript_shows_what_happens(subject: Page, tmp_path: Path) -> None:
    """A tutorial that no longer works teaches people that they did something wrong."""
    home = tmp_path / "home"
    home.mkdir()
    steps = _steps(subject)
    outputs = _run(steps, home, _program(tmp_path / "bin"))
    for step, output in zip(steps, outputs, strict=True):
        shown, real = _masked(step.output, home), _masked(output, home)
        assert real == shown, f"{subject.name}:{step.line}: $ {step.command}"
