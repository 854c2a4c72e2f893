"""Ctrl-C, at any moment: one sentence and one exit code, never a traceback and never silence."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from support.project import SOURCES, Project

SENTENCE = "interrupted: what was finished stays, the next command does the rest"

WHILE_LOADING = """
import os, signal, sys

class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

from agentpm.__main__ import main
sys.meta_path.insert(0, Impatient())
sys.argv[1:] = {argv!r}
main()
"""


AT_THE_END = """
import atexit, os, signal, sys

from agentpm.__main__ import main
atexit.register(lambda: os.kill(os.getpid(), signal.SIGINT))
sys.argv[1:] = {argv!r}
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(("argv", "code"), [(["list"], 0), (["list", "--no-such"], 2)])
def test_an_interruption_when_all_is_done(tmp_path: Path, argv: list[str], code: int) -> None:
    """The outcome stands, and what tidies up afterwards has no words for it."""
    ran = subprocess.run(
        [sys.executable, "-c", AT_THE_END.format(argv=argv)],
        cwd=Project(tmp_path).root,
        env=Project(tmp_path, "other").environ | {"PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == code
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("argv", "module"),
    [
        (["lock"], "agentpm.cli.main"),
        (["lock"], "agentpm.cli.commands.lock"),
        (["install"], "agentpm.cli.quick"),
        (["lock", "--lowest"], "agentpm.cli.app"),
        (["lock", "--lowest"], "agentpm.cli.commands.lock"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interruption_while_the_program_loads(
    tmp_path: Path, argv: list[str], module: str
) -> None:
    """Loading takes longer than many a command, so this is when most people have enough."""
    project = Project(tmp_path)
    ran = subprocess.run(
        [sys.executable, "-c", WHILE_LOADING.format(module=module, argv=argv)],
        cwd=project.root,
        env={**project.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (ran.returncode, ran.stdout) == (130, b"")
    assert ran.stderr.decode().strip() == SENTENCE


@pytest.mark.parametrize("argv", [["lock"], ["lock", "--lowest"], ["install", "--dry-run"]])
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interruption_while_a_command_works(tmp_path: Path, argv: list[str]) -> None:
    """The library that reads options makes an exit code of it, and would say nothing.

    The server is silent all the time: nobody waits for what it may still say.
    """
    project = Project(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        project.write(
            "agentpm.toml",
            '[project]\nregistry = "acme"\n\n[agents]\nlead = "*"\n\n[registries]\n'
            f'acme = {{ url = "sparse+http://127.0.0.1:{port}", allow-insecure = true }}\n',
        )
        silent.settimeout(60)
        with project.start(*argv) as process:
            connection, _ = silent.accept()
            process.send_signal(signal.SIGINT)
            # Half of what a silent server is given to answer.
            out, err = process.communicate(timeout=15)
            connection.close()
    assert (process.returncode, out) == (130, b"")
    assert err.decode().strip().endswith(SENTENCE)
    assert "Traceback" not in err.decode()
    assert not project.exists("agentpm.lock")
