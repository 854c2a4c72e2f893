"""The records of an index, as the lines that hold them (`docs/reference/index-format.md`).

An index file is a list of JSON objects, one release a line, oldest first (JSON Lines). One value
has one text: fields stand in a fixed order, so that a release that did not change is a line that
did not change. Fields that this agentpm does not know are kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from types import NoneType
from typing import Any, TypeVar

from agentpm.errors import AgentpmError, Excerpt, ExitCode
from agentpm.model.digest import Digest
from agentpm.model.grants import GRANT_KEYS, Grants
from agentpm.model.name import InvalidName, PackageName
from agentpm.model.release import PackageId, Release, Requirement, YankMark, parse_requirement
from agentpm.model.version import Version, parse_version
from agentpm.registry.strictjson import strict_json
from agentpm.values import dataclass

Value = TypeVar("Value")

RECORD_FORMAT = 1
"""The `v` of the records that this agentpm writes; lines with another are skipped."""

INDEX_LIMIT = 16 * 1024 * 1024
"""The most bytes that the file of one name in the index may have."""

OVERSIZED = b"\0"
"""What stands for an index file that has more bytes than that; reading it raises `MalformedIndex`."""

UNREADABLE = "unreadable"
"""What stands for the newest release of a package whose records cannot be read: no version is that."""

AGENT_LIMIT = 1024 * 1024
"""The most bytes that an agent may have."""

_KNOWN = (
    "v",
    "name",
    "version",
    "checksum",
    "size",
    "description",
    "grants",
    "dependencies",
    "license",
    "repository",
    "published",
    "publisher",
    "provenance",
    "yanked",
    "removed",
    "signature",
    "yank",
)
_TEXTS = (
    "description", "license", "repository", "published", "publisher", "yanked", "removed", "signature",
)  # fmt: skip
_KNOWN_KEYS = frozenset(_KNOWN)
_GRANT_KEYS = frozenset(GRANT_KEYS)
_REQUIRED = ("name", "version", "checksum", "size", "grants", "dependencies")
_KINDS = (
    ("name", (str,), "a text"),
    ("version", (str,), "a text"),
    ("checksum", (str,), "a text"),
    ("size", (int,), "a number of bytes that an agent can have"),
    ("grants", (dict,), "an object"),
    ("dependencies", (list,), "a list"),
    *((name, (str, NoneType), "a text") for name in _TEXTS),
    ("provenance", (dict, NoneType), "an object"),
    ("yank", (dict, NoneType), "an object"),
)
"""The fields of a record, with what JSON may have in each, and how to say that."""


class MalformedIndex(AgentpmError):
    """A line of an index that is no record."""

    code = "malformed-index"
    exit_code = ExitCode.CORRUPT


@dataclass(frozen=True, slots=True)
class IndexFile:
    """The releases of one package, oldest first; `skipped` lines were of an unknown format."""

    releases: tuple[Release, ...]
    skipped: int = 0


def shard(name: PackageName) -> str:
    """The directory of a package below `index/` or `agents/`, as cargo lays its index out.

    `1/x`, `2/xy`, `3/x/xyz`, `ba/ck/backend-engineer`; `@owner/` before it for scoped names
    (<https://doc.rust-lang.org/cargo/reference/registry-index.html#index-files>).
    """
    agent = name.agent
    match len(agent):
        case 1 | 2 as length:
            place = f"{length}/{agent}"
        case 3:
            place = f"3/{agent[0]}/{agent}"
        case _:
            place = f"{agent[:2]}/{agent[2:4]}/{agent}"
    return f"@{name.owner}/{place}" if name.owner else place


def index_path(name: PackageName) -> str:
    """Where in a registry the records of a package stand."""
    return f"index/{shard(name)}.jsonl"


def agent_path(name: PackageName, version: Version) -> str:
    """Where in a registry the bytes of a release stand."""
    return f"agents/{shard(name)}/{version}.md"


def name_at(path: str) -> PackageName | None:
    """The package whose records stand at `path`, or None where no package's could."""
    if not path.endswith(".jsonl"):
        return None
    parts = path.removesuffix(".jsonl").split("/")
    owner = f"{parts[1][1:]}/" if len(parts) > 2 and parts[1].startswith("@") else ""
    try:
        name = PackageName(owner + parts[-1])
    except InvalidName:
        return None
    return name if index_path(name) == path else None


def render(release: Release) -> str:
    """The record of a release: one line of JSON, without its end."""
    record: dict[str, Any] = {
        "v": RECORD_FORMAT,
        "name": str(release.name),
        "version": str(release.version),
        "checksum": str(release.checksum),
        "size": release.size,
        "description": release.description,
        "grants": release.grants.as_mapping(),
        "dependencies": [str(dependency) for dependency in release.dependencies],
        "license": release.license,
        "repository": release.repository,
        "published": release.published or None,
        "publisher": release.publisher,
        "provenance": dict(release.provenance) if release.provenance is not None else None,
        "yanked": release.yanked,
        "removed": release.removed,
        "signature": release.signature,
        "yank": _marked(release.yank) if release.yank is not None else None,
    }
    return as_line({k: v for k, v in record.items() if v is not None} | dict(release.extra))


def _marked(mark: YankMark) -> dict[str, Any]:
    return {"turn": mark.turn, "signature": mark.signature}


def as_line(record: Mapping[str, Any]) -> str:
    """A record's JSON on one line, in the order of fields; what nobody could see is escaped."""
    ordered = {key: record[key] for key in _KNOWN if key in record} | dict(record)
    text = json.dumps(ordered, ensure_ascii=False, allow_nan=False)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def parse_index(content: bytes, path: str, source: str) -> IndexFile:
    """Read the index file that stands at `path` of the registry `source`.

    Raises:
        MalformedIndex: a line is no record, is that of another package, or repeats a version.
    """
    name = name_at(path)
    if name is None:
        raise MalformedIndex(f"`{path}` is not a place for the records of a package")
    package = PackageId(source, name)
    releases: dict[Version, Release] = {}
    skipped = 0
    for line in lines(content, path):
        if line.record["v"] != RECORD_FORMAT:
            skipped += 1
            continue
        release = line.release(package)
        if release.version in releases:
            raise line.wrong("version", f"`{release}` is in the index twice")
        releases[release.version] = release
    return IndexFile(tuple(releases.values()), skipped)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an index file: where it stands, its text, the JSON object in it."""

    path: str
    number: int
    text: str
    record: Mapping[str, Any]

    def release(self, package: PackageId) -> Release:
        """The release that the line describes, which must be one of `package`.

        Raises:
            MalformedIndex: it is not, or a field is missing or has another kind.
        """
        record = self.record
        for field, kinds, what in _KINDS:
            if type(record.get(field)) not in kinds:
                raise self._odd(field, what)
        if record["name"] != package.name:
            raise self.wrong("name", f"a record of `{record['name']}` stands in `{self.path}`")
        get = record.get
        return Release(
            id=package,
            version=self._version(),
            checksum=self._understood("checksum", Digest, record["checksum"]),
            size=self._size(),
            description=get("description") or "",
            grants=self._grants(),
            dependencies=self._dependencies(),
            license=get("license"),
            repository=get("repository"),
            published=get("published") or "",
            publisher=get("publisher"),
            provenance=get("provenance"),
            yanked=get("yanked"),
            removed=get("removed"),
            signature=get("signature"),
            yank=self._yank() if "yank" in record else None,
            extra=self._extra() if record.keys() - _KNOWN_KEYS else {},
        )

    def wrong(self, field: str | None, message: str) -> MalformedIndex:
        """What to raise when `field` of this line is wrong."""
        column = self.text.find(f'"{field}"') + 1 if field else 1
        return MalformedIndex(
            message,
            where=Excerpt(self.path, self.number, max(column, 1), self.text),
            hint="tell the people who keep the registry; no other agent of it is affected",
        )

    def _extra(self) -> dict[str, Any]:
        return {key: value for key, value in self.record.items() if key not in _KNOWN_KEYS}

    def _odd(self, field: str, what: str) -> MalformedIndex:
        """What to raise when `field` is missing, or is not `what`."""
        if field in _REQUIRED and field not in self.record:
            return self.wrong(None, f"the record has no `{field}`")
        return self.wrong(field, f"`{field}` is not {what}")

    def _understood(self, field: str, kind: Callable[[str], Value], text: str) -> Value:
        try:
            return kind(text)
        except AgentpmError as error:
            raise self.wrong(field, error.message) from None

    def _version(self) -> Version:
        text = self.record["version"]
        version = self._understood("version", parse_version, text)
        if str(version) != text:
            raise self.wrong("version", f"the version `{text}` is written `{version}` in an index")
        return version

    def _size(self) -> int:
        size: int = self.record["size"]
        if not 0 <= size <= AGENT_LIMIT:
            raise self.wrong("size", "`size` is not a number of bytes that an agent can have")
        return size

    def _grants(self) -> Grants:
        grants = self.record["grants"]
        if not grants.keys() <= _GRANT_KEYS:
            raise self.wrong("grants", "`grants` is not an object with keys that grant something")
        return Grants.of(grants)

    def _dependencies(self) -> tuple[Requirement, ...]:
        found = []
        for entry in self.record["dependencies"]:
            if not isinstance(entry, str):
                raise self.wrong(
                    "dependencies", "`dependencies` holds something that is not a text"
                )
            found.append(self._understood("dependencies", parse_requirement, entry))
        return tuple(found)

    def _yank(self) -> YankMark | None:
        mark = self.record["yank"]
        if mark is None:
            return None
        turn, signature = mark.get("turn"), mark.get("signature")
        if type(turn) is not int or turn < 1 or not isinstance(signature, str):
            raise self.wrong("yank", "`yank` is not a number of a turn with a signature")
        return YankMark(turn, signature)


def lines(content: bytes, path: str) -> Iterator[Line]:
    """The lines of an index file that are not blank, each a JSON object with a number as its `v`.

    Raises:
        MalformedIndex: one is something else, or the file has too many of them.
    """
    if content == OVERSIZED:
        raise MalformedIndex(
            f"`{path}` has more than {INDEX_LIMIT // 2**20} MiB",
            hint="tell the people who keep the registry; no other agent of it is affected",
        )
    for number, raw in enumerate(content.split(b"\n"), start=1):
        if raw.strip():
            yield line_of(raw, path, number)


def line_of(raw: bytes, path: str, number: int) -> Line:
    """The line with the bytes `raw`, a JSON object with a number as its `v`.

    Raises:
        MalformedIndex: it is something else.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        shown = raw.decode(errors="replace")
        before = len(raw[: error.start].decode())
        where = Excerpt(path, number, before + 1, shown)
        raise MalformedIndex("the record is not UTF-8", where=where) from None
    try:
        record = strict_json(text)
    except json.JSONDecodeError as error:
        where = Excerpt(path, number, error.colno, text)
        raise MalformedIndex(f"the record is not JSON: {error.msg.lower()}", where=where) from None
    except (ValueError, RecursionError) as error:
        where = Excerpt(path, number, 1, text)
        raise MalformedIndex(f"the record is not usable JSON: {error}", where=where) from None
    line = Line(path, number, text, record if isinstance(record, dict) else {})
    if type(line.record.get("v")) is not int:
        raise line.wrong("v", "the record does not say its format (`v`, a number)")
    return line
