"""Transcripts: pages whose blocks of `console` are commands with the output they have.

The commands of a page run one after the other, in one shell, as a person with an empty home
directory. `PYTHONPATH=src:tests python -m docs.transcripts PAGE...` puts the outputs of today into
a page; a test finds pages whose outputs are those of yesterday.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docs.pages import ROOT, Block, Page, page

_END = "::end of command::"
_MASKS = (
    # What no two runs share. Pages show any value of the right form.
    (re.compile(r"\b[0-9a-f]{40}\b"), "<commit>"),
    (re.compile(r"\b[0-9a-f]{7,12}\b(?=[ \].]|$)", re.MULTILINE), "<short>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "<time>"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a page with the output that the page shows; `line` is the command's place."""

    line: int
    command: str
    output: str


def steps(subject: Page) -> list[Step]:
    """The commands of a page: lines after `$ `, going on in lines after `> `."""
    blocks = (block for block in subject.blocks if block.kind == "console")
    return [step for block in blocks for step in _steps(block)]


def _steps(block: Block) -> Iterator[Step]:
    command, begin = "", 0
    output: list[str] = []
    for number, line in enumerate([*block.text.splitlines(), "$ "], start=block.line):
        if line.startswith("$ "):
            if command:
                yield Step(begin, command, "\n".join(output).rstrip())
            command, output, begin = line[2:], [], number
        elif line.startswith("> ") and not output:
            command += "\n" + line[2:]
        else:
            output.append(line)


def play(wanted: list[Step], folder: Path) -> list[str]:
    """The output of each command, run in a person's home directory below `folder`.

    Where the home directory is printed stands `~`.
    """
    home, start, program = folder / "home", folder / "home" / "code", folder / "bin" / "agentpm"
    start.mkdir(parents=True)
    _make_program(program)
    script = folder / "steps.sh"
    script.write_text(
        "".join(f"{step.command}\nprintf '%s\\n' '{_END}'\n" for step in wanted), "utf-8"
    )
    ran = subprocess.run(
        ["bash", "--noprofile", "--norc", str(script)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=start,
        env={
            "HOME": str(home),
            "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        },
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    outputs = ran.stdout.replace(str(home), "~").split(f"{_END}\n")
    assert len(outputs) == len(wanted) + 1, ran.stdout
    return [output.rstrip() for output in outputs[:-1]]


def _make_program(program: Path) -> None:
    """`agentpm` as the tests run it, found on the path under its own name."""
    program.parent.mkdir()
    source = ROOT / "src"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="{source}" exec "{sys.executable}" -m agentpm "$@"\n', "utf-8"
    )
    program.chmod(0o755)


def masked(text: str) -> str:
    """`text` without what no two runs share."""
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text


def with_outputs(subject: Page, outputs: list[str]) -> str:
    """The page's text with these outputs of its commands; those that say the same stay."""
    lines = subject.text.splitlines()
    # From the end, so that the lines before keep their numbers.
    for step, output in reversed(list(zip(steps(subject), outputs, strict=True))):
        if masked(step.output) != masked(output):
            begin = step.line + step.command.count("\n")
            end = begin
            while not lines[end].startswith(("$ ", "```")):
                end += 1
            lines[begin:end] = output.splitlines()
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        subject = page(name)
        with tempfile.TemporaryDirectory() as folder:
            outputs = play(steps(subject), Path(folder))
        subject.path.write_text(with_outputs(subject, outputs), "utf-8")
