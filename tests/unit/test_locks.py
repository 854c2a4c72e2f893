"""Locks between processes."""

from __future__ import annotations

import threading
from pathlib import Path

import filelock
import pytest

from agentpm import fs
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


def _gives_up() -> None:
    raise RecursionError


def _never() -> None:
    raise AssertionError("nobody else holds this lock")
