"""What a failure offers beside its story: what else is in the way, and what would help."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from agentpm.errors import ExitCode
from agentpm.model.release import PackageId
from agentpm.model.version import parse_version
from agentpm.resolver.analysis import Contradiction
from agentpm.resolver.clause import Learned
from agentpm.resolver.explain import LINES, STEPS
from agentpm.resolver.failure import Unsolvable
from agentpm.resolver.problem import FORBIDDEN, Offered, Package, Problem, Unavailable
from agentpm.resolver.proof import Derivation, shortest
from agentpm.resolver.report import ALL_LOOKS, DEPTH, LOOKS, _Report
from agentpm.resolver.search import Search
from agentpm.resolver.solve import solve
from agentpm.resolver.story import _Teller
from agentpm.resolver.wording import Wording
from agentpm.resolver.world import World
from support.catalog import MemoryCatalog, all_of, asks, narrowing, package, wants

YOUNG = "too-young"


def failure_of(problem: Problem, catalog: MemoryCatalog) -> Unsolvable:
    with pytest.raises(Unsolvable) as caught:
        solve(problem, catalog)
    return caught.value


def young(catalog: MemoryCatalog, name: str, version: str, date: str) -> None:
    """A release too young to be taken, with what it says where many are."""
    hint = f"add `{name}` to the exceptions"
    reason = Unavailable(YOUNG, f"was published at {date}", hint, "is younger than 3 days")
    shelf = catalog.shelves[package(name)]
    number = parse_version(version)
    shelf[number] = replace(shelf[number], unavailable=reason)


# -- what helps ---------------------------------------------------------------------------------


def test_no_approval_is_offered_where_one_of_two_is_not_to_be_had() -> None:
    """Approving the other one would leave everything as it is."""
    catalog = MemoryCatalog().publish("lead", "1.0.0", "ada", "eva")
    catalog.publish("ada", "1.0.0").refuse("ada", "1.0.0", FORBIDDEN, "is forbidden")
    catalog.publish("eva", "1.0.0").forbid("eva", "1.0.0")
    failure = failure_of(asks("lead"), catalog)
    assert failure.hint is None
    assert failure.exit_code is ExitCode.REFUSED


def test_a_release_that_can_be_approved_is_offered_before_one_that_cannot() -> None:
    """The newest one is beyond help, and the older one is good enough."""
    catalog = MemoryCatalog().publish("eva", "1.0.0").publish("eva", "2.0.0")
    catalog.forbid("eva", "1.0.0").refuse("eva", "2.0.0", FORBIDDEN, "is forbidden")
    assert failure_of(asks("eva"), catalog).hint == narrowing("eva")


def test_two_that_are_too_young_are_let_in_together() -> None:
    """Neither exception alone helps, and both together do."""
    catalog = MemoryCatalog().publish("lead", "1.0.0", "ada", "eva")
    for name in ("ada", "eva"):
        catalog.publish(name, "1.0.0")
        young(catalog, name, "1.0.0", "noon")
    failure = failure_of(asks("lead"), catalog)
    assert failure.hint == all_of("add `ada` to the exceptions", "add `eva` to the exceptions")


def test_two_that_are_unavailable_in_two_ways_are_let_in_together() -> None:
    """A reader who does one of two things and tries again has been sent on an errand."""
    catalog = MemoryCatalog().publish("lead", "1.0.0", "ada", "eva")
    catalog.publish("ada", "1.0.0").publish("eva", "1.0.0").forbid("eva", "1.0.0")
    young(catalog, "ada", "1.0.0", "noon")
    failure = failure_of(asks("lead"), catalog)
    assert failure.hint == all_of("add `ada` to the exceptions", narrowing("eva"))


def test_nothing_is_to_be_approved_that_is_not_in_the_way() -> None:
    """The newest `gus` is forbidden as well, and an older one does."""
    catalog = MemoryCatalog().publish("lead", "1.0.0", "ada", "eva", "gus")
    for name in ("ada", "eva", "gus"):
        catalog.publish(name, "1.0.0").publish(name, "2.0.0").forbid(name, "2.0.0")
    catalog.forbid("ada", "1.0.0").forbid("eva", "1.0.0")
    failure = failure_of(asks("lead"), catalog)
    assert failure.hint == all_of(narrowing("ada"), narrowing("eva"))


def test_who_changed_a_line_is_not_told_to_change_it_back() -> None:
    """The line is what the reader wants; the locked agent in its way is what can move."""
    catalog = MemoryCatalog().publish("lead", "1.0.0").publish("lead", "2.0.0")
    catalog.publish("aud", "1.0.0").publish("aud", "2.0.0", "lead <2")
    lead = replace(wants("lead"), keep_at_least=parse_version("2.0.0"))
    question = asks(lead, wants("aud ^2", line=4), locked={"lead": "2.0.0", "aud": "1.0.0"})
    assert failure_of(question, catalog).hint == "`agentpm update lead` lets it move as well"
    moved = replace(
        question,
        roots=(wants("lead"), *question.roots[1:]),
        moving=frozenset({package("lead")}),
    )
    assert solve(moved, catalog).chosen[package("lead")] == parse_version("1.0.0")


def test_a_line_of_the_manifest_gives_way_to_what_a_command_asks_for() -> None:
    """Who types `lead ^2` and is offered `lead ^1` has been offered to want something else."""
    catalog = MemoryCatalog().publish("lead", "1.0.0", "writer ^1").publish("writer", "1.0.0")
    catalog.publish("lead", "2.0.0", "writer ^2").publish("writer", "2.0.0")
    typed = replace(wants("lead ^2"), origin="the command line")
    question = asks(typed, wants("writer ^1", line=4), locked={"writer": "1.0.0"})
    hint = failure_of(question, catalog).hint
    assert hint == "`agentpm.toml:4` would have to ask for `writer ^2.0.0`"


# -- what else is in the way ---------------------------------------------------------------------


def test_the_story_tells_of_everything_that_is_to_be_approved() -> None:
    """An approval of something that is not spoken of would be given blindly."""
    catalog = MemoryCatalog().publish("lead", "1.0.0", "ada", "eva")
    catalog.publish("ada", "1.0.0").publish("eva", "1.0.0")
    catalog.forbid("ada", "1.0.0").forbid("eva", "1.0.0")
    failure = failure_of(asks("lead"), catalog)
    power = "has a shell, which `agentpm.toml:9` does not allow"
    chain = "`agentpm.toml:3` asks for `lead`, which needs `{}`, of which the only release, 1.0.0,"
    assert failure.details == (
        f"{chain.format('eva')} {power}",
        f"also: {chain.format('ada')} {power}",
    )


def test_nothing_is_to_be_approved_that_the_story_does_not_tell_of() -> None:
    """Five are forbidden, and four failures are told; the hint lets in all five."""
    names = [f"agent-{number}" for number in range(5)]
    catalog = MemoryCatalog().publish("lead", "1.0.0", *names)
    for name in names:
        catalog.publish(name, "1.0.0").forbid(name, "1.0.0")
    failure = failure_of(asks("lead"), catalog)
    assert failure.hint == all_of(*map(narrowing, names))
    *told, last = failure.details
    power = "has a shell, which `agentpm.toml:9` does not allow"
    assert last == f"also: `agent-0 1.0.0` {power}"
    assert all(any(f"`{name}`" in line for line in told) for name in names[1:])
    assert failure.everything == failure.details


def test_many_that_are_to_be_approved_are_counted_where_the_story_ends() -> None:
    """Thirty lines are what a story has; `--verbose` tells of every one."""
    names = [f"agent-{number}" for number in range(40)]
    catalog = MemoryCatalog().publish("lead", "1.0.0", *names)
    for name in names:
        catalog.publish(name, "1.0.0").forbid(name, "1.0.0")
    failure = failure_of(asks("lead"), catalog)
    assert len(failure.everything) == len(names)
    *told, last = failure.details
    assert len(told) == LINES
    assert last == f"... {len(names) - LINES} more lines (`--verbose` shows them) ..."


def test_failures_that_have_nothing_to_do_with_each_other_are_all_told() -> None:
    """Whoever mends one after the other runs the command once for each of them."""
    catalog = MemoryCatalog().publish("writer", "1.0.0").publish("lead", "1.0.0", "writer ^2")
    failure = failure_of(asks("ghost", "lead"), catalog)
    none = "but there is no such release (the newest is 1.0.0)"
    assert failure.details == (
        "`agentpm.toml:3` asks for `ghost`, which is not in the shipped registry",
        f"also: `agentpm.toml:4` asks for `lead`, which needs `writer ^2`, {none}",
    )


def test_at_most_three_further_failures_are_told() -> None:
    """A manifest of a hundred unknown names is one mistake, and not a hundred stories."""
    failure = failure_of(asks(*(f"ghost-{number}" for number in range(9))), MemoryCatalog())
    assert len(failure.details) == 4


def test_a_long_story_that_comes_second_is_kept_for_who_asks() -> None:
    """The first failure must not drown in the second."""
    catalog = MemoryCatalog()
    for number in range(4):
        for version in ("1.0.0", "2.0.0", "3.0.0"):
            others = [f"agent-{other} !={version}" for other in range(number + 1, 4)]
            catalog.publish(f"agent-{number}", version, *others)
    failure = failure_of(asks("agent-0", "ghost"), catalog)
    alone = failure_of(asks("agent-0"), catalog)
    left_out = f"... {len(alone.everything)} more lines (`--verbose` shows them) ..."
    assert failure.details[1:] == (left_out,)
    assert failure.everything[1:] == (f"also: {alone.everything[0]}", *alone.everything[1:])


# -- what many have in common ---------------------------------------------------------------------


def test_releases_that_differ_in_a_date_alone_are_told_in_one_line() -> None:
    """Forty lines with forty dates say what one can."""
    catalog = MemoryCatalog()
    for minor in range(40):
        catalog.publish("eva", f"1.{minor}.0")
        young(catalog, "eva", f"1.{minor}.0", f"{minor} o'clock")
    failure = failure_of(asks("eva"), catalog)
    assert failure.details == (
        "`agentpm.toml:3` asks for `eva`, every release of which is younger than 3 days",
    )
    assert failure.hint == "add `eva` to the exceptions"


def test_one_release_says_precisely_why_it_is_not_to_be_had() -> None:
    """A summary leaves out what a single release can say."""
    catalog = MemoryCatalog().publish("eva", "1.0.0")
    young(catalog, "eva", "1.0.0", "noon")
    assert failure_of(asks("eva"), catalog).details == (
        "`agentpm.toml:3` asks for `eva`, of which the only release, 1.0.0, was published at noon",
    )


def test_what_is_told_release_by_release_begins_with_the_oldest() -> None:
    """1.10.0 comes after 1.9.0, for people."""
    catalog = MemoryCatalog()
    for minor in range(12):
        catalog.publish("eva", f"1.{minor}.0")
        catalog.refuse("eva", f"1.{minor}.0", "removed", f"was removed in week {minor}")
    told = failure_of(asks("eva"), catalog).details
    assert told[1:] == tuple(
        f"`eva 1.{minor}.0` was removed in week {minor}" for minor in range(12)
    )


def test_what_releases_need_is_told_from_the_oldest_release_on() -> None:
    """Names of what they need come in another order: `aid-10` before `aid-2`."""
    catalog = MemoryCatalog()
    for minor in range(12):
        catalog.publish("eva", f"1.{minor}.0", f"aid-{minor} >=2").publish(f"aid-{minor}", "1.0.0")
    told = failure_of(asks("eva"), catalog).details
    assert [line.split("`")[1] for line in told[1:]] == [f"eva 1.{n}.0" for n in range(12)]


# -- bounds --------------------------------------------------------------------------------------


def derivation_of(problem: Problem, catalog: MemoryCatalog) -> Derivation:
    """The proof that the search comes upon."""
    search = Search(World(problem, catalog))
    with pytest.raises(Contradiction) as caught:
        search.run()
    return Derivation(caught.value.clause, tuple(search.world.shelves))


def crowd(size: int) -> MemoryCatalog:
    """Agents who are choosy about each other, so that there is much to be tried."""
    random, catalog = Random(7), MemoryCatalog()
    for number in range(size):
        others = random.sample([other for other in range(size) if other != number], 2)
        for major in range(1, 6):
            ranges = [random.randint(1, 5) for _ in others]
            needs = [
                f"agent-{o} >={low},<={min(5, low + 1)}"
                for o, low in zip(others, ranges, strict=True)
            ]
            catalog.publish(f"agent-{number}", f"{major}.0.0", *needs)
    return catalog


def test_a_proof_that_is_too_dear_to_shorten_is_told_as_it_was_found() -> None:
    """Making a story short must not take longer than finding out that there is one to tell."""
    found = derivation_of(asks(*(f"agent-{number}" for number in range(8))), crowd(8))
    assert shortest(found, work=0) is found
    assert len(shortest(found).nodes()) < len(found.nodes())
    half = [node.terms for node in shortest(found, work=60).nodes()]
    assert half == [node.terms for node in shortest(found, work=60).nodes()]
    assert half[-1] == {}


def choir(size: int, releases: int = 3) -> MemoryCatalog:
    """A chain in which each release needs one of the next agent that is as high or higher.

    The last one needs a first one that is higher than itself.
    """
    catalog = MemoryCatalog()
    for number in range(size):
        for major in range(1, releases + 1):
            needed = f"p{number + 1} >={major}" if number < size - 1 else f"p0 >{major}.0.0"
            catalog.publish(f"p{number}", f"{major}.0.0", needed)
    return catalog


def test_a_proof_of_thousands_of_steps_is_not_put_into_words_for_thirty_lines() -> None:
    """It says how much it leaves out, and nothing that is not true; all is there for who asks."""
    size = STEPS // 3 + 10
    failure = failure_of(asks("p0"), choir(size))
    first, second, *_, last = failure.details
    assert first == "`agentpm.toml:3` asks for `p0`, which needs `p1`, which needs `p2`"
    assert second == "`p2` needs `p3`, which needs `p4`, which needs `p5`"
    assert len(failure.details) <= LINES
    told = sum(line.count("need") for line in failure.details) + 1
    assert last == f"... {size * 3 + 1 - told:,} more steps (`--verbose` shows them) ..."
    assert failure.everything[0] == first
    assert len(failure.everything) >= size


def test_a_proof_that_is_told_as_it_was_found_is_told_well_to_those_who_read_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As it was found it begins at the far end, and concludes something in every other line."""
    # Where it is longer than fifty times this; a real one of that length is searched for seconds.
    monkeypatch.setattr("agentpm.resolver.proof.LONG", 5)
    problem, catalog = asks("p0"), choir(60)
    failure = failure_of(problem, catalog)
    assert len(failure.derivation.nodes()) == len(derivation_of(problem, catalog).nodes())
    first, *rest = failure.everything
    assert first == "`agentpm.toml:3` asks for `p0`, which needs `p1`, which needs `p2`"
    assert not any(line.startswith("so ") for line in rest)


