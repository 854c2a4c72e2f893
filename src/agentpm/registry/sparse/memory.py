"""What was seen of a sparse registry's files: one SQLite database where no cache is emptied.

It is all that this machine knows of the registry, and what every later answer is held against. So a
damaged one is never taken for an empty one, which would accept a rewritten registry.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from agentpm import fs
from agentpm.http.document import Validators
from agentpm.model.name import PackageName
from agentpm.registry.seen import DamagedMemory
from agentpm.registry.sparse.judge import Kept
from agentpm.registry.wire import name_at

_FORMAT = 1
_SCHEMA = """
CREATE TABLE file (
    path TEXT PRIMARY KEY,
    content BLOB,
    etag TEXT NOT NULL,
    modified TEXT NOT NULL,
    looked REAL NOT NULL,
    since REAL NOT NULL
);
CREATE TABLE state (changes INTEGER NOT NULL);
INSERT INTO state VALUES (0);
"""
_GET = "SELECT content, etag, modified, looked, since FROM file WHERE path = ?"
_PUT = "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?)"
_DAMAGE = frozenset({sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

Answer = TypeVar("Answer")
Decide = Callable[[Mapping[str, Kept]], Mapping[str, Kept]]
"""From what is remembered of some files to what of it is to change."""


class Memory:
    """The memory in the file `path`, opened when it is first asked for something.

    Every method may raise `DamagedMemory`, or `DiskFailure` where the disk is at fault.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: sqlite3.Connection | None = None

    def get(self, paths: Iterable[str]) -> dict[str, Kept]:
        """What is remembered of each of the files, those that were never asked for left out."""
        if self._is_absent():
            return {}
        with self._database() as database:
            return _get(database, paths)

    def known(self) -> dict[PackageName, bytes]:
        """The index files of all packages that were seen here."""
        if self._is_absent():
            return {}
        with self._database() as database:
            query = "SELECT path, content FROM file WHERE content IS NOT NULL ORDER BY path"
            rows = database.execute(query).fetchall()
        named = ((name_at(path), bytes(content)) for path, content in rows)
        return {name: content for name, content in named if name is not None}

    def paths(self) -> tuple[str, ...]:
        """The paths of all files that were seen here, whatever is in them."""
        if self._is_absent():
            return ()
        with self._database() as database:
            query = "SELECT path FROM file WHERE content IS NOT NULL ORDER BY path"
            return tuple(row[0] for row in database.execute(query))

    def changes(self) -> int:
        """A number that grows whenever the content of a file changes."""
        if self._is_absent():
            return 0
        with self._database() as database:
            return int(database.execute("SELECT changes FROM state").fetchone()[0])

    def update(self, paths: Iterable[str], decide: Decide) -> None:
        """Change what is remembered of the files as `decide` wants it, which sees how it stands.

        No other process comes in between; all of it is kept or, however the process ends, nothing.
        """
        with self._database() as database, database:
            database.execute("BEGIN IMMEDIATE")
            before = _get(database, paths)
            after = decide(before)
            rows = [
                (path, k.content, k.validators.etag, k.validators.modified, k.looked, k.since)
                for path, k in after.items()
            ]
            database.executemany(_PUT, rows)
            if any(
                path not in before or before[path].content != after[path].content for path in after
            ):
                database.execute("UPDATE state SET changes = changes + 1")

    def close(self) -> None:
        """Close the database; the next question opens it again."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _is_absent(self) -> bool:
        return self._opened is None and fs.stamp(self._path) is None

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        try:
            if self._opened is None:
                fs.make_directory(self._path.parent)
                self._opened = _open(self._path)
            yield self._opened
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
                raise DamagedMemory(
                    f"`{self._path}` does not say what was last seen of a registry",
                    hint="if nobody could have tampered with it, delete it; "
                    "the registry is then trusted as on the first day",
                ) from error
            raise fs.DiskFailure(f"could not use `{self._path}`: {error}") from error


def _get(database: sqlite3.Connection, paths: Iterable[str]) -> dict[str, Kept]:
    found = {}
    for path in paths:
        row = database.execute(_GET, (path,)).fetchone()
        if row is not None:
            content, etag, modified, looked, since = row
            content = None if content is None else bytes(content)
            found[path] = Kept(content, Validators(etag, modified), looked, since)
    return found


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=60, isolation_level=None)
    try:
        if database.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
            _create(database)
    except BaseException:
        database.close()
        raise
    return database


def _create(database: sqlite3.Connection) -> None:
    with database:
        database.execute("BEGIN IMMEDIATE")
        # Another process may have been quicker. A memory of another format makes this fail.
        if database.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
            for statement in _SCHEMA.strip().split(";\n"):
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {_FORMAT}")
