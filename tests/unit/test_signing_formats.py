"""Where signatures stand: records, the lockfile, the manifest, and what may change in them."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from typing import Any

import pytest

from agentpm.model.lockfile import Lockfile, read_lockfile, write_lockfile
from agentpm.model.manifest import MalformedManifest, read_manifest
from agentpm.model.manifest_edit import with_registry, with_signers
from agentpm.model.release import YankMark
from agentpm.registry.edits import NoSuchRelease, Overtaken, document_edit, sign_edit, yank_edit
from agentpm.registry.history import breaches
from agentpm.registry.signing.statement import release_statement, yank_statement
from agentpm.registry.wire import MalformedIndex, index_path, parse_index, render
from support.machine import entry

RELEASE, _ = entry("reviewer", "1.0.0", tools="Read")
PATH = index_path(RELEASE.name)
ZEROS = "sha256:" + "0" * 64


def text(**fields: Any) -> bytes:
    """An index file with one record, of which these fields say something else."""
    record = json.loads(render(RELEASE)) | fields
    return json.dumps({k: v for k, v in record.items() if v is not None}).encode() + b"\n"


# Records


def test_a_record_keeps_its_signatures() -> None:
    """What is written is what was read."""
    signed = replace(RELEASE, signature="c2ln", yanked="broken", yank=YankMark(3, "bWFyaw=="))
    (read,) = parse_index(render(signed).encode(), PATH, "").releases
    assert read == signed


@pytest.mark.parametrize(
    "fields",
    [
        {"signature": 1},
        {"yank": "yes"},
        {"yank": {}},
        {"yank": {"turn": 0, "signature": "x"}},
        {"yank": {"turn": True, "signature": "x"}},
        {"yank": {"turn": 1}},
        {"yank": {"turn": "1", "signature": "x"}},
    ],
    ids=json.dumps,
)
def test_a_record_with_something_else_there_is_refused(fields: dict[str, Any]) -> None:
    """A half understood signature is not one."""
    with pytest.raises(MalformedIndex):
        parse_index(text(**fields), PATH, "")


def test_statements_are_canonical() -> None:
    """Every program that signs or verifies makes the same bytes, so they are spelled out here."""
    release = replace(RELEASE, checksum=type(RELEASE.checksum)(ZEROS))
    assert release_statement("id", release) == (
        b'{"checksum":"%s","kind":"release","name":"reviewer","registry":"id","version":"1.0.0"}'
        % ZEROS.encode()
    )
    assert yank_statement("id", release, 2, "br\u00fcchig") == (
        b'{"checksum":"%s","kind":"yank","name":"reviewer","reason":"br\\u00fcchig",'
        b'"registry":"id","turn":2,"version":"1.0.0"}' % ZEROS.encode()
    )
    assert b'"reason":null' in yank_statement("id", release, 2, None)


# What may change

FIRST = {"yanked": "x", "yank": {"turn": 1, "signature": "a"}}
SECOND = {"yank": {"turn": 2, "signature": "b"}}


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        ({}, {"signature": "a"}, True),
        ({"signature": "a"}, {"signature": "b"}, True),
        ({"signature": "a"}, {}, False),
        ({}, FIRST, True),
        (FIRST, SECOND, True),
        (SECOND, FIRST, False),
        (FIRST, {}, False),
        (FIRST, {"yank": FIRST["yank"]}, False),
        (FIRST, {**FIRST, "yanked": "y"}, False),
        (FIRST, {**FIRST, "yank": {"turn": 1, "signature": "c"}}, False),
        (FIRST, {**FIRST, "removed": "law"}, True),
        ({"yanked": "x"}, {}, True),
        ({"yanked": "x"}, FIRST, True),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else None,
)
def test_signatures_only_come(before: dict[str, Any], after: dict[str, Any], allowed: bool) -> None:
    """What was signed does not become unsigned, and no earlier state of a yank comes back."""
    found = breaches(text(**before), text(**after), PATH)
    assert (found == ()) == allowed
    assert all("changed" in str(breach) and "`" in str(breach) for breach in found)


# Edits


def test_a_yank_is_signed_for_the_state_it_was_made_for() -> None:
    """Of two people who yank at once, the second one signs again."""
    edit = yank_edit(RELEASE.name, RELEASE.version, "x", YankMark(1, "a"))
    changed = edit.files({RELEASE.name: text()})[PATH]
    assert json.loads(changed)["yank"] == {"turn": 1, "signature": "a"}
    with pytest.raises(Overtaken):
        edit.files({RELEASE.name: changed})


def test_a_signature_is_put_on_what_was_looked_at() -> None:
    """And on nothing else."""
    edit = sign_edit(RELEASE, "a")
    assert json.loads(edit.files({RELEASE.name: text()})[PATH])["signature"] == "a"
    with pytest.raises(Overtaken):
        edit.files({RELEASE.name: text(checksum=ZEROS)})
    with pytest.raises(NoSuchRelease):
        edit.files({RELEASE.name: b""})


def test_a_document_is_replaced_as_it_was() -> None:
    """A list of signers that somebody else changed meanwhile is not overwritten."""
    files = {"signers.jsonl": b"one\n"}
    edit = document_edit("signers.jsonl", files.get, b"one\n", b"one\ntwo\n")
    assert edit.files({}) == {"signers.jsonl": b"one\ntwo\n"}
    files["signers.jsonl"] = b"other\n"
    with pytest.raises(Overtaken):
        edit.files({})


# The lockfile, the manifest

LOCK = """\
lock-version = 1
tool-table = "x"

