"""This project's files: manifest, lockfile, receipt, journal; found, read, written atomically.

A workspace is a project (the nearest `agentpm.toml` upward, else the root of the git repository,
else the current directory) or the user's own global one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from agentpm import fs
from agentpm.errors import AgentpmError
from agentpm.model.journal import Journal, read_journal, write_journal
from agentpm.model.lockfile import (
    LOCKFILE_NAME,
    Lockfile,
    MalformedLockfile,
    read_lockfile,
    write_lockfile,
)
from agentpm.model.manifest import MANIFEST_NAME, MalformedManifest, Manifest, read_manifest
from agentpm.model.receipt import MalformedReceipt, Receipt, Stat, read_receipt, write_receipt

LOCAL_DIRECTORY = ".agentpm"
Scope = Literal["project", "global"]


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where one set of agents lives.

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
        """`path` as messages show it: relative to the workspace's home where it lies inside."""
        try:
            return path.relative_to(self.home).as_posix()
        except ValueError:
            return str(path)

    def file(self, relative: str) -> Path:
        """The file that a receipt calls `relative`."""
        return self.root.joinpath(*relative.split("/"))

    def manifest(self) -> Manifest:
        """The manifest; an empty one where there is no file.

        Raises:
            MalformedManifest: it cannot be read as one.
        """
        text = self._text(self.manifest_path, MalformedManifest)
        return read_manifest(text or "", self.shown(self.manifest_path))

    def lockfile_text(self) -> str | None:
        """The text of the lockfile, None where there is none.

        Raises:
            MalformedLockfile: it is not UTF-8.
        """
        return self._text(self.lockfile_path, MalformedLockfile)

    def lockfile(self) -> Lockfile | None:
        """The lockfile, None where there is none.

        Raises:
            MalformedLockfile, NewerLockfile: it cannot be read as one.
        """
        text = self.lockfile_text()
        return None if text is None else read_lockfile(text, self.shown(self.lockfile_path))

    def receipt(self) -> Receipt:
        """The receipt; an empty one where there is no file.

        Raises:
            MalformedReceipt: it cannot be read as one.
        """
        text = self._text(self.receipt_path, MalformedReceipt)
        return Receipt() if text is None else read_receipt(text, self.shown(self.receipt_path))

    def journal(self) -> Journal | None:
        """The journal that a killed command left, None where there is none.

        Raises:
            MalformedReceipt: it cannot be read as one.
        """
        text = self._text(self.journal_path, MalformedReceipt)
        return None if text is None else read_journal(text, self.shown(self.journal_path))

    def _text(self, path: Path, malformed: type[AgentpmError]) -> str | None:
        raw = fs.read(path)
        if raw is None:
            return None
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise malformed(
                f"`{self.shown(path)}` is not UTF-8: byte {error.start} on line {line}",
                hint="save the file as UTF-8",
            ) from None

    def write_manifest(self, text: str) -> None:
        """Replace the manifest, on disk when this returns."""
        fs.write(self.manifest_path, text.encode(), sync=True)

    def write_lockfile(self, text: str) -> None:
        """Replace the lockfile, on disk when this returns."""
        fs.write(self.lockfile_path, text.encode(), sync=True)

    def write_receipt(self, receipt: Receipt) -> None:
        """Replace the receipt, on disk when this returns."""
        self.prepare()
        fs.write(self.receipt_path, write_receipt(receipt).encode(), sync=True)

    def write_journal(self, journal: Journal) -> None:
        """Announce a plan, on disk when this returns."""
        self.prepare()
        fs.write(self.journal_path, write_journal(journal).encode(), sync=True)

    def clear_journal(self) -> None:
        """Take the announcement back: the plan is done."""
        fs.remove(self.journal_path)

    def prepare(self) -> None:
        """Make the local directory, which ignores itself in git."""
        ignore = self.local / ".gitignore"
        if fs.stamp(ignore) is None:
            fs.write(ignore, b"*\n")

    @contextmanager
    def locked(self, locks: Path, waiting: Callable[[], None]) -> Iterator[None]:
        """Hold this workspace against other processes; `waiting` is called when it takes long.

        There are two locks: one in `locks`, a folder of the user's, so that a command which fails
        in a directory without agentpm's files leaves none there; then one in the workspace, where
        it has a local folder, for whoever shares the directory but not the user.
        """
        name = sha256(str(self.home).encode()).hexdigest()[:24]
        with fs.lock(locks / f"{name}.lock", waiting):
            if fs.stamp(self.local) is None:
                yield
                return
            with fs.lock(self.local / "lock", waiting):
                yield


def lockfile_text(lockfile: Lockfile, before: str | None) -> str | None:
    """The text to write for `lockfile`, or None where `before` says the same already.

    Line ends do not count, and are kept as they were found.
    """
    text = write_lockfile(lockfile)
    if before is None:
        return text
    if before.removeprefix("\ufeff").replace("\r\n", "\n") == text:
        return None
    return text.replace("\n", "\r\n") if "\r\n" in before else text


def find_workspace(start: Path, home: Path, *, ceiling: Path | None = None) -> Workspace | None:
    """The project that `start` belongs to, None where that is the home directory itself.

    `ceiling` is a directory at which the search upward ends, for tests and for containers.
    """
    if start == home:
        return None
    above = [start, *start.parents]
    if ceiling is not None and ceiling in above:
        above = above[: above.index(ceiling) + 1]
    above = [folder for folder in above if folder != home]
    for marker in (MANIFEST_NAME, ".git"):
        for folder in above:
            if (folder / marker).exists():
                return Workspace("project", folder, folder)
    return Workspace("project", start, start)


def stat_of(path: Path) -> Stat | None:
    """The outside of `path`, links followed, None where nothing is."""
    try:
        found = os.stat(path)  # noqa: PTH116 # a no-op does this for every agent: no Path methods
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Stat(found.st_size, found.st_mtime_ns)
