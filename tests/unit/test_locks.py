"""Locks between processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import filelock
import pytest

from agentpm import fs
from agentpm.git import Git, handing_down
from agentpm.locks import lock


def test_a_lock_keeps_others_out_and_says_who_waits(tmp_path: Path) -> None:
    """Two commands in one project take turns, and neither looks as if it hung."""
    path, order, waited = tmp_path / "locks" / "lock", [], threading.Event()

    def second() -> None:
        with lock(path, waited.set, patience=0.05):
            order.append("second")

    with lock(path, lambda: order.append("never")):
        thread = threading.Thread(target=second)
        thread.start()
        assert waited.wait(timeout=30)
        order.append("first")
    thread.join(timeout=30)
    assert order == ["first", "second"]


def test_a_lock_ends_with_the_block_even_when_it_fails(tmp_path: Path) -> None:
    """A command that failed must not lock out the next one."""
    with pytest.raises(ValueError, match="in the middle"), lock(tmp_path / "lock", _never):
        raise ValueError("in the middle")
    with lock(tmp_path / "lock", _never):
        pass


def test_a_lock_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    """A read-only home directory is a failure with a sentence, not a traceback."""
    (tmp_path / "lock").mkdir()
    with pytest.raises(fs.DiskFailure, match="lock"), lock(tmp_path / "lock", _never):
        pass


def test_a_lock_is_one_for_the_library_too(tmp_path: Path) -> None:
    """Where the system has no `flock` a library locks; both mean the same file and the same lock."""
    path = tmp_path / "lock"
    other = filelock.FileLock(path)
    with lock(path, _never), pytest.raises(filelock.Timeout):
        other.acquire(timeout=0)
    with other, pytest.raises(RecursionError), lock(path, _gives_up, patience=0):
        pass


def test_a_lock_does_not_follow_a_link(tmp_path: Path) -> None:
    """A project that somebody cloned must not have a file of its user's opened for writing."""
    (tmp_path / "private").write_text("mine")
    (tmp_path / "lock").symlink_to(tmp_path / "private")
    with pytest.raises(fs.DiskFailure, match="lock"), lock(tmp_path / "lock", _never):
        pass
    assert (tmp_path / "private").read_text() == "mine"


ORPHAN = """\
import os, pathlib, signal, sys
from agentpm.git import Git, handing_down
from agentpm.locks import lock

with lock(pathlib.Path(sys.argv[1]), lambda: None) as held, handing_down(held):
    Git(None).start(["fetch"], sys.stderr)
    while not os.path.exists(sys.argv[2]):
        pass
    os.kill(os.getpid(), signal.SIGKILL)
"""


def fake_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A program in place of git."""
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


def test_a_git_that_outlives_its_killed_parent_keeps_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It still works in the clone that the next command would clear of locks and half packs."""
    started, ended = tmp_path / "started", tmp_path / "ended"
    fake_git(tmp_path, monkeypatch, f"touch {started}; sleep 1.5; touch {ended}")
    source = str(Path(fs.__file__).resolve().parents[1])
    command = [sys.executable, "-c", ORPHAN, str(tmp_path / "lock"), str(started)]
    killed = subprocess.run(command, check=False, env={**os.environ, "PYTHONPATH": source})
    assert killed.returncode == -signal.SIGKILL
    assert not ended.exists()
    with lock(tmp_path / "lock", lambda: None):
        assert ended.exists()


def test_a_helper_that_stays_keeps_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's helpers for passwords go on for minutes after the command that started them."""
    fake_git(tmp_path, monkeypatch, f"sleep 5 > {os.devnull} 2>&1 &")
    with lock(tmp_path / "lock", _never) as held, handing_down(held):
        Git(None).run("fetch")
    with lock(tmp_path / "lock", _never):
        pass


def _gives_up() -> None:
    raise RecursionError


def _never() -> None:
    raise AssertionError("nobody else holds this lock")
