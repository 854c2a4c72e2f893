"""A person at a terminal: the real command line on a pseudo-terminal.

How to use it:

    seen = at_terminal(project, "update", "helper", answers={"Approve this": "y"})
    assert seen.code == 0
    assert "can now run any shell command" in seen.screen

`answers` says what to type, with the enter key, once a text is on the screen. Where such a text never
comes, nothing is typed. `seen.screen` is all that was shown, output and talk as they came; `unasked`
are the texts of `answers` that did not come. Terminals of this kind exist on Unix alone: elsewhere the
test is skipped.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from support.project import SOURCES, Project

_ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person saw, and how it ended."""

    code: int
    screen: str
    unasked: tuple[str, ...] = ()


def at_terminal(
    project: Project, *argv: str, answers: Mapping[str, str] | None = None, columns: int = 0
) -> Seen:
    """Run `agentpm argv...` on a terminal of its own, which is so wide if it says how wide it is."""
    if sys.platform == "win32":
        pytest.skip("pseudo-terminals are a thing of Unix")
    ours, theirs = os.openpty()
    _resize(theirs, columns)
    try:
        with subprocess.Popen(
            [sys.executable, "-m", "agentpm", *argv],
            cwd=project.root,
            env={**project.environ, "PYTHONPATH": str(SOURCES), "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        ) as process:
            os.close(theirs)
            screen, unasked = _watch(ours, dict(answers or {}))
            return Seen(process.wait(timeout=60), project.masked(screen), unasked)
    finally:
        os.close(ours)


def _resize(terminal: int, columns: int) -> None:
    import termios  # noqa: PLC0415 # Unix alone has it

    termios.tcsetwinsize(terminal, (24 if columns else 0, columns))


def _watch(terminal: int, answers: dict[str, str]) -> tuple[str, tuple[str, ...]]:
    """Read until nobody holds the other end any more, and type what is asked for."""
    shown = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # Linux says so when the last process has closed the other end
            part = b""
        shown += part
        screen = _ESCAPE.sub("", shown.decode("utf-8", "replace")).replace("\r\n", "\n")
        # A prompt ends with a blank; what is typed sooner would be echoed before that.
        waiting = screen.endswith(" ")
        for question in [text for text in answers if waiting and text in screen]:
            os.write(terminal, answers.pop(question).encode() + b"\n")
        if not part:
            return screen, tuple(answers)
