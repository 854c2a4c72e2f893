"""Versions, with the ranges that accept them (over `packaging`, PEP 440).

A version has the form `X.Y.Z`, optionally with `aN`, `bN` or `rcN`. A range is a PEP 440 specifier
set, `*`, or the sugar `^1.2.3` / `~1.2` with the meaning that cargo gives them
(<https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html>).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from packaging.version import Version

from agentpm import lazy
from agentpm.errors import AgentpmError, ExitCode
from agentpm.lazy import pattern
from agentpm.values import dataclass, field

if TYPE_CHECKING:
    from packaging import specifiers as pep440
else:
    # Most ranges are plain, and this loads about as long as a tenth of a small command runs.
    pep440 = lazy.module("packaging.specifiers")

__all__ = [
    "ANY",
    "InvalidRequirement",
    "InvalidVersion",
    "Range",
    "Version",
    "parse_range",
    "parse_version",
    "written",
]

_VERSION = pattern(r"v?([0-9]+\.[0-9]+\.[0-9]+)(?:(?:[-.]?(a|alpha|b|beta|rc)[-.]?([0-9]+))?)\Z")
_PRE = {"a": "a", "alpha": "a", "b": "b", "beta": "b", "rc": "rc", None: ""}
_SUGAR = pattern(r"([\^~])\s*([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+)((?:a|b|rc)[0-9]+)?)?\Z")
_BARE = pattern(r"[0-9]+(\.[0-9]+)*((a|b|rc)[0-9]+)?\Z")
_PLAIN = pattern(r"(>=|<=|==|!=|>|<) *([0-9]+(?:\.[0-9]+)*)\Z")
_COMPARE = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


class InvalidVersion(AgentpmError):
    """A text that is no version of a release."""

    code = "invalid-version"
    exit_code = ExitCode.USAGE


class InvalidRequirement(AgentpmError):
    """A text that states no range of versions."""

    code = "invalid-requirement"
    exit_code = ExitCode.USAGE


@lru_cache(maxsize=65536)
def parse_version(text: str) -> Version:
    """Read a release's version; SemVer's `1.0.0-rc.1` becomes `1.0.0rc1`.

    Raises:
        InvalidVersion: the text is not of the form `X.Y.Z`, `X.Y.ZaN`, `X.Y.ZbN` or `X.Y.ZrcN`.
    """
    match = _VERSION.match(text)
    if match is None:
        raise InvalidVersion(
            f"`{text[:80]}` is not a version",
            hint="versions have the form `1.2.3`, or `1.2.3rc1` for a pre-release",
        )
    release, kind, number = match.groups()
    return Version(release + _PRE[kind] + (number or ""))


# Packages that are released together have the same versions, and each is written in several places.
written: Callable[[Version], str] = lru_cache(maxsize=16384)(str)
"""The text of a version."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A specifier that compares with a final release, by one of the operators `>= <= == != > <`."""

    operator: str
    version: str


@dataclass(frozen=True, slots=True)
class Range:
    """A set of versions, as somebody wrote it.

    `text` is what was written, `specifiers` its meaning: comparisons that all hold, or what
    `packaging` makes of the text. Two ranges are equal when their texts are.
    """

    text: str
    specifiers: tuple[Comparison, ...] | pep440.SpecifierSet = field(compare=False, repr=False)

    def __str__(self) -> str:
        return self.text

    def __contains__(self, version: Version) -> bool:
        """Whether `version` lies in the range; says nothing about opting in to pre-releases."""
        if not isinstance(self.specifiers, tuple):
            return self.specifiers.contains(version, prereleases=True)
        if version.is_prerelease or version.is_postrelease or version.local:
            # What `<2` says of `2.0a1` is a rule of its own.
            return _meaning(self.specifiers).contains(version, prereleases=True)
        return all(
            _COMPARE[each.operator](version, _number(each.version)) for each in self.specifiers
        )

    @property
    def names_prerelease(self) -> bool:
        """Whether the range itself names a pre-release, which is how one is asked for."""
        return not isinstance(self.specifiers, tuple) and bool(self.specifiers.prereleases)

    @property
    def is_any(self) -> bool:
        """Whether every version is accepted."""
        return not self.specifiers


