"""Laws of the resolver, held on thousands of small worlds against judges that share no code with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import TypeVar

import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from agentpm.model.release import PackageId
from agentpm.model.version import Range
from agentpm.resolver import world as known_world
from agentpm.resolver.analysis import Contradiction
from agentpm.resolver.clause import Clause, Learned
from agentpm.resolver.explain import last_lines_of, lines_of
from agentpm.resolver.failure import Unsolvable
from agentpm.resolver.problem import ITSELF, Package, Root, Strategy
from agentpm.resolver.proof import Derivation
from agentpm.resolver.report import report
from agentpm.resolver.search import Search
from agentpm.resolver.solution import Solution
from agentpm.resolver.solve import solve
from agentpm.resolver.straight import straight
from agentpm.resolver.world import World as Searched
from support.catalog import MemoryCatalog, wants
from support.laws import law
from support.oracle import Oracle
from support.reader import Reader
from support.worlds import World, worlds

T = TypeVar("T")


def solved(world: World) -> Solution:
    """The answer of a world that has one; other worlds are left out."""
    found = answer(world)
    assume(found is not None)
    assert found is not None
    return found


def failed(world: World) -> Unsolvable:
    """The failure of a world that has no answer; other worlds are left out."""
    try:
        solve(world.problem, world.catalog)
    except Unsolvable as failure:
        return failure
    return reject()


def answer(world: World) -> Solution | None:
    """The resolver's answer, None where it says that there is none."""
    try:
        return solve(world.problem, world.catalog)
    except Unsolvable:
        return None


def told(world: World) -> Solution | tuple[str, ...]:
    """All that the resolver says of a world."""
    try:
        return solve(world.problem, world.catalog)
    except Unsolvable as failure:
        return (failure.message, *failure.details, str(failure.hint))


def _shuffled(random: Random, items: Iterable[T]) -> tuple[T, ...]:
    return tuple(random.sample(list(items), len(list(items))))


@law(4500)
@given(worlds())
def test_the_answer_is_the_one_that_the_design_defines(world: World) -> None:
    """It is not enough to find an answer: which one is a definition, checked against all others."""
    found = answer(world)
    best = Oracle(world.problem, world.catalog).best()
    assert (None if found is None else dict(found.chosen)) == best


@law(1500)
@given(worlds(8, 5))
def test_a_sat_solver_agrees_on_what_can_be_solved(world: World) -> None:
    """Nothing that can be solved is called impossible, and nothing impossible is answered."""
    found = answer(world)
    oracle = Oracle(world.problem, world.catalog)
    assert (found is not None) == oracle.is_satisfiable()
    assert found is None or oracle.is_valid(found.chosen)


class AskedCatalog:
    """A catalog that remembers for what it was asked."""

    def __init__(self, catalog: MemoryCatalog) -> None:
        self._catalog = catalog
        self.locate = catalog.locate
        self.asked: list[PackageId] = []

    def releases(self, package: PackageId) -> Package:
        """As the catalog behind it."""
        self.asked.append(package)
        return self._catalog.releases(package)


@law(2000)
@given(worlds(5, 4))
def test_a_catalog_is_asked_for_each_package_once(world: World) -> None:
    """Behind it may be a server, whatever is tried and explained."""
    catalog = AskedCatalog(world.catalog)
    try:
        solve(world.problem, catalog).explain()
    except Unsolvable as failure:
        failure.explain()
    assert len(catalog.asked) == len(set(catalog.asked))


@law(1000)
@given(worlds(5, 3))
def test_where_nothing_has_to_be_searched_for_a_search_finds_the_same(world: World) -> None:
    """The newest of everything is the answer only where it is the one that is defined."""
    problem = replace(world.problem, locked={}, strategy=Strategy.NEWEST)
    found = straight(problem, world.catalog, {})
    assume(found is not None)
    search = Search(Searched(problem, world.catalog))
    assert found == report(search.world, search.run())


@law(1000)
@given(worlds(8, 5))
def test_locking_an_answer_and_solving_again_changes_nothing(world: World) -> None:
    """A lockfile is what was chosen, so choosing again must not disagree with it."""
    found = solved(world)
    again = replace(world.problem, locked=found.chosen, moving=frozenset())
    assert solve(again, world.catalog).chosen == found.chosen


@law(1000)
@given(worlds(8, 5), st.integers(0, 2**32))
def test_the_order_of_input_changes_nothing(world: World, seed: int) -> None:
    """Two people who wrote the same lines in another order must get the same agents."""
    random = Random(seed)
    shuffled = MemoryCatalog()
    shuffled.meanings = world.catalog.meanings
    shelves = list(world.catalog.shelves.items())
    random.shuffle(shelves)
    for identity, shelf in shelves:
        candidates = list(shelf.items())
        random.shuffle(candidates)
        shuffled.shelves[identity] = {
            number: replace(each, dependencies=_shuffled(random, each.dependencies))
            for number, each in candidates
        }
    problem = replace(
        world.problem,
        roots=_shuffled(random, world.problem.roots),
        locked=dict(_shuffled(random, world.problem.locked.items())),
    )
    assert told(World(problem, shuffled)) == told(world)


