"""The journal `.agentpm/pending.json`: what a command was about to write when it may have died.

It is complete before the first file changes. Whoever finds it can finish the job: contents are in
the store by digest, and `before` tells an untouched file from one that a person edited since.
"""

from __future__ import annotations

import json
from typing import Any

from agentpm.errors import AgentpmError
from agentpm.model.digest import Digest
from agentpm.model.name import AgentName
from agentpm.model.receipt import MalformedReceipt, load_json, malformed
from agentpm.values import dataclass

JOURNAL_VERSION = 1


@dataclass(frozen=True, slots=True)
class Writing:
    """A file to write: the digest of its bytes, and of what stood there before (None: nothing)."""

    agent: AgentName
    target: str
    path: str
    digest: Digest
    before: Digest | None


@dataclass(frozen=True, slots=True)
class Removing:
    """A file to remove, whose bytes must have this digest."""

    path: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class Journal:
    """A whole plan: files to write, files already right, files to remove, the two texts.

    `manifest` and `lockfile` are None where that file stays as it is. `kept` are files that the
    receipt shall list though they are not written.
    """

    write: tuple[Writing, ...] = ()
    kept: tuple[Writing, ...] = ()
    remove: tuple[Removing, ...] = ()
    manifest: str | None = None
    lockfile: str | None = None


def read_journal(text: str, path: str) -> Journal:
    """Read a journal.

    Raises:
        MalformedReceipt: it is not what `write_journal` makes.
    """
    data = load_json(text, path)
    try:
        if data["journal-version"] != JOURNAL_VERSION:
            raise MalformedReceipt(
                f"`{path}` was written by another agentpm",
                hint="finish with that one, or delete it",
            )
        return Journal(
            write=tuple(_writing(item) for item in data["write"]),
            kept=tuple(_writing(item) for item in data["kept"]),
            remove=tuple(Removing(_place(p), Digest(d)) for p, d in data["remove"]),
            manifest=_text(data["manifest"]),
            lockfile=_text(data["lockfile"]),
        )
    except MalformedReceipt:
        raise
    except (KeyError, TypeError, ValueError, AgentpmError) as error:
        raise malformed(text, path, f"{error}") from None


def write_journal(journal: Journal) -> str:
    """The text of a journal."""
    data: dict[str, Any] = {
        "journal-version": JOURNAL_VERSION,
        "write": [_row(item) for item in journal.write],
        "kept": [_row(item) for item in journal.kept],
        "remove": [[item.path, item.digest] for item in journal.remove],
        "manifest": journal.manifest,
        "lockfile": journal.lockfile,
    }
    return json.dumps(data) + "\n"


def _row(item: Writing) -> list[str | None]:
    return [item.agent, item.target, item.path, item.digest, item.before]


def _writing(row: list[Any]) -> Writing:
    agent, target, path, digest, before = row
    previous = Digest(before) if before is not None else None
    return Writing(AgentName(agent), str(target), _place(path), Digest(digest), previous)


def _place(path: Any) -> str:
    """A path below the workspace's root: a clone may bring a journal, and must not reach further."""
    parts = str(path).split("/")
    if {"", ".", ".."}.intersection(parts) or set(str(path)) & set("\\:\0"):
        raise ValueError("a path leads out of the project")
    return str(path)


def _text(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError("a text was expected")
    return value
