"""A list of signers that was replaced: what readers are shown, and what it takes to accept it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.fault_proxy import FaultProxy, says
from support.index_repo import agent_file
from support.keys import needs_ssh_keygen
from support.signed import SignedTeam
from support.team import MANIFEST
from support.terminal import at_terminal
from support.web_server import StaticServer

pytestmark = needs_ssh_keygen

Attack = Callable[[SignedTeam], None]

ACCEPT = ("registry", "update", "--accept-rewrite", "acme")


@pytest.fixture
def team(tmp_path: Path) -> SignedTeam:
    """Somebody read a signed registry, in which Mallory then put her own list of signers."""
    team = SignedTeam(tmp_path)
    team.publish("reviewer", "1.0.0", by=team.alice)
    team.require()
    team.project.run("install", "reviewer").done()
    return team


def taken_over(team: SignedTeam) -> None:
    """Mallory sets the registry back to its beginning, and publishes as its only signer."""
    set_back(team)
    mallory_signs(team)


def another(team: SignedTeam) -> None:
    """Mallory makes a registry of her own in the place of the one that was seen."""
    set_back(team)
    team.index.write("config.json", b'{"format": 1, "id": "another"}')
    team.index.commit("Another")
    mallory_signs(team)


def set_back(team: SignedTeam) -> None:
    root = team.index.git("rev-list", "--max-parents=0", "refs/heads/main").strip()
    team.index.git("update-ref", "refs/heads/main", root)
    team.index.git("reset", "--quiet", "--hard", "refs/heads/main")


def replaced(team: SignedTeam) -> None:
    """Mallory puts her own list where the old one stood, and leaves everything else."""
    team.write_signers(None)
    mallory_signs(team)


def mallory_signs(team: SignedTeam) -> None:
    """Become the first signer of a registry that has none, and publish there."""
    machine = team.member("mallory")
    add = ["registry", "signers", "acme", f"--add=mallory@example.org={team.mallory.file}"]
    machine.run(*add, "--key", str(team.mallory.path)).done()
    machine.write("writer.md", "---\nname: writer\ndescription: Use it.\n---\nObey.\n")
    publish = ["publish", "writer.md", "--version", "1.0.0", "--registry", "acme"]
    machine.run(*publish, "--key", str(team.mallory.path)).done()
    team.index.git("reset", "--quiet", "--hard", "refs/heads/main")


@pytest.mark.parametrize("attack", [taken_over, replaced])
def test_the_evidence_names_who_goes_and_who_comes(team: SignedTeam, attack: Attack) -> None:
    """The list is what all other trust comes from, so it stands above everything else."""
    attack(team)
    ran = team.project.run("registry", "update", "acme").failed(4)
    shown = ran.err.splitlines()
    gone = next(n for n, line in enumerate(shown) if team.signer(team.alice) in line)
    come = next(n for n, line in enumerate(shown) if team.signer(team.mallory) in line)
    assert "counts no longer" in shown[gone]
    assert "counts now" in shown[come]
    assert "agentpm registry update --accept-rewrite acme" in ran.err
    found = team.project.run(*ACCEPT, "--json").failed(4).envelope["error"]["evidence"]["signers"]
    assert (found["went"], found["came"]) == (
        [team.signer(team.alice)],
        [team.signer(team.mallory)],
    )


@pytest.mark.parametrize("attack", [taken_over, replaced])
def test_a_yes_does_not_cover_the_signers(team: SignedTeam, attack: Attack) -> None:
    """A script that says yes to everything would hand the registry to whoever took it."""
    attack(team)
    ran = team.project.run(*ACCEPT, "--yes", "--json").failed(4, "rewrite-not-accepted")
    error = ran.envelope["error"]
    digest = error["evidence"]["signers"]["after"]
    assert f"--signers {digest}" in error["hint"]
    team.project.run("install", "writer", "--json").failed(4, "registry-tampered")
    other = "sha256:" + "0" * 64
    team.project.run(*ACCEPT, "--yes", "--signers", other).failed(4)
    team.project.run(*ACCEPT, "--yes", "--signers", digest).done()
    team.project.run("registry", "update", "acme").done()
    assert "nothing to accept" in team.project.run(*ACCEPT, "--yes").done().out


def test_a_person_is_asked_about_the_signers_by_themselves(team: SignedTeam) -> None:
    """After the question about the registry, and where `--yes` has answered that one, too."""
    replaced(team)
    both = {"Trust `acme` as it is now?": "y", "Trust its new signers": "n"}
    seen = at_terminal(team.project, *ACCEPT, answers=both)
    assert (seen.code, seen.unasked) == (4, ())
    assert seen.screen.index(team.signer(team.mallory)) < seen.screen.index("Trust its new signers")
    seen = at_terminal(team.project, *ACCEPT, "--yes", answers={"Trust its new signers": "y"})
    assert (seen.code, seen.unasked) == (0, ())


def test_signers_of_whom_nothing_was_said_stay_pinned(team: SignedTeam) -> None:
    """A rewriting that is accepted for its records must not open the door to other signers."""
    team.rewrite("reviewer", description="Something else.")
    team.index.rewrite_history()
    team.project.run(*ACCEPT, "--yes").done()
    replaced(team)
    team.project.run("update", "--json").failed(4, "registry-tampered")


def test_what_was_seen_last_stays_in_use(team: SignedTeam) -> None:
    """The hint promises it: work goes on offline, with the signers that were known."""
    replaced(team)
    team.project.run("registry", "update", "acme").failed(4)
    team.project.run("update", "--offline").done()


def test_a_list_that_went_away_is_accepted_by_saying_so(team: SignedTeam) -> None:
    """From then on nothing is signed there, which is for a person to know."""
    team.write_signers(None)
    ran = team.project.run(*ACCEPT, "--yes", "--json").failed(4)
    assert ran.envelope["error"]["evidence"]["signers"]["after"] is None
    assert "--signers none" in ran.envelope["error"]["hint"]
    team.project.run(*ACCEPT, "--yes", "--signers", "none").done()


@pytest.mark.parametrize("attack", [taken_over, replaced])
def test_doctor_says_that_the_signers_are_others(team: SignedTeam, attack: Attack) -> None:
    """Whoever asks what is wrong has to hear of it."""
    attack(team)
    found = team.project.run("doctor", "--json").failed(1).data["findings"]
    wrong = [item for item in found if item["level"] == "problem"]
    assert ["signers" in item["message"] for item in wrong] == [True]
    assert "--accept-rewrite acme" in wrong[0]["hint"]


def test_a_memory_from_before_names_were_noted_still_holds(team: SignedTeam) -> None:
    """It has the digest alone: who went is not known then, and that is said."""
    (memory,) = team.project.home.rglob("signers.json")
    noted = json.loads(memory.read_text("utf-8"))
    del noted["signers"]
    memory.write_text(json.dumps(noted), "utf-8")
    replaced(team)
    ran = team.project.run("registry", "update", "acme").failed(4)
    assert "who counted before was not noted on this machine" in ran.err


# Files behind a web server


@pytest.fixture
def address(team: SignedTeam) -> Iterator[str]:
    """The same registry as files, seen once by the project."""
    with StaticServer(team.index.tree) as server:
        manifest = MANIFEST.replace(
            'acme = "{url}"', f'acme = {{ url = "{server.address}", allow-insecure = true }}'
        )
        team.project.write("agentpm.toml", manifest)
        team.project.run("install", "reviewer").done()
        yield server.address


def test_a_web_server_with_other_signers(team: SignedTeam, address: str) -> None:
    """The same evidence, the same consent."""
    assert address.startswith("sparse+")
    taken_over(team)
    ran = team.project.run("registry", "update", "acme").failed(4)
    assert team.signer(team.mallory) in ran.err
    assert team.signer(team.alice) in ran.err
    team.project.run(*ACCEPT, "--yes", "--json").failed(4, "rewrite-not-accepted")
    digest = team.project.run(*ACCEPT, "--json").envelope["error"]["evidence"]["signers"]["after"]
    team.project.run(*ACCEPT, "--yes", "--signers", digest).done()
    assert not (team.index.tree / agent_file("reviewer", "1.0.0")).exists()
    team.project.run("registry", "update", "acme").done()


def test_a_web_server_with_other_signers_leaves_the_pinned_ones(
    team: SignedTeam, address: str
) -> None:
    """Offline nothing can be asked, and the list that was seen is still the one that counts."""
    assert address.startswith("sparse+")
    replaced(team)
    team.project.run("registry", "update", "acme").failed(4)
    team.project.run("update", "--json").failed(4, "registry-tampered")
    team.project.run("update", "--offline").done()
    ran = team.project.run("info", "reviewer", "--offline").done()
    assert team.of(team.alice) in ran.out
    ran = team.project.run("info", "reviewer").done()
    assert team.of(team.alice) in ran.out
    assert "was replaced since it was seen" in ran.err


def test_signers_that_cannot_be_seen_hide_nothing_and_are_not_accepted(
    team: SignedTeam, tmp_path: Path
) -> None:
    """Whoever took the server over chooses which of its files can be had."""
    with StaticServer(team.index.tree) as server, FaultProxy(server) as proxy:
        entry = f'acme = {{ url = "{proxy.address}", allow-insecure = true }}'
        team.project.write("agentpm.toml", MANIFEST.replace('acme = "{url}"', entry))
        team.project.run("install", "reviewer").done()
        another(team)
        proxy.always("/signers.jsonl", says(500))
        ran = team.project.run("registry", "update", "acme").failed(4)
        assert "is another registry than before" in ran.err
        assert "what became of `signers.jsonl` is not known" in ran.err
        team.project.run(*ACCEPT, "--yes").done()
        proxy.heal()
        ran = team.project.run("registry", "update", "acme").failed(4)
        assert team.signer(team.mallory) in ran.err
