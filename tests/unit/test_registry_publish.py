"""Publishing: what a commit brings, what is refused, what happens when others publish too."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agentpm.model.digest import Digest
from agentpm.model.name import PackageName
from agentpm.model.version import parse_version
from agentpm.registry import gitregistry, publisher
from agentpm.registry.commit import NoIdentity
from agentpm.registry.edits import NoSuchRelease, ReleaseExists
from agentpm.registry.gitregistry import GitRegistry
from agentpm.registry.init import RegistryExists, init_registry
from agentpm.registry.record_of import UnfaithfulRecord, check_faithful
from agentpm.registry.unreachable import PublishRefused, RegistryUnreachable
from support.index_repo import IndexRepo, Server, agent_text, index_file
from support.machine import Machine, entry, identity

REVIEWER, WRITER = PackageName("reviewer"), PackageName("writer")


@pytest.fixture(autouse=True)
def _ada_commits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    identity(monkeypatch, tmp_path)


@pytest.fixture
def index(tmp_path: Path) -> IndexRepo:
    """A registry with one agent in it."""
    return IndexRepo(tmp_path).publish("reviewer", "1.0.0", tools="Read")


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[Machine]:
    """Ada's machine."""
    machine = Machine(tmp_path)
    yield machine
    machine.close()


def listed(registry: GitRegistry, name: str) -> list[str]:
    """The versions of a package."""
    return [str(release.version) for release in registry.releases(PackageName(name))]


def test_a_published_agent_is_there_for_others(
    index: IndexRepo, ada: Machine, tmp_path: Path
) -> None:
    """One writes an agent, the other installs it."""
    release, raw = entry("lead", "1.0.0", "reviewer ^1", tools="Read")
    commit = ada.registry(index.url).publish([(release, raw)], "Publish lead 1.0.0")
    bob = Machine(tmp_path, "bob")
    theirs = bob.registry(index.url)
    (found,) = theirs.releases(PackageName("lead"))
    assert found == replace(release, id=found.id)
    assert theirs.fetch([found]) == {release.checksum: raw}
    assert theirs.tip == commit == index.tip
    assert index.git("log", "-1", "--format=%an <%ae> %s").strip() == (
        "Ada <ada@example.org> Publish lead 1.0.0"
    )
    bob.close()


def test_record_and_bytes_are_one_commit(index: IndexRepo, ada: Machine) -> None:
    """A reader never sees one without the other, and nothing else is touched."""
    ada.registry(index.url).publish([entry("lead", "1.0.0"), entry("reviewer", "1.1.0")], "Two")
    changed = index.git("diff", "--name-status", "HEAD~1", "HEAD").split("\n")
    assert changed == [
        "A\tagents/le/ad/lead/1.0.0.md",
        "A\tagents/re/vi/reviewer/1.1.0.md",
        "A\tindex/le/ad/lead.jsonl",
        "M\tindex/re/vi/reviewer.jsonl",
        "",
    ]
    assert index.git("diff", "HEAD~1", "HEAD", "--", "index/re").count("\n-{") == 0


def test_the_publisher_sees_it_at_once(index: IndexRepo, ada: Machine) -> None:
    """The view follows the commit, without another look."""
    registry = ada.registry(index.url)
    registry.publish([entry("lead", "1.0.0")], "Publish")
    with ada.counting() as git:
        assert listed(ada.registry(index.url), "lead") == ["1.0.0"]
    assert git.commands == []


def test_publishing_through_a_partial_clone(index: IndexRepo, ada: Machine) -> None:
    """A publisher has neither the history nor the other agents, and needs neither."""
    with Server(index, pushes=True) as server:
        registry = ada.registry(server.url, allow_insecure=True)
        with ada.counting() as git:
            registry.publish([entry("reviewer", "1.1.0")], "Publish")
        assert "cat-file" in git.commands
        assert git.commands.count("push") == 1
        assert listed(registry, "reviewer") == ["1.0.0", "1.1.0"]
        again = ada.registry(server.url, allow_insecure=True, force=True)
        assert listed(again, "reviewer") == ["1.0.0", "1.1.0"]
    assert index.git("fsck", "--full", "--strict") == ""
    assert len(index.git("log", "--format=%h").split()) == 3


