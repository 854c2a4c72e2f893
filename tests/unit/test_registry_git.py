"""A registry behind a git URL: what reading costs, what it survives, what it refuses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentpm import fs
from agentpm.model.digest import Digest
from agentpm.model.name import PackageName
from agentpm.model.version import parse_version
from agentpm.registry import gitregistry
from agentpm.registry.access import OfflineMiss, age_in_words
from agentpm.registry.bytes_of import ContentMissing
from agentpm.registry.gitregistry import GitRegistry
from agentpm.registry.history import RegistryTampered
from agentpm.registry.record_of import UnfaithfulRecord
from agentpm.registry.seen import DamagedMemory
from agentpm.registry.unreachable import NotARegistry, RegistryUnreachable, unreachable
from agentpm.registry.wire import MalformedIndex
from support.index_repo import IndexRepo, Server, agent_file, index_file
from support.machine import Machine, entry, identity

LEAD, REVIEWER = PackageName("lead"), PackageName("reviewer")


@pytest.fixture
def index(tmp_path: Path) -> IndexRepo:
    """A registry with a lead who needs a reviewer."""
    index = IndexRepo(tmp_path)
    index.publish("reviewer", "1.0.0", tools="Read").publish(
        "reviewer", "2.0.0", tools="Read, Grep"
    )
    return index.publish("lead", "2.0.0", "reviewer >=2", tools="Read, Agent")


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[Machine]:
    """Ada's machine, which has seen no registry yet."""
    machine = Machine(tmp_path)
    yield machine
    machine.close()


def versions(registry: GitRegistry, name: str) -> list[str]:
    """The versions of a package, in the order of the index."""
    return [str(release.version) for release in registry.releases(PackageName(name))]


def everything(registry: GitRegistry) -> list[str]:
    """All releases of a registry."""
    return [str(r) for name in registry.names() for r in registry.releases(name)]


# What reading gives


def test_releases_are_read_as_they_were_published(index: IndexRepo, ada: Machine) -> None:
    """The whole journey of a record, from a commit to a value."""
    registry = ada.registry(index.url)
    (lead,) = registry.releases(LEAD)
    assert str(lead) == "lead 2.0.0"
    assert lead.id.source == registry.source == index.url
    assert [str(dependency) for dependency in lead.dependencies] == ["reviewer >=2"]
    assert lead.grants.get("tools") == "Read, Agent"
    assert lead.checksum == index.checksum("lead", "2.0.0")
    assert versions(registry, "reviewer") == ["1.0.0", "2.0.0"]
    assert registry.names() == ("lead", "reviewer")
    assert registry.tip == index.tip
    assert registry.is_shared(lead)
    assert [hit.name for hit in registry.search("agent")] == ["lead"]
    assert registry.names_like("reviewr") == ("reviewer",)


def test_contents_are_the_bytes_that_were_published(index: IndexRepo, ada: Machine) -> None:
    """What is installed is what somebody published, byte for byte."""
    registry = ada.registry(index.url)
    releases = [*registry.releases(LEAD), *registry.releases(REVIEWER)]
    got = registry.fetch(releases)
    assert got == {r.checksum: index.agent(r.name, str(r.version)) for r in releases}
    assert registry.fetch([]) == {}


def test_lines_of_a_newer_format_are_noted(index: IndexRepo, ada: Machine) -> None:
    """An agentpm that cannot see a release must say that there is one."""
    index.append(index_file("lead"), json.dumps({"v": 2, "name": "lead", "version": "3.0.0"}))
    index.commit("From the future")
    assert versions(ada.registry(index.url), "lead") == ["2.0.0"]
    assert ada.notes == [
        f"`{index.url}` has 1 releases of `lead` that only a newer agentpm can read"
    ]


def test_one_malformed_package_spoils_no_other(index: IndexRepo, ada: Machine) -> None:
    """Whoever breaks their own records must not stop everybody else."""
    index.append(index_file("lead"), "{broken")
    index.commit("Broken")
    registry = ada.registry(index.url)
    assert versions(registry, "reviewer") == ["1.0.0", "2.0.0"]
    with pytest.raises(MalformedIndex) as caught:
        registry.releases(LEAD)
    assert caught.value.where is not None
    assert caught.value.where.location == "index/le/ad/lead.jsonl:2:2"


# What reading costs


@pytest.mark.parametrize("count", [1, 60])
def test_a_first_look_is_two_requests_whatever_the_number_of_agents(
    tmp_path: Path, ada: Machine, count: int
) -> None:
    """Commits with trees, then all records; then all contents, in one each."""
    index = IndexRepo(tmp_path)
    with index.one_commit():
        for n in range(count):
            index.publish(f"agent-{n}", "1.0.0")
    with Server(index) as server:
        registry = ada.registry(server.url, allow_insecure=True)
        with ada.counting() as git:
            releases = [r for name in registry.names() for r in registry.releases(name)]
        assert git.commands == ["cat-file", "fetch", "fetch"]
        assert server.requests == 2
        assert len(releases) == count
        with ada.counting() as git:
            assert len(registry.fetch(releases)) == count
        assert git.commands == ["fetch"]
        assert server.requests == 3
        with ada.counting() as git:
            registry.fetch(releases)
        assert git.commands == []


def test_a_later_look_costs_what_changed(index: IndexRepo, ada: Machine) -> None:
    """A second sync is two requests, too, and asks for nothing that is there."""
    with Server(index) as server:
        ada.registry(server.url, allow_insecure=True).refresh()
        index.publish("lead", "2.1.0").publish("writer", "1.0.0")
        ada.now += 400
        registry = ada.registry(server.url, allow_insecure=True)
        with ada.counting() as git:
            assert versions(registry, "lead") == ["2.0.0", "2.1.0"]
        assert git.commands == ["cat-file", "fetch", "fetch"]
        assert server.requests == 4
        assert versions(registry, "writer") == ["1.0.0"]


