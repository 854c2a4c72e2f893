"""What was published a moment ago, while what is known of its registry still counts as new."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from agentpm.model.name import PackageName
from agentpm.registry.view import View
from support.index_repo import IndexRepo, index_file
from support.project import Project, Ran
from support.team import Team
from support.web_server import StaticServer

MANIFEST = """\
[project]
registry = "acme"

[agents]
alpha = "^1.0"

[registries]
acme = {{ {entry} }}
"""


class World:
    """Ada and Bob with a project each, which begin alike, and the registry that both read."""

    def __init__(self, tmp_path: Path, index: IndexRepo, entry: str, asked: Callable[[], int]):
        self.index = index
        self.asked = asked
        self.ada = Project(tmp_path)
        self.bob = Project(tmp_path, person="bob")
        for project in (self.ada, self.bob):
            project.write("agentpm.toml", MANIFEST.format(entry=entry))

    def ada_moves_on(self, *command: str) -> None:
        """Ada publishes alpha 1.2.0, locks it, and Bob takes what she committed."""
        self.index.publish("alpha", "1.2.0")
        self.ada.run(*command, "--refresh").done()
        self.bob.write("agentpm.toml", self.ada.manifest)
        self.bob.write("agentpm.lock", self.ada.lockfile)


@pytest.fixture(params=["git", "sparse"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    index = IndexRepo(tmp_path).publish("alpha", "1.0.0").publish("beta", "1.0.0")
    if request.param == "git":
        yield World(tmp_path, index, f'url = "{index.url}"', lambda: 0)
        return
    with StaticServer(index.tree) as server:
        entry = f'url = "{server.address}", allow-insecure = true'
        yield World(tmp_path, index, entry, lambda: len(server.requests))


def looks(world: World, ran: Ran, before: int) -> int:
    """How often a run asked the server for anything: of fetches of git, or requests."""
    return ran.git.count("fetch") + world.asked() - before


@pytest.mark.parametrize("command", ["sync", "install"])
def test_a_colleagues_lockfile_is_installed_at_once(world: World, command: str) -> None:
    """The release is there; that this machine has not heard of it is no reason to fail."""
    world.bob.run("install").done()
    world.ada_moves_on("lock")
    world.bob.run(command).done()
    assert b"in your version 1.2.0" in world.bob.agent("alpha").read_bytes()
    assert world.bob.lockfile == world.ada.lockfile


def test_a_release_that_is_really_gone_is_said_to_be(world: World) -> None:
    """Once everybody looked, the message is true, and so is its advice."""
    world.bob.run("install").done()
    world.ada_moves_on("lock")
    lock = world.ada.lockfile.replace('version = "1.2.0"', 'version = "1.9.0"')
    checksum = lock.split('checksum = "')[1].split('"')[0]
    world.bob.write("agentpm.lock", lock.replace(checksum, "sha256:" + "0" * 64))
    ran = world.bob.run("sync")
    assert "`alpha` 1.9.0 is not in the registry `acme`" in ran.failed(1).err
    assert "agentpm update alpha" in ran.err


def test_nothing_is_moved_back_for_want_of_a_look(world: World) -> None:
    """Adding another agent must not undo what a colleague locked a minute ago."""
    world.bob.run("install").done()
    world.ada_moves_on("lock")
    world.bob.run("install", "beta").done()
    assert 'version = "1.2.0"' in world.bob.lockfile


def test_a_version_that_was_just_published_can_be_asked_for(world: World) -> None:
    """Whoever names it knows of it, from the colleague who published it."""
    world.bob.run("install").done()
    world.index.publish("alpha", "1.1.0")
    world.bob.run("install", "alpha@^1.1").done()
    assert b"in your version 1.1.0" in world.bob.agent("alpha").read_bytes()


@pytest.mark.parametrize("command", [("info", "alpha@1.1.0"), ("diff", "alpha", "1.0.0", "1.1.0")])
def test_it_can_be_looked_at_too(world: World, command: tuple[str, ...]) -> None:
    """People look before they install."""
    world.bob.run("install").done()
    world.index.publish("alpha", "1.1.0")
    assert "1.1.0" in world.bob.run(*command).done().out


def test_what_there_is_not_costs_one_look(world: World) -> None:
    """The look is worth a request, and not one for each question that it leaves open."""
    world.bob.run("install").done()
    before = world.asked()
    ran = world.bob.run("install", "alpha@^7")
    assert "there is no" in ran.failed(1).err
    # As files, the look is at the registry's description and the one package.
    assert 1 <= looks(world, ran, before) <= 2


def test_what_can_be_solved_costs_no_look(world: World) -> None:
    """Freshness is what makes most commands free."""
    world.bob.run("install", "beta").done()
    before = world.asked()
    assert looks(world, world.bob.run("install", "alpha@^1.0").done(), before) == 0
    assert looks(world, world.bob.run("sync").done(), before) == 0


def test_offline_nobody_looks(world: World) -> None:
    """The answer is then as good as what is known, and says so where it is old."""
    world.bob.run("install").done()
    world.index.publish("alpha", "1.1.0")
    before = world.asked()
    ran = world.bob.run("install", "alpha@^1.1", "--offline")
    assert looks(world, ran, before) == 0
    assert "there is no" in ran.failed(1).err


def test_offline_a_release_that_is_not_known_may_well_exist(world: World) -> None:
    """Choosing another release is the wrong advice for somebody on a train."""
    world.bob.run("install").done()
    world.ada_moves_on("lock")
    ran = world.bob.run("sync", "--offline").failed(1)
    assert "without `--offline`" in ran.err


def test_where_nobody_can_look_the_reasons_known_are_given(world: World) -> None:
    """A conflict that has nothing to do with news is explained without a network, too."""
    world.bob.run("install").done()
    away(world)
    ran = world.bob.run("install", "alpha@^7").failed(1)
    assert "there is no" in ran.err
    assert "nobody could look whether anything is new" in ran.err


def test_a_name_that_was_just_published_is_found(world: World) -> None:
    """Who asked a moment too early asks again at once, and gets it."""
    world.bob.run("install", "gamma").failed(1)
    world.index.publish("gamma", "1.0.0")
    world.bob.run("install", "gamma").done()


def away(world: World) -> None:
    """Take the registry away from under its address."""
    for place in (world.index.bare, world.index.tree):
        place.rename(place.with_name(f"{place.name}.away"))


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """A registry that was looked at just now, so that no command looks unasked."""
    team = Team(tmp_path)
    team.index.publish("helper", "1.0.0").publish("lead", "1.0.0").publish("boss", "1.0.0", "lead")
    team.project.environ["AGENTPM_MAX_AGE"] = "100000"
    team.project.run("registry", "update").done()
    return team


def test_an_older_release_beside_a_name_that_does_not_exist(team: Team) -> None:
    """The look for the name must not lose what was said of the other package before."""
    team.index.publish("helper", "2.0.0")
    team.project.run("registry", "update").done()
    ran = team.project.run("install", "helper@<2", "nobody").failed(1)
    assert "`nobody`, which is not in the registry `acme`" in ran.err


def between_two_questions(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen once, right after a view has answered for the first time."""
    listed, waiting = View.listed, [happens]

    def asked(view: View, names: Iterable[PackageName]) -> dict[str, tuple[bytes, str]]:
        found = listed(view, names)
        if waiting:
            waiting.pop()()
        return found

    monkeypatch.setattr(View, "listed", asked)


def test_news_that_another_agentpm_fetched_meanwhile_is_used(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no answer in what was read, and this command's own look finds nothing new any more."""

    def another_one_looks() -> None:
        team.index.publish("helper", "2.0.0")
        team.project.run_process("registry", "update").done()

    between_two_questions(monkeypatch, another_one_looks)
    assert "helper 2.0.0" in team.project.run("install", "helper@^2").done().out


def test_no_answer_is_put_together_from_two_commits(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of what was released together would be there: an older release would be taken for that."""

    def another_one_looks() -> None:
        with team.index.one_commit():
            team.index.publish("helper", "2.0.0").publish("lead", "2.0.0", "helper ^2")
            team.index.append(index_file("lead"), '{"v": 2}')
        team.project.run_process("registry", "update").done()

    between_two_questions(monkeypatch, another_one_looks)
    ran = team.project.run("install", "helper", "boss").done()
    assert ran.err.count("that only a newer agentpm can read") == 1, "though it is solved twice"
    assert "lead 2.0.0" in ran.out
    assert "helper 2.0.0" in ran.out
