"""`agentpm registry update --accept-rewrite`: the deliberate way on after a registry was rewritten."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.index_repo import IndexRepo
from support.project import SOURCES, Project
from support.team import Team

ACCEPT = ("registry", "update", "--accept-rewrite", "acme")
RECORD = "`reviewer 1.0.0` (index/re/vi/reviewer.jsonl:1) changed: `license` was"


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """A team whose registry was restored from a backup, with a record that is not what it was."""
    team = Team(tmp_path)
    team.index.publish("reviewer", "1.0.0", license="MIT")
    team.project.run("registry", "update", "acme").done()
    team.index.edit("reviewer", "MIT", "Proprietary").rewrite_history()
    return team


def on_a_terminal(project: Project, answer: bytes, *argv: str) -> tuple[int, str]:
    """Run a command on a terminal where somebody types `answer`; exit code, what was to be seen."""
    pty = pytest.importorskip("pty", reason="needs a terminal as Unix has them")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "agentpm", *argv],
        cwd=project.root,
        env={**project.environ, "PYTHONPATH": str(SOURCES), "TERM": "dumb"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, answer)
    seen = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.close(ours)
    return process.wait(), seen.decode()


def test_an_update_shows_the_evidence_and_the_way_on(team: Team) -> None:
    """Whoever meets this for the first time must see what changed, and what can be done."""
    ran = team.project.run("registry", "update", "acme").failed(4)
    assert "last seen at commit" in ran.err
    assert "agentpm registry update --accept-rewrite acme" in ran.err
    assert RECORD in ran.err


def test_nothing_is_accepted_where_nobody_can_be_asked(team: Team) -> None:
    """A script that only names the registry has not looked at anything."""
    error = team.project.run(*ACCEPT, "--json").failed(4, "rewrite-not-accepted").envelope["error"]
    assert "`agentpm registry update --accept-rewrite acme --yes`" in error["hint"]
    assert any("last seen at commit" in line for line in error["details"])
    team.project.run("install", "reviewer", "--dry-run", "--json").failed(4, "registry-tampered")


def test_a_rewriting_is_accepted_by_a_flag(team: Team) -> None:
    """From then on the registry is what it shows; once more, and there is nothing to accept."""
    ran = team.project.run(*ACCEPT, "--yes").done()
    assert "the history of" in ran.err
    assert RECORD in ran.err
    assert ran.lines == ["acme is trusted as it is now; lockfiles keep their checksums"]
    team.project.run("install", "reviewer").done()
    again = team.project.run(*ACCEPT, "--yes").done()
    assert "there is nothing to accept" in again.out


@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"n\n", 4), (b"\n", 4)])
def test_on_a_terminal_a_person_is_asked(team: Team, answer: bytes, code: int) -> None:
    """The evidence stands above the question, and no is the default."""
    ended, seen = on_a_terminal(team.project, answer, *ACCEPT)
    assert ended == code, seen
    assert seen.index("last seen at commit") < seen.index("Trust `acme` as it is now? [y/N]")
    assert team.project.run("install", "reviewer", "--dry-run").code == code


def test_after_a_yes_the_registry_is_watched_as_before(team: Team) -> None:
    """A yes holds for the rewriting that was shown, and for no other one."""
    before = team.index.tip
    team.project.run(*ACCEPT, "--yes").done()
    team.index.publish("writer", "1.0.0")
    team.project.run("registry", "update", "acme").done()
    team.index.git("update-ref", "refs/heads/main", before)
    team.project.run("registry", "update", "acme").failed(4)


def test_quiet_hides_no_evidence(team: Team) -> None:
    """Whoever wants to hear nothing of success has to hear of this."""
    ran = team.project.run("registry", "update", "acme", "--quiet").failed(4)
    assert RECORD in ran.err
    assert RECORD in team.project.run(*ACCEPT, "--yes", "--quiet").done().err


def test_programs_get_the_evidence(team: Team) -> None:
    """What a person is shown, a script must be able to log: before, while and after it accepts."""
    ran = team.project.run("registry", "update", "acme", "--json").failed(4, "registry-tampered")
    whole = ran.envelope
    assert not whole["ok"]
    (there,) = whole["data"]["registries"]
    assert there["error"] == whole["error"]
    found = whole["error"]["evidence"]
    assert [(record["kind"], record["line"]) for record in found["records"]] == [("changed", 1)]
    assert found["after"] == team.index.tip
    refused = team.project.run(*ACCEPT, "--json").failed(4, "rewrite-not-accepted").envelope
    assert refused["error"]["evidence"] == found
    accepted = team.project.run(*ACCEPT, "--json", "--yes").done()
    assert accepted.data["evidence"] == found
    assert team.project.run(*ACCEPT, "--json", "--yes").done().data["evidence"] is None


def test_the_others_are_told_of_beside_one_that_was_tampered_with(
    team: Team, tmp_path: Path
) -> None:
    """Their news would be lost otherwise: the next look finds nothing new."""
    other = IndexRepo(tmp_path, "other").publish("writer", "1.0.0")
    team.project.run("registry", "add", "other", other.url).done()
    ran = team.project.run("registry", "update", "--json").failed(4, "registry-tampered")
    problems = {item["name"]: item["error"] for item in ran.envelope["data"]["registries"]}
    assert problems["other"] is None
    assert problems["acme"]["code"] == "registry-tampered"


def test_a_rewriting_that_changed_no_release_says_so(team: Team) -> None:
    """A history that was only squashed is no theft, and can be told from one."""
    team.project.run(*ACCEPT, "--yes").done()
    team.index.publish("writer", "1.0.0")
    team.project.run("registry", "update", "acme").done()
    team.index.rewrite_history()
    ran = team.project.run("registry", "update", "acme").failed(4)
    assert "every release that was seen is there as it was" in ran.err


def test_only_a_registry_that_others_can_write_to_can_be_rewritten(team: Team) -> None:
    """The shipped registry is this machine's own; a second name would be forgotten silently."""
    wrong = ("registry", "update", "--accept-rewrite", "shipped", "--json")
    team.project.run(*wrong).failed(1, "nothing-to-accept")
    team.project.run(*ACCEPT, "other", "--json").failed(2, "conflicting-request")
    alone = ("registry", "update", "--signers", "none", "--json")
    team.project.run(*alone).failed(2, "conflicting-request")