def test_no_news_is_one_request(index: IndexRepo, ada: Machine) -> None:
    """Most looks find nothing."""
    with Server(index) as server:
        ada.registry(server.url, allow_insecure=True).refresh()
        ada.now += 400
        ada.registry(server.url, allow_insecure=True).refresh()
        assert server.requests == 3


def test_a_server_without_partial_clones_gives_everything_at_once(
    index: IndexRepo, ada: Machine
) -> None:
    """An old server is served silently: one request, and nothing left to ask for."""
    with Server(index, filters=False) as server:
        registry = ada.registry(server.url, allow_insecure=True)
        with ada.counting() as git:
            assert len(registry.fetch(registry.releases(REVIEWER))) == 2
        assert git.commands == ["cat-file", "fetch"]
        assert server.requests == 1
        assert ada.notes == []


def test_contents_stay_on_the_server_until_they_are_wanted(index: IndexRepo, ada: Machine) -> None:
    """A registry of a hundred thousand agents must not be copied to install one."""
    with Server(index) as server:
        ada.registry(server.url, allow_insecure=True).refresh()
        clone = ada.cached("clone.git")
        objects = subprocess.run(
            ["git", f"--git-dir={clone}", "cat-file", "--batch-all-objects", "--batch-check"],
            capture_output=True,
            check=True,
        ).stdout.decode()
        blob = index.git("rev-parse", f"HEAD:{agent_file('lead', '2.0.0')}").strip()
        record = index.git("rev-parse", f"HEAD:{index_file('lead')}").strip()
        assert record in objects
        assert blob not in objects
        assert (clone / "shallow").exists()
        assert "promisor" not in (clone / "config").read_text("utf-8")


def test_a_local_registry_is_one_request(index: IndexRepo, ada: Machine) -> None:
    """Copying a local repository whole is quicker than asking three times."""
    registry = ada.registry(index.url)
    with ada.counting() as git:
        registry.fetch([*registry.releases(LEAD), *registry.releases(REVIEWER)])
    assert git.commands == ["cat-file", "fetch"]


def test_a_fresh_view_answers_without_git(index: IndexRepo, ada: Machine) -> None:
    """Within five minutes, resolving opens one database and nothing else."""
    ada.registry(index.url).refresh()
    ada.now += 299
    registry = ada.registry(index.url)
    with ada.counting() as git:
        assert everything(registry) == ["lead 2.0.0", "reviewer 1.0.0", "reviewer 2.0.0"]
    assert git.commands == []
    assert registry.age() == 299


# Freshness


def test_an_old_view_is_refreshed_once(index: IndexRepo, ada: Machine) -> None:
    """One command looks at most once, however many names it visits."""
    ada.registry(index.url).refresh()
    index.publish("lead", "3.0.0")
    ada.now += 300
    registry = ada.registry(index.url)
    with ada.counting() as git:
        assert versions(registry, "lead") == ["2.0.0", "3.0.0"]
        ada.now += 1000
        assert registry.releases(PackageName("unknown")) == ()
        assert registry.releases(PackageName("another")) == ()
    assert git.commands.count("fetch") == 1
    assert registry.age() == 1000


def test_a_missing_name_looks_again_once(index: IndexRepo, ada: Machine) -> None:
    """A colleague says: I published it a minute ago."""
    ada.registry(index.url).refresh()
    index.publish("writer", "1.0.0")
    registry = ada.registry(index.url)
    with ada.counting() as git:
        assert versions(registry, "writer") == ["1.0.0"]
        assert versions(registry, "unknown") == []
    assert git.commands.count("fetch") == 1


def test_what_was_read_before_a_look_is_read_again_after_it(index: IndexRepo, ada: Machine) -> None:
    """Whoever asks once more gets what the look brought, and not what was told before."""
    registry = ada.registry(index.url)
    registry.prefetch([LEAD, REVIEWER])
    index.publish("reviewer", "3.0.0")
    registry.refresh(force=True)
    listing = registry.listing(REVIEWER)
    assert listing is not None
    assert [str(version) for version in listing.versions] == ["1.0.0", "2.0.0", "3.0.0"]


@pytest.mark.parametrize(
    ("terms", "looks"),
    [({}, 0), ({"force": True}, 1), ({"max_age": 10.0}, 1), ({"offline": True}, 0)],
)
def test_terms_decide_whether_to_look(
    index: IndexRepo, ada: Machine, terms: dict[str, Any], looks: int
) -> None:
    """`--refresh` looks, `--offline` never does."""
    ada.registry(index.url).refresh()
    ada.now += 60
    registry = ada.registry(index.url, **terms)
    with ada.counting() as git:
        registry.releases(LEAD)
        registry.releases(REVIEWER)
    assert git.commands.count("fetch") == looks


def test_a_clock_that_was_set_back_does_not_freeze_the_view(index: IndexRepo, ada: Machine) -> None:
    """A look that lies in the future says nothing about its age."""
    ada.registry(index.url).refresh()
    ada.now -= 100_000
    index.publish("lead", "3.0.0")
    registry = ada.registry(index.url)
    assert versions(registry, "lead") == ["2.0.0", "3.0.0"]


def test_a_refresh_without_force_leaves_a_fresh_view_alone(index: IndexRepo, ada: Machine) -> None:
    """Two commands in a row cost one look."""
    ada.registry(index.url).refresh()
    with ada.counting() as git:
        ada.registry(index.url).refresh()
    assert git.commands == []


