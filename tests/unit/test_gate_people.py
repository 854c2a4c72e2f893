"""The gate on people and names: who publishes what, who changes the registry itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentpm.git import Git
from agentpm.registry.gate.refusal import Kind, exit_code
from agentpm.registry.gate.repository import Guarded, MissingHistory
from agentpm.registry.gate.standing import MalformedStanding
from support.guarded import Gate, person
from support.index_repo import agent_file, index_file

ADA, BOB, EVE = "ada@example.org", "bob@example.org", "eve@example.org"
RECORDS = index_file("reviewer")
NEXT = index_file("writer")


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """A registry that Ada keeps; Bob owns `writer` and the scope `acme`, the rest is unlisted."""
    return Gate(tmp_path, {"administrators": [ADA], "names": {"writer": [BOB]},
                           "scopes": {"acme": [BOB]}})  # fmt: skip


@pytest.fixture
def nobodys(tmp_path: Path) -> Gate:
    """A registry in which nothing is owned."""
    return Gate(tmp_path)


# Owners


def test_owners_publish_under_their_names(gate: Gate) -> None:
    """A listed name, a listed scope, and every name of it."""
    gate.publish("writer", "1.0.0", by="Bob").publish("acme/lead", "1.0.0", by="Bob")
    gate.publish("acme/reviewer", "1.0.0", by="Bob")
    assert gate.said() == []


@pytest.mark.parametrize("name", ["writer", "acme/lead", "reviewer"])
def test_others_do_not(gate: Gate, name: str) -> None:
    """The third one is not listed: it is whose it was first."""
    gate.publish(name, "1.1.0", by="Eve")
    assert gate.said()[0].startswith(f"not-an-owner {index_file(name)}:")
    assert exit_code(gate.judged()) == 1


def test_administrators_publish_everywhere(gate: Gate) -> None:
    """Somebody has to be able to help."""
    gate.publish("writer", "1.0.0").publish("acme/lead", "1.0.0").publish("reviewer", "1.1.0")
    assert gate.said() == []


def test_a_new_name_is_anyones(gate: Gate) -> None:
    """Whoever comes first has it from then on."""
    gate.publish("planner", "1.0.0", by="Eve").publish("planner", "1.1.0", by="Eve")
    assert gate.said() == []
    gate.accepted().publish("planner", "1.2.0", by="Bob")
    assert gate.said() == [f"not-an-owner {index_file('planner')}:3"]


@pytest.mark.parametrize(("unlisted", "may"), [("anyone", True), ("administrators", False)])
def test_what_is_not_listed_can_be_anyones_or_nobodys(gate: Gate, unlisted: str, may: bool) -> None:
    """A team of five trusts each other, a company lists every name."""
    gate.owners(administrators=[ADA], unlisted=unlisted).accepted()
    gate.publish("reviewer", "1.1.0", by="Eve").publish("planner", "1.0.0", by="Eve")
    said = [f"not-an-owner {RECORDS}:2", f"not-an-owner {index_file('planner')}:1"]
    assert gate.said() == ([] if may else said)


def test_a_mail_address_is_compared_in_any_case(gate: Gate) -> None:
    """Nobody remembers how it was written."""
    gate.owners(administrators=["Eve@Example.org"]).accepted()
    assert gate.publish("reviewer", "1.1.0", by="Eve").said() == []


def test_owners_withdraw_and_others_do_not(gate: Gate) -> None:
    """A yank is as good as a deletion for whoever solves anew."""
    gate.record("reviewer", 1, by="Eve", yanked="because I can")
    assert gate.said() == [f"not-an-owner {RECORDS}:1"]
    gate.accepted().record("reviewer", 1, by="Eve", yanked=None)
    assert gate.said() == [f"not-an-owner {RECORDS}:1"]


def test_a_removal_is_for_administrators(gate: Gate) -> None:
    """An owner yanks; bytes go only by the law."""
    gate.publish("writer", "1.0.0", by="Bob").accepted()
    with gate.one_commit("Bob"):
        gate.record("writer", 1, removed="I regret it")
        gate.file(agent_file("writer", "1.0.0"), None)
    assert gate.said() == [f"withdrawal {NEXT}:1"]
    # What the commit before did is there now; the same by an administrator is in order.
    gate.record("writer", 1, removed=None)
    gate.publish("writer", "1.1.0", by="Bob").accepted()
    with gate.one_commit("Ada"):
        gate.record("writer", 2, removed="a court order")
        gate.file(agent_file("writer", "1.1.0"), None)
    assert gate.said() == []


def test_where_nothing_is_owned_everybody_may_do_what_is_honest(nobodys: Gate) -> None:
    """Without `owners.json`, whoever can push can publish."""
    nobodys.publish("reviewer", "1.1.0", by="Eve").file("README.md", b"Hello", by="Eve")
    nobodys.owners(by="Eve", administrators=[EVE])
    assert nobodys.said() == []
    assert nobodys.accepted().file("README.md", b"Bye", by="Bob").said() == [
        "foreign-file README.md"
    ]


# Publishers


def test_nobody_publishes_in_anothers_name(gate: Gate) -> None:
    """The record names who made the commit."""
    gate.publish("planner", "1.0.0", by="Eve", publisher=person("Ada"))
    assert gate.said() == [f"publisher {index_file('planner')}:1"]
    with gate.accepted().one_commit("Eve"):
        gate.publish("tester", "1.0.0").record("tester", 1, publisher=None)
    assert gate.said() == [f"publisher {index_file('tester')}:1"]


def test_where_the_server_knows_who_pushes_the_name_in_the_commit_is_not_enough(
    gate: Gate,
) -> None:
    """Anybody can write any name into a commit."""
    gate.publish("writer", "1.0.0", by="Bob")
    assert gate.said(pusher=BOB) == []
    assert gate.said(pusher=EVE) == [f"publisher {NEXT}:1", f"not-an-owner {NEXT}:1"]
    assert gate.said(pusher=ADA) == []


def test_an_import_says_where_its_releases_come_from(gate: Gate) -> None:
    """They keep their dates, and have no publisher here; only an administrator imports."""
    with gate.one_commit():
        gate.publish("old-hand", "1.0.0", published="2019-01-01T00:00:00Z")
        gate.record("old-hand", 1, publisher=None, provenance={"commit": "0" * 40})
        text = gate.read(index_file("old-hand")).decode()
        record = json.loads(text)
        provenance = record.pop("provenance")
        line = json.dumps(record | {"provenance": provenance})
        gate.file(index_file("old-hand"), f"{line}\n".encode())
    assert gate.said() == []
    assert gate.said(pusher=BOB) == [
        f"published-time {index_file('old-hand')}:1",
        f"publisher {index_file('old-hand')}:1",
    ]


def test_where_everybody_is_an_administrator_nobody_brings_dates(nobodys: Gate) -> None:
    """Else anyone could let a release look a year old."""
    path = index_file("old-hand")
    with nobodys.one_commit("Eve"):
        nobodys.publish("old-hand", "1.0.0", published="2019-01-01T00:00:00Z",
                        publisher=person("Eve"), provenance={"commit": "0" * 40})  # fmt: skip
        record = json.loads(nobodys.read(path))
        provenance = record.pop("provenance")
        nobodys.file(path, f"{json.dumps(record | {'provenance': provenance})}\n".encode())
    assert nobodys.said() == [f"published-time {path}:1"]


# The registry's own files


@pytest.mark.parametrize(
    "path", ["README.md", ".gitattributes", "reviewed.json", ".github/workflows/gate.yml"]
)
def test_the_registrys_own_files_are_the_administrators(gate: Gate, path: str) -> None:
    """A publisher publishes; the gate's own set-up is none of that."""
    gate.file(path, b"{}", by="Bob")
    assert gate.said() == [f"foreign-file {path}"]
    assert gate.said(pusher=ADA) == []


