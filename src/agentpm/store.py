"""Bytes by digest, checked on the way in as on the way out.

One SQLite file, so that a thousand agents are one transaction. Everything in it can be had again,
and every answer is checked against its digest: hence nothing waits for the disk here, and a file
that a power cut tore is thrown away.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from agentpm import fs
from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.digest import Digest

_FORMAT = 1
_SCHEMA = "CREATE TABLE content (digest TEXT PRIMARY KEY, bytes BLOB NOT NULL)"
_DAMAGE = frozenset({sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_AT_ONCE = 500
"""How many digests one query asks for; SQLite allows 999 variables in one."""

Answer = TypeVar("Answer")


class CorruptContent(AgentpmError):
    """Bytes that are not those their digest names."""

    code = "corrupt-content"
    exit_code = ExitCode.CORRUPT


class Store:
    """The store in `directory`, opened when it is first used.

    Every method may raise `DiskFailure`.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / "content.sqlite3"
        self._opened: sqlite3.Connection | None = None

    def get(self, digest: Digest) -> bytes | None:
        """The bytes with this digest, or None where the store does not have them."""
        return self.get_many([digest]).get(digest)

    def get_many(self, digests: Iterable[Digest]) -> dict[Digest, bytes]:
        """The bytes of those digests that the store has.

        Whatever is not what its digest says is thrown away, and counts as not being here.
        """
        query = "SELECT digest, bytes FROM content WHERE digest IN (*)"
        found = {Digest(row[0]): bytes(row[1]) for row in self._select(query, digests)}
        wrong = [digest for digest, content in found.items() if Digest.of(content) != digest]
        for digest in wrong:
            del found[digest]
        if wrong:
            self._use(lambda database: _forget(database, wrong))
        return found

    def missing(self, digests: Iterable[Digest]) -> frozenset[Digest]:
        """Those of the digests that the store does not have."""
        wanted = frozenset(digests)
        query = "SELECT digest FROM content WHERE digest IN (*)"
        return wanted - {Digest(row[0]) for row in self._select(query, wanted)}

    def put_many(self, contents: Mapping[Digest, bytes]) -> None:
        """Take bytes in under their digests: all of them, or none.

        Raises:
            CorruptContent: one does not have the digest it comes with.
        """
        for digest, content in contents.items():
            if Digest.of(content) != digest:
                raise CorruptContent(
                    f"bytes that should be `{digest}` are `{Digest.of(content)}`",
                    hint="whoever sent them sent something else than was asked for",
                )
        if contents:
            self._use(lambda database: _insert(database, contents))

    def size(self) -> int:
        """How many bytes the store takes on disk."""
        found = fs.stamp(self._path)
        return found.size if found else 0

    def clean(self) -> int:
        """Empty the store; how many bytes that freed."""
        before = self.size()
        if before:
            self._use(lambda database: database.executescript("DELETE FROM content; VACUUM"))
        return before - self.size()

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _select(self, query: str, digests: Iterable[Digest]) -> list[tuple[Any, ...]]:
        """The rows of `query`, whose `*` stands for the digests."""
        wanted = sorted(digests)
        if not wanted or (self._opened is None and not self.size()):
            return []

        def select(database: sqlite3.Connection) -> list[tuple[Any, ...]]:
            rows: list[tuple[Any, ...]] = []
            for start in range(0, len(wanted), _AT_ONCE):
                part = wanted[start : start + _AT_ONCE]
                rows += database.execute(query.replace("*", ",".join("?" * len(part))), part)
            return rows

        return self._use(select)

    def _use(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Do some work with the open file; a damaged one is first thrown away, nothing being lost."""
        try:
            return work(self._connection())
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF not in _DAMAGE:
                raise self._failure(error) from error
        self._discard()
        try:
            return work(self._connection())
        except sqlite3.Error as error:
            raise self._failure(error) from error

    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            fs.make_directory(self._path.parent)
            self._opened = _open(self._path)
        return self._opened

    def _discard(self) -> None:
        self.close()
        for suffix in ("", "-journal"):
            fs.remove(self._path.with_name(self._path.name + suffix))

    def _failure(self, error: sqlite3.Error) -> fs.DiskFailure:
        return fs.DiskFailure(f"could not use `{self._path}`: {error}")


def _insert(database: sqlite3.Connection, contents: Mapping[Digest, bytes]) -> None:
    with database:
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT OR REPLACE INTO content VALUES (?, ?)", contents.items())


def _forget(database: sqlite3.Connection, digests: Iterable[Digest]) -> None:
    with database:
        database.executemany("DELETE FROM content WHERE digest = ?", [(d,) for d in digests])


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=60, isolation_level=None)
    try:
        database.execute("PRAGMA synchronous = OFF")
        if _format(database) != _FORMAT:
            _create(database)
    except BaseException:
        database.close()
        raise
    return database


def _create(database: sqlite3.Connection) -> None:
    with database:
        database.execute("BEGIN IMMEDIATE")
        # Another process may have been quicker.
        if _format(database) != _FORMAT:
            database.execute("DROP TABLE IF EXISTS content")
            database.execute(_SCHEMA)
            database.execute(f"PRAGMA user_version = {_FORMAT}")


def _format(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])