# Offline


def test_offline_works_with_what_was_seen(index: IndexRepo, ada: Machine) -> None:
    """On a train, what was installed before can be installed again."""
    before = ada.registry(index.url)
    before.fetch(before.releases(LEAD))
    shutil.rmtree(index.bare)
    ada.now += 100_000
    registry = ada.registry(index.url, offline=True)
    assert list(registry.fetch(registry.releases(LEAD))) == [before.releases(LEAD)[0].checksum]
    assert registry.releases(PackageName("unknown")) == ()
    assert ada.notes == [f"`{index.url}` is shown as it was 1 day ago"]


def test_offline_cannot_make_a_first_look(index: IndexRepo, ada: Machine) -> None:
    """Nothing is there, and the message says what is missing."""
    with pytest.raises(OfflineMiss, match="the index of"):
        ada.registry(index.url, offline=True).releases(LEAD)
    with pytest.raises(OfflineMiss, match="the newest index of"):
        ada.registry(index.url, offline=True).yank(LEAD, parse_version("2.0.0"), "x", "x")


def test_offline_and_refresh_contradict_each_other(index: IndexRepo, ada: Machine) -> None:
    """`registry update --offline` cannot do what it is asked for."""
    ada.registry(index.url).refresh()
    ada.registry(index.url, offline=True).refresh()
    with pytest.raises(OfflineMiss, match="a newer index"):
        ada.registry(index.url, offline=True).refresh(force=True)


def test_offline_contents_that_are_not_here_are_named(index: IndexRepo, ada: Machine) -> None:
    """A partial clone has the records of agents whose bytes it has not."""
    with Server(index) as server:
        registry = ada.registry(server.url, allow_insecure=True)
        (lead,) = registry.releases(LEAD)
        offline = ada.registry(server.url, allow_insecure=True, offline=True)
        with pytest.raises(OfflineMiss):
            offline.fetch([lead])
        unknown = replace(lead, version=parse_version("9.0.0"))
        with pytest.raises(ContentMissing):
            offline.fetch([unknown])
        shutil.rmtree(ada.cached("clone.git"))
        with pytest.raises(OfflineMiss):
            ada.registry(server.url, allow_insecure=True, offline=True).fetch([lead])


def test_ages_are_said_in_words() -> None:
    """A view is `3 hours old`, not 10800.0 seconds."""
    words = [age_in_words(s) for s in (-5, 1, 59, 60, 3600, 7300, 90_000, 10_000_000)]
    assert words == [
        *("0 seconds", "1 second", "59 seconds", "1 minute", "1 hour", "2 hours"),
        *("1 day", "115 days"),
    ]


# Append-only


@pytest.mark.parametrize("clean", [False, True], ids=["with a cache", "after cache clean"])
def test_a_changed_release_stops_the_sync(index: IndexRepo, ada: Machine, clean: bool) -> None:
    """Whoever controls the host cannot change what was seen, not even after the cache is emptied."""
    ada.registry(index.url).refresh()
    before = index.tip
    index.edit("reviewer", index.checksum("reviewer", "1.0.0"), "sha256:" + "0" * 64)
    if clean:
        ada.clean_cache()
    with pytest.raises(RegistryTampered, match="are not what they were") as caught:
        ada.registry(index.url).refresh(force=True)
    error = caught.value
    assert (error.evidence.before, error.evidence.after) == (before, index.tip)
    assert [(b.release, b.kind) for b in error.evidence.records] == [("reviewer 1.0.0", "changed")]
    assert "`checksum` was" in error.details[0]
    assert error.exit_code == 4


def test_the_last_good_view_stays_in_use(index: IndexRepo, ada: Machine) -> None:
    """Tampering must not stop anybody from working with what is known to be good."""
    ada.registry(index.url).refresh()
    good = index.tip
    index.publish("lead", "3.0.0").edit("reviewer", "Read, Grep", "Read, Bash")
    for _ in range(2):
        with pytest.raises(RegistryTampered):
            ada.registry(index.url, force=True).releases(LEAD)
    offline = ada.registry(index.url, offline=True)
    assert everything(offline) == ["lead 2.0.0", "reviewer 1.0.0", "reviewer 2.0.0"]
    assert offline.tip == good
    assert len(offline.fetch(offline.releases(REVIEWER))) == 2


def test_a_release_that_vanished_stops_the_sync(index: IndexRepo, ada: Machine) -> None:
    """A security fix cannot be made to disappear again."""
    ada.registry(index.url).refresh()
    index.remove(index_file("lead"))
    with pytest.raises(RegistryTampered) as caught:
        ada.registry(index.url).refresh(force=True)
    assert [b.kind for b in caught.value.evidence.records] == ["vanished"]


def test_releases_in_another_order_stop_the_sync(index: IndexRepo, ada: Machine) -> None:
    """New lines follow old ones; nothing is inserted."""
    ada.registry(index.url).refresh()
    path = index.tree / index_file("reviewer")
    index.write(
        index_file("reviewer"), b"\n".join(reversed(path.read_bytes().splitlines())) + b"\n"
    )
    index.commit("Sorted")
    with pytest.raises(RegistryTampered) as caught:
        ada.registry(index.url).refresh(force=True)
    assert {b.kind for b in caught.value.evidence.records} == {"reordered"}


@pytest.mark.parametrize("clean", [False, True], ids=["with a cache", "after cache clean"])
def test_a_rewritten_history_stops_the_sync(index: IndexRepo, ada: Machine, clean: bool) -> None:
    """Even if every record is what it was: nobody needs to rewrite history to publish."""
    ada.registry(index.url).refresh()
    index.rewrite_history()
    if clean:
        ada.clean_cache()
    with pytest.raises(RegistryTampered, match="was rewritten"):
        ada.registry(index.url).refresh(force=True)