@law(1000)
@given(worlds(8, 5))
def test_removing_a_release_that_was_not_chosen_changes_nothing(world: World) -> None:
    """What nobody takes must not have a say, or a yank somewhere would move agents elsewhere."""
    found = solved(world)
    for identity, shelf in world.catalog.shelves.items():
        for number in shelf:
            if found.chosen.get(identity) != number:
                fewer = world.catalog.without(identity, number)
                assert solve(world.problem, fewer).chosen == found.chosen


@law(500)
@given(worlds(8, 5), worlds(3, 3))
def test_adding_releases_that_nobody_asks_for_changes_nothing(world: World, other: World) -> None:
    """Publishing an agent must not change the projects that do not use it."""
    more = MemoryCatalog()
    more.shelves = dict(world.catalog.shelves)
    for identity, shelf in other.catalog.shelves.items():
        more.shelves[identity._replace(source="elsewhere")] = shelf
    assert answer(World(world.problem, more)) == answer(world)


@law(1500)
@given(st.one_of(worlds(4, 3, 3), worlds(3, 5, 2)))
def test_every_line_of_a_report_is_true(world: World) -> None:
    """A person acts on these lines, so each is looked up in the world, and each conclusion drawn."""
    failure = failed(world)
    for derivation in (failure.derivation, *failure.further):
        _judge(Reader(Oracle(world.problem, world.catalog), derivation))


def _judge(reader: Reader) -> None:
    stated: list[Clause] = []
    for line in lines_of(reader.derivation):
        if line.concludes is None:
            reader.read(line)
        for statement in line.states:
            if not isinstance(statement.clause.cause, Learned):
                reader.check(statement.clause)
            stated.append(statement.clause)
        if line.concludes is not None:
            assert reader.follows(line.concludes.terms, stated), line.text
            stated.append(line.concludes)
    assert reader.follows({}, stated)


@law(500)
@given(worlds(3, 5, 3))
def test_why_a_release_rules_itself_out_is_said_exactly(world: World) -> None:
    """Needing another release of itself is not the same as being a pre-release that nobody names."""
    known = known_world.World(world.problem, world.catalog)
    try:
        known.visit(world.catalog.shelves)
    except Contradiction:
        reject()
    reader = Reader(
        Oracle(world.problem, world.catalog),
        Derivation(Clause({}, Learned(())), tuple(known.shelves)),
    )
    for shelf in known.shelves:
        for position in shelf.positions(shelf.present):
            reason = known.why_not(known.index[shelf.id], position)
            if reason is not None and reason.kind == ITSELF:
                reader.check_itself(reason.text, shelf.id, shelf.version(position))


@law(500)
@given(worlds(4, 3, 3), st.sampled_from([1, 3, 1000]))
def test_a_shortened_report_says_nothing_that_is_not_true(world: World, steps: int) -> None:
    """What leaves out most of a proof still has lines that a person acts on."""
    failure = failed(world)
    reader = Reader(Oracle(world.problem, world.catalog), failure.derivation)
    facts = [n for n in failure.derivation.nodes() if not isinstance(n.cause, Learned)]
    for line in last_lines_of(failure.derivation, steps)[0]:
        if line.concludes is None:
            reader.read(line)
        for statement in line.states:
            if isinstance(statement.clause.cause, Learned):
                assert reader.follows(statement.clause.terms, facts), line.text
            else:
                reader.check(statement.clause)


@law(500)
@given(worlds(5, 4, 3))
def test_a_hint_about_the_manifest_helps(world: World) -> None:
    """A hint that was not tried is a guess, and the reader's time."""
    hint = failed(world).hint or ""
    edit = re.fullmatch(r"`agentpm.toml:(\d+)` would have to ask for `(.+)`", hint)
    if edit is None:
        reject()
    wanted = wants(edit[2], line=int(edit[1]))
    roots = tuple(
        _asking(root, wanted.range) if root.origin == wanted.origin else root
        for root in world.problem.roots
    )
    assert solve(replace(world.problem, roots=roots), world.catalog).chosen


def _asking(root: Root, wanted: Range) -> Root:
    """The same line with another range, which a locked release only binds if it lies in there."""
    kept = root.keep_at_least
    return replace(
        root, range=wanted, keep_at_least=kept if kept is not None and kept in wanted else None
    )


@pytest.mark.explore
@settings(law(200_000), derandomize=False)
@given(worlds(6, 5, 3))
def test_the_laws_hold_further_out(world: World) -> None:
    """The same in worlds that no run has seen yet."""
    oracle = Oracle(world.problem, world.catalog)
    try:
        found = solve(world.problem, world.catalog)
    except Unsolvable as failure:
        assert oracle.best() is None
        _judge(Reader(oracle, failure.derivation))
    else:
        assert found.chosen == oracle.best()
