"""Requirements (asked) beside releases (offered)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from agentpm.lazy import pattern
from agentpm.model.digest import Digest
from agentpm.model.grants import NO_GRANTS, Grants
from agentpm.model.name import PackageName
from agentpm.model.version import (
    ANY,
    InvalidRequirement,
    Range,
    Version,
    parse_range,
    parse_version,
)
from agentpm.values import dataclass, field

SHIPPED = "shipped"
"""The fixed word for the registry that comes with agentpm, wherever a URL would stand."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What somebody asks for: a package in a range of versions. Written `code-reviewer >=1.2,<2`."""

    package: PackageName
    range: Range = ANY

    def __str__(self) -> str:
        wanted = self.range
        return " ".join((self.package, wanted.text)) if wanted.specifiers else str(self.package)


class PackageId(NamedTuple):
    """Which package, from where: identity is (source, name), never the name alone.

    `source` is a registry's URL, the word `shipped`, or for packages that are not in a registry
    `git+URL#commit` or `path+relative/path`. A tuple, since it is the key of every table that a
    resolver has.
    """

    source: str
    name: PackageName

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class YankMark:
    """Who answers for a release being yanked, or for its being so no longer.

    `turn` counts the changes from one to the other, the first yank being 1; `signature` is one over
    the state after that change (`registry.signing`).
    """

    turn: int
    signature: str


@dataclass(frozen=True, slots=True)
class Release:
    """One version of a package as its registry offers it.

    `size` is in bytes. `yanked` and `removed` hold the reason where the release is. `published` is
    an RFC 3339 time in UTC, empty where unknown. `signature` is the publisher's, as it stands in the
    record and unverified; `yank` goes with `yanked` where that is signed too. `extra` keeps the fields of the record that this
    agentpm does not know, so that they survive a rewrite.
    """

    id: PackageId
    version: Version
    checksum: Digest
    size: int
    description: str = ""
    grants: Grants = NO_GRANTS
    dependencies: tuple[Requirement, ...] = ()
    license: str | None = None
    repository: str | None = None
    published: str = ""
    publisher: str | None = None
    provenance: Mapping[str, Any] | None = field(default=None, hash=False)
    yanked: str | None = None
    removed: str | None = None
    signature: str | None = None
    yank: YankMark | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> PackageName:
        """The package's name."""
        return self.id.name

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


_DEPENDENCY = pattern(r"(?P<name>[^\s<>=!~^*,@]+)\s*(?P<range>.*)\Z", re.DOTALL)


# Releases of a package mostly ask for what the one before them did.
@lru_cache(maxsize=16384)
def parse_requirement(text: str) -> Requirement:
    """Read a dependency as agent files write it: `code-reviewer`, `code-reviewer >=1.2,<2`.

    Raises:
        InvalidRequirement, InvalidName: the text is no requirement.
    """
    match = _DEPENDENCY.match(text.strip())
    if match is None:
        raise InvalidRequirement(
            f"`{text[:80]}` is not a requirement", hint="write `name` or `name ^1.2`"
        )
    wanted = match["range"].strip()
    return Requirement(_package(match["name"]), parse_range(wanted) if wanted else ANY)


@lru_cache(maxsize=16384)
def written_requirement(text: str) -> Requirement:
    """Read what `str` makes of a requirement, in less time than what a person may have written.

    Raises:
        InvalidRequirement, InvalidName: the text is none.
    """
    name, _, wanted = text.partition(" ")
    return Requirement(_package(name), parse_range(wanted) if wanted else ANY)


# A package that many need is named in each of their releases.
_package = lru_cache(maxsize=16384)(PackageName)


def parse_request(text: str) -> Requirement:
    """Read what is typed on the command line: `NAME`, `NAME@1.0.0` (exactly) or `NAME@^1.2`.

    Raises:
        InvalidRequirement, InvalidName: the text is no request.
    """
    name, at, wanted = text.partition("@")
    package = PackageName(name)
    wanted = wanted.strip()
    if not at:
        return Requirement(package)
    if not wanted:
        raise InvalidRequirement(
            f"`{text}` names no version after `@`", hint=f"write `{name}` or `{name}@^1.0`"
        )
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", wanted):
        raise InvalidRequirement(
            f"`{wanted}` is only the beginning of a version",
            hint=f"write `{name}@^{wanted}` for the newest of them, or all three numbers for one",
        )
    if wanted[0].isdigit() or wanted[0] == "v":
        return Requirement(package, parse_range(f"=={parse_version(wanted)}"))
    return Requirement(package, parse_range(wanted))
