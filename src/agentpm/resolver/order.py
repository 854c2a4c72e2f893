"""The releases of one package in order, with the ranges that they lie in: worked out once.

A problem that fails is solved again and again, to find what would help. What is known of a package
stays the same all the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from agentpm.model.version import Range
from agentpm.resolver.ladder import ladder_of
from agentpm.resolver.problem import Offered, Package


class Order:
    """The candidates of a package from the oldest to the newest, on the `ladder` of their versions."""

    __slots__ = ("_within", "candidates", "ladder")

    def __init__(self, package: Package) -> None:
        candidates, versions = package.candidates, package.versions
        if versions is None:
            versions = [each.version for each in candidates]
        self.ladder = ladder_of(tuple(versions))
        places = self.ladder.places
        self.candidates: Sequence[Offered] = (
            candidates if places is None else [candidates[at] for at in places]
        )
        self._within: dict[str, int] = {}

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


# Packages are compared by identity: a catalog that has news of one gives another.
@lru_cache(maxsize=16384)
def order_of(package: Package) -> Order:
    """The order of a package's releases."""
    return Order(package)