def test_a_rewritten_history_is_noticed_when_the_old_commit_is_gone(
    index: IndexRepo, ada: Machine
) -> None:
    """The server cannot give what it deleted, and that alone is the evidence."""
    ada.registry(index.url).refresh()
    index.rewrite_history()
    index.git("reflog", "expire", "--expire=now", "--all")
    index.git("gc", "--quiet", "--prune=now")
    ada.clean_cache()
    with pytest.raises(RegistryTampered, match="was rewritten"):
        ada.registry(index.url).refresh(force=True)


def test_a_registry_that_goes_back_in_time_stops_the_sync(index: IndexRepo, ada: Machine) -> None:
    """Hiding the newest releases is an attack, too."""
    ada.registry(index.url).refresh()
    index.git("update-ref", "refs/heads/main", f"{index.tip}~1")
    with pytest.raises(RegistryTampered, match="set back to an earlier state"):
        ada.registry(index.url).refresh(force=True)


def test_another_registry_at_the_same_address_is_noticed(
    index: IndexRepo, ada: Machine, tmp_path: Path
) -> None:
    """An id names the registry whose releases were trusted."""
    ada.registry(index.url).refresh()
    index.write("config.json", b'{"format": 1, "id": "another"}')
    index.commit("Another")
    with pytest.raises(RegistryTampered, match="is another registry than before"):
        ada.registry(index.url).refresh(force=True)


def test_yanks_and_removals_are_allowed(index: IndexRepo, ada: Machine) -> None:
    """The two mutations of an honest registry."""
    ada.registry(index.url).refresh()
    index.yank("reviewer", "1.0.0", "broken").edit("lead", "}\n", ', "removed": "law"}\n')
    registry = ada.registry(index.url, force=True)
    assert [r.yanked for r in registry.releases(REVIEWER)] == ["broken", None]
    (lead,) = registry.releases(LEAD)
    assert lead.removed == "law"
    with pytest.raises(ContentMissing, match=r"was removed from .*: law"):
        registry.fetch([lead])


def test_after_the_cache_was_emptied_an_honest_registry_goes_on(
    index: IndexRepo, ada: Machine
) -> None:
    """What was seen is remembered elsewhere, and is checked against what is there now."""
    ada.registry(index.url).refresh()
    ada.clean_cache()
    index.publish("lead", "3.0.0")
    registry = ada.registry(index.url)
    assert versions(registry, "lead") == ["2.0.0", "3.0.0"]
    registry.fetch(registry.releases(LEAD))


def test_a_cache_that_is_emptied_beside_a_command_is_filled_again(
    index: IndexRepo, ada: Machine
) -> None:
    """It has the files of the old one open, in which nothing can be kept any more."""
    registry = ada.registry(index.url)
    releases = registry.releases(LEAD)
    shutil.rmtree(ada.places.cache)
    assert registry.fetch(releases).keys() == {release.checksum for release in releases}
    shutil.rmtree(ada.places.cache)
    registry.refresh(force=True)
    assert ada.registry(index.url, offline=True).releases(LEAD) == releases


def test_a_rewrite_can_be_accepted_knowingly(index: IndexRepo, ada: Machine) -> None:
    """A registry may have had to be restored from a backup."""
    ada.registry(index.url).refresh()
    index.edit("reviewer", "Read, Grep", "Read").rewrite_history()
    registry = ada.registry(index.url)
    with pytest.raises(RegistryTampered) as caught:
        registry.refresh(force=True)
    registry.accept_rewrite(caught.value.evidence)
    assert registry.tip == index.tip
    assert registry.releases(REVIEWER)[1].grants.get("tools") == "Read"


def test_what_is_rewritten_after_the_look_is_not_accepted_with_it(
    index: IndexRepo, ada: Machine
) -> None:
    """While a person reads the evidence, the registry may be rewritten once more."""
    ada.registry(index.url).refresh()
    index.edit("reviewer", "Read, Grep", "Read").rewrite_history()
    registry = ada.registry(index.url)
    with pytest.raises(RegistryTampered) as caught:
        registry.refresh(force=True)
    index.publish("reviewer", "9.0.0")
    follows = index.tip
    index.edit("reviewer", '"Read"', '"Bash"').rewrite_history()
    with pytest.raises(RegistryTampered):
        registry.accept_rewrite(caught.value.evidence)
    index.git("update-ref", "refs/heads/main", follows)
    registry.refresh(force=True)
    assert versions(registry, "reviewer") == ["1.0.0", "2.0.0", "9.0.0"]


def test_a_memory_that_was_tampered_with_is_not_forgotten_silently(
    index: IndexRepo, ada: Machine
) -> None:
    """Taking it for `never seen` would accept anything."""
    ada.registry(index.url).refresh()
    (memory,) = ada.places.state.rglob("seen.json")
    for content in (b"", b"[]", b'{"tip": "x", "id": "y"}', b'{"tip": 5, "id": "y"}', b"\xff"):
        memory.write_bytes(content)
        with pytest.raises(DamagedMemory):
            ada.registry(index.url).refresh(force=True)


def test_a_memory_that_was_deleted_is_a_first_look(index: IndexRepo, ada: Machine) -> None:
    """A new machine has no memory; the view alone is no proof of anything."""
    ada.registry(index.url).refresh()
    shutil.rmtree(ada.places.state)
    index.rewrite_history()
    registry = ada.registry(index.url)
    registry.refresh()
    assert registry.tip == index.tip