def test_the_id_of_a_registry_never_changes(gate: Gate) -> None:
    """Not even by an administrator: every reader would stop."""
    gate.file("config.json", b'{"format": 1, "id": "another"}')
    assert gate.said() == ["other-registry config.json"]
    assert exit_code(gate.judged()) == 4
    gate.accepted().file("config.json", None)
    assert gate.said() == ["other-registry config.json"]


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"id": "x"}', b'{"format": 2, "id": "x"}'])
def test_a_configuration_that_cannot_be_understood_is_refused(gate: Gate, content: bytes) -> None:
    """Readers could not use the registry."""
    gate.file("config.json", content)
    assert gate.said() == ["malformed-registry-file config.json"]


def test_owners_that_cannot_be_understood_are_refused_with_their_line(gate: Gate) -> None:
    """A misspelt key would give names away."""
    gate.owners(administrators=[ADA], nmaes={})
    (refusal,) = gate.judged()
    assert refusal.location == "owners.json:6"
    assert refusal.problem.hint == "did you mean `names`?"


def test_a_gate_whose_own_rules_are_broken_says_so(gate: Gate) -> None:
    """Behind a gate it cannot happen; before one it may have."""
    gate.file("reviewed.json", b"[]").accepted().publish("planner", "1.0.0")
    with pytest.raises(MalformedStanding, match="reviewed"):
        gate.judged()


