"""The registry that ships with agentpm: as files, laid out as a repository, with one's own agents."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agentpm.git import GitFailure
from agentpm.model.digest import Digest
from agentpm.model.name import PackageName
from agentpm.model.release import SHIPPED
from agentpm.model.version import parse_version
from agentpm.registry import shipped as shipped_module
from agentpm.registry.documents import DIGEST_FILE
from agentpm.registry.layout import digest_of, merged, shipped_files
from agentpm.registry.record_of import check_faithful
from agentpm.registry.shipped import NotShipped, ReservedName, ShippedRegistry, find_shipped
from agentpm.registry.wire import agent_path, name_at, parse_index, render
from support.index_repo import IndexRepo
from support.machine import Machine, entry, identity

BACKEND = PackageName("backend-engineer")
SEED = "c7fe6aecf3d5779a8021bf5407fc1f1a502e21c423d034c8e55b91c87c1bf40e"


pytestmark = pytest.mark.usefixtures("ada_commits")


class Wheel:
    """What an agentpm of some version ships, as files."""

    def __init__(self, tmp_path: Path) -> None:
        self.index = IndexRepo(tmp_path, "wheel")
        self.place = tmp_path / "installed"

    def install(self) -> Path:
        """Put the files where an installed agentpm has them."""
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.index.tree, self.place)
        digest = digest_of(shipped_files(self.place))
        (self.place / DIGEST_FILE).write_text(f"{digest}\n", "utf-8")
        return self.place


@pytest.fixture
def wheel(tmp_path: Path) -> Wheel:
    """An agentpm that ships two agents."""
    wheel = Wheel(tmp_path)
    wheel.index.publish("lead", "1.0.0", "reviewer ^1").publish("reviewer", "1.0.0")
    return wheel


def listed(registry: ShippedRegistry, name: str) -> list[str]:
    """The versions of a package."""
    return [str(release.version) for release in registry.releases(PackageName(name))]


# The files in `registry-index/`


def test_every_record_of_the_shipped_registry_agrees_with_its_bytes() -> None:
    """It is in exactly the format of any other registry, and as honest."""
    files = shipped_files(find_shipped())
    seen = set()
    for path, content in files.items():
        if name_at(path) is None:
            continue
        found = parse_index(content, path, SHIPPED)
        assert content == "".join(f"{render(r)}\n" for r in found.releases).encode(), path
        for release in found.releases:
            place = agent_path(release.name, release.version)
            check_faithful(release, files[place])
            assert release.provenance, path
            assert release.published.endswith("Z"), path
            seen.add(place)
    assert seen == {path for path in files if path.startswith("agents/") and path.endswith(".md")}


def test_the_records_were_written_in_the_order_of_publishing() -> None:
    """Oldest first, as in any index."""
    for path, content in shipped_files(find_shipped()).items():
        if name_at(path) is not None:
            times = [r.published for r in parse_index(content, path, SHIPPED).releases]
            assert times == sorted(times), path


def test_every_dependency_of_a_shipped_agent_ships() -> None:
    """Installing any of them works without another registry."""
    releases = {}
    for path, content in shipped_files(find_shipped()).items():
        name = name_at(path)
        if name is not None:
            releases[name] = parse_index(content, path, SHIPPED).releases
    for of_package in releases.values():
        for release in of_package:
            for need in release.dependencies:
                offered = [r.version for r in releases[need.package] if r.yanked is None]
                assert any(version in need.range for version in offered), f"{release} needs {need}"


def test_the_digest_is_that_of_the_files() -> None:
    """After a change to the agents, `scripts/build_shipped_index.py` must be run."""
    place = find_shipped()
    digest = (place / DIGEST_FILE).read_text("utf-8").strip()
    assert digest == digest_of(shipped_files(place))


def test_building_the_index_again_changes_nothing(tmp_path: Path) -> None:
    """The script is deterministic, and keeps what records already say."""
    root = Path(__file__).resolve().parents[2]
    shutil.copytree(root / "registry-index", tmp_path / "registry-index")
    shutil.copytree(root / "scripts", tmp_path / "scripts")
    before = shipped_files(tmp_path / "registry-index")
    environ = os.environ | {"PYTHONPATH": str(root / "src")}
    script = [sys.executable, str(tmp_path / "scripts" / "build_shipped_index.py")]
    subprocess.run(script, check=True, env=environ, stdout=subprocess.DEVNULL)
    assert shipped_files(tmp_path / "registry-index") == before


def test_a_release_without_its_facts_is_not_invented(tmp_path: Path) -> None:
    """A file does not know when it was published."""
    root = Path(__file__).resolve().parents[2]
    shutil.copytree(root / "registry-index", tmp_path / "registry-index")
    shutil.copytree(root / "scripts", tmp_path / "scripts")
    agents = tmp_path / "registry-index" / "agents" / "ba" / "ck" / "backend-engineer"
    new = (agents / "1.0.0.md").read_bytes()
    (agents / "0.9.0.md").write_bytes(new)
    environ = os.environ | {"PYTHONPATH": str(root / "src")}
    script = [sys.executable, str(tmp_path / "scripts" / "build_shipped_index.py")]
    ran = subprocess.run(script, check=False, env=environ, capture_output=True)
    assert ran.returncode == 1
    assert b"backend-engineer 0.9.0: when was it published?" in ran.stderr
    facts = tmp_path / "facts.toml"
    facts.write_text(
        '[[release]]\nname = "backend-engineer"\nversion = "0.9.0"\n'
        'published = "2026-09-02T09:00:00Z"\nyanked = "too early"\n',
        "utf-8",
    )
    subprocess.run([*script, str(facts)], check=True, env=environ, stdout=subprocess.DEVNULL)
    path = "index/ba/ck/backend-engineer.jsonl"
    content = (tmp_path / "registry-index" / path).read_bytes()
    releases = parse_index(content, path, SHIPPED).releases
    assert [(str(r.version), r.yanked) for r in releases] == [
        ("1.0.0", None),
        ("0.9.0", "too early"),
    ]


def test_the_backend_engineer_is_the_file_it_always_was() -> None:
    """Its bytes are known, and it stays the newest release of its name."""
    files = shipped_files(find_shipped())
    path = "index/ba/ck/backend-engineer.jsonl"
    newest = max(parse_index(files[path], path, SHIPPED).releases, key=lambda r: r.version)
    assert (str(newest.version), newest.checksum) == ("1.0.0", f"sha256:{SEED}")


def test_an_agentpm_without_its_registry_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may package agentpm without it."""
    monkeypatch.setattr(shipped_module, "__file__", str(tmp_path / "a" / "b" / "c" / "d.py"))
    with pytest.raises(NotShipped, match="came without the registry"):
        find_shipped()


