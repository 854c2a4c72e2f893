"""`minimum-release-age`: a release has to have been out for a while before anybody gets it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support.index_repo import IndexRepo
from support.project import Project


def ago(**length: float) -> str:
    """A time that lies so far back, as records write it."""
    return (datetime.now(UTC) - timedelta(**length)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def index(tmp_path: Path) -> IndexRepo:
    """A registry with a release of a month ago, and one of an hour ago."""
    index = IndexRepo(tmp_path)
    index.publish("reviewer", "1.0.0", tools="Read", published=ago(days=30))
    return index.publish("reviewer", "1.1.0", tools="Read", published=ago(hours=1))


@pytest.fixture
def project(tmp_path: Path, index: IndexRepo) -> Project:
    return Project(tmp_path, "careful")


def manifest(index: IndexRepo, project: str = "", registry: str = "") -> str:
    return (
        f'[project]\nregistry = "acme"\n{project}\n[agents]\nreviewer = "^1.0"\n'
        f'[registries]\nacme = {{ url = "{index.url}"{registry} }}\n'
    )


def chosen(project: Project) -> str:
    """The version that the lockfile has."""
    version: str = project.run("list", "--json").done().data["agents"][0]["version"]
    return version


def test_the_newest_release_that_is_old_enough_is_taken(project: Project, index: IndexRepo) -> None:
    """Most poisoned releases are found within days, so a team may let others go first."""
    project.write("agentpm.toml", manifest(index, 'minimum-release-age = "3d"'))
    said = project.run("lock").done().err
    assert chosen(project) == "1.0.0"
    assert "`reviewer` 1.1.0 was published at" in said
    assert "`minimum-release-age` is 3 days" in said


def test_without_it_the_newest_is_taken(project: Project, index: IndexRepo) -> None:
    """It is off unless somebody asks for it."""
    project.write("agentpm.toml", manifest(index))
    project.run("lock").done()
    assert chosen(project) == "1.1.0"


def test_a_registry_may_have_its_own(project: Project, index: IndexRepo) -> None:
    """What colleagues publish is trusted sooner than what strangers do."""
    lines = manifest(index, 'minimum-release-age = "3d"', ', minimum-release-age = "30m"')
    project.write("agentpm.toml", lines)
    project.run("lock").done()
    assert chosen(project) == "1.1.0"


def test_a_package_can_be_exempt(project: Project, index: IndexRepo) -> None:
    """A fix that cannot wait gets in without lifting the rule for everything."""
    exempt = 'minimum-release-age = "3d"\nminimum-release-age-exclude = ["reviewer"]'
    project.write("agentpm.toml", manifest(index, exempt))
    project.run("lock").done()
    assert chosen(project) == "1.1.0"


def test_what_is_locked_stays(project: Project, index: IndexRepo) -> None:
    """Turning it on must not send anybody back to older releases."""
    project.write("agentpm.toml", manifest(index))
    project.run("lock").done()
    project.write("agentpm.toml", manifest(index, 'minimum-release-age = "3d"'))
    project.run("update").done()
    assert chosen(project) == "1.1.0"


def test_where_nothing_is_old_enough_the_reason_is_told(project: Project, index: IndexRepo) -> None:
    """It must not look as if there were no such agent."""
    project.write("agentpm.toml", manifest(index, 'minimum-release-age = "52w"'))
    said = project.run("lock").failed(1).err
    assert "every release of which is too young: `minimum-release-age` is 52 weeks" in said
    assert said.count("52 weeks") == 1


def test_the_hint_says_what_to_write_and_where(project: Project, index: IndexRepo) -> None:
    """In another table the same line would be read as a registry's name."""
    project.write("agentpm.toml", manifest(index, 'minimum-release-age = "52w"'))
    said = project.run("lock").failed(1).err
    assert "hint: add `reviewer` to `minimum-release-age-exclude` in `[project]`" in said
    exempt = 'minimum-release-age = "52w"\nminimum-release-age-exclude = ["reviewer"]'
    project.write("agentpm.toml", manifest(index, exempt))
    project.run("lock").done()


def test_a_release_that_does_not_say_its_age_is_too_young(
    project: Project, index: IndexRepo
) -> None:
    """Leaving the date out must not be a way around the rule."""
    index.publish("reviewer", "1.2.0", tools="Read", published=None)
    project.write("agentpm.toml", manifest(index, 'minimum-release-age = "3d"'))
    said = project.run("lock").done().err
    assert "1.2.0 does not say when it was published" in said


@pytest.mark.parametrize("wrong", ["soon", "3", "-1d", "3 days"])
def test_a_length_of_time_that_is_none_is_refused(
    project: Project, index: IndexRepo, wrong: str
) -> None:
    """A rule that is misspelt must not be a rule that is off."""
    project.write("agentpm.toml", manifest(index, f'minimum-release-age = "{wrong}"'))
    said = project.run("lock").failed(1).err
    assert "agentpm.toml:3" in said
    assert "is not a length of time" in said
