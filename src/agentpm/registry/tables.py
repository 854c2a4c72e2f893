"""The tables of a view, made and filled.

Most commands only ask a view, and do not load this.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from agentpm.model.name import PackageName
from agentpm.model.release import PackageId
from agentpm.registry.columns import COLUMNS, columns_of
from agentpm.registry.listing import usual_release
from agentpm.registry.row import row_of

_SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE package (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    versions TEXT,
    {", ".join(map(" ".join, COLUMNS.items()))},
    version TEXT NOT NULL,
    description TEXT NOT NULL,
    tools TEXT NOT NULL,
    newest BLOB NOT NULL
);
CREATE TABLE older (id INTEGER PRIMARY KEY, records BLOB NOT NULL);
"""
# An index file stands in two places: its last line, which is all that most questions are about, and
# before it the others, which are most of its bytes.
_WORDS = """
CREATE VIRTUAL TABLE words
USING fts5(name, description, tools, content='package', content_rowid='id');
"""
_FORGET = (
    "INSERT INTO words(words, rowid, name, description, tools) "
    "SELECT 'delete', id, name, description, tools FROM package WHERE name = ?"
)
_LEARN = (
    "INSERT INTO words(rowid, name, description, tools) "
    "SELECT id, name, description, tools FROM package WHERE name = ?"
)
_FIELDS = ("versions", *COLUMNS, "version", "description", "tools", "newest")
_REPLACE = (
    f"INSERT INTO package(name, {', '.join(_FIELDS)}) VALUES (?{', ?' * len(_FIELDS)}) "  # noqa: S608 # no values
    f"ON CONFLICT(name) DO UPDATE SET {', '.join(f'{x} = excluded.{x}' for x in _FIELDS)}"
)
_REPLACE_OLDER = "INSERT OR REPLACE INTO older SELECT id, ? FROM package WHERE name = ?"
_DELETE_OLDER = "DELETE FROM older WHERE id = (SELECT id FROM package WHERE name = ?)"
_VERSION = "SELECT version FROM package WHERE name = ?"

Texts = Iterable[tuple[PackageName, bytes | None]]
"""Packages with their index files; None where one is gone."""

Change = tuple[str | None, str | None]
"""The newest release of a package before and after, as `view.News` has it."""


def create(database: sqlite3.Connection, *, full_text: bool) -> None:
    """Make empty tables in the place of whatever there is."""
    for table in ("words", "package", "older", "meta"):
        database.execute(f"DROP TABLE IF EXISTS {table}")
    for statement in _SCHEMA.strip().split(";\n"):
        database.execute(statement)
    if full_text:
        _create_words(database)


def has_words(database: sqlite3.Connection) -> bool:
    """Whether words are indexed, which not every SQLite can."""
    query = "SELECT 1 FROM sqlite_master WHERE name = 'words'"
    return database.execute(query).fetchone() is not None


def fill(database: sqlite3.Connection, texts: Texts) -> dict[PackageName, Change]:
    """Put `texts` in the place of all there is."""
    rows = database.execute("SELECT name, version FROM package")
    news: dict[PackageName, Change]
    news = {PackageName(name): (version, None) for name, version in rows}
    database.execute("DELETE FROM package")
    database.execute("DELETE FROM older")
    for name, text in texts:
        if text is not None:
            version = _put(database, name, text)
            news[name] = news.get(name, (None, None))[0], version
    if has_words(database):
        database.execute("INSERT INTO words(words) VALUES ('rebuild')")
    return news


def change(database: sqlite3.Connection, texts: Texts) -> dict[PackageName, Change]:
    """Put each of `texts` in the place of what there is of its package."""
    searchable = has_words(database)
    news: dict[PackageName, Change] = {}
    for name, text in texts:
        row = database.execute(_VERSION, (name,)).fetchone()
        if searchable:
            database.execute(_FORGET, (name,))
        database.execute(_DELETE_OLDER, (name,))
        version = None
        if text is None:
            database.execute("DELETE FROM package WHERE name = ?", (name,))
        else:
            version = _put(database, name, text)
            if searchable:
                database.execute(_LEARN, (name,))
        news[name] = (row[0] if row else None), version
    return news


def note(database: sqlite3.Connection, tip: str | None, looked: float) -> None:
    """Note which index commit a view shows, and when that was asked."""
    rows = {"tip": tip or "", "looked": repr(looked)}
    database.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows.items())


def _put(database: sqlite3.Connection, name: PackageName, text: bytes) -> str:
    """Put an index file into the tables; its newest release, as `News` has it."""
    row = row_of(name, text)
    release = usual_release(row.newest.rstrip(b"\n"), PackageId("", name))
    shown = row.version, row.description, row.tools
    database.execute(_REPLACE, (name, row.versions, *columns_of(release), *shown, row.newest))
    if row.before:
        database.execute(_REPLACE_OLDER, (row.before, name))
    return row.version


def _create_words(database: sqlite3.Connection) -> None:
    try:
        database.execute(_WORDS)
    except sqlite3.OperationalError as error:  # pragma: no cover  (an SQLite without FTS5)
        if "no such module" not in str(error):
            raise
