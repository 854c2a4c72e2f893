"""Where a set of agents lives: a project found by walking upward, or the user's own.

Apart from `workspace`, which reads what is there, so that a no-op finds its way without loading the
formats of files that it only compares.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from agentpm.model.receipt import Stat
from agentpm.values import dataclass

MANIFEST_NAME = "agentpm.toml"
LOCKFILE_NAME = "agentpm.lock"
LOCAL_DIRECTORY = ".agentpm"
DECIDING_VARIABLES = (
    "AGENTPM_CONFIG_DIR", "CLAUDE_CONFIG_DIR", "HOME", "USERPROFILE", "APPDATA", "XDG_CONFIG_HOME",
)  # fmt: skip
"""The environment variables that say where rules are read from."""

Scope = Literal["project", "global"]


@dataclass(frozen=True, slots=True)
class Location:
    """The directories and files of one set of agents.

    `root` is the directory that file paths in the receipt are relative to; `home` the one that
    holds manifest, lockfile and `.agentpm/`. In a project they are the same.
    """

    scope: Scope
    root: Path
    home: Path

    @property
    def manifest_path(self) -> Path:
        """`agentpm.toml`."""
        return self.home / MANIFEST_NAME

    @property
    def lockfile_path(self) -> Path:
        """`agentpm.lock`."""
        return self.home / LOCKFILE_NAME

    @property
    def local(self) -> Path:
        """The directory of what is never committed."""
        return self.home / LOCAL_DIRECTORY

    @property
    def receipt_path(self) -> Path:
        """What was written where."""
        return self.local / "receipt.json"

    @property
    def journal_path(self) -> Path:
        """What a command was about to write."""
        return self.local / "pending.json"

    @property
    def backup(self) -> Path:
        """Where edited files go that the user told agentpm to replace."""
        return self.local / "backup"

    def shown(self, path: Path) -> str:
        """`path` as messages show it: relative to the home where it lies inside."""
        try:
            return path.relative_to(self.home).as_posix()
        except ValueError:
            return str(path)

    def file(self, relative: str) -> Path:
        """The file that a receipt calls `relative`."""
        return self.root.joinpath(*relative.split("/"))


def find_project(start: Path, home: Path) -> Path | None:
    """The root of the project that `start` belongs to; None where that is the home directory.

    It is the nearest directory upward with a manifest, else with a git repository, else `start`.
    """
    if start == home:
        return None
    above = [folder for folder in (start, *start.parents) if folder != home]
    for marker in (MANIFEST_NAME, ".git"):
        for folder in above:
            if (folder / marker).exists():
                return folder
    return start


def deciding(environ: Mapping[str, str]) -> dict[str, str]:
    """Those variables of an environment that say where rules are read from."""
    return {name: environ[name] for name in DECIDING_VARIABLES if name in environ}


def stat_of(path: Path) -> Stat | None:
    """The outside of `path`, None where nothing is.

    A link to a file is followed, as people keep their settings behind one; a link to a folder is
    looked at itself, so that putting one where a folder was does not go unnoticed.
    """
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            target = os.stat(path)  # noqa: PTH116 # a no-op does this for every agent
            found = found if stat.S_ISDIR(target.st_mode) else target
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Stat(found.st_size, found.st_mtime_ns)
