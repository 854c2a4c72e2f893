"""What is known of a registry stands in where nobody can, or may, look at it, and says its age."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.index_repo import IndexRepo, Server, index_file
from support.project import Project
from support.web_server import StaticServer

MANIFEST = '[project]\nregistry = "acme"\n\n[agents]\n\n[registries]\nacme = {{ {entry} }}\n'


@pytest.fixture
def index(tmp_path: Path) -> IndexRepo:
    index = IndexRepo(tmp_path).publish("reviewer", "1.0.0").publish("reviewer", "1.1.0")
    return index.publish("tester", "1.0.0")


@pytest.fixture(params=["git", "sparse"])
def project(tmp_path: Path, index: IndexRepo, request: pytest.FixtureRequest) -> Iterator[Project]:
    """Somebody who has seen the registry, whose every look is too old for the next command."""
    project = Project(tmp_path)
    project.environ["AGENTPM_MAX_AGE"] = "0"
    if request.param == "git":
        project.write("agentpm.toml", MANIFEST.format(entry=f'url = "{index.url}"'))
        project.run("install", "reviewer@1.0.0").done()
        yield project
        return
    with StaticServer(index.tree) as server:
        entry = f'url = "{server.address}", allow-insecure = true'
        project.write("agentpm.toml", MANIFEST.format(entry=entry))
        project.run("install", "reviewer@1.0.0").done()
        yield project


def away(index: IndexRepo) -> None:
    for place in (index.bare, index.tree):
        place.rename(place.with_name(f"{place.name}.away"))


ASKING = [
    ("search", "reviewer"),
    ("info", "reviewer"),
    ("outdated",),
    ("update", "--dry-run"),
    ("install", "reviewer@^1.0"),
]


@pytest.mark.parametrize("command", ASKING)
def test_offline_the_age_is_told_once(project: Project, command: tuple[str, ...]) -> None:
    """An answer from last month must not pass for one of today."""
    ran = project.run(*command, "--offline")
    assert ran.err.count("`acme` is shown as it was") == 1, ran.err
    assert ran.git.count("fetch") == 0


@pytest.mark.parametrize("command", ASKING)
def test_programs_are_told_the_age_too(project: Project, command: tuple[str, ...]) -> None:
    """They see nothing but the document, and may act on what it says."""
    ran = project.run(*command, "--offline", "--json").done()
    (told,) = [text for text in ran.envelope["warnings"] if "is shown as it was" in text]
    assert told.endswith(" ago")
    assert ran.err == ""


def test_offline_nothing_is_said_of_a_look_that_is_fresh(project: Project) -> None:
    """Within its age, nobody would have looked again anyway."""
    project.environ["AGENTPM_MAX_AGE"] = "300"
    assert "is shown as it was" not in project.run("info", "reviewer", "--offline").done().err


def test_looking_for_news_tells_no_age(project: Project, index: IndexRepo) -> None:
    """`registry update` reads what was seen last only to compare."""
    index.publish("tester", "1.1.0")
    assert "is shown as it was" not in project.run("registry", "update").done().err


def test_a_registry_that_is_away_is_searched_as_it_was(project: Project, index: IndexRepo) -> None:
    """To say that no agent has the words would be wrong, and it is not even known."""
    away(index)
    ran = project.run("search", "reviewer", "--json").done()
    assert [hit["name"] for hit in ran.data["agents"] if hit["registry"] == "acme"] == ["reviewer"]
    if "sparse" not in project.manifest:
        (warning,) = ran.envelope["warnings"]
        assert warning.startswith("`acme` is shown as it was")


def test_a_registry_that_is_away_still_describes_its_agents(
    project: Project, index: IndexRepo
) -> None:
    """To read about an agent decides nothing."""
    away(index)
    ran = project.run("info", "reviewer").done()
    assert "1.1.0" in ran.out
    assert "`acme` is shown as it was" in ran.err


def test_what_is_outdated_is_told_of_a_registry_that_is_away(
    project: Project, index: IndexRepo
) -> None:
    """It lists what could be had when somebody last looked, and moves nothing."""
    away(index)
    ran = project.run("outdated", "--json").done()
    assert [agent["newest"]["version"] for agent in ran.data["agents"]] == ["1.1.0"]
    (warning,) = ran.envelope["warnings"]
    assert warning.startswith("`acme` is shown as it was")


def test_each_registry_that_is_away_is_told_of_and_no_other(tmp_path: Path) -> None:
    """One that answers is not shown as it was, though the question is about all of them."""
    indexes = {name: IndexRepo(tmp_path, name) for name in ("acme", "beta", "corp")}
    project = Project(tmp_path)
    project.environ["AGENTPM_MAX_AGE"] = "0"
    lines = [f'{name} = "{index.url}"' for name, index in indexes.items()]
    project.write("agentpm.toml", "[agents]\n\n[registries]\n" + "\n".join(lines) + "\n")
    for name, index in indexes.items():
        index.publish(f"from-{name}", "1.0.0").publish(f"from-{name}", "1.1.0")
        project.run("install", f"from-{name}@1.0.0", "--registry", name).done()
    away(indexes["acme"])
    away(indexes["corp"])
    ran = project.run("outdated").done()
    assert [line.split()[0] for line in ran.lines[1:4]] == [f"from-{name}" for name in indexes]
    told = [line for line in ran.err.splitlines() if "is shown as it was" in line]
    assert [line.split("`")[1] for line in told] == ["acme", "corp"]


@pytest.mark.parametrize("missing", [False, True])
def test_what_was_never_asked_for_is_not_called_missing(
    tmp_path: Path, index: IndexRepo, missing: bool
) -> None:
    """Nobody knows whether a web server has it, and one that was missing may be there by now."""
    project = Project(tmp_path)
    project.environ["AGENTPM_MAX_AGE"] = "0"
    with StaticServer(index.tree) as server:
        entry = f'url = "{server.address}", allow-insecure = true'
        project.write("agentpm.toml", MANIFEST.format(entry=entry))
        project.run("install", "reviewer@1.0.0").done()
        if missing:
            (index.tree / index_file("tester")).rename(tmp_path / "away.jsonl")
            project.run("info", "tester", "--json").failed(1, "no-such-package")
    ran = project.run("info", "tester", "--json").failed(1, "registry-unreachable")
    assert "Connection refused" in ran.envelope["error"]["details"]
    assert "seen so far: `reviewer`" in ran.envelope["error"]["details"]
    project.run("install", "tester", "--json").failed(1, "registry-unreachable")


def test_what_was_tampered_with_is_shown_as_it_was(project: Project, index: IndexRepo) -> None:
    """The last good view stays in use, with a warning that says why it is not the newest."""
    index.edit("reviewer", "Use the", "Never use the")
    for command in (("search", "reviewer"), ("info", "reviewer"), ("outdated",)):
        ran = project.run(*command).done()
        assert "Never use" not in ran.out
        assert "reviewer" in ran.out
    assert "seen before" in ran.err


def test_nothing_is_decided_by_what_was_seen_last(project: Project, index: IndexRepo) -> None:
    """What is installed for a team must not depend on whose network is down."""
    away(index)
    assert project.run("update").code in (1, 4)
    assert project.run("install", "tester").code in (1, 4)


def test_what_was_never_seen_cannot_stand_in(tmp_path: Path, index: IndexRepo) -> None:
    """Then the failure is the answer."""
    project = Project(tmp_path)
    project.write("agentpm.toml", MANIFEST.format(entry=f'url = "{index.url}"'))
    away(index)
    project.run("search", "reviewer", "--registry", "acme", "--json").failed(
        1, "registry-unreachable"
    )
    assert "`acme` was not searched" in project.run("search", "reviewer").done().err


def test_what_is_outdated_cannot_be_told_to_who_never_looked(
    tmp_path: Path, index: IndexRepo
) -> None:
    """That nothing is newer is not known, so it is not said."""
    project = Project(tmp_path)
    project.write("agentpm.toml", MANIFEST.format(entry=f'url = "{index.url}"'))
    project.run("install", "reviewer@1.0.0").done()
    project.commit()
    away(index)
    project.clone("bob").run("outdated", "--json").failed(1, "registry-unreachable")


def test_a_damaged_store_is_filled_anew_in_the_same_run(project: Project) -> None:
    """All that it holds can be had again, so nobody needs to be told to clean it."""
    store = project.home / "cache" / "content" / "content.sqlite3"
    with sqlite3.connect(store) as database:
        database.execute("UPDATE content SET bytes = ?", (b"flipped",))
    database.close()
    project.agent("reviewer").unlink()
    project.run("sync").done()
    assert b"in your version 1.0.0" in project.agent("reviewer").read_bytes()


def test_offline_the_release_that_is_missing_is_named(project: Project) -> None:
    """Whoever prepares a journey wants to know what to fetch before it."""
    if "sparse" not in project.manifest:
        pytest.skip("a git repository on this disk is copied whole")
    project.run("info", "tester").done()
    ran = project.run("install", "tester", "--offline").failed(1)
    assert "`tester 1.0.0` of `sparse+" in ran.err


def test_offline_the_release_that_a_clone_lacks_is_named(tmp_path: Path, index: IndexRepo) -> None:
    """A clone has the records of all agents, and the files of those that were wanted so far."""
    project = Project(tmp_path)
    with Server(index) as server:
        entry = f'url = "{server.url}", allow-insecure = true'
        project.write("agentpm.toml", MANIFEST.format(entry=entry))
        project.run("install", "reviewer@1.0.0").done()
        ran = project.run("install", "tester", "--offline", "--json").failed(1, "offline")
        assert f"`tester 1.0.0` of `{server.url}`" in ran.envelope["error"]["message"]
        ran = project.run("install", "tester", "reviewer@1.1.0", "--offline").failed(1)
    assert " and 1 more of" in ran.err
