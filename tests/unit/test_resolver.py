"""The resolver's front door: what goes in, what comes out, what it asks the world for."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from agentpm.errors import ExitCode
from agentpm.model.name import AgentName
from agentpm.model.release import SHIPPED, PackageId, Requirement
from agentpm.model.version import parse_version
from agentpm.resolver.failure import RefusedByPolicy, ResolutionTooHard, Unsolvable
from agentpm.resolver.problem import Package, Problem, Strategy
from agentpm.resolver.solve import solve
from support.catalog import (
    MemoryCatalog,
    all_of,
    asks,
    narrowing,
    package,
    versions,
    wants,
    world,
)


def team() -> MemoryCatalog:
    """A lead who needs a writer, who needs an editor."""
    return (
        MemoryCatalog()
        .publish("lead", "1.0.0", "writer ^1")
        .publish("lead", "2.0.0", "writer ^2", "planner")
        .publish("writer", "1.0.0")
        .publish("writer", "2.0.0", "editor")
        .publish("editor", "1.0.0")
        .publish("planner", "1.0.0")
        .publish("stranger", "1.0.0", "lead")
    )


def test_a_search_that_is_over_leaves_nothing_for_the_collector() -> None:
    """Circles of references are found by going through all memory, a tenth of the search's time."""
    quarrel = team().publish("peer", "1.0.0", "writer <2").publish("peer", "2.0.0", "planner >9")
    wanted = asks("lead", "peer")
    solve(wanted, quarrel)
    gc.collect()
    gc.disable()
    try:
        assert versions(solve(wanted, quarrel))["lead"] == "1.0.0"
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_everything_that_is_needed_is_chosen_and_nothing_else() -> None:
    """What nobody asks for has no business on the user's disk."""
    solution = solve(asks("lead"), team())
    assert versions(solution) == {
        "editor": "1.0.0",
        "lead": "2.0.0",
        "planner": "1.0.0",
        "writer": "2.0.0",
    }
    assert solution.dependencies[package("lead")] == (package("planner"), package("writer"))
    assert solution.dependencies[package("planner")] == ()
    assert not (solution.moved or solution.lowered or solution.warnings)


def test_an_empty_manifest_is_answered_with_nothing() -> None:
    """A project may ask for no agents."""
    assert solve(asks(), team()).chosen == {}


def test_only_packages_that_are_visited_are_read_and_each_of_them_once() -> None:
    """A registry may be far away, and most of its agents do not concern this project."""
    catalog = team()
    solve(asks("lead"), catalog)
    assert sorted(catalog.visited) == ["editor", "lead", "planner", "writer"]


def test_a_catalog_hears_of_all_new_names_in_one_go() -> None:
    """A remote registry answers for ten names as fast as for one."""
    catalog = team()
    solve(asks("lead", "stranger"), catalog)
    assert catalog.batches == [["lead", "stranger"], ["planner", "writer"], ["editor"]]


class ListeningCatalog(MemoryCatalog):
    """A catalog that notes in which source it was asked what a name means."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str]] = []

    def locate(self, dependent: PackageId, requirement: Requirement) -> PackageId:
        """What a dependency means."""
        self.asked.append((requirement.package, dependent.source))
        return super().locate(dependent, requirement)


def test_a_catalog_is_asked_once_in_each_source_what_a_name_means() -> None:
    """It means the same to all that are in one registry, and something else in another."""
    catalog = ListeningCatalog()
    for name in ("ada", "ben"):
        catalog.publish(name, "1.0.0", "writer")
    for name in ("cem", "dia"):
        catalog.publish(name, "1.0.0", "writer", source="acme")
    catalog.publish("writer", "1.0.0").publish("writer", "2.0.0", source="acme")
    there = wants("writer", name="scribe", source="acme")
    roots = (wants("ada"), wants("ben"), wants("cem", source="acme"), wants("dia", source="acme"))
    chosen = solve(Problem((*roots, there)), catalog).chosen
    assert str(chosen[package("writer")]) == "1.0.0"
    assert str(chosen[package("writer", "acme")]) == "2.0.0"
    assert sorted(catalog.asked) == [("writer", "acme"), ("writer", SHIPPED)]


def test_a_failure_asks_a_catalog_for_nothing_twice() -> None:
    """Explaining and trying out hints solves again, from memory."""
    catalog = team().publish("writer", "3.0.0", "missing")
    with pytest.raises(Unsolvable):
        solve(asks("lead", "writer ^3"), catalog)
    assert sorted(catalog.visited) == sorted(set(catalog.visited))
    assert sorted(name for batch in catalog.batches for name in batch) == sorted(catalog.visited)


def test_a_catalog_that_was_told_what_comes_next_is_asked_for_all_of_it() -> None:
    """That not everything can be had at its newest is seen in the first, and the rest is on its way."""
    catalog = team().publish("lead", "3.0.0").yank("lead", "3.0.0")
    assert versions(solve(asks("lead", "stranger"), catalog))["lead"] == "2.0.0"
    assert catalog.batches == [["lead", "stranger"], ["planner", "writer"], ["editor"]]
    assert sorted(catalog.visited) == sorted(name for batch in catalog.batches for name in batch)


def test_nothing_is_read_for_the_sake_of_a_release_that_will_not_be_taken() -> None:
    """The newest writer is left out by another agent, so what it needs is nobody's business."""
    catalog = world(
        """
        lead 1.0.0 needs writer <2
        writer 1.0.0
        writer 2.0.0 needs editor
        editor 1.0.0
        """
    )
    assert versions(solve(asks("lead", "writer"), catalog)) == {"lead": "1.0.0", "writer": "1.0.0"}
    assert catalog.visited == ["lead", "writer"]


