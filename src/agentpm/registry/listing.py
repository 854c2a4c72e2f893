"""The releases of one package, each read when it is asked for.

Most records are of one kind: every field is there, and is what it must be. Those are read here in
a third of the time, which is most of what a large project waits for; what is wrong with any other,
if anything is, says `wire.Line`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from types import NoneType
from typing import Any, overload

from agentpm.errors import AgentpmError
from agentpm.model.digest import Digest
from agentpm.model.grants import GRANT_KEYS, Grants
from agentpm.model.name import PackageName
from agentpm.model.release import PackageId, Release, parse_requirement
from agentpm.model.version import Version, parse_version, written
from agentpm.registry.strictjson import strict_json
from agentpm.registry.wire import AGENT_LIMIT, RECORD_FORMAT, MalformedIndex, index_path, line_of


class Listing(Sequence[Release]):
    """The releases of a package, oldest first, each read from its line when it is asked for.

    `versions` are known without reading any, `newest` is the last of them or its line, `before` gives
    the lines before that, which few ask for. Asking for a release raises `MalformedIndex` where its
    line is no record of the package.
    """

    __slots__ = ("_before", "_lines", "_newest", "_package", "_releases", "versions")

    def __init__(
        self,
        package: PackageId,
        versions: Sequence[Version],
        newest: bytes | Release = b"",
        before: Callable[[PackageName], bytes] = lambda _: b"",
    ) -> None:
        self.versions = versions
        self._package = package
        self._newest = newest if isinstance(newest, bytes) else b""
        self._before = before
        self._lines: list[bytes] | None = None
        self._releases: dict[int, Release] = {}
        if isinstance(newest, Release):
            self._releases[len(versions) - 1] = newest

    @classmethod
    def of(cls, releases: Sequence[Release]) -> Listing:
        """The listing of one package's releases that have been read."""
        listing = cls(releases[0].id, tuple(release.version for release in releases))
        listing._releases = dict(enumerate(releases))
        return listing

    def __len__(self) -> int:
        return len(self.versions)

    def place(self, version: Version) -> int:
        """Where the release of a version stands, which must be there."""
        # The newest is asked for most, and as the very version that stands here.
        is_newest = self.versions[-1] is version
        return len(self) - 1 if is_newest else self.versions.index(version)

    @overload
    def __getitem__(self, position: int) -> Release: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[Release, ...]: ...
    def __getitem__(self, position: int | slice) -> Release | tuple[Release, ...]:
        if isinstance(position, slice):
            return tuple(self[each] for each in range(*position.indices(len(self))))
        if position < 0:
            position += len(self.versions)
        release = self._releases.get(position)
        if release is None:
            position = range(len(self))[position]
            release = self._releases[position] = self._release(position)
        return release

    def _release(self, position: int) -> Release:
        raw = self._raw(position)
        release = usual_release(raw, self._package)
        if release is None:
            line = line_of(raw, index_path(self._package.name), position + 1)
            release = line.release(self._package)
        if release.version is not self.versions[position] != release.version:
            raise self._changed()
        return release

    def _raw(self, position: int) -> bytes:
        if position == len(self.versions) - 1:
            return self._newest.rstrip(b"\n")
        if self._lines is None:
            self._lines = self._before(self._package.name).split(b"\n")
        if len(self._lines) < len(self.versions):
            raise self._changed()
        return self._lines[position]

    def _changed(self) -> MalformedIndex:
        """What to raise where another agentpm has put other lines in the place of those before."""
        name = self._package.name
        return MalformedIndex(
            f"the records of `{name}` changed while they were read", hint="try again"
        )


def usual_release(raw: bytes, package: PackageId) -> Release | None:
    """The release that a record describes, if it is one of `package` as most are; else None.

    None says nothing against the record: `wire.Line` reads all there are.
    """
    try:
        return _usual(strict_json(raw.decode()), package)
    except (AgentpmError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _usual(record: dict[str, Any], package: PackageId) -> Release | None:
    """The same of the data of a record; or else an error."""
    checksum, size, description = record["checksum"], record["size"], record["description"]
    grants, needs, published = record["grants"], record["dependencies"], record["published"]
    get = record.get
    more = get("license"), get("repository"), get("publisher"), get("provenance"), get("signature")
    version = parse_version(record["version"])
    if (
        tuple(map(type, (record["v"], size, description, grants, needs, published))) != _REQUIRED
        or tuple(map(type, more)) not in _OPTIONAL
        # Neither null nor anything that is not looked at here.
        or len(record) != _COUNT + len(more) - more.count(None)
        or record["v"] != RECORD_FORMAT
        or record["name"] != package.name
        or record["version"] != written(version)
        or not 0 <= size <= AGENT_LIMIT
        or not grants.keys() <= _GRANTS
    ):
        return None
    license_, repository, publisher, provenance, signature = more
    return Release(
        id=package,
        version=version,
        checksum=Digest(checksum),
        size=size,
        description=description,
        grants=Grants.of(grants),
        dependencies=tuple([parse_requirement(each) for each in needs]),
        license=license_,
        repository=repository,
        published=published,
        publisher=publisher,
        provenance=provenance,
        signature=signature,
    )


_REQUIRED = int, int, str, dict, list, str
_COUNT = len(_REQUIRED) + len(("name", "version", "checksum"))
_TEXT = str, NoneType
_OPTIONAL = frozenset(product(_TEXT, _TEXT, _TEXT, (dict, NoneType), _TEXT))
"""What JSON has in the fields that every record has (and how many there are), and in the others."""

_GRANTS = frozenset(GRANT_KEYS)
