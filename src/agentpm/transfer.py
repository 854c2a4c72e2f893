"""Git commands that talk to other machines, within limits of bytes and of silence.

Git itself knows no limit of what it downloads, and over `git://` it waits for ever. So whatever it
writes is watched: bytes that arrive, answers that it prints, words that it says. Too many bytes end
it, and so does a time in which there are none. What it is told of refs it writes nowhere before it
has all of them, so its memory is watched as well.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from agentpm import fs, lazy, scratch
from agentpm.git import Ends, Git, Ran
from agentpm.leash import leashed
from agentpm.limits import LIMITS, Limits
from agentpm.memory import held_by_group
from agentpm.values import dataclass

if TYPE_CHECKING:
    import select
    import subprocess
else:
    # As in `git`: most commands talk to nobody.
    select, subprocess = map(lazy.module, ("select", "subprocess"))

_PAUSES = (0.01, 0.25)
"""Seconds between two looks at what a process has written: the shortest, and the longest."""

_WEIGHED = 0.5
"""Seconds between two looks at its memory, which cost more; most commands end before the first."""


class Silence(Exception):
    """The other side said nothing for as long as the limits permit; callers put it into words."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Runs commands of `git` that talk to `shown`, and write what arrives below `folder`.

    `meanwhile` is called while git runs, for what would have to be done after it.
    """

    git: Git
    shown: str
    folder: Path
    limits: Limits = LIMITS
    meanwhile: Callable[[], None] | None = None

    def attempt(self, *command: str, operands: Sequence[str] = (), feed: bytes = b"") -> Ran:
        """As `Git.attempt`, within the limits.

        Raises:
            TooLarge: more came than the limits permit.
            Silence: nothing came.
        """
        with scratch.nameless() as source, scratch.nameless() as out:
            # A pipe would have to be filled while git is watched.
            with fs.explained("write to", scratch.place()):
                source.write(feed)
                source.seek(0)

            def take(process: subprocess.Popen[bytes], talk: IO[bytes]) -> bytes:
                return self._taken(process, _Watch(self, process.pid, talk, out))

            with leashed(self.git) as git:
                return git.conduct(command, operands, take, Ends(source, out))

    def _taken(self, process: subprocess.Popen[bytes], watch: _Watch) -> bytes:
        pause = _PAUSES[0]
        if self.meanwhile is not None:
            self.meanwhile()
        with _ending(process) as has_ended:
            while not has_ended(min(pause, self.limits.silence)):
                pause = min(pause * 2, _PAUSES[1])
                watch.look()
        process.wait()
        return watch.answer()


@contextmanager
def _ending(process: subprocess.Popen[bytes]) -> Iterator[Callable[[float], bool]]:
    """What says whether a process has ended, and waits some seconds for that if it has not.

    Linux tells at once. Elsewhere Python looks again and again, and ever more rarely, so that the
    end of a short process is noticed late.
    """
    try:
        # mypy knows only the system that it runs on.
        handle: int = getattr(os, "pidfd_open")(process.pid)  # noqa: B009
    except (AttributeError, OSError):
        yield partial(_looked_for, process)
        return
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        yield lambda seconds: bool(poll.poll(seconds * 1000))
    finally:
        os.close(handle)


def _looked_for(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


class _Watch:
    """What a transfer has brought so far, held against its limits."""

    def __init__(self, transfer: Transfer, group: int, talk: IO[bytes], out: IO[bytes]) -> None:
        self._transfer = transfer
        self._group = group
        self._talk, self._out = talk, out
        self._before = fs.disk_usage(transfer.folder)
        self._seen = self._written()
        self._heard = self._weighed = time.monotonic()

    def look(self) -> None:
        """Raise `TooLarge` or `Silence` where it is time for that."""
        limits, now = self._transfer.limits, time.monotonic()
        written = self._written()
        if written != self._seen:
            self._seen, self._heard = written, now
        disk, said, answer = written
        if disk - self._before + said > limits.size:
            raise self._too_large(limits.size)
        if answer > limits.answer:
            raise self._too_large(limits.answer)
        if now - self._weighed > _WEIGHED:
            self._weighed = now
            if held_by_group(self._group) > limits.memory:
                raise self._too_large(limits.memory)
        if now - self._heard > limits.silence:
            raise Silence(f"it said nothing for {limits.silence:g} seconds")

    def answer(self) -> bytes:
        """What was printed, by a process that has ended."""
        limit = self._transfer.limits.answer
        self._out.seek(0)
        found = self._out.read(limit + 1)
        if len(found) > limit:
            raise self._too_large(limit)
        return found

    def _written(self) -> tuple[int, int, int]:
        said, answer = (os.fstat(file.fileno()).st_size for file in (self._talk, self._out))
        return fs.disk_usage(self._transfer.folder), said, answer

    def _too_large(self, limit: int) -> fs.TooLarge:
        return fs.TooLarge(
            f"`{self._transfer.shown}` sent more than {limit / fs.MIB:g} MiB at once",
            hint="check the address; if it is right, tell the people who keep what is there",
        )
