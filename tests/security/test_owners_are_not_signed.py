"""`owners.json` of a signed registry, which whoever may push can change: what that is worth to them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from support.keys import needs_ssh_keygen
from support.signed import SignedTeam

pytestmark = needs_ssh_keygen

ALICE, BOB, MALLORY = (f"{who}@example.org" for who in ("alice", "bob", "mallory"))


@pytest.fixture
def team(tmp_path: Path) -> SignedTeam:
    """Alice and Bob are signers, and own `reviewer`, which the project takes signed releases of."""
    team = SignedTeam(tmp_path)
    team.add(team.bob).done()
    owned_by(team, ALICE, BOB)
    team.publish("reviewer", "1.0.0", by=team.alice)
    team.require()
    return team


def owned_by(team: SignedTeam, *owners: str) -> None:
    """Say who owns `reviewer`, by hand, as somebody can who may push."""
    file = {"format": 1, "administrators": [], "names": {"reviewer": owners}, "scopes": {}}
    team.index.write("owners.json", json.dumps(file).encode())
    team.index.commit("Owners")


def published_by(team: SignedTeam, version: str, who: str) -> None:
    """Put a release of `reviewer` there that `who` signed, by hand, past every check."""
    team.publish("reviewer", version, by=None)
    team.sign_by_hand("reviewer", getattr(team, who))


def locked(team: SignedTeam) -> str:
    (block,) = tomllib.loads(team.project.lockfile)["agent"]
    return str(block["version"])


def test_who_holds_no_key_gains_nothing_by_owning_a_name(team: SignedTeam) -> None:
    """A key counts because a key of the list put it there, and for no other reason."""
    owned_by(team, MALLORY)
    published_by(team, "1.1.0", "mallory")
    ran = team.project.run("install", "reviewer").failed(1)
    assert "not among its registry's signers" in ran.err


def test_a_signer_who_takes_a_name_stops_whoever_has_the_agent(team: SignedTeam) -> None:
    """Whoever may push and is a signer can own anything, but not unnoticed by those who use it."""
    team.project.run("install", "reviewer").done()
    owned_by(team, BOB)
    published_by(team, "1.1.0", "bob")
    team.project.run("update", "reviewer", "--json").failed(3, "signer-changed")
    assert locked(team) == "1.0.0"


def test_a_signer_who_takes_a_name_is_none_that_the_manifest_lists(team: SignedTeam) -> None:
    """A team that says whose agent it wants is asked at the first install, too."""
    signers = f'\n[signers]\nreviewer = ["{team.signer(team.alice)}"]\n'
    team.project.write("agentpm.toml", team.project.manifest + signers)
    owned_by(team, BOB)
    published_by(team, "1.1.0", "bob")
    team.project.run("install", "reviewer", "--json").failed(3, "signer-changed")


def test_what_an_owner_signed_who_is_one_no_longer_keeps_its_lock(team: SignedTeam) -> None:
    """Whoever takes an owner away can hide releases from new projects, and moves nobody back."""
    published_by(team, "1.1.0", "bob")
    team.project.run("install", "reviewer").done()
    owned_by(team, ALICE)
    team.project.run("update").done()
    team.project.run("lock", "--refresh").done()
    assert locked(team) == "1.1.0"
    elsewhere = team.member("newcomer")
    team.require(elsewhere)
    ran = elsewhere.run("install", "reviewer").done()
    assert "who does not own `reviewer`" in ran.out + ran.err
