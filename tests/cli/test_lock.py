"""`agentpm lock` where there is a lockfile: what it looks at, and what it puts right."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.project import Project
from support.team import Team


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """A team whose project has locked an agent with a dependency, and installed nothing."""
    team = Team(tmp_path)
    team.index.publish("reviewer", "1.0.0", tools="Read")
    team.index.publish("lead", "1.0.0", "reviewer ^1.0", tools="Agent, Read")
    team.project.run("add", "lead").done()
    return team


def put(team: Team, right: str, wrong: str) -> str:
    """Write something else into the lockfile; what it was before."""
    before = team.project.lockfile
    assert right in before
    team.project.write("agentpm.lock", before.replace(right, wrong))
    return before


def test_locking_again_needs_no_files(team: Team) -> None:
    """What agents can do stands in their records: nobody has to fetch files to find nothing to do."""
    before = team.project.lockfile
    ran = team.project.run("lock", "--offline").done()
    assert (ran.err, ran.git) == ("", ())
    assert team.project.lockfile == before


def test_capabilities_that_somebody_edited_are_put_right(team: Team) -> None:
    """They follow from what the records say, not from what the lockfile says."""
    before = put(team, '"read"', '"shell"')
    team.project.run("lock").done()
    assert team.project.lockfile == before


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("size = ", "size = 1", "not-the-locked-bytes"),
        ('checksum = "sha256:', 'checksum = "sha256:' + "0" * 64 + '"#', "not-the-locked-bytes"),
        ('"reviewer ^1.0"', '"reviewer ^1"', "unfaithful-record"),
    ],
)
def test_facts_that_somebody_edited_are_held_against_the_files(
    team: Team, right: str, wrong: str, code: str
) -> None:
    """A lockfile that says something else of a release than its record is no matter of records."""
    put(team, right, wrong)
    team.project.run("lock", "--json").failed(4, code)


def test_a_record_that_says_less_than_the_lockfile_is_not_believed(
    team: Team, tmp_path: Path
) -> None:
    """A registry that was rewritten could take a shell out of a lockfile, and not out of the file."""
    team.index.publish("runner", "1.0.0", tools="Read, Bash")
    team.project.run("add", "runner").done()
    locked = team.project.lockfile
    assert '"shell"' in locked
    team.index.edit("runner", '"tools": "Read, Bash"', '"tools": "Read"').rewrite_history()
    other = Project(tmp_path, "elsewhere", person="bob")
    other.write("agentpm.toml", team.project.manifest)
    other.write("agentpm.lock", locked)
    other.run("search", "runner").done()
    other.run("lock", "--json").failed(4, "unfaithful-record")
    assert other.lockfile == locked


def test_what_other_harnesses_make_of_an_agent_is_seen_from_its_file(team: Team) -> None:
    """A lockfile that `install` then refuses would be none."""
    text = team.project.manifest.replace(
        "[project]\n", '[project]\ntargets = ["claude", "copilot"]\n'
    )
    team.project.write("agentpm.toml", text)
    ran = team.project.run("lock").done()
    assert "cat-file" in ran.git
