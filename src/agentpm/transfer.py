"""Git commands that talk to other machines, within limits of bytes and of silence.

Git itself knows no limit of what it downloads, and over `git://` it waits for ever. So whatever it
writes is watched: bytes that arrive, words that it says. Too many bytes end it, and so does a time
in which there is neither.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from agentpm import fs, lazy
from agentpm.git import Git, Ran
from agentpm.leash import leashed
from agentpm.values import dataclass

if TYPE_CHECKING:
    import subprocess
else:
    # As in `git`: most commands talk to nobody.
    subprocess = lazy.module("subprocess")

_PAUSES = (0.01, 0.25)
"""Seconds between two looks at what a process has written: the shortest, and the longest."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer of another machine may cost.

    `size` is in bytes on this disk, `silence` in seconds without a byte or a word.
    """

    size: int = 2048 * fs.MIB
    silence: float = 120.0


LIMITS = Limits()
"""What holds unless somebody says otherwise."""


class Silence(Exception):
    """The other side said nothing for as long as the limits permit; callers put it into words."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Runs commands of `git` that talk to `shown`, and write what arrives below `folder`."""

    git: Git
    shown: str
    folder: Path
    limits: Limits = LIMITS

    def attempt(self, *command: str, operands: Sequence[str] = (), feed: bytes = b"") -> Ran:
        """As `Git.attempt`, within the limits.

        Raises:
            TooLarge: more bytes came than the limits permit.
            Silence: nothing came.
        """
        before = fs.disk_usage(self.folder)

        def take(process: subprocess.Popen[bytes], talk: IO[bytes]) -> bytes:
            return self._take(process, feed, talk, before)

        with leashed(self.git) as git:
            return git.conduct(command, operands, take)

    def _take(
        self, process: subprocess.Popen[bytes], feed: bytes, talk: IO[bytes], before: int
    ) -> bytes:
        pause, left = _PAUSES[0], feed or None
        seen, heard = (before, 0), time.monotonic()
        while True:
            try:
                out, _ = process.communicate(left, timeout=min(pause, self.limits.silence))
            except subprocess.TimeoutExpired:
                pause, left = min(pause * 2, _PAUSES[1]), None
            else:
                return out
            now = fs.disk_usage(self.folder), os.fstat(talk.fileno()).st_size
            if now != seen:
                seen, heard = now, time.monotonic()
            if sum(now) - before > self.limits.size:
                raise self._too_large()
            if time.monotonic() - heard > self.limits.silence:
                raise Silence(f"it said nothing for {self.limits.silence:g} seconds")

    def _too_large(self) -> fs.TooLarge:
        return fs.TooLarge(
            f"`{self.shown}` sent more than {self.limits.size / fs.MIB:g} MiB at once",
            hint="check the address; if it is right, tell the people who keep what is there",
        )