# Contents that are not what they should be


def test_bytes_that_do_not_match_their_checksum_are_refused(index: IndexRepo, ada: Machine) -> None:
    """The record is what the lockfile holds; the file must be the one it names."""
    index.write(agent_file("lead", "2.0.0"), b"something else")
    index.commit("Tampered")
    registry = ada.registry(index.url)
    with pytest.raises(UnfaithfulRecord, match="are not those that its record promises") as caught:
        registry.fetch(registry.releases(LEAD))
    assert caught.value.exit_code == 4
    assert len(registry.fetch(registry.releases(REVIEWER))) == 2


def test_a_size_that_does_not_match_is_refused(index: IndexRepo, ada: Machine) -> None:
    """A record that lies in one field may lie in others."""
    size = len(index.agent("lead", "2.0.0"))
    index.edit("lead", f'"size": {size}', f'"size": {size + 1}')
    registry = ada.registry(index.url)
    with pytest.raises(UnfaithfulRecord, match="gives its size as"):
        registry.fetch(registry.releases(LEAD))


def test_a_release_without_its_file_is_refused(index: IndexRepo, ada: Machine) -> None:
    """A record is a promise of bytes."""
    index.remove(agent_file("lead", "2.0.0"))
    registry = ada.registry(index.url)
    with pytest.raises(ContentMissing, match="does not have its file"):
        registry.fetch(registry.releases(LEAD))


def test_an_endless_file_is_not_read(index: IndexRepo, ada: Machine) -> None:
    """An agent has at most a mebibyte."""
    index.write(agent_file("lead", "2.0.0"), b"x" * (1024 * 1024 + 1))
    index.commit("Large")
    registry = ada.registry(index.url)
    with pytest.raises(fs.TooLarge):
        registry.fetch(registry.releases(LEAD))


ENDLESS = b"x" * (16 * 1024 * 1024 + 1)


def test_an_endless_index_file_is_the_trouble_of_its_package_alone(
    index: IndexRepo, ada: Machine
) -> None:
    """A view must not fill the memory, and one publisher must not stop all others."""
    index.write(index_file("endless"), ENDLESS)
    index.commit("Endless")
    registry = ada.registry(index.url)
    registry.refresh(force=True)
    assert len(registry.releases(LEAD)) == 1
    assert registry.search("lead")
    for ask in (registry.releases, registry.listing):
        with pytest.raises(MalformedIndex, match=r"endless\.jsonl` has more than 16 MiB") as caught:
            ask(PackageName("endless"))
        assert caught.value.hint is not None


def test_a_package_that_became_endless_can_only_stay_so(index: IndexRepo, ada: Machine) -> None:
    """What such a file said cannot be remembered, so a later state of it proves nothing."""
    ada.registry(index.url).refresh()
    before = (index.tree / index_file("lead")).read_bytes()
    index.write(index_file("lead"), before + ENDLESS)
    index.commit("Endless")
    ada.now += 400
    assert ada.registry(index.url).releases(REVIEWER)
    with pytest.raises(MalformedIndex):
        ada.registry(index.url).releases(LEAD)
    index.write(index_file("lead"), before + ENDLESS + ENDLESS)
    index.commit("Longer")
    ada.now += 400
    assert ada.registry(index.url).releases(REVIEWER)
    index.write(index_file("lead"), before.replace(b"2.0.0", b"2.0.1"))
    index.commit("Short again")
    ada.now += 400
    with pytest.raises(RegistryTampered) as caught:
        ada.registry(index.url).refresh()
    assert "had more than 16 MiB, and has less now" in caught.value.details[0]


def test_contents_of_releases_newer_than_the_view_are_looked_for(
    index: IndexRepo, ada: Machine
) -> None:
    """A lockfile that a colleague wrote may name what this machine has not seen."""
    registry = ada.registry(index.url)
    registry.refresh()
    index.publish("lead", "2.1.0")
    (lead,) = registry.releases(LEAD)
    newer = replace(
        lead,
        version=parse_version("2.1.0"),
        checksum=Digest(index.checksum("lead", "2.1.0")),
        size=len(index.agent("lead", "2.1.0")),
    )
    assert list(ada.registry(index.url).fetch([newer])) == [newer.checksum]
    assert list(registry.fetch([lead])) == [lead.checksum]


def test_an_old_view_does_for_contents_that_it_knows(index: IndexRepo, ada: Machine) -> None:
    """Restoring a lockfile needs no news."""
    registry = ada.registry(index.url)
    releases = registry.releases(LEAD)
    ada.now += 100_000
    with ada.counting() as git:
        assert len(ada.registry(index.url).fetch(releases)) == 1
    assert git.commands == ["cat-file"]


def test_contents_can_be_fetched_before_anything_else(index: IndexRepo, ada: Machine) -> None:
    """`install --frozen` on a machine that has never seen the registry."""
    releases = ada.registry(index.url).releases(LEAD)
    bob = Machine(index.bare.parent, "bob")
    assert len(bob.registry(index.url).fetch(releases)) == 1
    bob.close()


# What is no registry


def test_a_repository_without_an_index_is_named_as_such(tmp_path: Path, ada: Machine) -> None:
    """The most likely mistake is the address of the agents' own repository."""
    index = IndexRepo(tmp_path).remove("config.json")
    with pytest.raises(NotARegistry, match=r"it has no `config\.json`"):
        ada.registry(index.url).refresh()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (b"{}", "does not describe a registry"),
        (b"[]", "does not describe a registry"),
        (b"no json", "does not describe a registry"),
        (b'{"format": "1", "id": "x"}', "does not describe a registry"),
        (b'{"format": 1, "id": 2}', "does not describe a registry"),
        (b'{"format": 2, "id": "x"}', "has the format 2"),
    ],
)
def test_a_registry_of_another_format_is_refused(
    tmp_path: Path, ada: Machine, config: bytes, message: str
) -> None:
    """A format that is not known must not be guessed at."""
    index = IndexRepo(tmp_path)
    index.write("config.json", config)
    index.commit("Odd")
    with pytest.raises(NotARegistry, match=message):
        ada.registry(index.url).refresh()


