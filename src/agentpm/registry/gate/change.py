"""What the gate looks at: one commit as the step from the registry before it to the one after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from agentpm.errors import AgentpmError
from agentpm.model.name import PackageName
from agentpm.model.release import PackageId, Release
from agentpm.model.version import Version
from agentpm.permissions.table import ToolTable
from agentpm.registry.gate.standing import Standing
from agentpm.registry.owners import mail_of
from agentpm.registry.wire import RECORD_FORMAT, Line, MalformedIndex, index_path, lines
from agentpm.values import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Terms:
    """What a check is made on.

    `now` is the gate's own clock, in UTC; with `late` a release may have been published before, as
    when a request has waited for its review. `pusher` is whom the server says it is, a mail address;
    `reviewed` are the packages that a reviewer lets pass in this check.
    """

    now: datetime
    table: ToolTable
    late: bool = False
    pusher: str | None = None
    reviewed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class File:
    """A file that a step touches.

    `before` and `after` are the ids of its blobs, None for no file; `plain` is whether what is there
    afterwards is an ordinary file. `content` is its new bytes where they were read, None also for
    more bytes than such a file may have.
    """

    path: str
    before: str | None
    after: str | None
    plain: bool = True
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """A name that a new one is near to: `how` in words, as `looks like` or `is one letter from`."""

    name: str
    how: str


@dataclass(frozen=True, slots=True)
class Step:
    """One commit against its first parent, or a whole registry against nothing (`whole`).

    `people` are those whose work it is, `Name <mail>`: the commit's author, for a merge those of
    what is pushed with it as well. `before` and `after` are what the registry says of itself;
    `complaint` why it cannot be understood afterwards. `near` has the new names that are near to
    others, `publishers` who published the names whose owners the step changes.
    """

    commit: str
    people: tuple[str, ...]
    files: tuple[File, ...]
    before: Standing
    after: Standing
    terms: Terms
    whole: bool = False
    complaint: AgentpmError | None = None
    near: Mapping[str, tuple[Near, ...]] = field(default_factory=dict, hash=False)
    publishers: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)

    @property
    def actors(self) -> tuple[str, ...]:
        """By whose rights it happens: the pusher's where the server knows one, else the authors'."""
        return (self.terms.pusher,) if self.terms.pusher is not None else self.people

    @property
    def by_administrator(self) -> bool:
        """Whether whoever does it may change everything."""
        return any(self.before.owners.administers(actor) for actor in self.actors)

    @property
    def may_import(self) -> bool:
        """Whether releases may come with dates of their own: where administrators are named."""
        return self.by_administrator and not self.before.owners.open


@dataclass(frozen=True, slots=True)
class Entry:
    """A release with the line that it stands on."""

    release: Release
    line: Line


@dataclass(frozen=True, slots=True)
class Package:
    """The part of a step that concerns one package: its index file, and its touched agent files.

    `old` and `now` are its releases before and after, in the order of their lines; `malformed` the
    new lines that are no records. `text` is the whole index file, None where it is too large.
    """

    name: PackageName
    before: bytes
    text: bytes | None
    old: tuple[Entry, ...]
    now: tuple[Entry, ...]
    malformed: tuple[MalformedIndex, ...]
    files: Mapping[str, File] = field(hash=False)

    @property
    def path(self) -> str:
        """Where its records stand."""
        return index_path(self.name)

    @property
    def added(self) -> tuple[Entry, ...]:
        """The releases that were not there before."""
        known = {entry.release.version for entry in self.old}
        return tuple(entry for entry in self.now if entry.release.version not in known)

    @property
    def kept(self) -> Iterator[tuple[Entry, Entry]]:
        """The releases that were there and are, as they were and as they are."""
        known = {entry.release.version: entry for entry in self.old}
        for entry in self.now:
            if entry.release.version in known:
                yield known[entry.release.version], entry

    @property
    def publishers(self) -> frozenset[str]:
        """Whose releases it had before."""
        return frozenset(mail_of(e.release.publisher) for e in self.old if e.release.publisher)


Load = Callable[[], Iterator[Package]]
"""Gives the packages of a step, some of them at a time."""


def read_package(
    name: PackageName, before: bytes, text: bytes | None, files: Mapping[str, File]
) -> Package:
    """The package `name` in a step, from its index file before and after (`text`)."""
    old, there = _entries(name, before)
    now, wrong = _entries(name, text or b"")
    # A line that could not be read before offered nothing, and says nothing new.
    known = [(error.message, error.where) for error in there]
    fresh = tuple(error for error in wrong if (error.message, error.where) not in known)
    return Package(name, before, text, old, now, fresh, files)


def _entries(
    name: PackageName, text: bytes
) -> tuple[tuple[Entry, ...], tuple[MalformedIndex, ...]]:
    path = index_path(name)
    found: dict[Version, Entry] = {}
    wrong: list[MalformedIndex] = []
    for number, raw in enumerate(text.split(b"\n"), start=1):
        try:
            for line in lines(raw, path):
                entry = _entry(name, replace(line, number=number))
                if entry.release.version in found:
                    raise line.wrong("version", f"`{entry.release}` is in the index twice")
                found[entry.release.version] = entry
        except MalformedIndex as error:
            wrong.append(_at_line(error, number))
    return tuple(found.values()), tuple(wrong)


def _entry(name: PackageName, line: Line) -> Entry:
    if line.record["v"] != RECORD_FORMAT:
        raise line.wrong(
            "v", f"the record has the format {line.record['v']}, which the gate does not know"
        )
    return Entry(line.release(PackageId("", name)), line)


def _at_line(error: MalformedIndex, number: int) -> MalformedIndex:
    where = replace(error.where, line=number) if error.where else None
    return MalformedIndex(error.message, where=where, hint=error.hint)
