"""The releases of one package in order, with the ranges that they lie in: worked out once.

A problem that fails is solved again and again, to find what would help. What is known of a package
stays the same all the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from agentpm.model.version import Range, Version
from agentpm.resolver.ladder import ladder_of
from agentpm.resolver.problem import Offered, Package


class Order:
    """The candidates of a package from the oldest to the newest, on the `ladder` of their versions.

    Those of equal versions, `1.0` and `1.0.0`, stand in the order of their texts.
    """

    __slots__ = ("_within", "candidates", "ladder")

    def __init__(self, package: Package) -> None:
        candidates, versions = package.candidates, package.versions
        if not versions:
            versions = [each.version for each in candidates]
        self.ladder = ladder_of(tuple(versions))
        if self.ladder.has_twins:
            candidates = _told_apart(candidates)
            self.ladder = ladder_of(tuple(each.version for each in candidates))
        places = self.ladder.places
        self.candidates: Sequence[Offered] = (
            candidates if places is None else [candidates[at] for at in places]
        )
        self._within: dict[str, int] = {}

    def bit(self, version: Version) -> int:
        """The set of the release of this version, the one written like it if several are equal."""
        equal = self.ladder.bits(version)
        if equal & (equal - 1):
            for position in self.ladder.positions(equal):
                if str(self.candidates[position].version) == str(version):
                    return 1 << position
        return equal & -equal

    def within(self, wanted: Range) -> int:
        """The releases whose versions lie in a range, pre-releases included."""
        mask = self._within.get(wanted.text)
        if mask is None:
            mask = self.ladder.within(wanted)
            if mask is None:
                mask = self._judged(wanted)
            self._within[wanted.text] = mask
        return mask

    def _judged(self, wanted: Range) -> int:
        """The same, asked of `packaging` release by release."""
        mask = 0
        for position, candidate in enumerate(self.candidates):
            if candidate.version in wanted:
                mask |= 1 << position
        return mask


def _told_apart(candidates: Sequence[Offered]) -> Sequence[Offered]:
    """The candidates in an order that does not depend on the one in which they are given.

    Nothing tells those of one text apart, no lockfile either, so only the first of them counts.
    """
    named: dict[str, Offered] = {}
    for each in sorted(candidates, key=_content):
        named.setdefault(str(each.version), each)
    return sorted(named.values(), key=lambda each: (each.version, str(each.version)))


def _content(candidate: Offered) -> tuple[Sequence[str], str]:
    return sorted(map(str, candidate.dependencies)), str(candidate.unavailable)


# Packages are compared by identity: a catalog that has news of one gives another.
@lru_cache(maxsize=16384)
def order_of(package: Package) -> Order:
    """The order of a package's releases."""
    return Order(package)
