"""`agentpm version`: the version line of an agent file."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.agent_text import agent_text
from support.team import Team


@pytest.fixture
def team(tmp_path: Path) -> Team:
    team = Team(tmp_path)
    team.index.publish("reviewer", "1.2.3", tools="Read")
    return team


def test_only_the_version_line_changes(team: Team) -> None:
    """Line ends, comments and odd spacing are their author's."""
    before = b"---\r\nname: new\r\ndescription: x\r\nversion:   1.0.0 # old\r\ntools: [ Read ]\r\n---\r\nGo.\r\n"
    file = team.project.write("new.md", before)
    ran = team.project.run("version", "new.md", "1.1.0").done()
    assert file.read_bytes() == before.replace(b"1.0.0", b"1.1.0")
    assert ran.lines == ["new.md:4", "-version:   1.0.0 # old", "+version:   1.1.0 # old"]


@pytest.mark.parametrize(
    ("step", "after"), [("patch", "1.0.1"), ("minor", "1.1.0"), ("major", "2.0.0")]
)
def test_a_step_goes_from_what_the_file_says(team: Team, step: str, after: str) -> None:
    """The same steps as those of `publish --bump`."""
    team.project.write("new.md", agent_text("version: 1.0.0", name="new"))
    ran = team.project.run("version", "new.md", "--bump", step, "--json").done()
    assert (ran.data["before"], ran.data["version"]) == ("1.0.0", after)
    assert f"version: {after}" in team.project.read("new.md")


def test_a_file_without_a_version_steps_on_from_its_newest_release(team: Team) -> None:
    """Most agents say none; the registry knows where they are."""
    team.project.write("r.md", agent_text("tools: Read", name="reviewer"))
    team.project.run("version", "r.md", "--bump", "minor").done()
    assert "version: 1.3.0" in team.project.read("r.md")


def test_without_anything_to_step_on_from_a_version_has_to_be_named(team: Team) -> None:
    """Nothing is guessed for a first release."""
    team.project.write("new.md", agent_text(name="new"))
    team.project.run("version", "new.md", "--bump", "minor", "--json").failed(1, "no-version")


def test_the_smallest_version_is_the_one_that_publish_accepts(team: Team) -> None:
    """A release that can do more is at least a minor one."""
    team.project.write("r.md", agent_text("tools: Read", name="reviewer"))
    assert team.project.run("version", "r.md", "--json").done().data["smallest"] == "1.2.4"
    team.project.write("r.md", agent_text("tools: Read, Bash", name="reviewer"))
    data = team.project.run("version", "r.md", "--json").done().data
    assert (data["smallest"], data["widens"]) == ("1.3.0", True)
    ran = team.project.run("version", "r.md", "1.2.9").done()
    assert "1.2.9 could not be published" in ran.err


def test_published_bytes_are_recognised(team: Team) -> None:
    """Nothing needs to follow what is out already."""
    team.project.write("r.md", team.index.agent("reviewer", "1.2.3"))
    ran = team.project.run("version", "r.md").done()
    assert ran.lines[1:] == ["published as 1.2.3, with the same bytes"]


def test_a_registry_out_of_reach_does_not_matter(team: Team) -> None:
    """The file is here."""
    team.project.write("agentpm.toml", team.project.manifest.replace("acme.git", "gone.git"))
    team.project.write("r.md", agent_text("version: 1.0.0", name="reviewer"))
    assert team.project.run("version", "r.md").done().lines == ["reviewer 1.0.0"]
    team.project.run("version", "r.md", "2.0.0").done()


def test_a_dry_run_writes_nothing(team: Team) -> None:
    """It shows the line."""
    text = agent_text("version: 1.0.0", name="new")
    team.project.write("new.md", text)
    ran = team.project.run("version", "new.md", "1.1.0", "--dry-run").done()
    assert ran.lines[0].startswith("would change new.md:")
    assert team.project.read("new.md") == text


def test_the_version_that_is_there_is_no_change(team: Team) -> None:
    """`v1.0` and `1.0.0` are one version: the line stays."""
    text = agent_text("version: 1.0.0", name="new")
    team.project.write("new.md", text)
    assert "already" in team.project.run("version", "new.md", "v1.0.0").done().out
    assert team.project.read("new.md") == text


def test_a_link_stays_a_link(team: Team) -> None:
    """The file that it leads to is the one that is meant."""
    file = team.project.write("real.md", agent_text("version: 1.0.0", name="new"))
    link = team.project.path("link.md")
    link.symlink_to(file)
    team.project.run("version", "link.md", "1.1.0").done()
    assert link.is_symlink()
    assert "version: 1.1.0" in file.read_text()


def test_two_wishes_at_once_are_a_mistake(team: Team) -> None:
    """As are a file that is not there, and a version that is none."""
    team.project.write("new.md", agent_text(name="new"))
    both = ("version", "new.md", "1.0.0", "--bump", "patch", "--json")
    team.project.run(*both).failed(2, "conflicting-request")
    team.project.run("version", "gone.md", "--json").failed(2, "no-such-file")
    assert team.project.run("version", "new.md", "one", "--json").code != 0
    assert "version" not in team.project.read("new.md")


def test_what_is_no_version_is_replaced(team: Team) -> None:
    """Whoever asks for this command wants that line put right."""
    team.project.write("new.md", agent_text("version: latest", name="new"))
    team.project.run("version", "new.md", "1.0.0").done()
    assert "version: 1.0.0" in team.project.read("new.md")
