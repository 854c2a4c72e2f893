"""Signed releases: what somebody can do who may push to a registry, and holds no key of it."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.index_repo import Server
from support.keys import needs_ssh_keygen
from support.project import Project
from support.signed import SignedTeam
from support.team import MANIFEST
from support.web_server import StaticServer

pytestmark = needs_ssh_keygen


@pytest.fixture
def team(tmp_path: Path) -> SignedTeam:
    """A signed registry with `reviewer` 1.0.0, by Alice; the project wants signatures."""
    team = SignedTeam(tmp_path)
    team.publish("reviewer", "1.0.0", by=team.alice)
    team.require()
    return team


def locked(project: Project) -> tuple[str, str | None]:
    """The version and the signer that the lockfile has for `reviewer`."""
    (block,) = tomllib.loads(project.lockfile)["agent"]
    return block["version"], block.get("signer")


def test_the_lockfile_says_who_signed(team: SignedTeam) -> None:
    """A team reviews who vouches for what it runs."""
    team.project.run("install", "reviewer").done()
    assert locked(team.project) == ("1.0.0", team.signer(team.alice))


def test_info_says_who_signed(team: SignedTeam) -> None:
    """Before anything is installed, and by which key."""
    signer = team.project.run("info", "reviewer", "--json").done().data["signer"]
    assert signer == {
        "name": "alice@example.org",
        "key": team.alice.public.fingerprint,
    }
    words = team.project.run("info", "reviewer").out.split()
    assert f"signed by {team.signer(team.alice)}" in " ".join(words)
    team.publish("reviewer", "1.1.0", by=None)
    ran = team.project.run("info", "reviewer").done()
    assert "nobody whose key counts" in ran.out
    assert team.project.run("info", "reviewer", "--json").data["signer"] is None
    assert "nobody" not in team.project.run("info", "reviewer@1.0.0").out


# Releases


def test_an_unsigned_release_is_not_chosen(team: SignedTeam) -> None:
    """Somebody who can push, and holds no key, reaches nobody."""
    team.publish("reviewer", "1.1.0", by=None)
    team.project.run("install", "reviewer").done()
    assert locked(team.project)[0] == "1.0.0"
    ran = team.project.run("install", "reviewer@1.1.0")
    ran.failed(1)
    assert "is not signed" in ran.err


def test_a_key_that_nobody_listed_is_as_good_as_none(team: SignedTeam) -> None:
    """Anybody can make a key."""
    team.publish("reviewer", "1.1.0", by=None)
    team.sign_by_hand("reviewer", team.mallory)
    ran = team.project.run("install", "reviewer@1.1.0")
    ran.failed(1)
    assert "not among its registry's signers" in ran.err


def test_a_back_dated_signature_by_a_revoked_key_does_not_count(team: SignedTeam) -> None:
    """A stolen key signs for any day, so that a key that is gone counts for no day."""
    team.add(team.bob).done()
    team.remove(team.bob).done()
    team.publish("reviewer", "1.1.0", by=None)
    team.rewrite("reviewer", published="2020-01-01T00:00:00Z")
    team.sign_by_hand("reviewer", team.bob)
    ran = team.project.run("install", "reviewer@1.1.0")
    ran.failed(1)
    assert "with a key that was revoked since" in ran.err


def test_a_release_of_a_revoked_key_keeps_its_lock(team: SignedTeam) -> None:
    """What was vouched for when it was chosen is known by its checksum; new projects pass it over."""
    team.add(team.bob).done()
    team.publish("writer", "1.0.0", by=team.bob)
    team.project.run("install", "writer").done()
    team.remove(team.bob).done()
    team.project.run("install", "reviewer").done()
    found = {b["name"]: b for b in tomllib.loads(team.project.lockfile)["agent"]}
    assert found["writer"]["signer"] == team.signer(team.bob)
    other = team.member("newcomer")
    team.require(other)
    ran = other.run("install", "writer")
    ran.failed(1)
    assert "revoked" in ran.err


def test_a_release_can_be_signed_anew(team: SignedTeam) -> None:
    """After a key was revoked, one of those who are left vouches for what is good."""
    team.add(team.bob).done()
    team.publish("writer", "1.0.0", by=team.bob)
    team.remove(team.bob).done()
    argv = ["registry", "sign", "writer@1.0.0", "--registry", "acme"]
    desk = team.desk()
    # The package is Bob's by having been signed by him, so an owner is named.
    team.index.write("owners.json", owners(team, writer=["alice@example.org"]))
    team.index.commit("Alice takes over")
    desk.run(*argv, "--key", str(team.alice.path)).done()
    team.project.run("install", "writer").done()
    assert team.signer(team.alice) in team.project.lockfile
    assert not desk.run(*argv, "--key", str(team.alice.path), "--json").data["releases"][0][
        "changed"
    ]


@pytest.mark.parametrize(
    "damage",
    [
        {"registry": "0" * 32},
        {"version": "2.0.0"},
        {"name": "writer"},
        {"checksum": "sha256:" + "0" * 64},
        {"kind": "yank"},
        {"namespace": "file"},
        {"namespace": "agentpm-yank"},
    ],
    ids="-".join,
)
def test_a_signature_over_anything_else_is_tampering(
    team: SignedTeam, damage: dict[str, Any]
) -> None:
    """A signature by the right key over the wrong words was taken from elsewhere."""
    team.publish("reviewer", "1.1.0", by=None)
    team.sign_by_hand("reviewer", team.alice, **damage)
    team.project.run("install", "reviewer", "--json").failed(4, "bad-signature")
    assert not team.project.agent("reviewer").exists()


def test_a_signature_of_another_release_is_tampering(team: SignedTeam) -> None:
    """Two releases cannot swap theirs."""
    team.publish("reviewer", "1.1.0", by=None)
    team.rewrite("reviewer", signature=team.record("reviewer", 0)["signature"])
    team.project.run("install", "reviewer", "--json").failed(4, "bad-signature")


@pytest.mark.parametrize("text", ["", "AAAA", "no base64", "{cut}"])
def test_what_is_no_signature_is_tampering(team: SignedTeam, text: str) -> None:
    """A signature that was cut off is not the same as none."""
    team.publish("reviewer", "1.1.0", by=None)
    cut = team.signature("reviewer", team.alice)[:-8]
    team.rewrite("reviewer", signature=text.replace("{cut}", cut))
    team.project.run("install", "reviewer", "--json").failed(4, "bad-signature")


def test_a_release_of_another_registry_cannot_be_replayed(tmp_path: Path) -> None:
    """Same name, version, bytes and signer: the other registry never said that it offers this."""
    ours, theirs = SignedTeam(tmp_path, "ours"), SignedTeam(tmp_path, "theirs")
    key = f"--add={theirs.of(ours.alice)}={ours.alice.file}"
    theirs.signers(key).done()
    ours.publish("reviewer", "1.0.0", by=ours.alice)
    theirs.index.publish("reviewer", "1.0.0")
    for path in ("index/re/vi/reviewer.jsonl", "agents/re/vi/reviewer/1.0.0.md"):
        theirs.index.write(path, (ours.index.tree / path).read_bytes())
    theirs.index.commit("Replayed")
    reader = theirs.member("victim")
    reader.run("install", "reviewer", "--json").failed(4, "bad-signature")


def test_a_signature_that_was_there_cannot_be_taken_away(team: SignedTeam) -> None:
    """Unsigned releases of projects that do not insist would come in that way."""
    team.project.run("install", "reviewer").done()
    team.rewrite("reviewer", signature=None)
    team.project.run("update", "--json").failed(4, "registry-tampered")


# Signers of other packages


def owners(team: SignedTeam, **names: list[str]) -> bytes:
    """An `owners.json` with these owners."""
    file = {"format": 1, "administrators": [], "names": names, "scopes": {}, "unlisted": "anyone"}
    return json.dumps(file).encode()


def test_a_signer_cannot_sign_what_somebody_else_owns(team: SignedTeam) -> None:
    """One stolen key does not open every package."""
    team.index.write("owners.json", owners(team, reviewer=["alice@example.org"]))
    team.index.commit("Owners")
    team.add(team.bob).done()
    team.publish("reviewer", "1.1.0", by=None)
    team.sign_by_hand("reviewer", team.bob)
    ran = team.project.run("install", "reviewer@1.1.0")
    ran.failed(1)
    assert "who does not own `reviewer`" in ran.err


def test_whoever_signed_first_owns_what_is_not_listed(team: SignedTeam) -> None:
    """Where owners are kept, a name belongs to those who have signed it so far."""
    kept = {"format": 1, "administrators": [], "names": {}, "scopes": {}, "unlisted": "publishers"}
    team.index.write("owners.json", json.dumps(kept).encode())
    team.index.commit("Owners")
    team.add(team.bob).done()
    team.publish("reviewer", "1.1.0", by=None)
    team.sign_by_hand("reviewer", team.bob)
    team.project.run("install", "reviewer").done()
    assert locked(team.project) == ("1.0.0", team.signer(team.alice))


def test_a_record_that_cannot_be_read_makes_nobody_an_owner(team: SignedTeam) -> None:
    """Those who are known to have signed the package still own it, and a release of theirs is had."""
    kept = {"format": 1, "administrators": [], "names": {}, "scopes": {}, "unlisted": "publishers"}
    team.index.write("owners.json", json.dumps(kept).encode())
    team.index.commit("Owners")
    team.publish("tester", "1.0.0", by=team.alice)
    team.add(team.bob).done()
    for name in ("reviewer", "tester"):
        team.publish(name, "1.1.0", by=team.alice)
    team.rewrite("reviewer", size=-1)
    team.rewrite("tester", 0, size=-1)
    team.rewrite("tester", 1, size=-1)
    team.publish("reviewer", "1.2.0", by=None)
    team.sign_by_hand("reviewer", team.alice)
    team.publish("tester", "1.2.0", by=None)
    team.sign_by_hand("tester", team.bob)
    team.project.run("install", "reviewer").done()
    assert locked(team.project) == ("1.2.0", team.signer(team.alice))
    team.index.publish("lead", "1.0.0", "tester ==1.2.0")
    team.sign_by_hand("lead", team.alice)
    ran = team.project.run("install", "lead").failed(1)
    assert "who does not own `tester`" in ran.err


def test_publishing_as_somebody_else_is_refused_at_once(team: SignedTeam) -> None:
    """Before readers, who would pass it over."""
    team.index.write("owners.json", owners(team, reviewer=["alice@example.org"]))
    team.index.commit("Owners")
    team.add(team.bob).done()
    desk = team.desk()
    desk.write("reviewer.md", "---\nname: reviewer\ndescription: x\ntools: Read\n---\nHi.\n")
    argv = ["publish", "reviewer.md", "--version", "1.1.0", "--registry", "acme", "--json"]
    desk.run(*argv, "--key", str(team.bob.path)).failed(3, "not-a-signer")
    desk.run(*argv, "--key", str(team.mallory.path)).failed(3, "not-a-signer")
    desk.run(*argv, "--key", "no-such-file").failed(1, "no-signing-key")
    desk.run(*argv).failed(1, "no-signing-key")


# Who signed before


def test_another_signer_stops_an_update_until_the_team_approves(team: SignedTeam) -> None:
    """An account that changes hands looks exactly like this."""
    team.project.run("install", "reviewer").done()
    team.add(team.bob).done()
    team.publish("reviewer", "1.1.0", by=team.bob)
    team.project.run("update", "reviewer", "--json").failed(3, "signer-changed")
    held = team.project.run("update").done()
    assert "`reviewer` stays at 1.0.0" in held.err
    told = team.project.run("update", "reviewer")
    assert f"agentpm approve reviewer --signer '{team.signer(team.bob)}'" in told.err
    team.project.run("approve", "reviewer", "--signer", team.signer(team.bob)).done()
    team.project.run("update", "reviewer").done()
    assert locked(team.project) == ("1.1.0", team.signer(team.bob))
    listed = tomllib.loads(team.project.manifest)["signers"]["reviewer"]
    assert listed == [team.signer(team.alice), team.signer(team.bob)]


def test_no_signature_after_one_stops_an_update(tmp_path: Path) -> None:
    """Also in a project that takes unsigned releases: this one was signed before."""
    team = SignedTeam(tmp_path)
    team.publish("reviewer", "1.0.0", by=team.alice)
    team.project.run("install", "reviewer").done()
    team.publish("reviewer", "1.1.0", by=None)
    team.project.run("update", "reviewer", "--json").failed(3, "signer-changed")
    team.project.run("approve", "reviewer", "--signer", "unsigned").done()
    team.project.run("update", "reviewer").done()
    assert locked(team.project) == ("1.1.0", None)


def test_deleting_the_lockfile_does_not_forget_who_signed(team: SignedTeam) -> None:
    """The one that was committed last still says it."""
    team.project.git("init", "--quiet")
    team.project.run("install", "reviewer").done()
    team.project.git("add", "--all")
    team.project.git("commit", "--quiet", "-m", "Agents")
    (team.project.root / "agentpm.lock").unlink()
    team.add(team.bob).done()
    team.publish("reviewer", "1.1.0", by=team.bob)
    team.project.run("install", "--json").failed(3, "signer-changed")


def test_a_pinned_signer_counts_for_the_first_install_too(team: SignedTeam) -> None:
    """A line in the manifest says who, whatever the lockfile knows."""
    team.project.run("approve", "reviewer", "--signer", team.signer(team.bob)).done()
    team.project.run("install", "reviewer", "--json").failed(3, "signer-changed")
    assert not team.project.agent("reviewer").exists()


@pytest.mark.parametrize("word", ["bob", "bob SHA256:short", "", "SHA256:" + "a" * 43])
def test_a_signer_is_named_with_the_key(team: SignedTeam, word: str) -> None:
    """A name alone could be given to another key by any other signer."""
    team.project.run("approve", "reviewer", "--signer", word, "--json").failed(
        2, "malformed-signer"
    )


# Yanks


def test_a_yank_by_somebody_without_a_key_does_not_count(team: SignedTeam) -> None:
    """Nobody can push people back to an older, weaker release."""
    team.publish("reviewer", "1.1.0", by=team.alice)
    team.rewrite("reviewer", yanked="believe me")
    ran = team.project.run("install", "reviewer").done()
    assert locked(team.project)[0] == "1.1.0"
    assert "nobody who may do that signed it" in ran.err
    team.yank("reviewer@1.1.0", by=team.alice, reason="believe me").done()
    newcomer = team.member("newcomer")
    newcomer.run("install", "reviewer").done()
    assert locked(newcomer)[0] == "1.0.0"


def test_a_signed_yank_counts_and_can_be_taken_back(team: SignedTeam) -> None:
    """By who may."""
    team.publish("reviewer", "1.1.0", by=team.alice)
    team.yank("reviewer@1.1.0", by=team.mallory).failed(3)
    team.yank("reviewer@1.1.0", by=team.alice).done()
    team.project.run("install", "reviewer").done()
    assert locked(team.project)[0] == "1.0.0"
    team.yank("reviewer@1.1.0", by=team.alice, reason=None).done()
    team.project.run("update", "reviewer").done()
    assert locked(team.project)[0] == "1.1.0"
    assert team.record("reviewer")["yank"]["turn"] == 2


@pytest.mark.parametrize(
    "forged",
    [
        {"yanked": None},
        {"yanked": "for another reason"},
        {"yank": {"turn": 2, "signature": "AAAA"}},
        {"yank": {"turn": 1, "signature": "AAAA"}},
    ],
)
def test_a_yank_that_was_changed_is_tampering(team: SignedTeam, forged: dict[str, Any]) -> None:
    """Also for somebody who looks for the first time."""
    team.publish("reviewer", "1.1.0", by=team.alice)
    team.yank("reviewer@1.1.0", by=team.alice).done()
    team.rewrite("reviewer", **forged)
    team.project.run("install", "reviewer", "--json").failed(4, "bad-signature")


def test_an_earlier_state_of_a_yank_cannot_be_put_back(team: SignedTeam) -> None:
    """The signatures of both states are good; the number says which came later."""
    team.publish("reviewer", "1.1.0", by=team.alice)
    team.yank("reviewer@1.1.0", by=team.alice).done()
    team.yank("reviewer@1.1.0", by=team.alice, reason=None).done()
    offered = team.record("reviewer")
    team.yank("reviewer@1.1.0", by=team.alice).done()
    team.project.run("install", "reviewer").done()
    team.rewrite("reviewer", yanked=None, yank=offered["yank"])
    team.project.run("update", "--json").failed(4, "registry-tampered")


def test_a_yank_cannot_be_dropped_with_its_signature(team: SignedTeam) -> None:
    """What was seen as signed stays signed."""
    team.publish("reviewer", "1.1.0", by=team.alice)
    team.yank("reviewer@1.1.0", by=team.alice).done()
    team.project.run("install", "reviewer").done()
    team.rewrite("reviewer", yanked=None, yank=None)
    team.project.run("update", "--json").failed(4, "registry-tampered")


def test_a_revoked_key_cannot_take_a_yank_back(team: SignedTeam) -> None:
    """Whoever stole it would offer the broken release again."""
    team.add(team.bob).done()
    team.publish("reviewer", "1.1.0", by=team.alice)
    team.yank("reviewer@1.1.0", by=team.alice).done()
    team.remove(team.bob).done()
    told = {"kind": "yank", "turn": 2, "reason": None, "namespace": "agentpm-yank"}
    back = team.signature("reviewer", team.bob, **told)  # type: ignore[arg-type]
    team.rewrite("reviewer", yanked=None, yank={"turn": 2, "signature": back})
    team.project.run("install", "reviewer").done()
    assert locked(team.project)[0] == "1.0.0"


# The list of signers


def test_a_list_that_goes_away_is_tampering(team: SignedTeam) -> None:
    """A registry does not become unsigned."""
    team.project.run("install", "reviewer").done()
    team.write_signers(None)
    team.project.run("update", "--json").failed(4, "registry-tampered")


def test_a_list_that_is_set_back_is_tampering(team: SignedTeam) -> None:
    """A revoked key would count again."""
    team.add(team.bob).done()
    before = team.signers_text()
    team.remove(team.bob).done()
    team.project.run("install", "reviewer").done()
    team.write_signers(before)
    team.project.run("update", "--json").failed(4, "registry-tampered")


def test_a_list_that_was_begun_anew_is_tampering(team: SignedTeam) -> None:
    """Every line of it fits, and none of it is what was seen."""
    team.project.run("install", "reviewer").done()
    team.write_signers(None)
    # A machine that never saw the registry before remembers nothing.
    argv = ["registry", "signers", "acme", f"--add=mallory@example.org={team.mallory.file}"]
    team.member("stranger").run(*argv, "--key", str(team.mallory.path)).done()
    team.project.run("update", "--json").failed(4, "registry-tampered")


def test_emptying_the_cache_does_not_forget_the_signers(team: SignedTeam) -> None:
    """What is trusted lies where nothing is thrown away."""
    team.project.run("install", "reviewer").done()
    team.project.run("cache", "clean").done()
    team.write_signers(None)
    team.project.run("update", "--json").failed(4, "registry-tampered")


def test_a_list_grown_by_somebody_else_is_no_list(team: SignedTeam) -> None:
    """A line counts if a key of the line before it signed it."""
    team.project.run("install", "reviewer").done()
    last = json.loads(team.signers_text().splitlines()[-1])
    added = {"name": "mallory@example.org", "key": str(team.mallory.public)}
    line = {**last, "n": 2, "signers": [*last["signers"], added]}
    team.write_signers(team.signers_text() + by_mallory(team, line) + "\n")
    team.project.run("update", "--json").failed(4, "bad-signers")


def by_mallory(team: SignedTeam, line: dict[str, object]) -> str:
    """A line of the list with a signature by Mallory."""
    text = team.signers_text().splitlines()[-1]
    line["previous"] = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    told = {key: value for key, value in line.items() if key != "signature"}
    statement = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    return json.dumps({**told, "signature": team.mallory.sign(statement, "agentpm-signers")})


def test_a_list_of_another_registry_is_tampering(tmp_path: Path) -> None:
    """Its lines say which registry they are for."""
    ours, theirs = SignedTeam(tmp_path, "ours"), SignedTeam(tmp_path, "theirs")
    ours.publish("reviewer", "1.0.0", by=ours.alice)
    ours.write_signers(theirs.signers_text())
    ours.member("reader2").run("install", "reviewer", "--json").failed(4, "bad-signers")


def test_a_first_look_can_be_told_what_to_expect(team: SignedTeam) -> None:
    """Whoever looks for the first time cannot know better, unless somebody told them."""
    digest = team.desk().run("registry", "signers", "acme", "--json").data["list"]
    careful = team.member("careful")
    url = team.index.url
    argv = ["registry", "add", "vouched", url, "--global"]
    careful.run(*argv, "--signers", "sha256:" + "0" * 64, "--json").failed(4, "registry-tampered")
    careful.run(*argv, "--signers", digest, "--require-signatures").done()
    config = tomllib.loads((careful.home / "config" / "config.toml").read_text("utf-8"))
    assert config["registries"]["vouched"] == {
        "url": url,
        "require-signatures": True,
        "signers": digest,
    }


def test_a_team_pins_the_list_in_its_manifest(team: SignedTeam) -> None:
    """So that no member of it trusts on first use."""
    other = team.member("careful")
    url = team.index.url
    line = f'acme = {{ url = "{url}", signers = "sha256:{"0" * 64}" }}'
    other.write("agentpm.toml", other.manifest.replace(f'acme = "{url}"', line))
    other.run("install", "reviewer", "--json").failed(4, "registry-tampered")


def test_an_unsigned_registry_has_nothing_for_who_wants_signatures(tmp_path: Path) -> None:
    """The wish is not met by there being nothing to verify."""
    team = SignedTeam(tmp_path)
    team.write_signers(None)
    team.index.publish("reviewer", "1.0.0", tools="Read")
    reader = team.member("newcomer")
    team.require(reader)
    ran = reader.run("install", "reviewer")
    ran.failed(1)
    assert "as nothing is in its registry" in ran.err


def test_signatures_count_without_a_network(tmp_path: Path) -> None:
    """What they are held against comes along with every look, from servers that send parts too."""
    team = SignedTeam(tmp_path)
    team.publish("reviewer", "1.0.0", by=team.alice)
    with Server(team.index) as server:
        reader = Project(tmp_path, person="traveller")
        text = MANIFEST.format(url=server.url).replace(
            f'acme = "{server.url}"',
            f'acme = {{ url = "{server.url}", allow-insecure = true, require-signatures = true }}',
        )
        reader.write("agentpm.toml", text)
        reader.run("registry", "update").done()
        reader.run("add", "reviewer", "--offline").done()
    assert locked(reader) == ("1.0.0", team.signer(team.alice))


def test_reading_signatures_costs_no_process(team: SignedTeam) -> None:
    """With a fresh view, resolving starts no git, signed or not."""
    team.project.environ["AGENTPM_MAX_AGE"] = "3600"
    team.project.run("add", "reviewer").done()
    team.project.run("lock", "--refresh").done()
    (team.project.root / "agentpm.lock").unlink()
    ran = team.project.run("lock").done()
    assert locked(team.project) == ("1.0.0", team.signer(team.alice))
    assert ran.git == ()


# Read as files from a web server


@pytest.fixture
def traveller(team: SignedTeam, tmp_path: Path) -> Iterator[Project]:
    """Somebody who reads the signed registry as files, and wants signatures."""
    with StaticServer(team.index.tree) as server:
        reader = Project(tmp_path, person="traveller")
        reader.environ["AGENTPM_MAX_AGE"] = "0"
        url = f"sparse+{server.url}"
        line = f'acme = {{ url = "{url}", allow-insecure = true, require-signatures = true }}'
        text = MANIFEST.format(url=url).replace(f'acme = "{url}"', line)
        reader.write("agentpm.toml", text)
        yield reader


def test_files_from_a_web_server_are_held_to_the_same(team: SignedTeam, traveller: Project) -> None:
    """The list of signers is one more file."""
    team.publish("reviewer", "1.1.0", by=None)
    traveller.run("install", "reviewer").done()
    assert locked(traveller) == ("1.0.0", team.signer(team.alice))
    team.sign_by_hand("reviewer", team.alice, version="9.0.0")
    traveller.run("update", "--refresh", "--json").failed(4, "bad-signature")


def test_a_web_server_cannot_take_a_list_or_a_yank_back(
    team: SignedTeam, traveller: Project
) -> None:
    """What was seen stays in use, however late the server seems to be."""
    team.publish("reviewer", "1.1.0", by=team.alice)
    team.yank("reviewer@1.1.0", by=team.alice).done()
    traveller.run("install", "reviewer").done()
    assert locked(traveller)[0] == "1.0.0"
    team.rewrite("reviewer", yanked=None, yank=None)
    traveller.run("update", "--refresh")
    assert locked(traveller)[0] == "1.0.0"
    team.write_signers(None)
    ran = traveller.run("update", "--refresh")
    assert "`signers.jsonl`" in ran.err
    assert locked(traveller) == ("1.0.0", team.signer(team.alice))
