"""Sparse registries that change what was seen: what stops a reader, what is only late."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentpm.model.name import PackageName
from agentpm.registry.history import RegistryTampered
from agentpm.registry.wire import MalformedIndex
from support.fault_proxy import Fault, FaultProxy, bomb, says, shows
from support.index_repo import IndexRepo, index_file
from support.sparse_machine import Machine
from support.web_server import StaticServer

REVIEWER, LEAD = PackageName("reviewer"), PackageName("lead")
RECORDS = f"/{index_file('reviewer')}"
DAY = 86_400


@pytest.fixture
def index(tmp_path: Path) -> IndexRepo:
    index = IndexRepo(tmp_path)
    with index.one_commit():
        index.publish("reviewer", "1.0.0").publish("reviewer", "1.1.0").publish("lead", "1.0.0")
    return index


@pytest.fixture
def proxy(index: IndexRepo) -> Iterator[FaultProxy]:
    with StaticServer(index.tree) as server, FaultProxy(server) as proxy:
        yield proxy


@pytest.fixture
def machine(proxy: FaultProxy, tmp_path: Path) -> Iterator[Machine]:
    with Machine(proxy, tmp_path / "machine") as machine:
        machine.registry().prefetch([REVIEWER, LEAD])
        machine.now += 400
        yield machine


def test_a_changed_release_stops_its_readers(machine: Machine, index: IndexRepo) -> None:
    """What was published never changes, and the evidence says what did."""
    index.edit("reviewer", '"Use the reviewer when a test needs one."', '"Use it always."')
    with pytest.raises(RegistryTampered) as caught:
        machine.versions(REVIEWER)
    assert "`description` was" in caught.value.details[0] and "always" in caught.value.details[0]
    assert [breach.release for breach in caught.value.evidence.records] == [
        *("reviewer 1.0.0", "reviewer 1.1.0")
    ]


def test_what_was_seen_last_stays_in_use(machine: Machine, index: IndexRepo) -> None:
    """The good records are here, and work goes on with them; other names are not affected."""
    index.edit("reviewer", '"size": ', '"size": 1')
    with pytest.raises(RegistryTampered):
        machine.versions(REVIEWER)
    (first, _) = machine.registry(offline=True).releases(REVIEWER)
    assert first.size == len(index.agent("reviewer", "1.0.0"))
    assert machine.versions(LEAD) == ["1.0.0"]


@pytest.mark.parametrize("order", [(1, 0), (1,)])
def test_a_release_that_vanished_or_moved_stops_its_readers(
    machine: Machine, index: IndexRepo, order: tuple[int, ...]
) -> None:
    """The first one gone, or both in another order, is no state that there ever was."""
    lines = (index.tree / index_file("reviewer")).read_bytes().splitlines(keepends=True)
    index.write(index_file("reviewer"), b"".join(lines[place] for place in order))
    with pytest.raises(RegistryTampered):
        machine.versions(REVIEWER)


def test_something_else_in_place_of_a_record_is_not_late(
    machine: Machine, index: IndexRepo
) -> None:
    """What is no record breaks no rule by itself, but the record that stood there is gone."""
    first, _ = (index.tree / index_file("reviewer")).read_bytes().splitlines(keepends=True)
    index.write(index_file("reviewer"), first + b'{"message": "too many requests"}\n')
    with pytest.raises(RegistryTampered):
        machine.versions(REVIEWER)


@pytest.mark.parametrize("kind", ["no record", "repeated"])
def test_what_broke_a_file_can_be_taken_out_again(
    machine: Machine, index: IndexRepo, kind: str
) -> None:
    """It offered nothing; readers who saw it would otherwise be without the package for ever."""
    good = (index.tree / index_file("reviewer")).read_bytes()
    bad = b'{"version": "2.0.0"}\n' if kind == "no record" else good.splitlines(True)[0]
    index.write(index_file("reviewer"), good + bad)
    with pytest.raises(MalformedIndex):
        machine.versions(REVIEWER)
    machine.now += 400
    index.write(index_file("reviewer"), good)
    assert machine.versions(REVIEWER) == ["1.0.0", "1.1.0"]
    assert machine.notes == []


def test_what_was_repeated_does_not_take_the_place_of_the_first(
    machine: Machine, index: IndexRepo
) -> None:
    """Otherwise a line that nobody could use would be the way to change one that everybody does."""
    good = (index.tree / index_file("reviewer")).read_bytes()
    first, second = good.splitlines(True)
    other = first.replace(b'"size": ', b'"size": 1')
    index.write(index_file("reviewer"), good + other)
    with pytest.raises(MalformedIndex):
        machine.versions(REVIEWER)
    machine.now += 400
    index.write(index_file("reviewer"), other + second)
    with pytest.raises(RegistryTampered):
        machine.versions(REVIEWER)


def test_records_of_a_later_format_are_never_the_same_one(
    machine: Machine, index: IndexRepo
) -> None:
    """Nobody here knows by what they are told apart, so each of them stays."""
    good = (index.tree / index_file("reviewer")).read_bytes()
    later = [b'{"v": 2, "is": %d}\n' % number for number in range(3)]
    index.write(index_file("reviewer"), good + b"".join(later))
    machine.versions(REVIEWER)
    machine.now += 400
    index.write(index_file("reviewer"), good + later[0] + later[2])
    with pytest.raises(RegistryTampered):
        machine.versions(REVIEWER)


def test_the_end_of_the_last_line_says_nothing(machine: Machine, index: IndexRepo) -> None:
    """A server that leaves it out is not late."""
    path = index.tree / index_file("reviewer")
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert machine.versions(REVIEWER) == ["1.0.0", "1.1.0"]
    assert machine.notes == []


@pytest.mark.parametrize("end", [b"\r\n", b"\n\n"])
def test_other_ends_of_lines_are_no_rewriting(
    machine: Machine, index: IndexRepo, end: bytes
) -> None:
    """Somebody checked the files out on another system."""
    good = (index.tree / index_file("reviewer")).read_bytes()
    index.write(index_file("reviewer"), good.replace(b"\n", end))
    assert machine.versions(REVIEWER) == ["1.0.0", "1.1.0"]
    machine.now += 400
    index.write(index_file("reviewer"), good)
    assert machine.versions(REVIEWER) == ["1.0.0", "1.1.0"]


def test_a_yank_and_a_removal_are_allowed(machine: Machine, index: IndexRepo) -> None:
    """They are why a record can change at all."""
    index.yank("reviewer", "1.0.0", "it deletes files")
    (first, _) = machine.registry().releases(REVIEWER)
    assert first.yanked == "it deletes files"


def test_a_server_that_lags_behind_is_not_believed(machine: Machine, index: IndexRepo) -> None:
    """One of many servers may be late; what was seen stays, and the user is told."""
    late = (index.tree / index_file("reviewer")).read_bytes()
    index.publish("reviewer", "2.0.0")
    assert machine.versions(REVIEWER) == ["1.0.0", "1.1.0", "2.0.0"]
    machine.now += 400
    index.write(index_file("reviewer"), late)
    assert machine.versions(REVIEWER) == ["1.0.0", "1.1.0", "2.0.0"]
    assert "shows an earlier state of `reviewer` than was seen before" in machine.notes[-1]


def test_a_server_that_lags_behind_a_yank_and_a_release(machine: Machine, index: IndexRepo) -> None:
    """What it shows is not the beginning of what was seen, and still only late."""
    late = (index.tree / index_file("reviewer")).read_bytes()
    index.yank("reviewer", "1.0.0", "it deletes files").publish("reviewer", "2.0.0")
    machine.versions(REVIEWER)
    machine.now += 400
    index.write(index_file("reviewer"), late)
    (first, *_) = machine.registry().releases(REVIEWER)
    assert first.yanked == "it deletes files"
    assert "earlier state" in machine.notes[-1]


def test_a_new_name_may_be_missing_elsewhere_for_a_day(machine: Machine, index: IndexRepo) -> None:
    """Servers remember for a while that there was no such file."""
    index.publish("writer", "1.0.0")
    writer = PackageName("writer")
    assert machine.versions(writer) == ["1.0.0"]
    index.remove(index_file("writer"))
    machine.now += DAY - 10
    assert machine.versions(writer) == ["1.0.0"]
    assert "earlier state of `writer`" in machine.notes[-1]
    machine.now += 400
    with pytest.raises(RegistryTampered) as caught:
        machine.versions(writer)
    assert [breach.kind for breach in caught.value.evidence.records] == ["vanished"]


def test_another_registry_at_the_same_address(machine: Machine, index: IndexRepo) -> None:
    """A name that moved to another owner must not bring other agents."""
    index.write("config.json", b'{"format": 1, "id": "another"}')
    with pytest.raises(RegistryTampered, match="is another registry than before"):
        machine.versions(REVIEWER)
    with pytest.raises(RegistryTampered):
        machine.versions(PackageName("writer"))


def test_all_that_was_tampered_with_is_told_at_once(machine: Machine, index: IndexRepo) -> None:
    """Whoever asks the keepers of the registry wants to show them everything."""
    index.edit("reviewer", '"size": ', '"size": 1').edit("lead", '"size": ', '"size": 1')
    with pytest.raises(RegistryTampered) as caught:
        machine.registry().refresh(force=True)
    assert len(caught.value.evidence.records) == 3


def test_a_rewrite_can_be_accepted(machine: Machine, index: IndexRepo) -> None:
    """The one deliberate way on, for people who know why."""
    index.edit("reviewer", '"size": ', '"size": 1').remove(index_file("lead"))
    machine.now += DAY
    registry = machine.registry()
    with pytest.raises(RegistryTampered) as caught:
        registry.refresh(force=True)
    registry.accept_rewrite(caught.value.evidence)
    assert registry.releases(REVIEWER)[0].size > 1000
    assert registry.releases(LEAD) == ()
    assert len(machine.versions(REVIEWER)) == 2


def test_what_is_rewritten_after_the_look_is_not_accepted_with_it(
    machine: Machine, index: IndexRepo
) -> None:
    """A yes holds for what was on the screen, package by package."""
    index.edit("reviewer", '"size": ', '"size": 1')
    registry = machine.registry()
    with pytest.raises(RegistryTampered) as caught:
        registry.refresh(force=True)
    index.edit("reviewer", '"size": 1', '"size": 2').edit("lead", '"size": ', '"size": 1')
    registry.accept_rewrite(caught.value.evidence)
    assert {str(release.size)[0] for release in registry.releases(REVIEWER)} == {"1"}
    machine.now += 400
    for name in (REVIEWER, LEAD):
        with pytest.raises(RegistryTampered):
            machine.versions(name)


def test_a_registry_that_was_set_up_anew_can_be_accepted(
    machine: Machine, index: IndexRepo
) -> None:
    """With another id, and with signers of its own; none of the old ones come back."""
    index.write("signers.jsonl", b'{"n": 1}\n{"n": 2}\n')
    machine.registry().document("signers.jsonl")
    machine.now += 400
    index.write("signers.jsonl", b'{"n": 1}\n')
    index.write("config.json", b'{"format": 1, "id": "another"}')
    registry = machine.registry()
    with pytest.raises(RegistryTampered) as caught:
        registry.refresh(force=True)
    registry.accept_rewrite(caught.value.evidence)
    assert machine.versions(REVIEWER) == ["1.0.0", "1.1.0"]
    assert machine.registry().document("signers.jsonl") == b'{"n": 1}\n'


def test_another_registry_shows_all_that_differs_before_it_is_accepted(
    machine: Machine, index: IndexRepo
) -> None:
    """A new id alone says nothing of what its releases are now."""
    index.edit("reviewer", '"size": ', '"size": 1')
    index.write("config.json", b'{"format": 1, "id": "another"}')
    registry = machine.registry()
    with pytest.raises(RegistryTampered, match="is another registry") as caught:
        registry.refresh(force=True)
    assert len(caught.value.evidence.records) == 2
    index.edit("reviewer", '"size": 1', '"size": 2')
    registry.accept_rewrite(caught.value.evidence)
    assert {str(release.size)[0] for release in registry.releases(REVIEWER)} == {"1"}


def test_a_login_page_is_not_accepted_as_a_rewrite(
    machine: Machine, index: IndexRepo, proxy: FaultProxy
) -> None:
    """Accepting it would forget everything that is known."""
    proxy.always("/config.json", shows(b"<html>Welcome to our hotel</html>"))
    with pytest.raises(Exception, match="does not describe a registry"):
        machine.registry().refresh(force=True)
    assert machine.versions(REVIEWER, offline=True) == ["1.0.0", "1.1.0"]


@pytest.mark.parametrize(
    "fault",
    [says(500), bomb, shows(b"<html>Welcome to our hotel</html>")],
    ids=["in trouble", "too large", "a page"],
)
def test_one_file_that_cannot_be_had_does_not_hide_another_registry(
    machine: Machine, index: IndexRepo, proxy: FaultProxy, fault: Fault
) -> None:
    """Otherwise whoever took the address over could keep everybody from seeing, and from going on."""
    index.write("config.json", b'{"format": 1, "id": "another"}')
    index.edit("lead", '"size": ', '"size": 1').edit("reviewer", '"size": ', '"size": 1')
    proxy.always(RECORDS, fault)
    registry = machine.registry()
    with pytest.raises(RegistryTampered, match="is another registry than before") as caught:
        registry.refresh(force=True)
    assert [breach.release for breach in caught.value.evidence.records] == ["lead 1.0.0"]
    (fact,) = caught.value.evidence.facts
    assert fact.startswith(f"what became of `{RECORDS[1:]}` is not known: ")
    registry.accept_rewrite(caught.value.evidence)
    assert [str(release.size)[0] for release in machine.registry().releases(LEAD)] == ["1"]


def test_what_was_not_shown_is_not_accepted(
    machine: Machine, index: IndexRepo, proxy: FaultProxy
) -> None:
    """A yes is for what was on the screen; the rest is held against what was seen, from then on."""
    index.write("config.json", b'{"format": 1, "id": "another"}')
    proxy.always(RECORDS, says(500))
    registry = machine.registry()
    with pytest.raises(RegistryTampered) as caught:
        registry.refresh(force=True)
    registry.accept_rewrite(caught.value.evidence)
    proxy.heal()
    index.edit("reviewer", '"size": ', '"size": 1')
    with pytest.raises(RegistryTampered, match="are not what they were"):
        machine.versions(REVIEWER)
    index.remove(index_file("reviewer"))
    with pytest.raises(RegistryTampered, match="are not what they were"):
        machine.versions(REVIEWER)


def test_a_file_of_another_registry_is_never_the_old_one(
    machine: Machine, index: IndexRepo, proxy: FaultProxy
) -> None:
    """Two registries may give two states of a file the same name, by which neither is the other."""
    index.write("config.json", b'{"format": 1, "id": "another"}')
    proxy.always(RECORDS, says(500))
    registry = machine.registry()
    with pytest.raises(RegistryTampered) as caught:
        registry.refresh(force=True)
    registry.accept_rewrite(caught.value.evidence)
    proxy.heal()
    proxy.seen.clear()
    assert machine.versions(REVIEWER) == ["1.0.0", "1.1.0"]
    assert [seen["If-Modified-Since"] for seen in proxy.seen][-1] is None


def test_signers_are_not_set_back_by_a_late_server(machine: Machine, index: IndexRepo) -> None:
    """Their list only grows, like the records."""
    index.write("signers.jsonl", b'{"n": 1}\n{"n": 2}\n')
    assert machine.registry().document("signers.jsonl") == b'{"n": 1}\n{"n": 2}\n'
    machine.now += 400
    index.write("signers.jsonl", b'{"n": 1}\n')
    assert machine.registry().document("signers.jsonl") == b'{"n": 1}\n{"n": 2}\n'
    machine.now += DAY
    index.write("signers.jsonl", b'{"n": 3}\n')
    assert machine.registry().document("signers.jsonl") == b'{"n": 1}\n{"n": 2}\n'
