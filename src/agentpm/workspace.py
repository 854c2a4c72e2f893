"""This project's files: manifest, lockfile, receipt, journal; read, written atomically."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError, Excerpt
from agentpm.location import Location
from agentpm.locks import lock
from agentpm.model.journal import Journal, read_journal, write_journal
from agentpm.model.lockfile import (
    Lockfile,
    MalformedLockfile,
    read_lockfile,
    write_lockfile,
)
from agentpm.model.manifest import MalformedManifest, Manifest, read_manifest
from agentpm.model.receipt import MalformedReceipt, Receipt, read_receipt, write_receipt
from agentpm.sha256 import hex_digest
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Workspace(Location):
    """A location whose files can be read and written."""

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
            return raw.decode("utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            raise malformed(
                f"`{self.shown(path)}` is not UTF-8",
                hint="save the file as UTF-8",
                where=undecodable(raw, error.start, self.shown(path)),
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
        name = hex_digest(str(self.home))[:24]
        with lock(locks / f"{name}.lock", waiting):
            if fs.stamp(self.local) is None:
                yield
                return
            with lock(self.local / "lock", waiting):
                yield


def undecodable(raw: bytes, offset: int, path: str) -> Excerpt:
    """The place of a byte that is no UTF-8."""
    line = raw.count(b"\n", 0, offset) + 1
    column = len(raw[raw.rfind(b"\n", 0, offset) + 1 : offset].decode("utf-8", "replace")) + 1
    return Excerpt.at(raw.decode("utf-8", "replace"), path, line, column)


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