# The same few stand in the ranges of all agents.
_number: Callable[[str], Version] = lru_cache(maxsize=4096)(Version)

ANY = Range("*", ())


@lru_cache(maxsize=1024)
def _meaning(comparisons: tuple[Comparison, ...]) -> pep440.SpecifierSet:
    return pep440.SpecifierSet(",".join(f"{each.operator}{each.version}" for each in comparisons))


@lru_cache(maxsize=16384)
def parse_range(text: str) -> Range:
    """Read a range: `>=1.2,<2`, `~=1.4`, `==1.*`, `^1.2.3`, `~1.2` or `*`.

    Raises:
        InvalidRequirement: the text is none of these; a bare version is answered with the two
            ranges that could have been meant.
    """
    stripped = text.strip()
    if stripped == "*":
        return ANY
    if _BARE.match(stripped):
        raise InvalidRequirement(
            f"`{stripped}` is a version, not a range",
            hint=f'write "^{stripped}" for any compatible release, or "=={stripped}" for this one',
        )
    parts = [part.strip() for part in stripped.split(",")]
    written = [one for part in parts for one in _desugar(part).split(",") if part != "*"]
    return Range(stripped, _plain(written) or _by_packaging(written, stripped))


def _plain(written: Sequence[str]) -> tuple[Comparison, ...]:
    """The comparisons that specifiers are; none where one of them is anything else."""
    found = []
    for one in written:
        match = _PLAIN.match(one)
        if match is None:
            return ()
        found.append(Comparison(match[1], match[2]))
    return tuple(found)


def _by_packaging(written: Sequence[str], text: str) -> pep440.SpecifierSet:
    """The meaning of any specifiers; raises as `parse_range` does."""
    try:
        if not all(written):
            raise pep440.InvalidSpecifier(text)
        specifiers = pep440.SpecifierSet(",".join(written))
    except pep440.InvalidSpecifier:
        raise InvalidRequirement(
            f"`{text[:80]}` is not a range of versions",
            hint='ranges look like "^1.2", "~1.2", ">=1.2,<2", "==1.4.0" or "*"',
        ) from None
    _refuse_foreign(specifiers, text)
    return specifiers


def _desugar(part: str) -> str:
    match = _SUGAR.match(part)
    if match is None:
        return part
    kind, *numbers, pre = match.groups()
    given = [int(n) for n in numbers if n is not None]
    lower = ".".join(str(n) for n in given) + (pre or "")
    # The caret keeps the leftmost number that is not zero; the tilde keeps two, where two are given.
    keep = min(2, len(given)) if kind == "~" else _leading(given)
    upper = [*given[: keep - 1], given[keep - 1] + 1]
    return f">={lower},<{'.'.join(str(n) for n in upper)}"


def _leading(numbers: list[int]) -> int:
    for position, number in enumerate(numbers, start=1):
        if number:
            return position
    return len(numbers)


def _refuse_foreign(specifiers: pep440.SpecifierSet, text: str) -> None:
    """Refuse `===`, and what no release here can have: epochs, local, dev and post parts."""
    form = "versions have the form `1.2.3`, or `1.2.3rc1` for a pre-release"
    for specifier in specifiers:
        version = specifier.version.removesuffix(".*")
        if specifier.operator == "===":
            raise InvalidRequirement(
                f"`{text[:80]}` compares versions as texts, which no range here does",
                hint=f'write "=={version}" for this one release' if _BARE.match(version) else form,
            )
        if re.search(r"[!+]|dev|post", version):
            raise InvalidRequirement(
                f"`{text[:80]}` names a version that no release can have", hint=form
            )