def test_the_same_bytes_twice_are_no_error(index: IndexRepo, ada: Machine) -> None:
    """A publish that was interrupted after its push is repeated by the same command."""
    first = ada.registry(index.url).publish([entry("lead", "1.0.0")], "Publish")
    assert ada.registry(index.url).publish([entry("lead", "1.0.0")], "Publish") == first
    both = [entry("lead", "1.0.0"), entry("lead", "1.1.0")]
    assert ada.registry(index.url).publish(both, "Publish") != first
    assert listed(ada.registry(index.url), "lead") == ["1.0.0", "1.1.0"]


def test_a_version_that_exists_is_refused_with_what_differs(index: IndexRepo, ada: Machine) -> None:
    """A release never changes; a new version is a flag away."""
    before = index.tip
    release, raw = entry("reviewer", "1.0.0", tools="Bash")
    with pytest.raises(ReleaseExists, match="is published already, with other bytes") as caught:
        ada.registry(index.url).publish([(release, raw)], "Again")
    assert caught.value.details[0].startswith(f"checksum: `{index.checksum('reviewer', '1.0.0')}`")
    assert caught.value.hint is not None
    assert "--bump patch" in caught.value.hint
    assert index.tip == before


def test_what_is_not_faithful_is_not_published(index: IndexRepo, ada: Machine) -> None:
    """A record must say what its file says, from the start."""
    release, raw = entry("lead", "1.0.0", tools="Read")
    lies = [
        replace(release, checksum=Digest.of(b"other")),
        replace(release, size=1),
        replace(release, description="harmless"),
        replace(release, grants=entry("lead", "1.0.0")[0].grants),
        replace(release, dependencies=entry("x", "1.0.0", "y")[0].dependencies),
        replace(release, id=release.id._replace(name=WRITER)),
    ]
    for lie in lies:
        with pytest.raises(UnfaithfulRecord):
            ada.registry(index.url).publish([(lie, raw)], "Lie")
    check_faithful(release, raw)


def test_the_differences_of_an_unfaithful_record_are_named() -> None:
    """Whoever keeps a registry must see which field lies, though not all of a long one."""
    release, raw = entry("lead", "1.0.0", tools="Read")
    with pytest.raises(UnfaithfulRecord) as caught:
        check_faithful(replace(release, description="x" * 1000), raw)
    (detail,) = caught.value.details
    assert detail.startswith("description: the record says `xxx")
    assert "the file `Use the lead when a test needs one.`" in detail
    assert len(detail) < 300


def test_publishing_into_an_empty_registry(tmp_path: Path, ada: Machine) -> None:
    """`registry init`, then `publish`: the shortest way to a registry of one's own."""
    registry_id = init_registry(tmp_path / "new.git", bare=True)
    registry = ada.registry((tmp_path / "new.git").as_uri())
    assert registry.names() == ()
    registry.publish([entry("acme/lead", "1.0.0")], "First")
    assert listed(registry, "acme/lead") == ["1.0.0"]
    (memory,) = ada.places.state.rglob("seen.json")
    assert json.loads(memory.read_bytes())["id"] == registry_id


def test_a_registry_with_a_work_tree_takes_pushes(tmp_path: Path, ada: Machine) -> None:
    """People who want to look into the files of their registry can."""
    place = tmp_path / "new"
    init_registry(place, bare=False)
    status = ["git", "-C", str(place), "status", "--porcelain"]
    assert subprocess.run(status, capture_output=True, check=True).stdout == b""
    release, raw = entry("lead", "1.0.0")
    ada.registry(place.as_uri()).publish([(release, raw)], "First")
    assert (place / "agents/le/ad/lead/1.0.0.md").read_bytes() == raw
    assert subprocess.run(status, capture_output=True, check=True).stdout == b""
    assert (place / "README.md").exists()