OWNED: dict[str, Any] = {
    "administrators": [ADA], "names": {"writer": [BOB]}, "scopes": {"acme": [BOB]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "who", "refused"),
    [
        ({"names": {"writer": [BOB, EVE]}}, "Bob", False),
        ({"scopes": {"acme": [EVE]}}, "Bob", False),
        ({"names": {"writer": [BOB], "acme/lead": [EVE]}}, "Bob", False),
        ({"names": {"writer": [EVE]}}, "Eve", True),
        ({"names": {}}, "Eve", True),
        ({"scopes": {"acme": [BOB], "globex": [EVE]}}, "Eve", True),
        ({"names": {"writer": [BOB], "reviewer": [EVE]}}, "Eve", True),
        ({"names": {"writer": [BOB], "planner": [EVE]}}, "Eve", True),
        ({"administrators": [ADA, BOB]}, "Bob", True),
        ({"unlisted": "anyone"}, "Bob", True),
        ({"accounts": {"ada": BOB}}, "Bob", True),
        ({"administrators": [BOB], "unlisted": "administrators"}, "Ada", False),
    ],
)
def test_an_entry_is_changed_by_its_owners_the_rest_by_administrators(
    gate: Gate, change: dict[str, Any], who: str, refused: bool
) -> None:
    """Owners share what is theirs; nobody takes what is not."""
    gate.owners(by=who, **(OWNED | change))
    assert gate.said() == (["foreign-ownership owners.json"] if refused else [])


def test_who_published_a_name_first_may_list_it(gate: Gate) -> None:
    """What is unlisted belongs to its publishers, also in `owners.json`."""
    gate.publish("planner", "1.0.0", by="Eve").accepted()
    gate.owners(by="Eve", **(OWNED | {"names": {"writer": [BOB], "planner": [EVE]}}))
    assert gate.said() == []


def test_owners_are_those_before_the_commit(gate: Gate) -> None:
    """Nobody makes himself an owner in the commit that needs it; in the next, it counts."""
    with gate.one_commit("Eve"):
        gate.owners(administrators=[EVE]).publish("writer", "1.0.0", by="Eve")
    assert gate.said() == [
        "foreign-ownership owners.json", "foreign-ownership owners.json",
        "foreign-ownership owners.json", f"not-an-owner {NEXT}:1",
    ]  # fmt: skip


def test_what_an_administrator_permits_counts_in_the_next_commit(gate: Gate) -> None:
    """Both may come in one push."""
    gate.owners(administrators=[ADA], names={"writer": [EVE]})
    gate.publish("writer", "1.0.0", by="Eve")
    assert gate.said() == []


def test_owners_that_are_too_large_are_not_taken_for_none(gate: Gate) -> None:
    """Without the file, everything would be everybody's."""
    gate.file("owners.json", b" " * (16 * 1024 * 1024 + 1))
    assert gate.said() == ["malformed-registry-file owners.json"]


def test_owners_json_does_not_go_away(gate: Gate) -> None:
    """Without it, everything would be everybody's."""
    said = gate.file("owners.json", None, by="Bob").said()
    assert "foreign-ownership owners.json" in said


# Places


