"""The gate on signatures: in a registry with signers, nothing new comes in that they did not sign."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentpm.git import Git
from agentpm.registry.gate.repository import Guarded
from agentpm.registry.gate.steps import judge_range, judge_whole
from support.guarded import _terms
from support.keys import needs_ssh_keygen
from support.signed import SignedTeam

pytestmark = needs_ssh_keygen

RECORDS = "index/re/vi/reviewer.jsonl"
OWN = {"signers", "unsigned", "bad-signature"}


class Guard:
    """The gate before a signed registry: what it says of everything since `accepted`."""

    def __init__(self, team: SignedTeam) -> None:
        self.team = team
        self.accepted()

    def accepted(self) -> None:
        """Take everything up to now for granted."""
        self._base = self.team.index.tip

    def said(self) -> list[str]:
        """The refusals for signatures, each as its code with the place."""
        guarded = Guarded(Git(self.team.index.bare))
        try:
            found = judge_range(guarded, self._base, self.team.index.tip, _terms({})).refusals
        finally:
            guarded.close()
        return [f"{item.code} {item.location}" for item in found if item.code in OWN]

    def whole(self) -> list[str]:
        """The same for the registry as it stands."""
        guarded = Guarded(Git(self.team.index.bare))
        try:
            found = judge_whole(guarded, self.team.index.tip, _terms({})).refusals
        finally:
            guarded.close()
        return [f"{item.code} {item.location}" for item in found if item.code in OWN]


@pytest.fixture
def team(tmp_path: Path) -> SignedTeam:
    """A signed registry with `reviewer` 1.0.0, by Alice."""
    team = SignedTeam(tmp_path)
    team.publish("reviewer", "1.0.0", by=team.alice)
    return team


@pytest.fixture
def guard(team: SignedTeam) -> Guard:
    return Guard(team)


def test_what_agentpm_signs_passes(team: SignedTeam) -> None:
    """From the first list of signers on, with every rule of the gate and its own clock."""
    first = team.index.git("rev-list", "--max-parents=0", "refs/heads/main").strip()
    team.add(team.bob).done()
    team.publish("reviewer", "1.1.0", by=team.bob)
    team.yank("reviewer@1.1.0", by=team.alice).done()
    team.yank("reviewer@1.1.0", by=team.bob, reason=None).done()
    team.remove(team.bob).done()
    again = ["registry", "sign", "reviewer@1.1.0", "--registry", "acme"]
    desk = team.desk()
    desk.run(*again, "--key", str(team.alice.path)).done()
    checked = desk.run("registry", "check", f"{first}..main", "-C", str(team.index.bare))
    assert checked.done().code == 0
    assert desk.run("registry", "check", "-C", str(team.index.bare)).code == 0


def test_an_unsigned_release_is_refused(team: SignedTeam, guard: Guard) -> None:
    """Readers who want signatures would never see it, and others should not."""
    team.publish("reviewer", "1.1.0", by=None)
    assert guard.said() == [f"unsigned {RECORDS}:2"]


@pytest.mark.parametrize("who", ["mallory", "bob"])
def test_a_key_that_does_not_count_is_refused(team: SignedTeam, guard: Guard, who: str) -> None:
    """One that never did, and one that was revoked."""
    team.add(team.bob).done()
    team.remove(team.bob).done()
    guard.accepted()
    team.publish("reviewer", "1.1.0", by=None)
    guard.accepted()
    team.sign_by_hand("reviewer", getattr(team, who))
    assert guard.said() == [f"unsigned {RECORDS}:2"]


def test_a_signature_over_something_else_is_tampering(team: SignedTeam, guard: Guard) -> None:
    """Every reader would stop at it."""
    team.publish("reviewer", "1.1.0", by=None)
    guard.accepted()
    team.sign_by_hand("reviewer", team.alice, version="9.0.0")
    assert guard.said() == [f"bad-signature {RECORDS}:2"]
    assert guard.whole() == [f"bad-signature {RECORDS}:2"]


def test_a_yank_needs_a_signature(team: SignedTeam, guard: Guard) -> None:
    """As what it withdraws."""
    team.rewrite("reviewer", yanked="believe me")
    assert guard.said() == [f"unsigned {RECORDS}:1"]


def test_a_yank_needs_the_next_number(team: SignedTeam, guard: Guard) -> None:
    """Else the next honest change could not be told from an old one."""
    told = {"kind": "yank", "turn": 7, "reason": "x", "namespace": "agentpm-yank"}
    mark = team.signature("reviewer", team.alice, **told)  # type: ignore[arg-type]
    team.rewrite("reviewer", yanked="x", yank={"turn": 7, "signature": mark})
    assert guard.said() == [f"unsigned {RECORDS}:1"]


def test_what_was_there_before_signing_began_stays(tmp_path: Path) -> None:
    """A registry becomes a signed one without losing what it has."""
    team = SignedTeam(tmp_path)
    signers = team.signers_text()
    team.write_signers(None)
    team.index.publish("reviewer", "1.0.0")
    guard = Guard(team)
    team.write_signers(signers)
    assert guard.said() == []
    assert guard.whole() == []


def test_the_list_of_signers_only_grows(team: SignedTeam, guard: Guard) -> None:
    """Whoever may push cannot take a signer out, nor the list away."""
    text = team.signers_text()
    for other in (None, "", text.replace("alice", "alyce"), "{}\n" + text):
        team.write_signers(other)
        assert [word.partition(" ")[0] for word in guard.said()] == ["signers"]
        team.write_signers(text)
        guard.accepted()


def test_a_line_by_a_stranger_is_refused(team: SignedTeam, guard: Guard) -> None:
    """A line is signed by a key of the line before it."""
    line = json.loads(team.signers_text())
    team.write_signers(team.signers_text() + json.dumps({**line, "n": 2}) + "\n")
    assert guard.said() == ["signers signers.jsonl:2"]