# Laid out as a repository


def test_the_shipped_agents_can_be_had_without_network_or_set_up(ada: Machine) -> None:
    """The main job works on a machine that has never seen agentpm."""
    registry = ada.shipped(offline=True)
    with ada.counting() as git:
        releases = registry.releases(BACKEND)
        assert list(registry.fetch(releases)) == [Digest(f"sha256:{SEED}")]
    assert git.commands == ["fast-import", "cat-file"]
    assert registry.source == SHIPPED
    assert registry.age() == 0.0
    assert all(registry.is_shared(release) for release in releases)
    everything = [r for name in registry.names() for r in registry.releases(name)]
    assert len(registry.fetch(everything)) == len({r.checksum for r in everything})


def test_the_first_commit_is_the_same_everywhere(ada: Machine, tmp_path: Path) -> None:
    """Two people who start on the same day have the same index commit."""
    bob = Machine(tmp_path, "bob")
    bob.now += 10_000
    one, other = ada.shipped(), bob.shipped()
    one.refresh()
    other.refresh()
    assert one.tip == other.tip is not None
    bob.close()


def test_it_is_a_real_repository_with_exactly_the_shipped_files(ada: Machine) -> None:
    """Any git host can take it."""
    ada.shipped().refresh()
    repository = ada.home / "data" / "shipped.git"

    def git(*arguments: str) -> str:
        command = ["git", f"--git-dir={repository}", *arguments]
        return subprocess.run(command, check=True, capture_output=True).stdout.decode()

    assert git("fsck", "--strict") == ""
    assert git("ls-tree", "-r", "--name-only", "main").split() == sorted(
        shipped_files(find_shipped()), key=str.encode
    )
    for path in ("config.json", "README.md", ".gitattributes"):
        assert (
            git("cat-file", "blob", f"main:{path}").encode() == (find_shipped() / path).read_bytes()
        )


