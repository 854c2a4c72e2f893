"""How much memory the processes of a group hold."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from agentpm import lazy

if TYPE_CHECKING:
    import subprocess
else:
    # As in `git`: most commands start no process.
    subprocess = lazy.module("subprocess")

_PROC = Path("/proc")


def held_by_group(group: int) -> int:
    """The bytes that the processes of a group hold, 0 where the system does not tell.

    On Linux without the pages of files, of which git maps whole packs.
    """
    if (_PROC / "self" / "statm").exists():
        return sum(_held(pid) for pid in _members(group))
    return held_as_listed(group)


def held_as_listed(group: int) -> int:
    """The same as `ps` has it, on any system that has one; with the pages of files."""
    try:
        ran = subprocess.run(["ps", "-axo", "pgid=,rss="], capture_output=True, check=False)
    except OSError:
        return 0
    rows = (line.split() for line in ran.stdout.splitlines())
    return sum(int(row[1]) * 1024 for row in rows if len(row) == 2 and row[0] == b"%d" % group)


def _members(group: int) -> Iterator[str]:
    for entry in _PROC.iterdir():
        if entry.name.isdecimal():
            # The name of the program comes first, in brackets, and may hold anything.
            fields = _fields(f"{entry.name}/stat", after=b")")
            if len(fields) > 2 and fields[2] == b"%d" % group:
                yield entry.name


def _held(pid: str) -> int:
    fields = _fields(f"{pid}/statm")
    return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE") if fields else 0


def _fields(name: str, after: bytes = b"") -> list[bytes]:
    """The words of a file of the system, none where its process is gone."""
    with suppress(OSError), (_PROC / name).open("rb") as file:
        raw = file.read(4096)
        return raw[raw.rfind(after) + 1 :].split() if after else raw.split()
    return []