def test_a_long_proof_that_has_conclusions_tells_what_they_come_to() -> None:
    """The end of it is what a reader can do something about; before it stands what is left out."""
    catalog = MemoryCatalog()
    for number in range(8):
        for major in range(1, 8):
            others = [f"agent-{other} !={major}.0.0" for other in range(number + 1, 8)]
            catalog.publish(f"agent-{number}", f"{major}.0.0", *others)
    failure = failure_of(asks("agent-0"), catalog)
    first, *_, last = failure.details
    assert re.fullmatch(r"\.\.\. [\d,]+ more steps \(`--verbose` shows them\) \.\.\.", first)
    assert last.startswith("so no release of `agent-")
    assert len(failure.details) <= LINES


def telling_of(problem: Problem, catalog: MemoryCatalog) -> tuple[int, int]:
    """How many rules a story is told by, and how often what one could say was worked out anew."""
    proof = shortest(derivation_of(problem, catalog))
    cause = proof.clause.cause
    assert isinstance(cause, Learned)
    teller = _Teller(Wording(proof.shelves), proof.clause, cause.causes)
    assert teller.tell().is_whole
    return len(teller.rules), sum(teller.editions)


@pytest.mark.parametrize("through", ["lines", "agents"])
def test_many_who_exclude_one_release_each_are_told_in_one_go(through: str) -> None:
    """A hundred of them were looked at a hundred times, and a thousand took a quarter of a minute."""
    size, catalog = 100, MemoryCatalog()
    for minor in range(size):
        catalog.publish("z", f"1.{minor}.0")
        catalog.publish(f"agent-{minor}", "1.0.0", f"z !=1.{minor}.0")
    lines = [f"z !=1.{n}.0" if through == "lines" else f"agent-{n}" for n in range(size)]
    rules, looks = telling_of(asks(*lines), catalog)
    assert rules >= size
    assert looks <= 4 * rules