def test_later_questions_start_no_process(ada: Machine) -> None:
    """Whether it is current is told by two small files."""
    ada.shipped().refresh()
    registry = ada.shipped()
    with ada.counting() as git:
        assert listed(registry, "backend-engineer") == ["1.0.0"]
        assert listed(registry, "no-such-agent") == []
        registry.refresh()
    assert git.commands == []


# Upgrades


def test_an_upgrade_appends_what_is_new_in_one_commit(wheel: Wheel, ada: Machine) -> None:
    """The history of the local registry shows each upgrade."""
    registry = ada.shipped(wheel.install())
    registry.refresh()
    first = registry.tip
    wheel.index.publish("lead", "1.1.0").publish("writer", "1.0.0").yank("reviewer", "1.0.0", "bad")
    registry = ada.shipped(wheel.install())
    with ada.counting() as git:
        assert listed(registry, "lead") == ["1.0.0", "1.1.0"]
    assert git.commands.count("fast-import") == 1
    assert listed(registry, "writer") == ["1.0.0"]
    assert registry.releases(PackageName("reviewer"))[0].yanked == "bad"
    assert len(registry.fetch(registry.releases(PackageName("writer")))) == 1
    parents = registry._git().run("rev-list", "--parents", "--max-count=1", "main").split()
    assert parents[1].decode() == first


def test_a_downgrade_takes_nothing_away(wheel: Wheel, ada: Machine) -> None:
    """A project may be restored with an older agentpm for a while."""
    old = shutil.copytree(wheel.install(), wheel.place.with_name("old"))
    wheel.index.publish("lead", "1.1.0")
    ada.shipped(wheel.install()).refresh()
    registry = ada.shipped(old)
    assert listed(registry, "lead") == ["1.0.0", "1.1.0"]
    assert [registry.is_shared(r) for r in registry.releases(PackageName("lead"))] == [True, False]


def test_own_releases_survive_an_upgrade(wheel: Wheel, ada: Machine) -> None:
    """What was published only here exists nowhere else."""
    ada.shipped(wheel.install()).publish([entry("my-own", "1.0.0")], "Mine")
    wheel.index.publish("lead", "1.1.0")
    registry = ada.shipped(wheel.install())
    assert listed(registry, "my-own") == ["1.0.0"]
    assert listed(registry, "lead") == ["1.0.0", "1.1.0"]


def test_an_own_name_that_comes_to_ship_keeps_its_releases(wheel: Wheel, ada: Machine) -> None:
    """Bytes that were installed from here under a version stay that version."""
    mine, raw = entry("writer", "1.0.0", tools="Bash")
    ada.shipped(wheel.install()).publish([(mine, raw)], "Mine")
    wheel.index.publish("writer", "1.0.0", tools="Read").publish("writer", "1.1.0")
    registry = ada.shipped(wheel.install())
    releases = registry.releases(PackageName("writer"))
    assert [str(r.version) for r in releases] == ["1.0.0", "1.1.0"]
    assert releases[0].checksum == mine.checksum
    assert registry.fetch(releases)[mine.checksum] == raw
    assert [registry.is_shared(r) for r in releases] == [False, True]


def test_merging_what_is_there_changes_nothing() -> None:
    """Laying out twice is laying out once."""
    files = shipped_files(find_shipped())
    once = merged({}, files)
    assert once.items() <= files.items()
    assert merged(files, files) == {}