class PlainCatalog:
    """A catalog with the two methods that it must have."""

    def __init__(self, catalog: MemoryCatalog) -> None:
        self.releases = catalog.releases
        self.locate = catalog.locate


def test_a_root_that_contradicts_itself_is_no_reason_to_announce_the_rest_twice() -> None:
    """What was announced is read, whatever ends the search: hints are tried on what is known."""
    catalog = MemoryCatalog().publish("ann", "1.0.0").publish("bob", "1.0.0")
    problem = replace(asks("ann >=2", "bob"), strategy=Strategy.LOWEST)
    with pytest.raises(Unsolvable) as caught:
        solve(problem, catalog)
    caught.value.explain()
    assert catalog.batches == [["ann", "bob"]]
    assert catalog.visited == ["ann", "bob"]


@pytest.mark.parametrize("strategy", list(Strategy))
def test_no_versions_are_none_that_are_known(strategy: Strategy) -> None:
    """A catalog that says nothing of the versions beforehand may say so with an empty list."""

    class Silent(MemoryCatalog):
        def releases(self, package: PackageId) -> Package:
            return replace(super().releases(package), versions=())

    catalog = Silent().publish("ann", "1.0.0").publish("ann", "2.0.0")
    found = solve(replace(asks("ann >=2"), strategy=strategy), catalog)
    assert versions(found) == {"ann": "2.0.0"}


def test_a_catalog_need_not_take_batches() -> None:
    """Whoever has everything at hand has nothing to prepare."""
    assert versions(solve(asks("writer"), PlainCatalog(team()))) == {
        "editor": "1.0.0",
        "writer": "2.0.0",
    }
    with pytest.raises(Unsolvable):
        solve(asks("writer ^3"), PlainCatalog(team()))


def test_the_releases_of_a_package_may_come_in_any_order() -> None:
    """An index lists the oldest first, a page the newest; the answer is the same."""

    class Backwards(MemoryCatalog):
        def releases(self, package: PackageId) -> Package:
            found = super().releases(package)
            return replace(found, candidates=found.candidates[::-1])

    catalog = Backwards()
    catalog.shelves = team().shelves
    assert versions(solve(asks("writer"), catalog))["writer"] == "2.0.0"


def test_an_agent_may_be_asked_for_twice() -> None:
    """The command line and the manifest may both speak of one agent, and both are heard."""
    catalog = team().publish("writer", "2.1.0").publish("writer", "3.0.0")
    manifest = wants("writer ^2")
    command = replace(wants("writer <2.1"), origin="the command line")
    solution = solve(Problem((manifest, command)), catalog)
    assert versions(solution)["writer"] == "2.0.0"
    reasons = {str(each.version): each.text for each in solution.passed_over}
    assert reasons["2.1.0"] == "does not fit the command line, which asks for `writer <2.1`"
    assert reasons["3.0.0"] in (
        "does not fit `agentpm.toml:3`, which asks for `writer ^2`",
        "does not fit the command line, which asks for `writer <2.1`",
    )