@pytest.mark.parametrize(
    "path",
    [
        "index/re/vi/Reviewer.jsonl",
        "index/xx/yy/planner.jsonl",
        "index/pl/an/planner.json",
        "index/pl/an/pl\u0430nner.jsonl",
        "index/3/c/con.jsonl",
        "agents/pl/an/planner/latest.md",
        "agents/pl/an/planner/1.0.0.txt",
        "agents/pl/an/planner/1.0.0/x.md",
        "agents/1.0.0.md",
    ],
)
def test_below_index_and_agents_only_well_formed_names_have_a_place(gate: Gate, path: str) -> None:
    """Capitals, letters of another alphabet, device names, other places: not even for Ada."""
    gate.file(path, b"{}\n")
    assert gate.said() == [f"misplaced-file {path}"]


def test_links_and_programs_have_no_place(gate: Gate) -> None:
    """A link in a registry would be followed by whoever serves it."""
    gate.index.tree.joinpath("link").symlink_to("/etc/passwd")
    gate.index.write("run.sh", b"#!/bin/sh\n")
    gate.index.tree.joinpath("run.sh").chmod(0o755)
    gate.index.commit("Odd files")
    assert gate.said() == ["misplaced-file link", "misplaced-file run.sh"]


def test_a_file_with_a_name_for_terminals_is_shown_harmlessly(gate: Gate) -> None:
    """What is refused is printed, and must not do what it says."""
    gate.file("index/\x1b[2Jx", b"")
    (said,) = gate.said()
    assert "\x1b" not in said


# Names


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("re-viewer", "reviewer"),
        ("reviewe-r", "reviewer"),
        ("c0der", "coder"),
        ("coder-l", "coder-1"),
        ("rnodel-tester", "model-tester"),
        ("acrne/tool", "acme"),
    ],
)
def test_a_name_that_looks_like_another_waits_for_a_reviewer(
    gate: Gate, name: str, other: str
) -> None:
    """Hyphens, digits, pairs of letters; scopes too."""
    for there in ("coder", "coder-1", "model-tester", "acme/lead"):
        gate.publish(there, "1.0.0")
    gate.accepted().publish(name, "1.0.0", by="Eve")
    (refusal,) = gate.judged()
    assert (refusal.code, refusal.kind) == ("confusable-name", Kind.REVIEW)
    assert f"looks like `{other}`" in refusal.problem.message
    assert exit_code([refusal]) == 3


def test_one_letter_from_a_listed_name_waits_too(gate: Gate) -> None:
    """The administrators list the names that are worth imitating."""
    config = json.dumps({"format": 1, "id": _id(gate), "popular": ["reviewer"]}).encode()
    gate.file("config.json", config).accepted()
    for name in ("revewer", "reviewerr", "reveiwer", "reviewed"):
        gate.publish(name, "1.0.0", by="Eve")
        assert gate.said() == [f"confusable-name {index_file(name)}:1"]
        gate.accepted()
    assert gate.publish("viewer", "1.0.0", by="Eve").said() == []


def test_one_letter_from_a_name_that_many_need_waits_too(gate: Gate) -> None:
    """Nobody has to list what everybody uses."""
    for number in range(9):
        gate.publish(f"team-{'abcdefghi'[number] * 3}", "1.0.0", "reviewer >=1")
    gate.accepted().publish("revewer", "1.0.0", by="Eve")
    assert gate.said() == []
    gate.publish("the-tenth", "1.0.0", "reviewer").accepted().publish("reviwer", "1.0.0")
    assert gate.said() == [f"confusable-name {index_file('reviwer')}:1"]


def test_what_was_reviewed_passes(gate: Gate) -> None:
    """For this run, or for good by an entry of an administrator's; not by the publisher's own."""
    gate.publish("re-viewer", "1.0.0", by="Eve")
    assert gate.said(reviewed=["re-viewer"]) == []
    gate.index.git("reset", "--quiet", "--hard", "HEAD~1")
    gate.file("reviewed.json", b'{"names": {"re-viewer": "another tool"}}').accepted()
    assert gate.publish("re-viewer", "1.0.0", by="Eve").said() == []
    with gate.accepted().one_commit("Eve"):
        gate.file("reviewed.json", b'{"names": ["re-viewer", "reviewe-r"]}')
        gate.publish("reviewe-r", "1.0.0", by="Eve")
    assert gate.said() == ["foreign-file reviewed.json"]