# Publishing on this machine


def test_an_own_agent_is_published_without_a_remote(wheel: Wheel, ada: Machine) -> None:
    """`publish` works on the first day; that only this machine has it can be asked."""
    registry = ada.shipped(wheel.install())
    release, raw = entry("my-own", "1.0.0", "lead ^1")
    commit = registry.publish([(release, raw)], "Publish my-own 1.0.0")
    again = ada.shipped(wheel.install())
    (found,) = again.releases(PackageName("my-own"))
    assert again.fetch([found]) == {release.checksum: raw}
    assert again.tip == commit
    assert not again.is_shared(found)
    assert [hit.name for hit in again.search("own")] == ["my-own"]
    assert registry.publish([(release, raw)], "Again") == commit
    registry.yank(found.name, found.version, "mistake", "Yank")
    assert ada.shipped(wheel.install()).releases(found.name)[0].yanked == "mistake"


def test_names_that_ship_are_reserved(wheel: Wheel, ada: Machine) -> None:
    """`lead 9.0.0` from here would be taken for agentpm's own."""
    registry = ada.shipped(wheel.install())
    with pytest.raises(ReservedName, match="`lead` ships with agentpm"):
        registry.publish([entry("lead", "9.0.0")], "Mine")
    with pytest.raises(ReservedName):
        registry.yank(PackageName("lead"), parse_version("1.0.0"), "x", "x")