[[agent]]
name = "reviewer"
version = "1.0.0"
source = "registry+shipped"
checksum = "sha256:{zeros}"
signer = "ada@example.org SHA256:x"
"""


def test_a_lockfile_keeps_who_signed() -> None:
    """One fact, one line."""
    lockfile = read_lockfile(LOCK.format(zeros="0" * 64))
    (locked,) = lockfile.agents.values()
    assert locked.signer == "ada@example.org SHA256:x"
    assert 'signer = "ada@example.org SHA256:x"\n' in write_lockfile(lockfile)
    unsigned = write_lockfile(Lockfile.of([replace(locked, signer=None)], "x"))
    assert "signer" not in unsigned


def test_a_manifest_lists_who_may_sign() -> None:
    """Comments around the line stay."""
    found = with_signers("# ours\n[signers]\n# why\nlead = ['unsigned']\n", "reviewer", ["a", "b"])
    assert found.startswith("# ours\n[signers]\n# why\n")
    manifest = read_manifest(found)
    assert dict(manifest.signers) == {"lead": ("unsigned",), "reviewer": ("a", "b")}


@pytest.mark.parametrize(
    "line",
    ["reviewer = []", 'reviewer = "ada"', "reviewer = [1]", 'Reviewer = ["ada"]'],
)
def test_a_line_that_lists_nobody_is_refused(line: str) -> None:
    """It would refuse every release, or let in every one."""
    with pytest.raises(MalformedManifest):
        read_manifest(f"[signers]\n{line}\n")


def test_a_registry_is_named_with_its_terms() -> None:
    """In one line, as the others are."""
    made = with_registry("", "acme", "https://x/y", {"require-signatures": True, "signers": ZEROS})
    entry = read_manifest(made).registries["acme"]
    assert (entry.require_signatures, entry.signers) == (True, ZEROS)
    assert tomllib.loads(made)["registries"]["acme"] == {"url": "https://x/y", **entry.shared_terms}


def test_a_digest_of_signers_is_one() -> None:
    """A misspelt one must not mean "any"."""
    with pytest.raises(MalformedManifest, match="not a digest"):
        read_manifest('[registries]\nacme = { url = "https://x/y", signers = "sha256:1" }\n')
