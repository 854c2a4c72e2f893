"""What your own configuration wants of a registry: it refuses what a project chose, never chooses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support.index_repo import IndexRepo
from support.keys import needs_ssh_keygen
from support.project import Project
from support.signed import SignedTeam
from support.team import Team


def own(project: Project, line: str) -> None:
    """Write a line for the registry into the configuration of this user."""
    (path,) = [project.run("config", "path", "--json").done().data["config"]]
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(f"[registries]\n{line}\n", "utf-8")


@pytest.fixture
def signed(tmp_path: Path) -> SignedTeam:
    """A signed registry, in which the newest release of `reviewer` is signed by nobody."""
    team = SignedTeam(tmp_path)
    team.publish("reviewer", "1.0.0", by=team.alice)
    team.publish("reviewer", "1.1.0", by=None)
    return team


@needs_ssh_keygen
@pytest.mark.parametrize("name", ["acme", "mine"])
def test_an_unsigned_release_is_refused_by_whatever_name(signed: SignedTeam, name: str) -> None:
    """The manifest says which releases there are to choose from, and the user may say no to one."""
    own(signed.project, f'{name} = {{ url = "{signed.index.url}", require-signatures = true }}')
    ran = signed.project.run("install", "reviewer", "--json").failed(3, "not-on-your-terms")
    (said,) = ran.envelope["error"]["details"]
    assert "reviewer 1.1.0 is not signed" in said
    assert f"`{name}` in" in said
    assert not signed.project.exists("agentpm.lock")
    signed.project.run("install", "reviewer@1.0.0").done()


@needs_ssh_keygen
def test_a_lockfile_from_others_is_judged_too(signed: SignedTeam) -> None:
    """It says what they chose, and whose signature they saw."""
    signed.project.run("install", "reviewer").done()
    own(signed.project, f'acme = {{ url = "{signed.index.url}", require-signatures = true }}')
    signed.project.run("install", "--json").failed(3, "not-on-your-terms")
    signed.project.run("install", "--frozen", "--json").failed(3, "not-on-your-terms")


@needs_ssh_keygen
def test_an_update_of_everything_stays_with_what_is_let_in(signed: SignedTeam) -> None:
    """As with a policy: nobody has to agree to anything to update the rest."""
    own(signed.project, f'acme = {{ url = "{signed.index.url}", require-signatures = true }}')
    signed.project.run("install", "reviewer@1.0.0").done()
    signed.project.write("agentpm.toml", signed.project.manifest.replace("==1.0.0", "^1.0"))
    signed.project.run("install").done()
    ran = signed.project.run("update").done()
    assert "`reviewer` stays at 1.0.0" in ran.err


def test_a_release_that_is_too_young_is_refused(tmp_path: Path) -> None:
    """And what is locked has been taken already."""
    team = Team(tmp_path)
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    team.index.publish("reviewer", "1.0.0", tools="Read", published=an_hour_ago)
    line = f'acme = {{ url = "{team.index.url}", minimum-release-age = "3d" }}'
    own(team.project, line)
    ran = team.project.run("install", "reviewer").failed(3)
    assert "`minimum-release-age` is 3 days" in ran.err
    own(team.project, "")
    team.project.run("install", "reviewer").done()
    own(team.project, line)
    team.project.run("install").done()


def test_an_unsigned_registry_has_nothing_for_who_wants_signatures(tmp_path: Path) -> None:
    """Which is said, with the place of the line."""
    team = Team(tmp_path)
    team.index.publish("reviewer", "1.0.0", tools="Read")
    own(team.project, f'acme = {{ url = "{team.index.url}", require-signatures = true }}')
    ran = team.project.run("install", "reviewer").failed(3)
    assert "is not signed, as nothing is in its registry" in ran.err


def test_another_registry_is_not_judged(tmp_path: Path) -> None:
    """The line is about one URL."""
    team = Team(tmp_path)
    other = IndexRepo(tmp_path, "other")
    team.index.publish("reviewer", "1.0.0", tools="Read")
    own(team.project, f'acme = {{ url = "{other.url}", require-signatures = true }}')
    team.project.run("install", "reviewer").done()