def test_on_their_own_machine_nobody_needs_a_name(
    wheel: Wheel, ada: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Git may never have been configured here."""
    identity(monkeypatch, tmp_path, name="")
    ada.shipped(wheel.install()).publish([entry("my-own", "1.0.0")], "Mine")
    assert listed(ada.shipped(wheel.install()), "my-own") == ["1.0.0"]


class Overtaken(ShippedRegistry):
    """A registry into which another program commits just before we do."""

    overtaken = False

    def _bring_up_to_date(self, *, force: bool) -> None:
        super()._bring_up_to_date(force=force)
        if force and not self.overtaken:
            self.overtaken = True
            git = [
                "git",
                f"--git-dir={self._repository}",
                "-c",
                "user.name=x",
                "-c",
                "user.email=x",
            ]
            make = [*git, "commit-tree", "-p", "main", "-m", "Quicker", "main^{tree}"]
            made = subprocess.run(make, check=True, capture_output=True).stdout.decode().strip()
            subprocess.run([*git, "update-ref", "refs/heads/main", made], check=True)


def test_another_program_may_commit_at_the_same_time(wheel: Wheel, ada: Machine) -> None:
    """The ref moves only from where it stood, so a commit in between is not lost."""
    files = wheel.install()
    ada.shipped(files).refresh()
    registry = Overtaken(ada.home / "data", ada.places, ada.shipped()._access, shipped=files)
    registry.publish([entry("my-own", "1.0.0")], "Slower")
    assert listed(registry, "my-own") == ["1.0.0"]
    subjects = registry._git().run("log", "--format=%s", "--max-count=2").decode().split("\n")
    assert subjects[:2] == ["Slower", "Quicker"]
    registry.close()


def test_a_repository_that_never_stands_still_is_given_up(
    wheel: Wheel, ada: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endless race ends with a sentence."""
    monkeypatch.setattr(shipped_module, "_TRIES", 1)
    files = wheel.install()
    ada.shipped(files).refresh()
    registry = Overtaken(ada.home / "data", ada.places, ada.shipped()._access, shipped=files)
    with pytest.raises(GitFailure, match="keeps writing"):
        registry.publish([entry("my-own", "1.0.0")], "Slower")
    registry.close()


# What breaks


def test_the_lock_of_a_killed_git_does_not_stop_the_next_publisher(
    wheel: Wheel, ada: Machine
) -> None:
    """Power may fail between the lock and the commit."""
    ada.shipped(wheel.install()).refresh()
    (ada.home / "data" / "shipped.git" / "refs" / "heads" / "main.lock").write_bytes(b"")
    registry = ada.shipped(wheel.install())
    registry.publish([entry("my-own", "1.0.0")], "Mine")
    assert listed(registry, "my-own") == ["1.0.0"]


def test_the_shipped_registry_is_never_called_old(wheel: Wheel, ada: Machine) -> None:
    """Offline, a missing name could be in a newer state of another registry, but not of this one."""
    assert listed(ada.shipped(wheel.install(), offline=True), "no-such-agent") == []
    assert ada.notes == []


def test_a_kill_before_the_note_only_costs_another_look(wheel: Wheel, ada: Machine) -> None:
    """The commit comes first, then the note that it is there."""
    ada.shipped(wheel.install()).refresh()
    (ada.home / "data" / "shipped.digest").unlink()
    (ada.home / "data" / "shipped.git" / "refs" / "heads" / "main.lock").write_bytes(b"")
    registry = ada.shipped(wheel.install())
    tip = registry.tip
    assert listed(registry, "lead") == ["1.0.0"]
    assert registry.tip == tip


def test_a_repository_that_was_removed_is_laid_out_again(wheel: Wheel, ada: Machine) -> None:
    """A person may clean up thoroughly."""
    ada.shipped(wheel.install()).refresh()
    shutil.rmtree(ada.home / "data" / "shipped.git")
    registry = ada.shipped(wheel.install())
    assert listed(registry, "lead") == ["1.0.0"]
    assert len(registry.fetch(registry.releases(PackageName("lead")))) == 1


def test_a_history_that_its_owner_rewrote_is_theirs(wheel: Wheel, ada: Machine) -> None:
    """It is their repository; the view follows it."""
    registry = ada.shipped(wheel.install())
    registry.publish([entry("my-own", "1.0.0")], "Mine")
    registry.close()
    repository = ada.home / "data" / "shipped.git"
    git = ["git", f"--git-dir={repository}"]
    first = subprocess.run([*git, "rev-parse", "main~1"], check=True, capture_output=True)
    subprocess.run(
        [*git, "update-ref", "refs/heads/main", first.stdout.decode().strip()], check=True
    )
    subprocess.run([*git, "reflog", "expire", "--expire=now", "--all"], check=True)
    subprocess.run([*git, "gc", "--quiet", "--prune=now"], check=True)
    again = ada.shipped(wheel.install())
    assert listed(again, "my-own") == []
    assert listed(again, "lead") == ["1.0.0"]


def test_packed_refs_are_read_too(wheel: Wheel, ada: Machine) -> None:
    """`git gc` in the repository is harmless."""
    ada.shipped(wheel.install()).refresh()
    repository = ada.home / "data" / "shipped.git"
    subprocess.run(["git", f"--git-dir={repository}", "pack-refs", "--all"], check=True)
    assert not (repository / "refs" / "heads" / "main").exists()
    assert listed(ada.shipped(wheel.install()), "lead") == ["1.0.0"]


def test_a_view_that_is_gone_is_made_again(wheel: Wheel, ada: Machine) -> None:
    """`cache clean` removes nothing that a person published."""
    ada.shipped(wheel.install()).publish([entry("my-own", "1.0.0")], "Mine")
    ada.clean_cache()
    assert listed(ada.shipped(wheel.install()), "my-own") == ["1.0.0"]


def test_a_damaged_repository_is_not_thrown_away(wheel: Wheel, ada: Machine) -> None:
    """It may hold what exists nowhere else, so a person must decide."""
    registry = ada.shipped(wheel.install())
    releases = registry.releases(PackageName("lead"))
    registry.close()
    for pack in (ada.home / "data" / "shipped.git").rglob("*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(pack.read_bytes()[:40] + b"\xff" * 400)
    with pytest.raises(GitFailure, match="is damaged") as caught:
        ada.shipped(wheel.install()).fetch(releases)
    assert caught.value.hint is not None
    assert "move it away" in caught.value.hint
