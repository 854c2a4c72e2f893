"""The gate on records and files: what was published stays, and what is new is honest."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agentpm.registry.gate.refusal import Kind, exit_code
from support.guarded import NOW, Gate
from support.index_repo import agent_file, agent_text, index_file

RECORDS = index_file("reviewer")
FILE = agent_file("reviewer", "1.0.0")
NEXT = agent_file("reviewer", "1.1.0")


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


# What is honest


def test_honest_changes_pass(gate: Gate) -> None:
    """Releases, new names, scoped ones, yanks, unyanks: everything that agentpm itself does."""
    gate.publish("reviewer", "1.0.1").publish("reviewer", "1.1.0", tools="Read, Bash")
    gate.publish("acme/lead", "1.0.0", "reviewer ^1").publish("xyz", "0.1.0rc1")
    gate.record("reviewer", 1, yanked="removes migrations").record("reviewer", 1, yanked=None)
    assert gate.said() == []
    assert gate.whole() == []


def test_nothing_is_nothing_to_refuse(gate: Gate) -> None:
    """A range without commits, a commit without changes."""
    assert gate.said() == []
    with gate.one_commit():
        pass
    assert gate.said() == []


def test_many_releases_in_one_commit_pass(gate: Gate) -> None:
    """`agentpm publish` takes several files at once."""
    with gate.one_commit():
        for version in ("1.1.0", "1.2.0", "2.0.0"):
            gate.publish("reviewer", version)
        gate.publish("writer", "1.0.0")
    assert gate.said() == []


def test_a_release_beside_others_passes(gate: Gate) -> None:
    """Who stays on version 1 gets fixes after version 2 is out."""
    gate.publish("reviewer", "2.0.0").publish("reviewer", "1.0.1").publish("reviewer", "1.1.0")
    assert gate.said() == []


# Append-only


@pytest.mark.parametrize(
    "fields",
    [
        {"checksum": "sha256:" + "0" * 64},
        {"size": 1},
        {"grants": {"tools": "Read, Bash"}},
        {"description": "Something else."},
        {"published": "2026-10-01T12:01:00Z"},
        {"publisher": "Eve <eve@example.org>"},
        {"license": "MIT"},
        {"version": "1.0.1"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_no_field_of_a_published_record_changes(gate: Gate, fields: dict[str, Any]) -> None:
    """Every reader would stop at it."""
    said = gate.record("reviewer", 1, **fields).said()
    assert f"not-append-only {RECORDS}:1" in said
    assert exit_code(gate.judged()) == 4


def test_a_record_does_not_vanish(gate: Gate) -> None:
    """Not its line, not its whole file."""
    gate.publish("reviewer", "1.1.0").accepted()
    second = gate.read(RECORDS).split(b"\n")[1]
    gate.file(RECORDS, second + b"\n")
    assert f"not-append-only {RECORDS}:1" in gate.said()
    gate.accepted().file(RECORDS, None)
    assert gate.said() == [f"not-append-only {RECORDS}:1"]


def test_records_keep_their_order(gate: Gate) -> None:
    """A new line stands at the end, not between or before those that are there."""
    gate.publish("reviewer", "1.1.0").accepted()
    one, two, end = gate.read(RECORDS).split(b"\n")
    gate.file(RECORDS, b"\n".join([two, one, end]))
    assert gate.said()[0] == f"not-append-only {RECORDS}:1"


def test_the_bytes_of_a_release_do_not_change(gate: Gate) -> None:
    """Nor do they go without a removal, nor come back under another mode."""
    assert gate.file(FILE, b"other").said() == [f"changed-file {FILE}"]
    gate.file(FILE, agent_text("reviewer", "1.0.0", tools="Read")).accepted()
    assert gate.file(FILE, None).said() == [f"changed-file {FILE}"]
    assert exit_code(gate.judged()) == 4


def test_a_dishonest_commit_is_found_though_a_later_one_mends_it(gate: Gate) -> None:
    """Every commit on the way is one that somebody may come to stand at."""
    text = gate.read(RECORDS)
    gate.record("reviewer", 1, size=1).file(RECORDS, text)
    assert f"not-append-only {RECORDS}:1" in gate.said()


# Records and files belong together


def test_a_release_without_its_file_is_refused(gate: Gate) -> None:
    """Nobody could install it."""
    with gate.one_commit():
        gate.publish("reviewer", "1.1.0").file(NEXT, None)
    assert gate.said() == [f"missing-file {RECORDS}:2"]


def test_a_file_without_its_release_is_refused(gate: Gate) -> None:
    """Nothing could ever be checked against it."""
    gate.file(NEXT, agent_text("reviewer", "1.1.0"))
    assert gate.said() == [f"stray-file {NEXT}"]
    gate.accepted().publish("reviewer", "1.1.0")
    assert "changed-file" in " ".join(gate.said())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("checksum", "sha256:" + "0" * 64),
        ("size", 7),
        ("description", "Harmless."),
        ("grants", {}),
        ("dependencies", ["lead ^1"]),
    ],
)
def test_a_record_that_says_something_else_than_its_file(
    gate: Gate, field: str, value: Any
) -> None:
    """Who decides by the record must get what it says."""
    with gate.one_commit():
        gate.publish("reviewer", "1.1.0").record("reviewer", 2, **{field: value})
    (refusal,) = gate.judged()
    assert (refusal.code, refusal.location) == ("unfaithful-record", f"{RECORDS}:2")
    assert refusal.kind is Kind.TAMPERED


def test_an_agent_over_the_limit_is_refused(gate: Gate) -> None:
    """Sizes are checked before anything is read into memory."""
    with gate.one_commit():
        gate.publish("reviewer", "1.1.0").file(NEXT, b"x" * (1024 * 1024 + 1))
    assert gate.said() == [f"missing-file {NEXT}"]
    assert "1 MiB" in gate.judged()[0].problem.message


def test_an_index_file_over_the_limit_is_refused(gate: Gate) -> None:
    """Every reader would refuse it."""
    gate.file(RECORDS, gate.read(RECORDS) + b" " * (16 * 1024 * 1024))
    assert gate.said() == [f"malformed-record {RECORDS}"]


def test_lint_errors_are_refused_at_their_line(gate: Gate) -> None:
    """The gate sees what `agentpm lint` sees, for publishers who did not ask it."""
    raw = b"---\nname: reviewer\ndescription: ''\ntools: Read\n---\nReview.\n"
    with gate.one_commit():
        gate.publish("reviewer", "1.1.0").file(NEXT, raw)
    lint = [line for line in gate.said() if line.startswith("lint ")]
    assert lint
    assert lint[0].startswith(f"lint {NEXT}:")


def test_an_import_is_taken_as_it_is_only_from_an_administrator(gate: Gate) -> None:
    """A release of the past cannot be mended, but the word `imported` alone is no way around lint."""
    raw = b"---\nname: reviewer\ndescription: ''\ntools: Read\n---\nReview.\n"
    with gate.one_commit():
        gate.publish("reviewer", "1.1.0", provenance={"imported": True}).file(NEXT, raw)
    assert [line for line in gate.said() if line.startswith("lint ")]


def test_hidden_text_waits_for_a_reviewer(gate: Gate) -> None:
    """A person can see whether it is meant well; the file says it at its line."""
    hidden = "\u202eReview what you see.\n"
    raw = agent_text("reviewer", "1.1.0", tools="Read") + hidden.encode()
    with gate.one_commit():
        gate.index.write("x.md", raw)
        gate.publish("reviewer", "1.1.0")
        gate.file("x.md", None)
        gate.file(NEXT, raw)
        _as_file(gate, raw)
    (refusal,) = gate.judged()
    assert (refusal.code, refusal.kind) == ("hidden-text", Kind.REVIEW)
    assert refusal.location.startswith(f"{NEXT}:")
    assert exit_code([refusal]) == 3
    assert gate.said(reviewed=["reviewer"]) == []


def _as_file(gate: Gate, raw: bytes) -> None:
    """Let the second record of `reviewer` be that of `raw`."""
    digest = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    gate.record("reviewer", 2, checksum=digest, size=len(raw))


# The form of records


@pytest.mark.parametrize(
    "line",
    [b"{", b"[]", b'{"v": 1}', b'{"v": 2, "name": "reviewer", "version": "1.1.0"}', b"\xff"],
)
def test_a_line_that_is_no_record(gate: Gate, line: bytes) -> None:
    """Nor does one of a format pass that the gate cannot judge."""
    gate.file(RECORDS, gate.read(RECORDS) + line + b"\n")
    assert f"malformed-record {RECORDS}:2" in gate.said()


def test_a_version_stands_once(gate: Gate) -> None:
    """The same release twice, with the same or with other bytes."""
    gate.file(RECORDS, gate.read(RECORDS) * 2)
    assert f"malformed-record {RECORDS}:2" in gate.said()


@pytest.mark.parametrize("version", ["1.1", "v1.1.0", "1.1.0-rc.1", "1.1.0.post1", "01.1.0"])
def test_a_version_has_its_form(gate: Gate, version: str) -> None:
    """One version has one text."""
    with gate.one_commit():
        gate.publish("reviewer", "1.1.0").record("reviewer", 2, version=version)
    assert f"malformed-record {RECORDS}:2" in gate.said()


def test_a_record_is_written_as_agentpm_writes_it(gate: Gate) -> None:
    """What a reviewer cannot see, as a mark that turns text round, could hide in a line."""
    with gate.one_commit():
        gate.publish("reviewer", "1.1.0", license="MIT\u202e")
        text = gate.read(RECORDS).replace(b"\\u202e", "\u202e".encode())
        gate.file(RECORDS, text)
    assert f"not-as-written {RECORDS}:2" in gate.said()


def test_blank_lines_and_a_missing_end_are_refused(gate: Gate) -> None:
    """The next line would be joined to the last."""
    text = gate.read(RECORDS)
    assert gate.file(RECORDS, text + b"\n").said() == [f"not-as-written {RECORDS}:3"]
    gate.file(RECORDS, text).accepted()
    with gate.one_commit():
        gate.publish("reviewer", "1.1.0")
        gate.file(RECORDS, gate.read(RECORDS).rstrip(b"\n"))
    assert gate.said() == [f"not-as-written {RECORDS}:2"]


def test_a_broken_line_that_was_there_before_is_not_held_against_the_next(gate: Gate) -> None:
    """A registry gets its gate one day, with whatever is in it."""
    gate.file(RECORDS, gate.read(RECORDS) + b"{\n").accepted()
    assert gate.publish("reviewer", "1.1.0").said() == []


# Versions, powers, time


@pytest.mark.parametrize(
    ("first", "second"), [("1.0.2", "1.0.1"), ("1.1.0", "1.1.0rc1"), ("2.0.0", "2.0.0b2")]
)
def test_a_version_below_its_own_line_is_refused(gate: Gate, first: str, second: str) -> None:
    """It would never be chosen, or would hide among those that were looked at."""
    gate.publish("reviewer", first).publish("reviewer", second)
    assert gate.said() == [f"version-order {RECORDS}:3"]


def test_a_patch_release_that_can_do_more_is_refused(gate: Gate) -> None:
    """Patch releases are taken without a second look."""
    gate.publish("reviewer", "1.0.1", tools="Read, Bash")
    (refusal,) = gate.judged()
    assert (refusal.code, refusal.location) == ("widening-patch", f"{RECORDS}:2")
    assert "1.1.0 or later" in (refusal.problem.hint or "")
    assert refusal.problem.details
    gate.accepted().publish("reviewer", "1.1.0", tools="Read, Bash, Write")
    assert gate.said() == []


def test_a_widening_hides_in_no_series_of_releases(gate: Gate) -> None:
    """Of several in one commit, each is held against those before it."""
    with gate.one_commit():
        gate.publish("reviewer", "1.0.1").publish("reviewer", "1.0.2", tools="Bash")
    assert gate.said() == [f"widening-patch {RECORDS}:3"]


@pytest.mark.parametrize("minutes", [-16, 6])
def test_published_is_now(gate: Gate, minutes: int) -> None:
    """Ages are judged by it; ten minutes are for clocks that differ."""
    gate.publish("reviewer", "1.1.0")
    assert gate.said(now=NOW + timedelta(minutes=minutes)) == [f"published-time {RECORDS}:2"]
    assert gate.said(now=NOW + timedelta(minutes=5)) == []


def test_a_request_may_have_waited_but_not_come_from_the_future(gate: Gate) -> None:
    """It was held against the clock when it was made."""
    gate.publish("reviewer", "1.1.0")
    assert gate.said(now=NOW + timedelta(days=3), late=True) == []
    assert gate.said(now=NOW - timedelta(days=3), late=True) == [f"published-time {RECORDS}:2"]


@pytest.mark.parametrize("said", ["", "yesterday", "2026-10-01", "2026-10-01T12:00:00+02:00"])
def test_published_is_a_time_in_utc(gate: Gate, said: str) -> None:
    """One zone, one form: nobody has to guess."""
    gate.publish("reviewer", "1.1.0", published=said)
    assert f"published-time {RECORDS}:2" in gate.said()


# Withdrawals


@pytest.mark.parametrize("reason", ["", " ", "x" * 1001, "it leaks\nsecrets"])
def test_a_yank_has_a_reason_that_people_can_read(gate: Gate, reason: str) -> None:
    """People will ask, and whoever has the release gets the answer on one line."""
    assert gate.record("reviewer", 1, yanked=reason).said() == [f"withdrawal {RECORDS}:1"]


def test_a_release_that_arrives_yanked_has_a_reason_too(gate: Gate) -> None:
    """It would be the way round."""
    gate.publish("reviewer", "1.1.0", yanked="x" * 1001)
    assert f"withdrawal {RECORDS}:2" in gate.said()


def test_a_reason_may_be_as_long_as_the_limit(gate: Gate) -> None:
    """The program that yanks and the gate agree about it."""
    assert gate.record("reviewer", 1, yanked="x" * 1000).said() == []


def test_a_removal_has_a_reason(gate: Gate) -> None:
    """It is final, so there is nobody left to ask."""
    with gate.one_commit():
        gate.record("reviewer", 1, removed="a court\norder").file(FILE, None)
    assert gate.said() == [f"withdrawal {RECORDS}:1"]


def test_a_removal_takes_the_bytes_and_keeps_the_checksum(gate: Gate) -> None:
    """Both in one commit, with a reason; it is final."""
    with gate.one_commit():
        gate.record("reviewer", 1, removed="a court order").file(FILE, None)
    assert gate.said() == []
    assert gate.whole() == []
    gate.accepted().record("reviewer", 1, removed=None)
    assert gate.said() == [f"withdrawal {RECORDS}:1"]


def test_a_removal_that_leaves_the_bytes_is_refused(gate: Gate) -> None:
    """It would say what is not so."""
    gate.record("reviewer", 1, removed="a court order")
    assert gate.said() == [f"kept-file {RECORDS}:1"]


def test_a_removed_release_gets_no_new_bytes(gate: Gate) -> None:
    """Nobody could tell them from the old ones."""
    with gate.one_commit():
        gate.record("reviewer", 1, removed="a court order").file(FILE, None)
    gate.accepted().file(FILE, b"other")
    assert gate.said() == [f"stray-file {FILE}"]


def test_a_record_is_not_reordered_for_nothing(gate: Gate) -> None:
    """A line that says the same differs in no byte."""
    record = gate.read(RECORDS).replace(b'{"v": 1, ', b"{").replace(b"}\n", b', "v": 1}\n')
    gate.file(RECORDS, record)
    assert f"withdrawal {RECORDS}:1" in gate.said()


# The whole registry


def test_a_whole_registry_is_held_against_nothing(gate: Gate) -> None:
    """However old its releases are, and whoever published them."""
    gate.publish("reviewer", "1.1.0", publisher="Eve <eve@example.org>")
    assert gate.whole(now=NOW + timedelta(days=400)) == []
    gate.file(NEXT, b"other")
    assert gate.whole() == [
        f"unfaithful-record {RECORDS}:2",
        f"lint {NEXT}:1",
    ]
