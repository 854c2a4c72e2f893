"""A registry's local view: one SQLite database with the records by name, searchable by words.

It holds nothing that the registry could not tell again, so a damaged one is thrown away. Every
update is one transaction: whoever reads sees the index of one commit.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentpm import fs, lazy
from agentpm.model.name import PackageName
from agentpm.registry.columns import COLUMNS
from agentpm.registry.wire import UNREADABLE
from agentpm.values import dataclass

if TYPE_CHECKING:
    from agentpm.registry import tables
else:
    # A view that is young enough is only asked.
    tables = lazy.module("agentpm.registry.tables")

_FORMAT = 5
"""The `user_version` of the database; one with another is made anew."""

# Only what is shown is looked up in `package`.
_FIND = (
    "SELECT p.name, p.description, p.version FROM (SELECT rowid, bm25(words, 10.0, 3.0, 1.0) AS "
    "score FROM words WHERE words MATCH ? ORDER BY score, rowid LIMIT ?) AS best "
    "JOIN package p ON p.id = best.rowid ORDER BY best.score, p.name"
)
_NAMED = "SELECT name, description, version FROM package WHERE name = ?"
_SCAN = (
    "SELECT name, description, version FROM package WHERE NOT EXISTS (SELECT 1 FROM json_each(?) "
    "WHERE instr(lower(name || ' ' || description || ' ' || tools), value) = 0) "
    "ORDER BY name = ? DESC, name LIMIT ?"
)
_RECORDS = (
    "SELECT o.records, p.newest FROM package p LEFT JOIN older o ON o.id = p.id WHERE p.name = ?"
)
# A line that has columns needs not be read.
_LISTED = (
    f"SELECT name, versions, CASE WHEN checksum IS NULL THEN newest END, {', '.join(COLUMNS)} "  # noqa: S608 # no values
    "FROM package WHERE name IN (SELECT value FROM json_each(?))"
)
_OLDER = (
    "SELECT p.name, o.records FROM package p JOIN older o ON o.id = p.id "
    "WHERE p.name IN (SELECT value FROM json_each(?))"
)
_DAMAGE = frozenset({sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


News = Mapping[PackageName, tuple[str | None, str | None]]
"""The newest release of each package that changed, before and now.

None where there is no such package, an empty text where all its releases are yanked, `UNREADABLE`
where its records cannot be read.
"""


Listed = tuple[Any, ...]
"""What an index file holds: the package, the versions, its last line, the `COLUMNS` of that.

