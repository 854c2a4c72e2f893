"""A registry in front of which the gate stands, to try honest and dishonest commits on.

How to use it:

    gate = Gate(tmp_path)                          # one agent in it, `reviewer 1.0.0`, by Ada
    gate.publish("reviewer", "1.1.0")              # as Ada; `by="Bob"` as Bob
    gate.file("README.md", b"...")                 # any file, committed; None deletes it
    assert gate.said() == ["foreign-file README.md"]

- What came before `gate.accepted()` is taken for granted; at first, that is how the gate was made.
- `gate.said()` has the code of each refusal with its place; `gate.judged()` the refusals themselves.
- Keywords of both are the terms: `now=`, `late=`, `pusher=`, `reviewed=`.
- `gate.index` is the `IndexRepo`; `with gate.one_commit():` makes one commit of several changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from agentpm.git import Git
from agentpm.permissions.harnesses import load_table
from agentpm.registry.gate.change import Terms
from agentpm.registry.gate.refusal import Refusal
from agentpm.registry.gate.repository import Guarded
from agentpm.registry.gate.steps import judge_range, judge_whole
from support.index_repo import IndexRepo, index_file

NOW = datetime(2026, 10, 1, 12, 5, tzinfo=UTC)
"""Five minutes after everything in an `IndexRepo` was published."""


def person(name: str) -> str:
    """`Bob` as git writes him."""
    return f"{name} <{name.lower()}@example.org>"


class Gate:
    """The docstring of this module says how to use it."""

    def __init__(self, tmp_path: Path, owners: dict[str, Any] | None = None) -> None:
        self.index = IndexRepo(tmp_path)
        self._by = "Ada"
        self._open = False
        if owners is not None:
            self.owners(**owners)
        self.publish("reviewer", "1.0.0")
        self.accepted()

    def accepted(self) -> Self:
        """Take everything up to now for granted."""
        self._base = self.index.tip
        return self

    @contextmanager
    def one_commit(self, by: str = "Ada") -> Iterator[None]:
        """What is changed inside becomes one commit, by one person."""
        self._open = True
        yield
        self._open = False
        self._commit(by)

    def publish(
        self,
        name: str,
        version: str,
        *needs: str,
        tools: str = "Read",
        by: str = "Ada",
        publisher: str | None = None,
        **record: Any,
    ) -> Self:
        """Publish an agent in the way in which agentpm does."""
        record["publisher"] = publisher or person(by)
        self.index._open = True
        self.index.publish(name, version, *needs, tools=tools, **record)
        self.index._open = False
        return self._commit(by)

    def file(self, path: str, content: bytes | None, by: str = "Ada") -> Self:
        """Write or delete any file."""
        if content is None:
            (self.index.tree / path).unlink()
        else:
            self.index.write(path, content)
        return self._commit(by)

    def owners(self, by: str = "Ada", **content: Any) -> Self:
        """Write `owners.json`."""
        whole = json.dumps({"format": 1, **content}, indent=2)
        return self.file("owners.json", whole.encode(), by)

    def record(self, name: str, line: int, by: str = "Ada", **fields: Any) -> Self:
        """Change fields of the record on a line (from 1); None takes a field out."""
        path = index_file(name)
        lines = self.read(path).decode().splitlines()
        record = json.loads(lines[line - 1]) | fields
        lines[line - 1] = json.dumps({k: v for k, v in record.items() if v is not None})
        return self.file(path, ("\n".join(lines) + "\n").encode(), by)

    def read(self, path: str) -> bytes:
        """The bytes of a file."""
        return (self.index.tree / path).read_bytes()

    def judged(self, **terms: Any) -> tuple[Refusal, ...]:
        """What the gate has against everything since `accepted`."""
        guarded = Guarded(Git(self.index.bare))
        try:
            return judge_range(guarded, self._base, self.index.tip, _terms(terms)).refusals
        finally:
            guarded.close()

    def said(self, **terms: Any) -> list[str]:
        """The same, as codes with their places."""
        return [f"{refusal.code} {refusal.location}" for refusal in self.judged(**terms)]

    def whole(self, **terms: Any) -> list[str]:
        """What the gate has against the registry as it stands."""
        guarded = Guarded(Git(self.index.bare))
        try:
            found = judge_whole(guarded, self.index.tip, _terms(terms)).refusals
        finally:
            guarded.close()
        return [f"{refusal.code} {refusal.location}" for refusal in found]

    def _commit(self, by: str) -> Self:
        if not self._open:
            self.index.git("add", "--all", ".")
            author = f"--author={person(by)}"
            self.index.git("commit", "--quiet", "--allow-empty", author, "-m", "Something")
        return self


def _terms(given: dict[str, Any]) -> Terms:
    reviewed = frozenset(given.pop("reviewed", ()))
    return Terms(given.pop("now", NOW), load_table("claude"), reviewed=reviewed, **given)
