"""A shelf: the releases of one package in order, so that a set of them is one integer.

Bit k of a set stands for the k-th release from the oldest, the bit above them all for "no release
of this package". All set algebra is then `&`, `|` and `& ~` on Python integers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from agentpm.model.release import PackageId
from agentpm.model.version import Range, Version
from agentpm.resolver.order import order_of
from agentpm.resolver.problem import Package


class Shelf:
    """One package as the search sees it, under the identity by which it was asked for.

    `candidates` run from the oldest to the newest; `present` is the set of all releases, `absent`
    the set of none of them, `every` both. `prereleases` are the releases that only a requirement
    that names one accepts, `opened` that the project itself names one.
    """

    __slots__ = (
        "_masks", "_order", "absent", "candidates", "every", "id", "opened", "package",
        "prereleases", "present",
    )  # fmt: skip

    def __init__(self, package: Package, identity: PackageId, *, opened: bool = False) -> None:
        self.id = identity
        self.package = package
        self.opened = opened
        # Only what was asked for in this search: it is also what explanations quote.
        self._masks: dict[str, int] = {}
        self._order = order = order_of(package)
        self.candidates = order.candidates
        ladder = order.ladder
        self.absent = ladder.absent
        self.present = ladder.present
        self.every = ladder.absent | ladder.present
        self.prereleases = ladder.prereleases

    def version(self, position: int) -> Version:
        """The version at a position."""
        return self.candidates[position].version

    @property
    def has_twins(self) -> bool:
        """Whether the versions of two releases are equal."""
        return self._order.ladder.has_twins

    def twins(self, position: int) -> int:
        """The releases whose versions equal the one at a position, itself among them."""
        return self._order.ladder.bits(self.version(position))

    def accepts(self, wanted: Range) -> int:
        """The releases that a requirement of this range can be met with."""
        mask = self._masks.get(wanted.text)
        if mask is None:
            mask = self._order.within(wanted)
            if self.prereleases and not self.opened and not wanted.names_prerelease:
                mask &= ~self.prereleases
            self._masks[wanted.text] = mask
        return mask

    def within(self, wanted: Range) -> int:
        """The releases whose versions lie in a range, pre-releases included."""
        return self._order.within(wanted)

    def bit(self, version: Version) -> int:
        """The set of the release of this version, empty where there is none."""
        return self._order.bit(version)

    def below(self, version: Version) -> int:
        """The releases older than `version`."""
        return self._order.ladder.below(version)

    def positions(self, releases: int) -> Iterator[int]:
        """The positions of some releases, from the oldest."""
        return self._order.ladder.positions(releases)

    def asked_as(self, releases: int, words: Collection[str] | None = None) -> str | None:
        """The shortest range somebody wrote that these releases are what is accepted by, if any.

        `words` are the ranges that come into question, where not all do.
        """
        texts = [text for text, mask in self._masks.items() if mask == releases and text != "*"]
        if words is not None:
            texts = [text for text in texts if text in words]
        return min(texts, key=lambda text: (len(text), text), default=None)
