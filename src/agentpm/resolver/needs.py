"""What releases say that they need of each other, put together where somebody asks.

Most of it is followed and never questioned.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from operator import attrgetter

from agentpm.model.name import PackageName
from agentpm.model.version import Range
from agentpm.resolver.clause import Group, Groups
from agentpm.resolver.shelf import Shelf

_by_text = attrgetter("text")


class Needs:
    """The `shelves` visited, by index, with which of them a name means in each source.

    Edges come here for their groups, and nothing here refers to them: so a search leaves no circle
    of references behind, which Python's collector would have to find.
    """

    __slots__ = ("meant", "shelves")

    def __init__(self) -> None:
        self.shelves: list[Shelf] = []
        self.meant: defaultdict[str, dict[PackageName, int]] = defaultdict(dict)

    def ranges(self, package: int, position: int, dependency: int) -> tuple[Range, ...]:
        """The ranges in which one release asks for a dependency; none where it does not."""
        shelf = self.shelves[package]
        meaning = self.meant[shelf.id.source].get
        requirements = shelf.candidates[position].dependencies
        return _once([each.range for each in requirements if meaning(each.package) == dependency])

    def groups(self, package: int, dependency: int) -> Groups:
        """The releases that ask something of a dependency: together those that ask the same."""
        shelf, target = self.shelves[package], self.shelves[dependency]
        meaning = self.meant[shelf.id.source].get
        # By their texts, which are what makes ranges equal, and quicker to compare than they are.
        asked: dict[tuple[str, ...], tuple[Range, ...]] = {}
        releases: dict[tuple[str, ...], int] = {}
        bit = 1
        for candidate in shelf.candidates:
            found = [
                each.range for each in candidate.dependencies if meaning(each.package) == dependency
            ]
            if found:
                ranges = _once(found)
                texts = tuple(map(_by_text, ranges))
                asked[texts] = ranges
                releases[texts] = releases.get(texts, 0) | bit
            bit <<= 1
        groups = []
        for texts, ranges in asked.items():
            accepted = target.present
            for wanted in ranges:
                accepted &= target.accepts(wanted)
            groups.append(Group(releases[texts], accepted, ranges))
        return tuple(groups)


def _once(ranges: Sequence[Range]) -> tuple[Range, ...]:
    """Each of some ranges once, in an order of their own."""
    return tuple(ranges if len(ranges) < 2 else sorted(set(ranges), key=_by_text))