The versions are in the order of the lines, or None, where one of them says something else than its
version and what it is of in the expected way. The line is None where there are columns.
"""


def as_version(newest: str | None) -> str | None:
    """What stands for the newest release, where it is a version that can be had; else None."""
    return None if newest in ("", UNREADABLE) else newest


class ViewDamaged(fs.DiskFailure):
    """A view that cannot be read; the registry makes it anew and asks again."""


@dataclass(frozen=True, slots=True)
class ViewState:
    """How far a view is: the index commit it shows (None: no view yet), and when that was asked.

    `looked` is in seconds since the epoch.
    """

    tip: str | None = None
    looked: float = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """What a search shows of a package: its newest release that can be had.

    `version` is empty, and the description that of the last release, where all are yanked. It is
    `UNREADABLE` where the records cannot be read.
    """

    name: PackageName
    description: str
    version: str


class View:
    """The view in the file `path`, opened when it is first asked for something.

    Every method may raise `ViewDamaged`, or `DiskFailure` where the disk is at fault.

    Args:
        path: the database's file.
        full_text: whether to index words; where SQLite cannot, search scans instead.
    """

    def __init__(self, path: Path, *, full_text: bool = True) -> None:
        self._path = path
        self._full_text = full_text
        self._opened: sqlite3.Connection | None = None
        self._inode: int | None = None

    def state(self) -> ViewState:
        """How far the view is."""
        if self._opened is None and fs.stamp(self._path) is None:
            return ViewState()
        with self._database() as database:
            meta = dict(database.execute("SELECT key, value FROM meta"))
        return ViewState(meta.get("tip"), float(meta.get("looked", "0")))

    def records(self, name: PackageName) -> bytes | None:
        """The index file of a package, or None where the registry has no such package."""
        with self._database() as database:
            row = database.execute(_RECORDS, (name,)).fetchone()
        return None if row is None else (row[0] or b"") + row[1]

    def listed(self, names: Iterable[PackageName]) -> dict[str, Listed]:
        """What packages' index files hold; those that the registry does not have are left out."""
        with self._database() as database:
            rows = database.execute(_LISTED, (json.dumps(list(names)),))
            return {row[0]: row for row in rows}

    def older(self, names: Iterable[PackageName]) -> dict[str, bytes]:
        """The index files of packages without the last line; those that have no other are left out."""
        with self._database() as database:
            return dict(database.execute(_OLDER, (json.dumps(list(names)),)))

    def names(self) -> tuple[PackageName, ...]:
        """All packages, sorted by name."""
        with self._database() as database:
            rows = database.execute("SELECT name FROM package ORDER BY name").fetchall()
        return tuple(PackageName(row[0]) for row in rows)

    def count(self) -> int:
        """How many packages there are."""
        with self._database() as database:
            return int(database.execute("SELECT count(*) FROM package").fetchone()[0])

    def names_like(self, name: str) -> tuple[PackageName, ...]:
        """At most three packages with a name near to `name`, the nearest first."""
        # Lazy: only a name that does not exist needs it.
        import difflib  # noqa: PLC0415

        query = "SELECT name FROM package WHERE name GLOB ? OR name GLOB ? ORDER BY name LIMIT 5000"
        start, end = re.sub(r"[^a-z0-9/-]", "?", name[:2]), re.sub(r"[^a-z0-9/-]", "?", name[-2:])
        with self._database() as database:
            near = [row[0] for row in database.execute(query, (f"{start}*", f"*{end}"))]
        return tuple(PackageName(found) for found in difflib.get_close_matches(name, near))

    def search(self, text: str, limit: int) -> tuple[Found, ...]:
        """The packages with every word of `text` (as a beginning) in name, description or tools.

        The best match comes first; without words, all packages by name.
        """
        words = re.findall(r"\w+", text.lower())
        with self._database() as database:
            if words and tables.has_words(database):
                rows = _find(database, words, text.strip().lower(), limit)
            else:
                rows = _scan(database, words, limit)
        return tuple(Found(PackageName(name), about, version) for name, about, version in rows)

    def apply(
        self,
        texts: Iterable[tuple[PackageName, bytes | None]],
        state: ViewState,
        *,
        anew: bool = False,
    ) -> News:
        """Bring the view to `state`, with the packages whose index files changed (None: gone).

        All of it or, however the process ends, nothing. With `anew`, `texts` are all there are.
        """
        write = tables.fill if anew else tables.change
        with self._database() as database, database:
            database.execute("BEGIN IMMEDIATE")
            news = write(database, texts)
            tables.note(database, state.tip, state.looked)
        return {name: change for name, change in news.items() if change[0] != change[1]}

    def looked(self, when: float) -> None:
        """Note that the registry was asked at `when`, and had nothing new."""
        with self._database() as database:
            # Forgetting this in a power cut costs one more look, so it need not reach the disk.
            database.execute("PRAGMA synchronous = OFF")
            database.execute("INSERT OR REPLACE INTO meta VALUES ('looked', ?)", (repr(when),))
            database.execute("PRAGMA synchronous = NORMAL")

    def discard(self) -> None:
        """Throw the view away; the next question finds an empty one."""
        self.close()
        for suffix in ("", "-journal"):
            fs.clear(self._path.with_name(self._path.name + suffix))

    def is_gone(self) -> bool:
        """Whether the database that was opened is no longer the one at its place.

        Nothing can be written to it then; another agentpm emptied the cache.
        """
        found = fs.stamp(self._path)
        return self._opened is not None and (found is None or found.inode != self._inode)

    def close(self) -> None:
        """Close the database; the next question opens it again."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        try:
            if self._opened is None:
                fs.make_directory(self._path.parent)
                self._opened = self._open()
                found = fs.stamp(self._path)
                self._inode = found.inode if found else None
            yield self._opened
        except sqlite3.Error as error:
            found = fs.stamp(self._path)
            in_the_way = found is not None and found.is_directory
            if (
                in_the_way
                or self.is_gone()
                or getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE
            ):
                raise ViewDamaged(f"the view `{self._path}` is damaged: {error}") from error
            raise fs.DiskFailure(f"could not use `{self._path}`: {error}") from error

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=60, isolation_level=None)
        try:
            database.execute("PRAGMA synchronous = NORMAL")
            if database.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
                self._create(database)
        except BaseException:
            database.close()
            raise
        return database

    def _create(self, database: sqlite3.Connection) -> None:
        with database:
            database.execute("BEGIN IMMEDIATE")
            # Another process may have been quicker; a view of another format goes.
            if database.execute("PRAGMA user_version").fetchone()[0] == _FORMAT:
                return
            tables.create(database, full_text=self._full_text)
            database.execute(f"PRAGMA user_version = {_FORMAT}")


def _find(
    database: sqlite3.Connection, words: list[str], name: str, limit: int
) -> list[tuple[str, str, str]]:
    """The rows with every word, the one with the very `name` first: its words are those words."""
    match = " ".join(f'"{word}"*' for word in words)
    rows = database.execute(_NAMED, (name,)).fetchall()
    best = database.execute(_FIND, (match, limit)).fetchall()
    return [*rows, *(row for row in best if row[0] != name)][:limit]


def _scan(database: sqlite3.Connection, words: list[str], limit: int) -> list[tuple[str, str, str]]:
    """What `_FIND` finds, without an index: the rows that have every word somewhere."""
    rows = database.execute(_SCAN, (json.dumps(words), "-".join(words), limit))
    return rows.fetchall()
