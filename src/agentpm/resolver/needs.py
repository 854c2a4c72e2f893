"""What releases say that they need of each other, put together where somebody asks.

Most of it is followed and never questioned.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from operator import attrgetter

from agentpm.model.name import PackageName
from agentpm.model.release import Requirement
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
        return _ranges(shelf.candidates[position].dependencies, meaning, dependency)

    def groups(self, package: int, dependency: int) -> Groups:
        """The releases that ask something of a dependency: together those that ask the same."""
        shelf, target = self.shelves[package], self.shelves[dependency]
        meaning = self.meant[shelf.id.source].get
        # By their texts, which are what makes ranges equal, and quicker to compare than they are.
        asked: dict[tuple[str, ...], tuple[Range, ...]] = {}
        releases: dict[tuple[str, ...], int] = {}
        bit = 1
        for candidate in shelf.candidates:
            ranges = _ranges(candidate.dependencies, meaning, dependency)
            if ranges:
                texts = tuple(map(_by_text, ranges))
                asked[texts] = ranges
                releases[texts] = releases.get(texts, 0) | bit
            bit <<= 1
        found = []
        for texts, ranges in asked.items():
            accepted = target.present
            for wanted in ranges:
                accepted &= target.accepts(wanted)
            found.append(Group(releases[texts], accepted, ranges))
        return tuple(found)


def _ranges(
    requirements: Iterable[Requirement],
    meaning: Callable[[PackageName], int | None],
    dependency: int,
) -> tuple[Range, ...]:
    found = [each.range for each in requirements if meaning(each.package) == dependency]
    return tuple(found if len(found) < 2 else sorted(set(found), key=_by_text))