def test_nothing_is_explained_before_somebody_asks() -> None:
    """Who only wants to know whether there is an answer should not wait for the reasons."""
    catalog = MemoryCatalog().publish("lead", "1.0.0", "writer ^2").publish("writer", "1.0.0")
    catalog.publish("lead", "0.9.0", "editor").publish("editor", "1.0.0")
    failure = failure_of(asks("lead ^1"), catalog)
    assert "editor" not in catalog.visited
    failure.explain()
    assert catalog.visited.count("editor") == 1
    asked = list(catalog.visited)
    assert failure.hint == "`agentpm.toml:3` would have to ask for `lead ^0.9.0`"
    assert str(failure) == failure.message == "`lead ^1` cannot be installed"
    assert failure.details == failure.everything
    assert catalog.visited == asked


def thicket(size: int) -> MemoryCatalog:
    """Newer releases of `a` need many agents that all need one another, and far behind them `z`."""
    catalog = MemoryCatalog().publish("a", "1.0.0")
    names = [f"p{number}" for number in range(size)]
    for major in range(2, 8):
        catalog.publish("a", f"{major}.0.0", *names)
    for name in names:
        others = [other for other in names if other != name]
        catalog.publish(name, "1.0.0", *others, *(["y1"] if name == names[-1] else []))
    for step in range(1, 5):
        catalog.publish(f"y{step}", "1.0.0", f"y{step + 1}" if step < 4 else "z >=2")
    return catalog.publish("z", "1.0.0").publish("z", "2.0.0")