def test_an_empty_repository_is_named_as_such(tmp_path: Path, ada: Machine) -> None:
    """Somebody made the repository on a host, and pushed nothing yet."""
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "empty.git")], check=True)
    with pytest.raises(NotARegistry, match="no commit on its default branch"):
        ada.registry((tmp_path / "empty.git").as_uri()).refresh()


def test_a_registry_that_is_not_there_is_unreachable(tmp_path: Path, ada: Machine) -> None:
    """A typing mistake in an address."""
    with pytest.raises(RegistryUnreachable, match="could not reach the registry") as caught:
        ada.registry((tmp_path / "no.git").as_uri()).refresh()
    assert caught.value.hint == "check the address: `agentpm registry list`"


def test_a_network_that_is_down_is_told_from_a_wrong_address(ada: Machine) -> None:
    """Port 1 answers nobody."""
    registry = ada.registry("git://127.0.0.1:1/registry", allow_insecure=True)
    with pytest.raises(RegistryUnreachable) as caught:
        registry.refresh()
    assert caught.value.hint is not None
    assert "check the network" in caught.value.hint


@pytest.mark.parametrize(
    ("talk", "hint"),
    [
        ("fatal: Authentication failed for 'https://x'", "ssh-agent must know the login"),
        ("fatal: could not read Username: terminal prompts disabled", "must know the login"),
        ("git@x: Permission denied (publickey).", "must know the login"),
        ("fatal: unable to access 'u': The requested URL returned error: 403", "the login"),
        ("fatal: unable to access 'u': The requested URL returned error: 404", "registry list"),
        ("Host key verification failed.", "compare the key"),
        ("fatal: detected dubious ownership in repository", "safe.directory"),
        ("ssh: Could not resolve hostname x", "check the network"),
    ],
)
def test_reasons_come_with_the_way_out(talk: str, hint: str) -> None:
    """Git's messages name the reason; the hint says what to do."""
    error = unreachable("https://example.org/x", talk)
    assert isinstance(error, RegistryUnreachable)
    assert error.hint is not None
    assert hint in error.hint


def test_an_unencrypted_redirect_is_named() -> None:
    """A secure address that leads to an insecure one is not secure."""
    error = unreachable("https://example.org/x", "fatal: transport 'http' not allowed")
    assert error.code == "insecure-registry"


# What breaks


def test_a_damaged_view_is_made_anew_from_what_is_here(index: IndexRepo, ada: Machine) -> None:
    """It is a copy; making it again needs no network and no message."""
    ada.registry(index.url).refresh()
    ada.cached("view.sqlite3").write_bytes(b"nonsense" * 1000)
    registry = ada.registry(index.url, offline=True)
    assert versions(registry, "lead") == ["2.0.0"]
    assert registry.age() is not None


def test_a_view_damaged_in_the_middle_is_made_anew(index: IndexRepo, ada: Machine) -> None:
    """The damage may show only when a certain page is read."""
    registry = ada.registry(index.url)
    registry.refresh()
    registry.close()
    path = ada.cached("view.sqlite3")
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    assert everything(registry) == ["lead 2.0.0", "reviewer 1.0.0", "reviewer 2.0.0"]


def test_a_table_that_is_gone_is_made_anew(index: IndexRepo, ada: Machine) -> None:
    """Found while answering, not while opening."""
    registry = ada.registry(index.url)
    registry.refresh()
    with registry._view._database() as database:
        database.execute("DROP TABLE package")
    assert versions(registry, "lead") == ["2.0.0"]


@pytest.mark.parametrize(
    "damage",
    [
        "checksum = 'x'",
        "size = 'x'",
        "size = NULL",
        "needs = 'No Name'",
        "needs = NULL",
        "grants = '{'",
        "grants = '[]'",
        "published = NULL",
    ],
)
def test_a_row_that_no_release_has_is_made_anew(
    index: IndexRepo, ada: Machine, damage: str
) -> None:
    """SQLite does not know what a text should look like; who reads it does."""
    registry = ada.registry(index.url)
    registry.refresh()
    before = registry.releases(PackageName("lead"))
    with registry._view._database() as database:
        database.execute(f"UPDATE package SET {damage}")
    registry.close()
    listing = ada.registry(index.url).listing(PackageName("lead"))
    assert listing is not None
    assert tuple(listing) == before


def test_damage_that_shows_when_news_are_written_is_made_good(
    index: IndexRepo, ada: Machine
) -> None:
    """The look goes on in a new view, and what is new is told as ever."""
    ada.registry(index.url).refresh()
    registry = ada.registry(index.url)
    with registry._view._database() as database:
        database.execute("DROP TABLE older")
    index.publish("lead", "2.1.0")
    registry.refresh(force=True)
    assert registry.news() == {"lead": ("2.0.0", "2.1.0")}
    assert versions(registry, "lead") == ["2.0.0", "2.1.0"]


def test_what_was_tampered_with_is_so_in_a_damaged_view_too(index: IndexRepo, ada: Machine) -> None:
    """A new view must not begin with what the old one would have refused."""
    registry = ada.registry(index.url)
    registry.refresh()
    with registry._view._database() as database:
        database.execute("DROP TABLE older")
    index.edit("lead", '"size": ', '"size": 1')
    with pytest.raises(RegistryTampered):
        registry.refresh(force=True)
    assert versions(ada.registry(index.url, offline=True), "lead") == ["2.0.0"]