def test_a_new_registry_is_not_made_over_something(tmp_path: Path) -> None:
    """A directory with files in it is somebody's."""
    (tmp_path / "file").write_bytes(b"")
    for place in (tmp_path, tmp_path / "file"):
        with pytest.raises(RegistryExists, match="is not empty"):
            init_registry(place, bare=True)
    (tmp_path / "empty").mkdir()
    init_registry(tmp_path / "empty", bare=True)


def test_two_registries_have_different_ids(tmp_path: Path) -> None:
    """A signature for one must not count in the other."""
    assert init_registry(tmp_path / "a", bare=True) != init_registry(tmp_path / "b", bare=True)


def test_nobody_publishes_without_a_name(
    index: IndexRepo, ada: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A fresh machine has no git identity, and is told how to get one."""
    identity(monkeypatch, tmp_path, name="")
    with pytest.raises(NoIdentity) as caught:
        ada.registry(index.url).publish([entry("lead", "1.0.0")], "x")
    assert caught.value.hint is not None
    assert "git config --global user.name" in caught.value.hint
    # A registry of one's own, on one's own machine, needs no name to begin with.
    assert init_registry(tmp_path / "new", bare=True)


def test_the_publisher_is_who_git_says(index: IndexRepo, ada: Machine) -> None:
    """The record names the same person as the commit."""
    assert ada.registry(index.url).identity() == "Ada <ada@example.org>"


# Yanking


def test_a_release_is_yanked_with_a_reason_and_back(index: IndexRepo, ada: Machine) -> None:
    """Readers see the reason; the line is otherwise what it was."""
    registry = ada.registry(index.url)
    index.publish("reviewer", "1.1.0", stamp={"unknown": 1})
    version = parse_version("1.1.0")
    before = index.tip
    registry.yank(REVIEWER, version, "loses data", "Yank reviewer 1.1.0")
    assert [r.yanked for r in registry.releases(REVIEWER)] == [None, "loses data"]
    assert registry.releases(REVIEWER)[1].extra == {"stamp": {"unknown": 1}}
    tip = index.tip
    assert registry.yank(REVIEWER, version, "loses data", "Again") == tip
    registry.yank(REVIEWER, version, None, "Unyank")
    assert [r.yanked for r in registry.releases(REVIEWER)] == [None, None]
    assert index.git("diff", before, "HEAD", "--stat") == ""
    assert ada.registry(index.url, force=True).tip == index.tip


def test_only_what_exists_can_be_yanked(index: IndexRepo, ada: Machine) -> None:
    """A typing mistake is answered with what there is."""
    with pytest.raises(NoSuchRelease) as caught:
        ada.registry(index.url).yank(REVIEWER, parse_version("9.0.0"), "x", "x")
    assert caught.value.hint == "it has 1.0.0"
    with pytest.raises(NoSuchRelease) as caught:
        ada.registry(index.url).yank(WRITER, parse_version("1.0.0"), "x", "x")
    assert caught.value.hint == "see `agentpm search`"


def test_a_line_of_another_format_is_not_yanked(index: IndexRepo, ada: Machine) -> None:
    """What an agentpm cannot read it must not rewrite."""
    index.append(index_file("reviewer"), '{"v": 2, "name": "reviewer", "version": "2.0.0"}')
    index.commit("From the future")
    with pytest.raises(NoSuchRelease):
        ada.registry(index.url).yank(REVIEWER, parse_version("2.0.0"), "x", "x")


def test_a_file_without_a_last_newline_is_appended_to(index: IndexRepo, ada: Machine) -> None:
    """Somebody may have edited the index with an editor that trims files."""
    path = index.tree / index_file("reviewer")
    index.write(index_file("reviewer"), path.read_bytes().rstrip(b"\n"))
    index.commit("Trimmed")
    registry = ada.registry(index.url)
    registry.publish([entry("reviewer", "1.1.0")], "Publish")
    assert listed(registry, "reviewer") == ["1.0.0", "1.1.0"]


# Others at the same time


def test_a_lost_race_is_run_again(index: IndexRepo, ada: Machine, tmp_path: Path) -> None:
    """Somebody else publishes between our look and our push."""
    hook = index.bare / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    rival = index.publish("writer", "1.0.0").tip
    index.git("update-ref", "refs/heads/main", f"{rival}~1")
    hook.write_text(
        f"#!/bin/sh\n[ -e {tmp_path}/once ] && exit 0\ntouch {tmp_path}/once\n"
        f"git update-ref refs/heads/main {rival}\nexit 0\n",
        "utf-8",
    )
    hook.chmod(0o755)
    registry = ada.registry(index.url)
    with ada.counting() as git:
        registry.publish([entry("lead", "1.0.0")], "Publish")
    assert git.commands.count("push") == 2
    assert registry.names() == ("lead", "reviewer", "writer")
    assert index.git("log", "--format=%s").split("\n")[:2] == ["Publish", "writer 1.0.0"]


def test_a_race_for_one_version_has_one_winner(
    index: IndexRepo, ada: Machine, tmp_path: Path
) -> None:
    """The second publisher is told that the version is taken."""
    registry = ada.registry(index.url)
    registry.refresh()
    bob = Machine(tmp_path, "bob")
    bob.registry(index.url).publish([entry("lead", "1.0.0", tools="Bash")], "Bob's")
    with pytest.raises(ReleaseExists):
        registry.publish([entry("lead", "1.0.0", tools="Read")], "Ada's")
    bob.close()


def test_every_release_of_concurrent_publishers_survives(index: IndexRepo, tmp_path: Path) -> None:
    """Each on a machine of their own, all at once: no duplicate, a linear history."""
    program = (
        "import sys, time, pathlib, dataclasses\n"
        "from agentpm.registry.gitregistry import GitRegistry\n"
        "from agentpm.registry.access import Access, Places\n"
        "from agentpm.registry.record_of import describe\n"
        "from agentpm.model.name import PackageName\n"
        "from agentpm.model.version import parse_version\n"
        "url, home, version = sys.argv[1:]\n"
        "home = pathlib.Path(home)\n"
        "raw = sys.stdin.buffer.read()\n"
        "release = describe(raw, 'x', PackageName('lead'), parse_version(version))\n"
        "release = dataclasses.replace(release, published='2026-10-01T12:00:00Z')\n"
        "places = Places(home / 'cache', home / 'state')\n"
        "with GitRegistry(url, places, Access(clock=time.time)) as registry:\n"
        "    registry.publish([(release, raw)], 'Publish ' + version)\n"
    )
    source = str(Path(gitregistry.__file__).resolve().parents[2])
    environ = os.environ | {"PYTHONPATH": source}
    running = []
    for n in range(8):
        home = tmp_path / f"publisher-{n % 6}"
        command = [sys.executable, "-c", program, index.url, str(home), f"1.{n}.0"]
        process = subprocess.Popen(command, env=environ, stdin=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(agent_text("lead", f"1.{n}.0"))
        process.stdin.close()
        running.append(process)
    assert [process.wait() for process in running] == [0] * 8
    reader = Machine(tmp_path, "reader")
    registry = reader.registry(index.url)
    releases = registry.releases(PackageName("lead"))
    assert sorted(str(r.version) for r in releases) == [f"1.{n}.0" for n in range(8)]
    assert len(registry.fetch(releases)) == 8
    assert index.git("rev-list", "--min-parents=2", "--count", "HEAD").strip() == "0"
    assert index.git("rev-list", "--count", "HEAD").strip() == str(2 + 8)
    reader.close()


def test_a_registry_that_never_stands_still_is_given_up(
    index: IndexRepo, ada: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endless race ends with a sentence."""
    monkeypatch.setattr(publisher, "_TRIES", 2)
    hook = index.bare / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        "#!/bin/sh\nexport GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x "
        "GIT_COMMITTER_EMAIL=x\nunset GIT_QUARANTINE_PATH\n"
        "git update-ref refs/heads/main $(git commit-tree -p refs/heads/main -m x "
        "refs/heads/main^{tree})\n",
        "utf-8",
    )
    hook.chmod(0o755)
    with pytest.raises(PublishRefused, match="2 times while this was tried"):
        ada.registry(index.url).publish([entry("lead", "1.0.0")], "Publish")