def test_two_new_names_of_one_push_are_held_against_each_other(gate: Gate) -> None:
    """In the whole registry as well."""
    with gate.one_commit():
        gate.publish("data-base", "1.0.0").publish("database", "1.0.0")
    said = [f"confusable-name {index_file('database')}:1"]
    assert gate.said() == gate.whole() == said


def test_the_second_release_of_a_reviewed_name_needs_no_review(gate: Gate) -> None:
    """It is there; people know it."""
    gate.publish("re-viewer", "1.0.0", by="Eve").accepted()
    assert gate.publish("re-viewer", "1.1.0", by="Eve").said() == []


# History


def test_a_history_that_was_rewritten_is_refused(gate: Gate) -> None:
    """Every reader would stop."""
    gate.index.rewrite_history()
    (refusal,) = gate.judged()
    assert (refusal.code, refusal.kind) == ("rewritten-history", Kind.TAMPERED)


def test_a_merge_of_honest_work_passes(gate: Gate) -> None:
    """That is how git hosts take a request; the merger need own nothing."""
    _branch(gate, lambda: gate.publish("writer", "1.0.0", by="Bob"))
    gate.index.git("merge", "--quiet", "--no-ff", "-m", "Merge", "side")
    assert gate.said() == []


def test_what_a_merge_adds_itself_is_judged(gate: Gate) -> None:
    """A merge can bring what was in none of its parents."""
    _branch(gate, lambda: gate.publish("writer", "1.0.0", by="Bob"))
    gate.index.git("merge", "--quiet", "--no-ff", "--no-commit", "side")
    gate.record("reviewer", 1, size=1)
    assert f"not-append-only {RECORDS}:1" in gate.said()


def test_what_is_merged_is_judged_too(gate: Gate) -> None:
    """A dishonest commit is dishonest though the merge does not take it."""
    text = gate.read(RECORDS)
    _branch(gate, lambda: gate.record("reviewer", 1, size=1, by="Bob").file(RECORDS, text, "Bob"))
    gate.index.git("merge", "--quiet", "--no-ff", "-m", "Merge", "side")
    assert f"not-append-only {RECORDS}:1" in gate.said()


def test_the_registry_is_the_first_parent_of_a_merge(gate: Gate) -> None:
    """Else the way from the old tip to the new one would lead through somebody's own branch."""
    _branch(gate, lambda: gate.publish("writer", "1.0.0", by="Bob"))
    main = gate.publish("planner", "1.0.0").accepted().index.tip
    gate.index.git("reset", "--quiet", "--hard", "side")
    gate.index.git("merge", "--quiet", "--no-ff", "-m", "Merge", main)
    assert [line.split()[0] for line in gate.said()] == ["rewritten-history"]


def test_another_history_does_not_join(gate: Gate) -> None:
    """What began elsewhere was never checked against anything."""
    orphan = gate.index.git("commit-tree", "-m", "Elsewhere", "HEAD^{tree}").strip()
    merge = ["commit-tree", "-p", "HEAD", "-p", orphan, "-m", "Both", "HEAD^{tree}"]
    gate.index.git("update-ref", "refs/heads/main", gate.index.git(*merge).strip())
    (refusal,) = gate.judged()
    assert "began elsewhere" in refusal.problem.message


def test_a_commit_that_is_not_here_is_named(gate: Gate) -> None:
    """A shallow clone lacks what the gate needs."""
    guarded = Guarded(Git(gate.index.bare))
    with pytest.raises(MissingHistory) as caught:
        guarded.commit("0123456789" * 4)
    guarded.close()
    assert "--unshallow" in (caught.value.hint or "")


def _branch(gate: Gate, work: Any) -> None:
    """Do some work on a branch `side`, and go back to main."""
    main = gate.index.tip
    work()
    gate.index.git("branch", "side", "HEAD")
    gate.index.git("reset", "--quiet", "--hard", main)


def _id(gate: Gate) -> str:
    return str(json.loads(gate.read("config.json"))["id"])
