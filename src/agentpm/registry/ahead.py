"""Listings read from a view before they are asked for, many with one question.

Asking a view for fifty packages takes little longer than asking for one. A resolver comes to know
what it will visit one release after the other; it mostly takes the newest, so that what these need
is read with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from agentpm.model.name import PackageName
from agentpm.model.release import PackageId
from agentpm.model.version import Version, parse_version
from agentpm.registry.view import View
from agentpm.registry.wire import Listing, MalformedIndex

_SPARE = 64
_SHARE = 8
"""How many packages may be read that nobody asked for: so many, and so many for each that was."""


class Ahead:
    """The listings that were read from the view of the registry `source`.

    A project that stays at old releases must not pay for all that the newest ones need, so that what
    is read ahead is bounded by what was asked for (`_SPARE`, `_SHARE`).
    """

    def __init__(self, source: str, view: View) -> None:
        self._source = source
        self._view = view
        self._read: dict[str, Listing | None] = {}
        self._asked: set[str] = set()

    def forget(self) -> None:
        """Read everything anew: the view may show another commit now."""
        self._read.clear()
        self._asked.clear()

    def read(self, names: Sequence[PackageName]) -> None:
        """Read the listings of `names`, with those of what the newest of these releases need."""
        self._asked.update(names)
        wave = [name for name in names if name not in self._read]
        while wave:
            self._take(wave)
            wave = self._needed(wave)[: self._spare()]

    def listing(self, name: PackageName) -> Listing | None:
        """The listing of a package; None where the view has none, or one that is out of order."""
        if name not in self._read:
            self._take([name])
        return self._read[name]

    def _spare(self) -> int:
        """How many more packages may be read that nobody asked for."""
        asked = len(self._asked)
        return max(_SPARE + (_SHARE + 1) * asked - len(self._read), 0)

    def _take(self, names: Sequence[PackageName]) -> None:
        found = self._view.listed(names)
        for name in names:
            records, versions = found.get(name, (b"", ""))
            package = PackageId(self._source, name)
            self._read[name] = Listing(package, _parsed(versions), records) if versions else None

    def _needed(self, names: Sequence[PackageName]) -> list[PackageName]:
        """What the newest releases of packages need, as far as it was not read."""
        needed: dict[PackageName, None] = {}
        for name in names:
            listing = self._read[name]
            if listing is None:
                continue
            try:
                newest = listing[-1]
            except MalformedIndex:
                # Whoever wants that release hears of it.
                continue
            needed |= dict.fromkeys(each.package for each in newest.dependencies)
        return [name for name in needed if name not in self._read]


# Packages that are released together have the same versions.
@lru_cache(maxsize=4096)
def _parsed(versions: str) -> tuple[Version, ...]:
    return tuple(map(parse_version, versions.split()))
