"""A registry that a web server offers as files: what is asked for, what is remembered, for how long."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentpm import fs
from agentpm.git import processes
from agentpm.model.name import PackageName
from agentpm.registry.access import OfflineMiss
from agentpm.registry.address import UnusableAddress
from agentpm.registry.bytes_of import ContentMissing
from agentpm.registry.edits import Edit
from agentpm.registry.gitfile import read_git_file
from agentpm.registry.seen import DamagedMemory
from agentpm.registry.sparse.registry import SparseRegistry
from agentpm.registry.unreachable import NotARegistry, PublishRefused
from support.index_repo import IndexRepo, index_file
from support.sparse_machine import Machine
from support.web_server import Nginx, StaticServer

LEAD, REVIEWER, TESTER = map(PackageName, ("lead", "reviewer", "acme/tester"))


@pytest.fixture
def index(tmp_path: Path) -> IndexRepo:
    index = IndexRepo(tmp_path)
    with index.one_commit():
        index.publish("lead", "2.0.0", "reviewer >=2", tools="Read")
        index.publish("reviewer", "2.0.0").publish("reviewer", "2.1.0", tools="Read, Grep")
        index.publish("acme/tester", "1.0.0")
    # What changed within the last second has no name by which a server could tell it apart.
    for file in filter(Path.is_file, index.tree.rglob("*")):
        os.utime(file, (1_790_000_000, 1_790_000_000))
    return index


@pytest.fixture(params=["python", "nginx"])
def server(
    index: IndexRepo, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[StaticServer | Nginx]:
    if request.param == "python":
        with StaticServer(index.tree) as python:
            yield python
        return
    if Nginx.missing():
        pytest.skip(Nginx.missing())
    with Nginx(index.tree, tmp_path / "nginx") as nginx:
        yield nginx


@pytest.fixture
def machine(server: StaticServer | Nginx, tmp_path: Path) -> Iterator[Machine]:
    with Machine(server, tmp_path / "machine") as machine:
        yield machine


def test_only_the_names_that_are_needed_are_read(machine: Machine) -> None:
    """A registry of a million names costs its readers no more than one of ten."""
    assert machine.versions(REVIEWER) == ["2.0.0", "2.1.0"]
    assert machine.asked() == [("/config.json", 200), ("/index/re/vi/reviewer.jsonl", 200)]


def test_names_that_will_be_needed_are_asked_for_together(machine: Machine) -> None:
    """A wave of names takes as long as the slowest of them, not as all in a row."""
    registry = machine.registry()
    registry.prefetch([LEAD, REVIEWER, TESTER])
    assert len(machine.asked()) == 4
    assert [str(release) for release in registry.releases(LEAD)] == ["lead 2.0.0"]
    assert registry.releases(TESTER)
    assert machine.asked() == []


def test_a_name_is_as_fresh_as_its_own_last_look(machine: Machine) -> None:
    """Looking at one name says nothing about another."""
    machine.versions(REVIEWER)
    machine.now += 200
    machine.versions(LEAD)
    machine.now += 200
    machine.asked()
    machine.versions(LEAD)
    assert machine.asked() == [("/config.json", 304)]
    machine.versions(REVIEWER)
    assert machine.asked() == [("/index/re/vi/reviewer.jsonl", 304)]


def test_what_did_not_change_is_not_sent_again(machine: Machine, index: IndexRepo) -> None:
    """A look at what is known costs headers alone."""
    machine.versions(REVIEWER)
    machine.now += 400
    machine.asked()
    assert machine.versions(REVIEWER) == ["2.0.0", "2.1.0"]
    assert {status for _, status in machine.asked()} == {304}
    machine.now += 400
    index.publish("reviewer", "3.0.0")
    assert machine.versions(REVIEWER) == ["2.0.0", "2.1.0", "3.0.0"]


def test_a_fresh_look_is_asked_for_once(machine: Machine) -> None:
    """`--refresh` means now, and not again for each of the questions that a command has."""
    machine.versions(REVIEWER)
    machine.asked()
    registry = machine.registry(force=True)
    registry.releases(REVIEWER)
    registry.releases(REVIEWER)
    assert machine.asked() == [("/config.json", 304), ("/index/re/vi/reviewer.jsonl", 304)]


def test_a_missing_name_is_asked_for_by_every_command(machine: Machine, index: IndexRepo) -> None:
    """Somebody who waits for a release must not wait longer than its publisher."""
    writer = PackageName("writer")
    assert machine.versions(writer) == []
    machine.asked()
    registry = machine.registry()
    assert registry.releases(writer) == registry.releases(writer) == ()
    assert [path for path, _ in machine.asked()] == ["/index/wr/it/writer.jsonl"]
    index.publish("writer", "1.0.0")
    assert machine.versions(writer) == ["1.0.0"]


def test_a_missing_document_is_remembered_for_a_short_time(machine: Machine) -> None:
    """Most registries have no signers, and every command asks whose signatures count."""
    assert machine.registry().document("signers.jsonl") is None
    machine.asked()
    machine.now += 30
    assert machine.registry().document("signers.jsonl") is None
    assert machine.asked() == []
    machine.now += 40
    machine.registry().document("signers.jsonl")
    assert len(machine.asked()) == 1


def test_a_clock_that_was_put_back_keeps_nothing_fresh(machine: Machine) -> None:
    """A look that lies in the future was noted under another clock."""
    machine.versions(REVIEWER)
    machine.asked()
    machine.now -= 1_000_000
    machine.versions(REVIEWER)
    assert len(machine.asked()) == 2


def test_bytes_come_side_by_side_over_few_connections(
    machine: Machine, index: IndexRepo, server: StaticServer | Nginx
) -> None:
    """Installing ten agents costs tens of small requests, and a handful of connections."""
    names = [f"agent-{number}" for number in range(10)]
    with index.one_commit():
        for name in names:
            index.publish(name, "1.0.0")
    registry = machine.registry()
    packages = [PackageName(name) for name in names]
    registry.prefetch(packages)
    releases = [release for name in packages for release in registry.releases(name)]
    contents = registry.fetch(releases)
    assert sorted(contents.values()) == [index.agent(name, "1.0.0") for name in names]
    assert len(machine.asked()) == 1 + 10 + 10
    assert server.connections <= 8


def test_without_a_network_what_is_there_is_shown_with_its_age(machine: Machine) -> None:
    """On a train one can go on working, and should know how old the news is."""
    machine.versions(REVIEWER)
    machine.now += 7200
    machine.asked()
    assert machine.versions(REVIEWER, offline=True) == ["2.0.0", "2.1.0"]
    assert machine.asked() == []
    assert machine.notes == [f"`{machine.server.address}` is shown as it was 2 hours ago"]


def test_without_a_network_what_was_never_asked_for_is_not_known(machine: Machine) -> None:
    """Saying that there is no such package would be a guess."""
    machine.versions(REVIEWER)
    for question in _questions(machine.registry(offline=True)):
        with pytest.raises(OfflineMiss):
            question()


def _questions(registry: SparseRegistry) -> list[Callable[[], object]]:
    release = registry.releases(REVIEWER)[0]
    return [
        lambda: registry.releases(LEAD),
        lambda: registry.fetch([release]),
        lambda: registry.refresh(force=True),
        lambda: registry.document("signers.jsonl"),
    ]


def test_a_machine_that_never_looked_says_so(machine: Machine) -> None:
    """`registry list` must not ask anybody."""
    assert machine.registry().age() is None
    with pytest.raises(OfflineMiss):
        machine.registry(offline=True).refresh()
    with pytest.raises(OfflineMiss):
        machine.registry(offline=True).search("")
    machine.registry().refresh()
    machine.now += 10
    assert machine.registry().age() == 10
    assert machine.asked() == [("/config.json", 200)]


def test_news_are_looked_for_among_the_names_that_are_known(
    machine: Machine, index: IndexRepo
) -> None:
    """A registry of a million names is not read whole to tell what is new."""
    machine.versions(REVIEWER)
    registry = machine.registry()
    assert [(str(hit.name), hit.version) for hit in registry.search("")] == [("reviewer", "2.1.0")]
    with index.one_commit():
        index.publish("reviewer", "3.0.0").publish("writer", "1.0.0")
    machine.asked()
    registry.refresh(force=True)
    assert [path for path, _ in machine.asked()] == ["/config.json", "/index/re/vi/reviewer.jsonl"]
    assert [(str(hit.name), hit.version) for hit in registry.search("")] == [("reviewer", "3.0.0")]


def test_a_search_says_that_it_saw_only_what_came_up_here(machine: Machine) -> None:
    """Files cannot be searched, and an empty answer would be taken for the truth."""
    registry = machine.registry()
    registry.prefetch([LEAD, REVIEWER])
    assert [hit.name for hit in registry.search("grep")] == [REVIEWER]
    assert "only what came up on this machine was searched (2 so far)" in machine.notes[0]
    assert registry.names() == (LEAD, REVIEWER)
    assert registry.names_like("reviewre") == (REVIEWER,)


def test_a_damaged_view_is_made_anew(machine: Machine) -> None:
    """It holds nothing that is not remembered elsewhere."""
    registry = machine.registry()
    registry.prefetch([LEAD, REVIEWER])
    assert registry.names_like("lead") == (LEAD,)
    registry.close()
    (view,) = (machine.place / "cache").rglob("view.sqlite3")
    view.write_bytes(b"not a database" * 100)
    assert machine.registry().names_like("lead") == (LEAD,)


def test_a_damaged_memory_is_not_taken_for_an_empty_one(machine: Machine) -> None:
    """That would accept whatever the registry shows now."""
    machine.versions(REVIEWER)
    machine.opened.pop().close()
    (memory,) = (machine.place / "state").rglob("files.sqlite3")
    memory.write_bytes(b"not a database" * 100)
    with pytest.raises(DamagedMemory) as caught:
        machine.versions(REVIEWER)
    assert "delete it" in str(caught.value.hint)


def test_emptying_the_cache_forgets_nothing(machine: Machine) -> None:
    """Otherwise a rewritten registry would only have to wait for that."""
    machine.registry().names_like("lead")
    machine.versions(REVIEWER)
    fs.remove_tree(machine.place / "cache")
    machine.now += 400
    machine.asked()
    machine.versions(REVIEWER)
    assert {status for _, status in machine.asked()} == {304}


def test_a_place_without_a_registry_is_told(machine: Machine, index: IndexRepo) -> None:
    """A misspelt address leads to some web server or other."""
    index.remove("config.json")
    with pytest.raises(NotARegistry, match=r"has no `config\.json`"):
        machine.versions(REVIEWER)
    index.write("config.json", b"<html>Log in first</html>")
    with pytest.raises(NotARegistry, match="does not describe a registry"):
        machine.versions(REVIEWER)
    index.write("config.json", b'{"format": 99, "id": "x"}')
    with pytest.raises(NotARegistry, match="which this agentpm does not know"):
        machine.versions(REVIEWER)


def test_nobody_publishes_to_files(machine: Machine, index: IndexRepo) -> None:
    """The registry says where people do."""
    config = {"format": 1, "id": "x", "git": "https://ada:secret@git.example.org/agents.git"}
    index.write("config.json", json.dumps(config).encode())
    registry = machine.registry()
    edit = Edit((), lambda _: {})
    release = registry.releases(REVIEWER)[0]
    for attempt in (
        registry.identity,
        lambda: registry.publish([(release, b"")], "New"),
        lambda: registry.yank(REVIEWER, release.version, "bad", "Yank"),
        lambda: registry.amend(edit, "Change"),
    ):
        with pytest.raises(PublishRefused) as caught:
            attempt()
        hint = str(caught.value.hint)
        assert "`https://git.example.org/agents.git`" in hint and "secret" not in hint


def test_a_release_without_a_file_is_told(machine: Machine, index: IndexRepo) -> None:
    """The record is there, and whoever keeps the registry should hear of it."""
    index.remove("agents/re/vi/reviewer/2.1.0.md")
    registry = machine.registry()
    with pytest.raises(ContentMissing):
        registry.fetch(registry.releases(REVIEWER))


def test_a_removed_release_is_not_asked_for(machine: Machine, index: IndexRepo) -> None:
    """Its bytes had to go, and the record says why."""
    index.edit("lead", '"v": 1', '"v": 1, "removed": "by a court"')
    registry = machine.registry()
    releases = registry.releases(LEAD)
    machine.asked()
    with pytest.raises(ContentMissing, match="by a court"):
        registry.fetch(releases)
    assert machine.asked() == []


def test_a_file_at_the_top_can_be_read(machine: Machine, index: IndexRepo) -> None:
    """Signers and owners stand there."""
    index.write("owners.json", b"{}\n")
    registry = machine.registry()
    assert registry.document("owners.json") == b"{}\n"
    assert registry.document("signers.jsonl") is None
    assert registry.signers() is None


def test_records_of_a_later_format_are_counted(machine: Machine, index: IndexRepo) -> None:
    """They are releases that this agentpm cannot offer, which the user should know."""
    index.append(index_file("lead"), '{"v": 2, "what": "is this"}')
    assert machine.versions(LEAD) == ["2.0.0"]
    assert "has 1 releases of `lead` that only a newer agentpm can read" in machine.notes[0]


def test_a_registry_of_files_has_no_revisions() -> None:
    """As the place of a single agent at a revision it is a mistake, and git is not asked."""
    before = processes()
    with pytest.raises(UnusableAddress) as caught:
        read_git_file("sparse+https://agents.example.org", "main", "reviewer.md")
    assert "git repository" in str(caught.value.hint)
    assert processes() == before


def test_news_that_another_process_brought_is_news(index: IndexRepo, machine: Machine) -> None:
    """A look that finds nothing says nothing of answers that were given before somebody else's."""
    registry = machine.registry()
    assert len(registry.releases(REVIEWER)) == 2
    machine.now += 400
    second = machine.registry()
    index.publish("reviewer", "3.0.0")
    assert len(second.releases(REVIEWER)) == 3
    assert registry.look_again([REVIEWER])
    assert len(registry.releases(REVIEWER)) == 3
    assert not registry.look_again([REVIEWER])