def test_a_lock_that_was_left_on_the_server_is_no_race(
    index: IndexRepo, ada: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody wins, waiting helps nobody; the keeper of the registry has to look."""
    monkeypatch.setattr(publisher, "_STILL", 2)
    (index.bare / "refs" / "heads" / "main.lock").write_bytes(b"")
    with pytest.raises(PublishRefused, match="is locked, though nobody moves it") as caught:
        ada.registry(index.url).publish([entry("lead", "1.0.0")], "Publish")
    assert "`.lock` file" in str(caught.value.hint)


# Refusals


def test_a_refused_push_says_what_the_server_said(index: IndexRepo, ada: Machine) -> None:
    """A protected branch, or a gate, explains itself; its words reach the publisher."""
    hook = index.bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        "#!/bin/sh\necho 'Only releases with a licence, please.' >&2\nexit 1\n", "utf-8"
    )
    hook.chmod(0o755)
    before = index.tip
    with pytest.raises(PublishRefused, match="did not take the release") as caught:
        ada.registry(index.url).publish([entry("lead", "1.0.0")], "Publish")
    assert "Only releases with a licence, please." in caught.value.details
    assert index.tip == before
    assert listed(ada.registry(index.url), "lead") == []


def test_a_registry_that_may_only_be_read_says_so(index: IndexRepo, ada: Machine) -> None:
    """Most people may read a registry, and few may publish to it."""
    with Server(index, pushes=False) as server:
        registry = ada.registry(server.url, allow_insecure=True)
        with pytest.raises(PublishRefused, match="service not enabled"):
            registry.publish([entry("lead", "1.0.0")], "Publish")
        registry = ada.registry(server.url, allow_insecure=True)
        registry.refresh(force=True)
    with pytest.raises(RegistryUnreachable):
        registry._mirror.push(index.tip, "refs/heads/main")
    with pytest.raises(RegistryUnreachable):
        registry._mirror.branch()


def test_a_publisher_that_is_killed_leaves_all_or_nothing(
    index: IndexRepo, ada: Machine, tmp_path: Path
) -> None:
    """Killed while the server is at work, the same command finishes later."""
    hook = index.bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/pushing\nsleep 1\n", "utf-8")
    hook.chmod(0o755)
    program = (
        "import sys, time, pathlib\nsys.path[:0] = sys.argv[3:]\n"
        "from support.machine import Machine, entry\n"
        "Machine(pathlib.Path(sys.argv[2])).registry(sys.argv[1])"
        ".publish([entry('lead', '1.0.0')], 'Publish')\n"
    )
    tests = Path(__file__).resolve().parents[1]
    source = str(Path(gitregistry.__file__).resolve().parents[2])
    command = [sys.executable, "-c", program, index.url, str(tmp_path), str(tests), source]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while not (tmp_path / "pushing").exists():
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    hook.unlink()
    registry = ada.registry(index.url, force=True)
    assert listed(registry, "lead") in ([], ["1.0.0"])
    registry.publish([entry("lead", "1.0.0")], "Publish")
    assert listed(registry, "lead") == ["1.0.0"]
    assert len(registry.fetch(registry.releases(PackageName("lead")))) == 1
    assert index.git("fsck", "--full") == ""