def test_looking_for_a_reason_has_a_bound() -> None:
    """The answer is there; nobody may have to wait for why it is not another one."""
    size = 30
    search = Search(World(asks("a", "z <2"), thicket(size)))
    answer = search.run()
    report = _Report(search.world, answer, sorted(answer))
    (passed, *others) = report._passed_over(search.world.index[package("a")])
    assert passed.text.startswith("needs `p0`, which needs `p1`")
    assert passed.text.endswith(", no release of which can be had beside the rest")
    releases = 1 + len(others)
    assert ALL_LOOKS - report._all_looks <= releases * (LOOKS + DEPTH * (size + 1))


def test_what_is_too_far_away_to_be_told_is_told_in_general() -> None:
    """A reason that leads through more agents than fit into a sentence is still a reason."""
    catalog = MemoryCatalog().publish("a", "1.0.0").publish("a", "2.0.0", "b")
    for name, other in pairwise("bcdef"):
        catalog.publish(name, "1.0.0", other)
    catalog.publish("f", "1.0.0", "z >=2").publish("z", "1.0.0").publish("z", "2.0.0")
    (passed, _) = solve(asks("a", "z <2"), catalog).passed_over
    assert passed.text == (
        "needs `b`, which needs `c`, which needs `d`, which needs `e`, "
        "no release of which can be had beside the rest"
    )


