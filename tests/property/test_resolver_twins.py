"""Releases of one package whose versions are equal, such as 1.0 and 1.0.0: other worlds have them."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentpm.model.release import PackageId, Requirement, parse_requirement
from agentpm.model.version import Version
from agentpm.resolver.failure import Unsolvable
from agentpm.resolver.problem import Candidate, Package, Problem
from agentpm.resolver.shelf import Shelf
from agentpm.resolver.solve import solve
from agentpm.resolver.wording import Some, Wording
from support.catalog import MemoryCatalog, asks, package, versions
from support.laws import law
from support.worlds import World, worlds

TWINS = {"1.5.0": "2.0", "2.0.0": "2.0.0"}
"""What stands in the place of two releases: two whose versions are equal."""

APART = {"1.5.0": "2.0.0+a", "2.0.0": "2.0.0+b"}
"""Two that the same ranges take, in the same order, and whose versions are not equal."""


class Renumbered:
    """A catalog in which some releases have other numbers; `random` decides what comes first."""

    def __init__(self, catalog: MemoryCatalog, numbers: dict[str, str], seed: int = 0) -> None:
        self.catalog = catalog
        self.numbers = numbers
        self.random = Random(seed)

    def releases(self, package: PackageId) -> Package:
        """Everything about one package."""
        found = self.catalog.releases(package)
        candidates = [
            replace(each, version=renumbered(each.version, self.numbers))
            for each in found.candidates
            if isinstance(each, Candidate)
        ]
        self.random.shuffle(candidates)
        return replace(found, candidates=tuple(candidates))

    def locate(self, dependent: PackageId, requirement: Requirement) -> PackageId:
        """As the catalog does."""
        return self.catalog.locate(dependent, requirement)


class Lone(MemoryCatalog):
    """A catalog in which every package has the same releases, in the order given."""

    def __init__(self, candidates: tuple[Candidate, ...]) -> None:
        super().__init__()
        self.candidates = candidates

    def releases(self, package: PackageId) -> Package:
        """Everything about one package."""
        return Package(package, self.candidates)


def renumbered(version: Version, numbers: dict[str, str]) -> Version:
    """A version with the number that stands in its place."""
    return Version(numbers.get(str(version), str(version)))


def told(problem: Problem, catalog: Renumbered) -> object:
    """What is chosen, or all that is said of a failure; versions as they are written."""
    locked = {
        each: renumbered(version, catalog.numbers) for each, version in problem.locked.items()
    }
    # What may not fall lower is left out: 2.0.0 is not below 2.0, and 2.0.0+a is below 2.0.0+b.
    roots = tuple(replace(root, keep_at_least=None) for root in problem.roots)
    try:
        found = solve(replace(problem, roots=roots, locked=locked), catalog)
    except Unsolvable as failure:
        return (failure.message, *failure.everything, str(failure.hint))
    return {each: str(version) for each, version in found.chosen.items()}


@law(800)
@given(worlds(5, 4), st.integers(1, 2**32))
def test_the_order_in_which_equal_versions_come_changes_nothing(world: World, seed: int) -> None:
    """Which of two the answer has must be written somewhere, and not lie in who came last."""
    once = told(world.problem, Renumbered(world.catalog, TWINS))
    assert told(world.problem, Renumbered(world.catalog, TWINS, seed)) == once


@law(800)
@given(worlds(5, 4))
def test_equal_versions_are_releases_of_their_own(world: World) -> None:
    """Where only one of two fits, there is an answer, and it is that one."""
    twins = told(world.problem, Renumbered(world.catalog, TWINS))
    apart = told(world.problem, Renumbered(world.catalog, APART))
    if isinstance(apart, dict):
        written = {APART[number]: TWINS[number] for number in APART}
        assert twins == {each: written.get(text, text) for each, text in apart.items()}
    else:
        assert not isinstance(twins, dict)


def shelf(*numbers: str) -> Shelf:
    """The releases of a writer."""
    candidates = tuple(Candidate(Version(number)) for number in numbers)
    return Shelf(Package(package("writer"), candidates), package("writer"), opened=False)


@pytest.mark.parametrize(
    ("releases", "text"),
    [
        (0b0010, "`writer 1.0`"),
        (0b0110, "`writer ==1.0`"),
        (0b0111, "`writer <2.0`"),
        (0b1110, "`writer >=1.0`"),
        (0b0011, "`writer ==0.9` or `===1.0`"),
        (0b1100, "`writer ===1.0.0` or `==2.0`"),
    ],
)
def test_no_range_is_said_to_tell_equal_versions_apart(releases: int, text: str) -> None:
    """`<1.0.0` leaves out 1.0 as well, so it must not stand for a set that has it."""
    writer = shelf("2.0", "1.0.0", "0.9", "1.0")
    assert Wording([writer]).some(Some(0, releases)) == text


def test_a_locked_release_stays_the_one_that_it_is() -> None:
    """What is locked is written down, and so is what it equals."""
    catalog = MemoryCatalog().publish("ada", "1.5.0").publish("ada", "2.0.0")
    for written in ("2.0", "2.0.0"):
        problem = replace(asks("ada"), locked={package("ada"): Version(written)})
        assert told(problem, Renumbered(catalog, TWINS)) == {package("ada"): written}
    assert told(asks("ada"), Renumbered(catalog, TWINS)) == {package("ada"): "2.0.0"}


@pytest.mark.parametrize("numbers", [("2.0", "2.0.0"), ("2.0.0", "2.0")])
def test_of_equal_versions_the_newest_is_the_same_in_any_order(numbers: tuple[str, str]) -> None:
    """Nothing has to be searched for, and still the input's order has no say."""
    candidates = tuple(Candidate(Version(number)) for number in numbers)
    found = solve(asks("ada"), Lone(candidates))
    assert versions(found) == {"ada": "2.0.0"}
    assert found.passed_over == ()


def test_of_releases_that_nothing_tells_apart_one_counts() -> None:
    """One version twice, with other needs: the answer is the same, whichever comes first."""
    needs = [(), (parse_requirement("ben"),)]
    pair = [Candidate(Version("1.0.0"), wanted) for wanted in needs]
    for candidates in (pair, pair[::-1]):
        order = Shelf(Package(package("ada"), tuple(candidates)), package("ada"), opened=False)
        assert [each.dependencies for each in order.candidates] == [()]
