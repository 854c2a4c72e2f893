"""Records that nobody can read: their package cannot be used, and everything that does without it can."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.index_repo import IndexRepo, index_file
from support.project import Project
from support.web_server import StaticServer

MANIFEST = """\
[project]
registry = "acme"

[agents]

[registries]
acme = {{ {entry} }}
"""
BROKEN = index_file("broken")


class World:
    """A project whose registry has a `lead`, the newest release of which needs what is `broken`."""

    def __init__(self, tmp_path: Path, index: IndexRepo, entry: str) -> None:
        self.index = index
        self.project = Project(tmp_path)
        self.project.environ["AGENTPM_MAX_AGE"] = "0"
        self.project.write("agentpm.toml", MANIFEST.format(entry=entry))

    def damage(self, line: str = '{"v": 1, "name":') -> None:
        """Append a line to the records of `broken` that is no record."""
        self.index.append(BROKEN, line)
        # Whole lines, or a web server's file would be taken for one that was cut.
        self.index.append(BROKEN, self.record("9.0.0"))
        self.index.commit("Damaged")

    def record(self, version: str, **fields: object) -> str:
        """The first record of `broken`, changed."""
        first = (self.index.tree / BROKEN).read_text("utf-8").splitlines()[0]
        return json.dumps(json.loads(first) | {"version": version} | fields)


@pytest.fixture(params=["git", "files"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    index = IndexRepo(tmp_path)
    index.publish("broken", "1.0.0").publish("tester", "1.0.0").publish("lead", "1.0.0")
    if request.param == "git":
        yield World(tmp_path, index, f'url = "{index.url}"')
        return
    with StaticServer(index.tree) as server:
        yield World(tmp_path, index, f'url = "{server.address}", allow-insecure = true')


def test_a_release_that_does_without_what_cannot_be_read_is_taken(world: World) -> None:
    """Whoever breaks their own records must not stop what needed them only lately."""
    world.damage()
    world.index.publish("lead", "1.1.0", "broken")
    ran = world.project.run("install", "lead").done()
    assert "lead 1.0.0" in ran.out
    assert "`lead` 1.1.0 needs `broken`, which has records that cannot be read" in ran.err
    assert f"{BROKEN}:2:" in ran.err


def test_that_is_told_unasked_too(world: World) -> None:
    """An update of everything that leaves something behind for this says so."""
    world.project.run("install", "lead", "tester").done()
    world.damage()
    world.index.publish("lead", "1.1.0", "broken").publish("tester", "1.1.0")
    ran = world.project.run("update").done()
    assert "tester 1.0.0 -> 1.1.0" in ran.out
    assert ran.err.count("which has records that cannot be read") == 1


def test_where_nothing_else_fits_it_is_said_who_needs_it(world: World) -> None:
    """The line that is wrong is in a package that nobody asked for by name."""
    world.damage()
    world.index.publish("chief", "1.0.0", "lead >=1.1").publish("lead", "1.1.0", "broken")
    ran = world.project.run("install", "chief", "--json").failed(1, "unsolvable")
    told = "\n".join(ran.envelope["error"]["details"])
    assert "`lead >=1.1`, which needs `broken`, which has records that cannot be read" in told
    assert f"{BROKEN}:2:" in told
    assert ran.envelope["error"]["hint"] == "tell the people who keep the registry `acme`"


def test_who_asks_for_the_package_itself_is_shown_the_line(world: World) -> None:
    """There is nothing to fall back to, and the place is what counts."""
    world.damage()
    ran = world.project.run("install", "broken", "--json").failed(4, "malformed-index")
    assert ran.envelope["error"]["where"]["line"] == 2


def test_who_names_a_locked_one_that_others_need_is_shown_the_line(world: World) -> None:
    """It could stay as it is, but that is not what was asked for."""
    world.index.publish("lead", "1.1.0", "broken")
    world.project.run("install", "lead").done()
    world.damage()
    world.project.run("update", "broken", "--json").failed(4, "malformed-index")
    assert "`broken` stays at 1.0.0" in world.project.run("update", "lead").done().err


def test_one_record_that_is_wrong_leaves_those_before_it(tmp_path: Path) -> None:
    """Where it is known which release it is of, that one is passed over, and no other."""
    index = IndexRepo(tmp_path).publish("broken", "1.0.0").publish("lead", "1.0.0", "broken")
    world = World(tmp_path, index, f'url = "{index.url}"')
    index.append(BROKEN, world.record("1.1.0", size=-1))
    index.commit("Damaged")
    ran = world.project.run("install", "lead").done()
    assert "broken 1.0.0" in ran.out
    told = f"`broken` 1.1.0 has a record that cannot be read: {BROKEN}:2:"
    assert told in ran.err
    world.project.run("install", "broken", "--json").failed(4, "malformed-index")


def test_a_locked_agent_does_not_read_what_came_after_it(tmp_path: Path) -> None:
    """One publisher must not be able to stop the updates of whoever uses something of theirs."""
    index = IndexRepo(tmp_path).publish("broken", "1.0.0").publish("tester", "1.0.0")
    world = World(tmp_path, index, f'url = "{index.url}"')
    world.project.run("install", "broken", "tester").done()
    index.append(BROKEN, world.record("1.1.0", size=-1))
    index.commit("Damaged")
    index.publish("tester", "1.1.0")
    for command in (["update", "tester", "--dry-run"], ["update"]):
        ran = world.project.run(*command).done()
        assert "tester 1.0.0 -> 1.1.0" in ran.out
    assert "`broken` 1.1.0 has a record that cannot be read" in ran.err
    world.project.run("update", "broken", "--json").failed(4, "malformed-index")


def test_what_was_tampered_with_is_no_trouble_of_one_package(world: World) -> None:
    """A registry that changes what it showed stops everything, also where an agent can do without."""
    world.project.run("install", "tester").done()
    world.index.publish("lead", "1.1.0", "broken")
    world.project.run("search", "broken").done()
    world.project.run("info", "broken").done()
    world.index.edit("broken", '"size": ', '"size": 1')
    world.project.run("install", "lead", "--json").failed(4, "registry-tampered")
