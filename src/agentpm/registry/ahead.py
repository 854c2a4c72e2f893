"""Listings read from a view before they are asked for, many with one question.

Asking a view for fifty packages takes little longer than asking for one. A resolver comes to know
what it will visit one release after the other; it mostly takes the newest, so that what these need
is read with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from agentpm.model.name import PackageName
from agentpm.model.release import PackageId
from agentpm.model.version import Version, parse_version
from agentpm.registry.columns import UNREADABLE_COLUMNS, release_in
from agentpm.registry.listing import Listing
from agentpm.registry.view import Listed, View, ViewDamaged
from agentpm.registry.wire import MalformedIndex

Older = Callable[[Sequence[PackageName]], Mapping[str, bytes]]

_SPARE = 64
_SHARE = 8
"""How many packages may be read that nobody asked for: so many, and so many for each that was."""

_BEFORE = 32
"""How many index files are read whole, where one must be."""


class Ahead:
    """The listings that were read from the view of the registry `source`.

    A project that stays at old releases must not pay for all that the newest ones need, so that what
    is read ahead is bounded by what was asked for (`_SPARE`, `_SHARE`). A question takes with it
    what is still open of that, the latest first: a search goes into the depth.

    A listing asks for its older lines later than this is asked for it: `older` is `View.older`, with
    what a view needs that turns out to be damaged.
    """

    def __init__(self, source: str, view: View, older: Older | None = None) -> None:
        self._source = source
        self._view = view
        self._older_of = older or view.older
        self._read: dict[PackageName, Listing | None] = {}
        self._asked: set[str] = set()
        self._open: dict[PackageName, None] = {}
        self._older: dict[str, bytes] = {}

    def forget(self) -> None:
        """Read everything anew: the view may show another commit now."""
        self._read.clear()
        self._asked.clear()
        self._open.clear()
        self._older.clear()

    def read(self, names: Sequence[PackageName]) -> None:
        """Read the listings of `names`, with those of what the newest of these releases need."""
        self._asked.update(names)
        wave = [name for name in names if name not in self._read]
        while wave:
            wave += self._guessed(len(wave))
            self._take(wave)
            wave = self._guessed(0)

    def held(self, name: PackageName) -> Listing | None:
        """The listing of a package, where there is one that was read."""
        return self._read.get(name)

    def listing(self, name: PackageName) -> Listing | None:
        """The listing of a package; None where the view has none, or one that is out of order."""
        if name not in self._read:
            self._take([name])
        return self._read[name]

    def _guessed(self, more: int) -> list[PackageName]:
        """What may be read that nobody asked for, beside `more` that somebody did."""
        spare = _SPARE + (_SHARE + 1) * len(self._asked) - len(self._read) - more
        found = [self._open.popitem()[0] for _ in range(min(spare, len(self._open)))]
        return [name for name in found if name not in self._read]

    def _take(self, names: Sequence[PackageName]) -> None:
        found = self._view.listed(names)
        for name in names:
            listing = self._read[name] = self._listing(name, found.get(name))
            if listing is None:
                continue
            try:
                needs = listing[-1].dependencies
            except MalformedIndex:
                # Whoever wants that release hears of it.
                continue
            for each in needs:
                if each.package not in self._read:
                    self._open[each.package] = None

    def _listing(self, name: PackageName, found: Listed | None) -> Listing | None:
        if found is None or not found[1]:
            return None
        _, versions, newest, *columns = found
        package, listed = PackageId(self._source, name), _parsed(versions)
        if newest is not None:
            return Listing(package, listed, newest, self._before)
        try:
            release = release_in(package, listed[-1], columns)
        except UNREADABLE_COLUMNS as problem:
            raise ViewDamaged(f"the view of `{self._source}` is damaged: {problem}") from problem
        return Listing(package, listed, release, self._before)

    def _before(self, name: PackageName) -> bytes:
        """The index file of a package without its last line; nothing where it has no other now."""
        if name in self._older:
            return self._older[name]
        # A project with one agent that is not at its newest release mostly has more of them.
        names = list(self._read)
        place = names.index(name) if name in self._read else len(names)
        wanted = [name, *names[place + 1 : place + _BEFORE]]
        found: dict[str, bytes] = {**dict.fromkeys(wanted, b""), **self._older_of(wanted)}
        if name in self._read:
            # A listing that was given before all was forgotten says nothing of those that come now.
            self._older |= found
        return found[name]


# Packages that are released together have the same versions.
@lru_cache(maxsize=4096)
def _parsed(versions: str) -> tuple[Version, ...]:
    return tuple(map(parse_version, versions.split()))