def test_the_same_question_gets_the_same_words_in_every_process() -> None:
    """Sets and dicts of strings come in another order with every hash seed."""
    program = Path(__file__).with_name("resolver_words.py")
    told = {
        subprocess.run(
            [sys.executable, program],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2", "3")
    }
    assert len(told) == 1
    assert told != {b""}


# -- locks --------------------------------------------------------------------------------------


def test_a_locked_release_that_is_gone_is_replaced_and_the_move_says_so() -> None:
    """A takedown must not make a project unsolvable."""
    solution = solve(asks("planner", locked={"planner": "0.9.0"}), team())
    (move,) = solution.moved
    assert (str(move.after), move.text) == ("1.0.0", "0.9.0 is not there any more")
    assert not move.lowers


def test_a_move_down_is_listed_as_one() -> None:
    """What goes down is what people want to see first."""
    problem = asks("lead ^1", locked={"lead": "2.0.0"})
    solution = solve(problem, team())
    (move,) = solution.lowered
    assert move.text == "2.0.0 does not fit `agentpm.toml:3`, which asks for `lead ^1`"


def test_a_yanked_release_without_an_alternative_is_kept_when_everything_moves() -> None:
    """Getting away from it is a wish, having the agent at all is a requirement."""
    catalog = MemoryCatalog().publish("lead", "1.0.0").yank("lead", "1.0.0")
    solution = solve(asks("lead", locked={"lead": "1.0.0"}, moving=None), catalog)
    assert versions(solution) == {"lead": "1.0.0"}
    assert len(solution.warnings) == 1


def test_what_is_locked_and_not_needed_any_more_is_not_even_looked_at() -> None:
    """Removing an agent must not depend on registries that only it came from."""
    catalog = team()
    solve(asks("planner", locked={"planner": "1.0.0", "lead": "1.0.0"}), catalog)
    assert catalog.visited == ["planner"]


def test_the_oldest_is_taken_where_the_lowest_is_asked_for() -> None:
    """Authors test their lower bounds with it."""
    problem = replace(asks("lead"), strategy=Strategy.LOWEST)
    assert versions(solve(problem, team())) == {"lead": "1.0.0", "writer": "1.0.0"}


# -- bounds -------------------------------------------------------------------------------------


def pigeons(count: int) -> MemoryCatalog:
    """So many agents who each need one of one perch too few: the classical hard case."""
    catalog = MemoryCatalog()
    for perch in range(count - 1):
        for owner in range(count):
            catalog.publish(f"perch-{perch}", f"1.{owner}.0")
    for pigeon in range(count):
        for perch in range(count - 1):
            catalog.publish(f"pigeon-{pigeon}", f"1.{perch}.0", f"perch-{perch} ==1.{pigeon}.0")
    return catalog


def test_a_search_that_goes_on_too_long_ends_with_an_explanation() -> None:
    """A command that hangs is worse than one that gives up and says where it got stuck."""
    names = [f"pigeon-{number}" for number in range(9)]
    with pytest.raises(ResolutionTooHard) as caught:
        solve(replace(asks(*names), bound=2000), pigeons(9))
    assert caught.value.code == "resolution-too-hard"
    assert caught.value.message.startswith("no answer was found within 2,000 steps, most of them")
    assert "`pigeon-" in caught.value.message or "`perch-" in caught.value.message
    assert caught.value.hint == "ask for these in narrower ranges, one at a time"


def test_a_search_within_its_bound_is_not_given_up() -> None:
    """The same riddle in small is solved: one perch more, and there is room."""
    names = [f"pigeon-{number}" for number in range(4)]
    with pytest.raises(Unsolvable):
        solve(asks(*names), pigeons(4))
    assert len(solve(asks(*names[:3]), pigeons(4)).chosen) == 6


def test_conclusions_have_a_number_where_one_refers_to_it() -> None:
    """A number that is never seen again makes the reader look for it in vain."""
    catalog = MemoryCatalog()
    for number in range(4):
        for version in ("1.0.0", "2.0.0", "3.0.0"):
            others = [f"agent-{other} !={version}" for other in range(number + 1, 4)]
            catalog.publish(f"agent-{number}", version, *others)
    story = "\n".join(failure_of(asks("agent-0"), catalog).everything)
    concluded = re.findall(r"^so .* \((\d+)\)$", story, re.MULTILINE)
    assert concluded == ["1", "2"]
    assert set(re.findall(r"^by \((\d+)\), ", story, re.MULTILINE)) == set(concluded)


def test_what_the_manifest_leaves_out_is_not_laid_at_a_rules_door() -> None:
    """A note about a policy promises that the release would be taken without it."""
    catalog = MemoryCatalog().publish("writer", "1.0.0").publish("writer", "2.0.0")
    solution = solve(asks("writer ^1"), catalog.forbid("writer", "2.0.0"))
    assert [passed.kind for passed in solution.passed_over] == ["excluded"]


def test_a_chain_of_a_thousand_is_refuted_step_by_step() -> None:
    """Every conflict must go back one step, not all the way: that is what took seven seconds."""
    catalog = MemoryCatalog()
    for link in range(1000):
        for number in range(5):
            catalog.publish(f"a{link}", f"1.{number}.0", f"a{link + 1} >=1.{number}")
    with pytest.raises(Unsolvable) as caught:
        solve(replace(asks("a0"), bound=20_000), catalog)
    assert len(caught.value.details) == 30
    assert caught.value.details[10] == "... 305 more lines (`--verbose` shows them) ..."
    assert caught.value.details[-1].endswith(
        "which is not in the shipped registry (there is `a100`)"
    )


# -- failures -----------------------------------------------------------------------------------


def failure_of(problem: Problem, catalog: MemoryCatalog) -> Unsolvable:
    with pytest.raises(Unsolvable) as caught:
        solve(problem, catalog)
    return caught.value


def test_a_failure_has_its_code_and_its_exit_code() -> None:
    """Scripts tell what went wrong by these."""
    failure = failure_of(asks("lead ^3"), team())
    assert (failure.code, failure.exit_code) == ("unsolvable", ExitCode.FAILED)
    assert failure.derivation.clause.terms == {}


def test_it_is_a_refusal_only_if_the_policy_alone_is_in_the_way() -> None:
    """Approving something that does not help would be the worst of hints."""
    catalog = MemoryCatalog().publish("lead", "1.0.0").publish("lead", "2.0.0", "missing")
    catalog.forbid("lead", "1.0.0").forbid("lead", "2.0.0")
    assert failure_of(asks("lead"), catalog).exit_code is ExitCode.REFUSED
    other = failure_of(asks("lead ^2"), catalog)
    assert type(other) is not RefusedByPolicy
    assert other.exit_code is ExitCode.FAILED


def test_two_approvals_are_offered_where_one_does_not_help() -> None:
    """A hint is tried before it is given, so half of one is not given."""
    catalog = team().forbid("writer", "2.0.0").forbid("planner", "1.0.0")
    failure = failure_of(asks("writer ^2", "planner"), catalog)
    assert failure.exit_code is ExitCode.REFUSED
    assert failure.hint == all_of(narrowing("planner"), narrowing("writer"))


def test_another_name_solves_a_clash_of_names() -> None:
    """Two packages of one name are no contradiction, only two files at one path."""
    catalog = MemoryCatalog().publish("writer", "1.0.0").publish("acme/writer", "1.0.0")
    other = replace(wants("acme/writer"), origin="the command line")
    failure = failure_of(asks("writer", other), catalog)
    assert failure.details == (
        "the command line asks for `acme/writer`",
        "`agentpm.toml:3` asks for `writer`",
        "`acme/writer` and `writer` would both be installed as `writer`",
        "so no release of `acme/writer` is left",
    )
    assert failure.hint == "give one of them another name: `agentpm install acme/writer --as NAME`"
    renamed = asks("writer", wants("acme/writer", name="acme-writer"))
    assert len(solve(renamed, catalog).chosen) == 2


def test_a_requirement_under_another_name_is_told_with_that_name() -> None:
    """The reader looks for the word that stands in the manifest."""
    failure = failure_of(asks(wants("writer ^9", name="scribe")), team())
    assert failure.details == (
        "`agentpm.toml:3` asks for `writer ^9` as `scribe`, but there is no such release (the newest is 2.0.0)",
    )


def test_leaving_one_out_is_the_last_thing_that_is_offered() -> None:
    """It always helps and is rarely wanted, so everything else is tried before it."""
    catalog = team().publish("auditor", "1.0.0", "writer ^1")
    failure = failure_of(asks("writer ^2", "auditor"), catalog)
    assert failure.message == "`auditor` and `writer ^2` cannot be installed together"
    assert failure.hint == "`agentpm.toml:3` would have to ask for `writer ^1.0.0`"
    pinned = failure_of(asks("lead ^2", "auditor ^1"), catalog.publish("lead", "3.0.0", "missing"))
    assert pinned.hint == "`agentpm.toml:3` would have to ask for `lead ^1.0.0`"
    both = catalog.without(package("lead"), parse_version("1.0.0"))
    assert failure_of(asks("lead", "auditor"), both).hint == (
        "there is an answer without `auditor` (agentpm.toml:4)"
    )


def test_a_hint_takes_into_account_what_a_locked_release_forbids() -> None:
    """`^1.0.0` would let the locked release bind again, and fail in turn."""
    catalog = MemoryCatalog()
    for version in ("1.0.0", "1.1.0", "2.0.0"):
        catalog.publish("writer", version)
    for version in ("1.1.0", "2.0.0"):
        catalog.refuse("writer", version, "forbidden", "has a shell")
    question = asks("writer ==2.0.0", locked={"writer": "1.1.0"})
    assert failure_of(question, catalog).hint == (
        "`agentpm.toml:3` would have to ask for `writer ==1.0.0`"
    )


def test_a_locked_agent_in_the_way_is_lowered_by_its_line_or_by_its_name() -> None:
    """Only a command that moves agents by name takes one more name."""
    catalog = MemoryCatalog().publish("lead", "1.0.0").publish("lead", "2.0.0")
    catalog.publish("auditor", "1.0.0", "lead <2")
    lead = replace(wants("lead"), keep_at_least=parse_version("2.0.0"))
    installing = asks(lead, "auditor", locked={"lead": "2.0.0"})
    assert failure_of(installing, catalog).hint == (
        "`agentpm.toml:3` would have to ask for `lead ^1.0.0`"
    )
    updating = replace(installing, moving=frozenset({package("auditor")}))
    assert failure_of(updating, catalog).hint == (
        "name `lead` in the command as well, so that it may move"
    )


def test_nobody_is_told_to_do_without_what_the_command_was_given_for() -> None:
    """Who asks for an agent knows that not asking for it would work."""
    catalog = team().publish("auditor", "1.0.0", "missing")
    auditor = replace(wants("auditor"), origin="the command line")
    assert failure_of(asks("lead", auditor), catalog).hint is None


def test_there_is_no_hint_where_nothing_helps() -> None:
    """A hint for the sake of a hint would cost the reader's trust in the next one."""
    assert failure_of(asks("ghost"), MemoryCatalog()).hint is None


def test_many_requirements_are_counted_rather_than_listed() -> None:
    """A headline has one line."""
    catalog = MemoryCatalog()
    for number in range(5):
        catalog.publish(f"agent-{number}", "1.0.0", f"shared !=1.{number}.0")
        catalog.publish("shared", f"1.{number}.0")
    names = [f"agent-{number}" for number in range(5)]
    failure = failure_of(asks(*names), catalog)
    assert failure.message == "`agent-0`, `agent-1` and 3 more cannot be installed together"
    assert failure.details[-1] == "so no release of `shared` is left"


def test_a_package_without_releases_is_said_to_have_none() -> None:
    """A catalog may know a name and nothing of it."""

    class Empty(MemoryCatalog):
        def releases(self, package: PackageId) -> Package:
            return Package(package)

    assert failure_of(asks("lead"), Empty()).details == (
        "`agentpm.toml:3` asks for `lead`, which has no release",
    )


def test_a_dependency_may_mean_a_package_of_another_name() -> None:
    """The manifest decides what a name means, so the catalog is asked."""

    class Renaming(MemoryCatalog):
        def locate(self, dependent: PackageId, requirement: Requirement) -> PackageId:
            return package("acme/writer")

    catalog = Renaming()
    catalog.shelves = team().publish("acme/writer", "2.0.0").shelves
    solution = solve(Problem((wants("stranger"),)), catalog)
    assert versions(solution) == {"acme/writer": "2.0.0", "stranger": "1.0.0"}


def test_a_name_may_be_given_twice() -> None:
    """One package under two names is installed twice, and clashes with neither of its own names."""
    roots = (wants("writer", name="scribe"), wants("writer", line=4, name="author"))
    assert len(solve(Problem(roots), team()).chosen) == 2
    clash = Problem((*roots, replace(wants("planner", line=5), name=AgentName("author"))))
    assert failure_of(clash, team()).hint is not None