class Registry(MemoryCatalog):
    """A catalog whose releases can be judged until it is closed, as those of a registry can."""

    def __init__(self) -> None:
        super().__init__()
        self.is_closed = False

    def releases(self, package: PackageId) -> Package:
        found = super().releases(package)
        return replace(found, candidates=tuple(Judged(self, each) for each in found.candidates))


class Judged:
    """A release of such a registry."""

    def __init__(self, registry: Registry, candidate: Offered) -> None:
        self.version, self.dependencies = candidate.version, candidate.dependencies
        self._registry, self._candidate = registry, candidate

    @property
    def unavailable(self) -> Unavailable | None:
        assert not self._registry.is_closed
        return self._candidate.unavailable


def test_what_an_answer_has_to_tell_outlives_the_registry_once_it_is_explained() -> None:
    """Reasons are looked for when somebody asks, so whoever closes the registry asks before."""
    registry = Registry()
    registry.publish("writer", "1.0.0").publish("writer", "2.0.0").yank("writer", "1.0.0")
    registry.publish("lead", "1.0.0").publish("lead", "2.0.0", "writer >=2").yank("lead", "2.0.0")
    problem = asks("lead", "writer <2", locked={"writer": "1.0.0", "lead": "2.0.0"}, moving=None)
    silent, told = solve(problem, registry), solve(problem, registry)
    told.explain()
    registry.is_closed = True
    assert [move.text for move in told.moved] == ["2.0.0 is yanked: it deletes files"]
    assert [(str(each.version), each.kind) for each in told.passed_over] == [
        ("2.0.0", "yanked"),
        ("2.0.0", "excluded"),
    ]
    assert [str(each.version) for each in told.warnings] == ["1.0.0"]
    with pytest.raises(AssertionError):
        _ = silent.passed_over
