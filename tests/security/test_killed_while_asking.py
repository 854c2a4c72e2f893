"""A command that is killed while git talks to a server: nothing of it stays, and nobody waits for it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentpm import leash
from agentpm.git import Git, GitMissing
from agentpm.leash import leashed
from agentpm.locks import lock
from agentpm.model.name import PackageName
from support.index_repo import IndexRepo
from support.machine import Machine
from support.odd_git_server import OddGitServer
from support.project import Project

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs process groups")

SHELLS = [shell for shell in ("/bin/sh", shutil.which("bash"), shutil.which("dash")) if shell]


@pytest.fixture
def silent() -> Iterator[OddGitServer]:
    """A server that accepts connections, and says nothing."""
    with OddGitServer() as server:
        yield server


@pytest.fixture
def project(tmp_path: Path, silent: OddGitServer) -> Project:
    """A project whose registry is that server."""
    project = Project(tmp_path)
    entry = f'url = "{silent.url}/x.git", allow-insecure = true'
    text = f'[project]\nregistry = "acme"\n\n[registries]\nacme = {{ {entry} }}\n'
    project.write("agentpm.toml", text)
    return project


def until(true: Callable[[], object]) -> None:
    """Wait for something that is bound to happen."""
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def asking(project: Project, server: OddGitServer) -> subprocess.Popen[bytes]:
    """A command that waits for the server's answer."""
    before = server.asked
    process = project.start("search", "x", "--registry", "acme")
    until(lambda: server.asked > before)
    return process


def killed(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGKILL) -> str:
    """What a command had said until a signal ended it."""
    process.send_signal(how)
    _, err = process.communicate(timeout=30)
    assert process.returncode == -how
    return err.decode()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_git_dies_with_the_command_that_started_it(
    project: Project, silent: OddGitServer, how: signal.Signals
) -> None:
    """It would wait for the server for hours, and hold the lock of its registry all the time."""
    killed(asking(project, silent), how)
    assert silent.hung_up(within=30), "git is still connected"
    (held,) = (project.home / "data").rglob("lock")
    with lock(held, _never, patience=10):
        pass


def test_the_command_after_a_killed_one_asks_at_once(
    project: Project, silent: OddGitServer
) -> None:
    """Whoever kills a command that hangs wants to try again, not to wait for what it left."""
    killed(asking(project, silent))
    assert "waiting for another" not in killed(asking(project, silent))


def test_offline_nobody_waits_for_a_command_that_asks(
    project: Project, silent: OddGitServer
) -> None:
    """What is on this machine does not depend on what a server says to somebody else."""
    process = asking(project, silent)
    ran = project.run("search", "x", "--offline", "--registry", "acme").failed(1)
    assert "`--offline` was asked for" in ran.err
    assert "waiting for another" not in ran.err
    assert process.poll() is None, "the other one is still at it"
    killed(process)


def test_offline_agents_are_read_beside_a_command_that_asks(index: IndexRepo, ada: Machine) -> None:
    """Their bytes are in the clone, to which whoever is offline adds nothing."""
    (release,) = ada.registry(index.url).releases(PackageName("reviewer"))
    with ada.registry(index.url)._locked():
        found = ada.registry(index.url, offline=True).fetch([release])
    assert found == {release.checksum: index.agent("reviewer", "1.0.0")}
    assert ada.waits == []


def test_what_killed_gits_leave_is_swept_away(index: IndexRepo, ada: Machine) -> None:
    """Half packs would fill the disk, and packs that are to be kept would never be put together."""
    ada.registry(index.url).refresh()
    packs = ada.cached("clone.git") / "objects" / "pack"
    whole = sorted(path.name for path in packs.iterdir())
    (pack,) = packs.glob("*.pack")
    for name in ("tmp_pack_x1y2z3", "tmp_idx_x1y2z3", f"{pack.stem}.keep"):
        (packs / name).write_bytes(b"half")
    ada.registry(index.url).refresh(force=True)
    assert sorted(path.name for path in packs.iterdir()) == whole


DEAF = """\
import signal, sys
from pathlib import Path
from agentpm import leash
from agentpm.git import Git
from agentpm.limits import Limits
from agentpm.transfer import Silence, Transfer

leash._SHELL = sys.argv[1]
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with leash.leashed(Git(None)) as git:
    git.run("version")
try:
    Transfer(Git(None), "", Path(sys.argv[2]), Limits(silence=1)).attempt("ls-remote", operands=[sys.argv[3]])
except Silence:
    print("silence")
"""


@pytest.mark.parametrize("shell", SHELLS)
def test_who_was_started_deaf_for_signals_ends_too(
    tmp_path: Path, silent: OddGitServer, shell: str
) -> None:
    """Some supervisors let what they start ignore SIGTERM, and all that starts inherits it."""
    environ = {**os.environ, "PYTHONPATH": str(Path(leash.__file__).resolve().parents[1])}
    ran = subprocess.run(
        [sys.executable, "-c", DEAF, shell, str(tmp_path), f"{silent.url}/x.git"],
        env=environ,
        timeout=60,
        capture_output=True,
        check=True,
    )
    assert ran.stdout == b"silence\n"
    assert silent.hung_up(within=30), "git is still connected"


HELD = """\
import sys, time
from agentpm import leash
from agentpm.git import Git

leash._SHELL = sys.argv[1]
with leash.leashed(Git(None)) as git:
    git.attempt("daemon-of-the-test")
"""


@pytest.mark.parametrize("shell", SHELLS)
def test_what_git_started_dies_as_well(tmp_path: Path, shell: str) -> None:
    """Git leaves transfers to helpers; each system has a shell of its own, and all must do it."""
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    pids = tmp_path / "pids"
    program.write_text(
        f"#!/bin/sh\ntrap '' TERM HUP\nsleep 300 &\necho $$ $! > {pids}.new\n"
        f"mv {pids}.new {pids}\nwait\nsleep 300\n"
    )
    program.chmod(0o755)
    environ = {
        **os.environ,
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(Path(leash.__file__).resolve().parents[1]),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", HELD, shell], env=environ, stderr=subprocess.PIPE
    )
    until(pids.exists)
    killed(process)
    for pid in map(int, pids.read_text().split()):
        until(lambda pid=pid: not _runs(pid))  # type: ignore[misc]


@pytest.mark.parametrize("shell", SHELLS)
def test_on_the_leash_a_git_behaves_as_without(
    index: IndexRepo, shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Output, input, words and exit code are git's own, and the guard is gone with it."""
    monkeypatch.setattr(leash, "_SHELL", shell)
    free = Git(index.bare)
    commands = (
        (("cat-file", "--batch-check"), f"{index.tip}\nnothing\n".encode()),
        (("rev-parse", "--verify", "nothing"), b""),
    )
    for command, feed in commands:
        with leashed(free) as git:
            assert git.attempt(*command, feed=feed) == free.attempt(*command, feed=feed)
    with leashed(free) as git:
        ran = git.run("rev-parse", operands=["main"])
    assert ran.decode().strip() == index.tip


def test_a_machine_without_git_is_told_so_on_the_leash_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shell in between must not be what fails."""
    monkeypatch.setenv("PATH", "/nowhere")
    with leashed(Git(None)) as git, pytest.raises(GitMissing):
        git.run("version")


def _runs(pid: int) -> bool:
    """Whether the process runs; one that ended, and that nobody asked for yet, does not."""
    ran = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False)
    return ran.returncode == 0 and not ran.stdout.startswith(b"Z")


def _never() -> None:
    raise AssertionError("the lock is still held")
