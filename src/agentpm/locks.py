"""Locks between processes, each a file that one of them holds."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from agentpm import fs

if sys.platform != "win32":
    import fcntl

_SOON, _LATER = 0.02, 0.05
"""Seconds between two tries, before somebody was told of the wait, and after."""

_FLOCK = sys.platform != "win32"

_TAKEN = frozenset([errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK])


@contextmanager
def lock(path: Path, waiting: Callable[[], None], *, patience: float = 0.5) -> Iterator[int | None]:
    """Hold the lock file `path` alone, among all processes, as long as the block runs.

    The lock ends with the process, however that ends; the file stays. Not re-entrant. `waiting` is
    called once if the lock is still another's after `patience` seconds.

    Gives the descriptor that holds the lock, where there is one. A process that inherits it holds
    the lock on when this one is killed, but not when the block is left.

    Raises:
        DiskFailure: there can be no such file.
    """
    fs.make_directory(path.parent)
    way = _by_flock if _FLOCK else _by_library
    with way(path, waiting, patience) as held:
        yield held


@contextmanager
def _by_flock(path: Path, waiting: Callable[[], None], patience: float) -> Iterator[int]:
    with fs.explained("lock", path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        with fs.explained("lock", path):
            if not _won(handle, patience, _SOON):
                waiting()
                _won(handle, float("inf"), _LATER)
        yield handle
    finally:
        # Closing would leave it to those who inherited it, such as a helper that stays for a while.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)


def _won(handle: int, patience: float, pause: float) -> bool:
    """Try to get the lock, until `patience` seconds are over."""
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
        else:
            return True
        if time.monotonic() >= end:
            return False
        time.sleep(pause)


@contextmanager
def _by_library(
    path: Path, waiting: Callable[[], None], patience: float
) -> Iterator[None]:  # pragma: no cover  (Windows)
    # It also knows systems without `flock`, and takes longer to load than most commands do to run.
    import filelock  # noqa: PLC0415

    held = filelock.FileLock(path)
    with fs.explained("lock", path):
        try:
            held.acquire(timeout=patience, poll_interval=_SOON)
        except filelock.Timeout:
            waiting()
            held.acquire(poll_interval=_LATER)
    try:
        yield
    finally:
        held.release()
