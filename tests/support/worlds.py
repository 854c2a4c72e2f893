"""Small worlds, made from bytes, so that thousands of them are made in a second."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from agentpm.model.version import parse_version
from agentpm.resolver.problem import Problem, Strategy
from support.catalog import MemoryCatalog, package, wants

NAMES = ("ada", "ben", "cem", "dia", "eva", "fay", "gus", "ada-2")
RANGES = (
    "", "", "", " >=2", " <3", " ==2.0.0", " ==1.*", " !=2.0.0", " >=1,<3", " <=2", " ^1.5",
    " >=3.0.0rc1",
)  # fmt: skip
ROOT_RANGES = ("", "", "", "", "", " >=1.5", " <3", " ^2")
NUMBERS = ("1.0.0", "1.5.0", "2.0.0", "3.0.0", "3.0.0rc1", "4.0.0")


@dataclass(frozen=True)
class World:
    """A question, with the world it is asked in."""

    problem: Problem
    catalog: MemoryCatalog


class _Tape:
    """Bytes that answer questions; after the last one every answer is 0."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def below(self, limit: int) -> int:
        """A number below `limit`."""
        value = self.data[self.at] if self.at < len(self.data) else 0
        self.at += 1
        return value % limit

    def often(self, times_in_eight: int) -> bool:
        """True so many times in eight; False when the tape has ended."""
        return self.below(8) >= 8 - times_in_eight


def worlds(packages: int = 5, releases: int = 4, needs: int = 2) -> st.SearchStrategy[World]:
    """Worlds of at most so many packages with so many releases that need so many others each.

    They have forbidden, yanked and pre-releases, packages that do not exist, names that clash,
    releases that need themselves, cycles, and lockfiles that fit or do not.
    """
    return st.binary(min_size=40, max_size=160).map(
        lambda data: _world(_Tape(data), packages, releases, needs)
    )


def _world(tape: _Tape, packages: int, releases: int, needs: int) -> World:
    names = list(NAMES[: 1 + tape.below(packages)])
    if tape.below(6) == 5:
        # A second package that would be installed as `ada`.
        names[-1] = "other/ada"
    catalog = MemoryCatalog()
    for name in names:
        if tape.below(16) == 15:
            continue
        for number in NUMBERS[: 1 + tape.below(releases)]:
            needed = [
                names[tape.below(len(names))] + RANGES[tape.below(len(RANGES))]
                for _ in range(tape.below(needs + 1))
            ]
            catalog.publish(name, number, *dict.fromkeys(needed))
            if tape.below(12) == 11:
                kind = ("yanked", "forbidden", "target")[tape.below(3)]
                catalog.refuse(name, number, kind, f"is {kind}")
    roots = tuple(
        wants(names[tape.below(len(names))] + ROOT_RANGES[tape.below(8)], line=line)
        for line in range(3, 4 + tape.below(3))
    )
    if tape.below(12) == 11:
        roots = (replace(roots[0], range=wants("x >=3.0.0rc1").range), *roots[1:])
    problem = Problem(roots)
    if tape.often(1):
        problem = replace(problem, strategy=Strategy.LOWEST)
    return World(_locked(tape, problem, names), catalog)


def _locked(tape: _Tape, problem: Problem, names: list[str]) -> Problem:
    if tape.often(3):
        return problem
    locked = {
        package(name): parse_version(NUMBERS[tape.below(len(NUMBERS))])
        for name in names
        if tape.often(4)
    }
    moving = frozenset(package(name) for name in names if tape.often(2))
    roots = tuple(
        replace(root, keep_at_least=locked[root.package])
        if root.package in locked and root.package not in moving and tape.often(1)
        else root
        for root in problem.roots
    )
    return replace(problem, roots=roots, locked=locked, moving=None if tape.often(2) else moving)