def test_publishing_beside_a_damaged_view(
    index: IndexRepo, ada: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a package has so far is read from the view, which is made anew for it."""
    identity(monkeypatch, tmp_path)
    registry = ada.registry(index.url)
    registry.refresh()
    with registry._view._database() as database:
        database.execute("DROP TABLE older")
    registry.publish([entry("reviewer", "3.0.0")], "Reviewer")
    assert versions(registry, "reviewer") == ["1.0.0", "2.0.0", "3.0.0"]


@pytest.mark.parametrize("news", [True, False])
def test_a_view_that_is_taken_away_under_the_lock_is_made_anew(
    index: IndexRepo, ada: Machine, *, news: bool
) -> None:
    """Nothing can be written to a file that has no name any more."""
    registry = ada.registry(index.url)
    registry.refresh()
    if news:
        index.publish("lead", "2.1.0")
    with registry._locked():
        ada.cached("view.sqlite3").unlink()
        registry.refresh(force=True)
    assert versions(registry, "lead") == ["2.0.0", "2.1.0"][: 1 + news]


def test_older_releases_in_a_damaged_part_of_a_view_are_read_from_a_new_one(
    index: IndexRepo, ada: Machine
) -> None:
    """Only who asks for one sees the damage, after the listing was given."""
    index.publish("lead", "2.1.0")
    registry = ada.registry(index.url)
    listing = registry.listing(PackageName("lead"))
    assert listing is not None
    with registry._view._database() as database:
        database.execute("DROP TABLE older")
    assert [str(release.version) for release in listing] == [str(v) for v in listing.versions]


@pytest.mark.parametrize("what", ["objects", "config", "refs"])
def test_a_damaged_clone_is_made_anew(index: IndexRepo, ada: Machine, what: str) -> None:
    """A power cut may leave anything in the cache."""
    ada.registry(index.url).refresh()
    clone = ada.cached("clone.git")
    if (clone / what).is_dir():
        shutil.rmtree(clone / what)
    else:
        (clone / what).write_bytes(b"[core\nnonsense")
    index.publish("lead", "3.0.0")
    registry = ada.registry(index.url, force=True)
    assert versions(registry, "lead") == ["2.0.0", "3.0.0"]
    assert len(registry.fetch(registry.releases(LEAD))) == 2


def test_a_damaged_pack_is_made_anew(index: IndexRepo, ada: Machine) -> None:
    """Git notices the damage when it reads."""
    ada.registry(index.url).refresh()
    for pack in ada.cached("clone.git").rglob("*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(pack.read_bytes()[:40] + b"\xff" * 400)
    registry = ada.registry(index.url)
    assert len(registry.fetch(registry.releases(LEAD))) == 1
    ada.cached("view.sqlite3").unlink()
    for pack in ada.cached("clone.git").rglob("*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(pack.read_bytes()[:40] + b"\xff" * 400)
    assert versions(ada.registry(index.url), "lead") == ["2.0.0"]


def test_a_view_without_its_clone_still_gives_contents(index: IndexRepo, ada: Machine) -> None:
    """Parts of a cache may be cleaned by other programs."""
    ada.registry(index.url).refresh()
    shutil.rmtree(ada.cached("clone.git"))
    registry = ada.registry(index.url)
    assert len(registry.fetch(registry.releases(LEAD))) == 1


def test_what_a_killed_git_left_does_not_stop_the_next(index: IndexRepo, ada: Machine) -> None:
    """Lock files and half packs are nobody's, under our own lock."""
    ada.registry(index.url).refresh()
    clone = ada.cached("clone.git")
    for name in ("shallow.lock", "refs/agentpm/tip.lock", "objects/pack/tmp_pack_x", "HEAD.lock"):
        (clone / name).write_bytes(b"")
    index.publish("lead", "3.0.0")
    assert versions(ada.registry(index.url, force=True), "lead") == ["2.0.0", "3.0.0"]
    assert not (clone / "objects/pack/tmp_pack_x").exists()


@pytest.mark.parametrize("local", [True, False], ids=["whole", "partial"])
def test_a_clone_with_many_packs_becomes_one_with_few(
    index: IndexRepo, ada: Machine, monkeypatch: pytest.MonkeyPatch, *, local: bool
) -> None:
    """Each sync leaves packs; a year of them would make reading slow, but nothing is asked for again."""
    monkeypatch.setattr("agentpm.registry.gitremote._MANY_PACKS", 4)
    with Server(index) as server:
        url = index.url if local else server.url
        tidied = 0
        for n in range(9):
            index.publish("lead", f"3.{n}.0")
            with ada.counting() as git:
                ada.registry(url, allow_insecure=True, force=True).refresh()
            tidied += "repack" in git.commands
            assert git.commands.count("fetch") <= 2
            assert len(list(ada.cached("clone.git").rglob("*.pack"))) <= 6
        assert tidied
        registry = ada.registry(url, allow_insecure=True)
        assert len(versions(registry, "lead")) == 10
        assert len(registry.fetch(registry.releases(LEAD))) == 10


def test_a_clone_that_cannot_be_tidied_is_made_anew(
    index: IndexRepo, ada: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged one is of no use to anybody."""
    ada.registry(index.url, force=True).refresh()
    monkeypatch.setattr("agentpm.registry.gitremote._MANY_PACKS", 0)
    (pack,) = ada.cached("clone.git").rglob("*.pack")
    pack.chmod(0o600)
    pack.write_bytes(b"no pack")
    index.publish("lead", "3.0.0")
    assert versions(ada.registry(index.url, force=True), "lead") == ["2.0.0", "3.0.0"]


def test_a_kill_between_view_and_memory_is_caught_up(index: IndexRepo, ada: Machine) -> None:
    """The view is written first; the memory follows with the next look."""
    ada.registry(index.url).refresh()
    (memory,) = ada.places.state.rglob("seen.json")
    old = memory.read_bytes()
    index.publish("lead", "3.0.0")
    ada.registry(index.url).refresh(force=True)
    memory.write_bytes(old)
    ada.registry(index.url).refresh(force=True)
    assert json.loads(memory.read_bytes())["tip"] == index.tip
    memory.write_bytes(old)
    index.publish("lead", "4.0.0")
    assert versions(ada.registry(index.url, force=True), "lead") == ["2.0.0", "3.0.0", "4.0.0"]


def test_processes_share_a_cache(index: IndexRepo, ada: Machine) -> None:
    """Two installs at once on a fresh machine wait for each other, and both end right."""
    program = (
        "import sys, time, pathlib\n"
        "from agentpm.registry.gitregistry import GitRegistry\n"
        "from agentpm.registry.access import Access, Places\n"
        "from agentpm.model.name import PackageName\n"
        "url, cache, state = sys.argv[1:]\n"
        "places = Places(pathlib.Path(cache), pathlib.Path(state))\n"
        "with GitRegistry(url, places, Access(clock=time.time)) as registry:\n"
        "    releases = registry.releases(PackageName('reviewer'))\n"
        "    assert len(registry.fetch(releases)) == 2\n"
    )
    source = str(Path(gitregistry.__file__).resolve().parents[2])
    command = [sys.executable, "-c", program, index.url, ada.places.cache, ada.places.state]
    environ = {"PYTHONPATH": source, "PATH": os.environ["PATH"]}
    running = [subprocess.Popen([str(c) for c in command], env=environ) for _ in range(4)]
    assert [process.wait() for process in running] == [0, 0, 0, 0]


def test_another_process_at_work_is_announced(index: IndexRepo, ada: Machine) -> None:
    """A command that waits must not look as if it hung."""
    program = (
        "import pathlib, sys, time; from agentpm.locks import lock\n"
        "with lock(pathlib.Path(sys.argv[1]), lambda: None):\n"
        "    print('held', flush=True); time.sleep(1.5)\n"
    )
    registry = ada.registry(index.url)
    source = str(Path(gitregistry.__file__).resolve().parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", program, str(registry._lock)],
        env={"PYTHONPATH": source},
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        registry.refresh()
    assert ada.waits == [f"waiting for another agentpm that is using `{index.url}`"]


def test_a_password_is_in_no_readable_place(index: IndexRepo, ada: Machine) -> None:
    """The clone's configuration holds the address as it was given."""
    with Server(index) as server:
        url = server.url.replace("//", "//ada:secret@")
        registry = ada.registry(url, allow_insecure=True)
        assert registry.source == server.url
        registry._mirror._prepare()
        clone = ada.cached("clone.git")
        assert "secret" in (clone / "config").read_text("utf-8")
        assert clone.stat().st_mode & 0o077 == 0
        with pytest.raises(RegistryUnreachable) as caught:
            registry.refresh()
        assert "secret" not in str(caught.value) + str(caught.value.details) + str(
            caught.value.hint
        )


def test_a_clone_whose_records_are_damaged_is_fetched_again(index: IndexRepo, ada: Machine) -> None:
    """The commit may be readable while the files behind it are not."""
    with Server(index) as server:
        ada.registry(server.url, allow_insecure=True).refresh()
        clone = ada.cached("clone.git")
        record = index.git("rev-parse", f"HEAD:{index_file('lead')}").strip()
        for pack in clone.rglob("*.idx"):
            show = ["git", "show-index"]
            listed = subprocess.run(show, input=pack.read_bytes(), capture_output=True, check=True)
            if record.encode() in listed.stdout:
                pack.with_suffix(".pack").unlink()
                pack.unlink()
        ada.cached("view.sqlite3").unlink()
        offline = ada.registry(server.url, allow_insecure=True, offline=True)
        with pytest.raises(OfflineMiss):
            offline.releases(LEAD)
        assert versions(ada.registry(server.url, allow_insecure=True), "lead") == ["2.0.0"]


def test_a_server_that_dies_between_two_requests_changes_nothing(
    index: IndexRepo, ada: Machine
) -> None:
    """Commits came, records did not: the next look starts from what was seen before."""
    with Server(index) as server:
        registry = ada.registry(server.url, allow_insecure=True)
        registry.refresh()
        (lead,) = registry.releases(LEAD)
    with pytest.raises(RegistryUnreachable):
        registry.fetch([lead])
    assert registry.releases(LEAD) == (lead,)


def test_what_stands_in_the_place_of_a_cache_is_cleared_away(
    index: IndexRepo, ada: Machine
) -> None:
    """A cache is rebuilt, whatever became of it: a directory for a file, a file for a directory."""
    ada.registry(index.url).refresh()
    ada.close()
    view, clone = ada.cached("view.sqlite3"), ada.cached("clone.git")
    view.unlink()
    (view / "something").mkdir(parents=True)
    assert len(ada.registry(index.url).releases(LEAD)) == 1
    shutil.rmtree(clone)
    clone.write_text("Not a clone")
    ada.now += 400
    registry = ada.registry(index.url)
    assert list(registry.fetch(registry.releases(LEAD))) == [registry.releases(LEAD)[0].checksum]
