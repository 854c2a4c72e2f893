"""Receipt and journal: local records that must be right or be refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentpm.model.digest import Digest
from agentpm.model.journal import Journal, Removing, Writing, read_journal, write_journal
from agentpm.model.name import AgentName
from agentpm.model.receipt import (
    MalformedReceipt,
    Receipt,
    Stat,
    Written,
    read_receipt,
    write_receipt,
)

NAME = AgentName("a")
DIGEST = Digest.of(b"x")
stats = st.builds(Stat, st.integers(0, 2**40), st.integers(0, 2**63))
texts = st.text(max_size=8)
places = st.lists(st.from_regex(r"[a-z]{1,3}(\.md)?", fullmatch=True), min_size=1, max_size=3).map(
    "/".join
)
receipts = st.builds(
    Receipt,
    written=st.dictionaries(texts, stats, max_size=3).map(
        lambda d: tuple(Written(NAME, "claude", p, DIGEST, s) for p, s in sorted(d.items()))
    ),
    manifest=st.none() | st.just(DIGEST),
    lockfile=st.none() | st.just(DIGEST),
    inputs=st.dictionaries(texts, st.none() | stats, max_size=3),
    environment=st.dictionaries(texts, texts, max_size=2),
    agentpm=texts,
    extra=st.dictionaries(st.sampled_from(["later", "more"]), st.integers()),
)
writings = st.lists(
    st.builds(Writing, st.just(NAME), texts, places, st.just(DIGEST), st.none() | st.just(DIGEST)),
    max_size=2,
).map(tuple)
journals = st.builds(
    Journal,
    writings,
    writings,
    st.lists(st.builds(Removing, places, st.just(DIGEST)), max_size=2).map(tuple),
    st.none() | texts,
    st.none() | texts,
)


@given(receipts)
def test_a_receipt_reads_back(receipt: Receipt) -> None:
    """Parse after render is the identity, unknown fields included."""
    assert read_receipt(write_receipt(receipt), "r") == receipt


@given(journals)
def test_a_journal_reads_back(journal: Journal) -> None:
    """What a killed command announced is what the next one finishes."""
    assert read_journal(write_journal(journal), "j") == journal


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not valid JSON"), ("{\n  x", "not valid JSON"), ("[]", "not an object"),
        ("{}", "receipt-version"), ('{"receipt-version": 9}', "newer agentpm"),
        ('{"receipt-version": 1, "written": [1], "manifest": null, "lockfile": null}', "not a receipt"),
        ('{"receipt-version": 1, "written": [], "manifest": "x", "lockfile": null}', "not a digest"),
        ('{"receipt-version": 1, "written": [], "manifest": null, "lockfile": null, "inputs": 3}', "not a receipt"),
    ],
)  # fmt: skip
def test_a_damaged_receipt_is_refused(text: str, says: str) -> None:
    """Removing files on the word of a damaged receipt could remove the wrong ones."""
    with pytest.raises(MalformedReceipt) as caught:
        read_receipt(text, "receipt.json")
    assert says in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "{", '{"journal-version": 2}', '{"journal-version": 1}',
        '{"journal-version": 1, "write": [], "kept": [], "remove": [], "manifest": 1, "lockfile": null}',
    ],
)  # fmt: skip
def test_a_damaged_journal_is_refused(text: str) -> None:
    """Finishing half a plan by guesswork is worse than asking."""
    with pytest.raises(MalformedReceipt):
        read_journal(text, "pending.json")


def test_a_receipt_is_looked_up_by_path() -> None:
    """The plan asks path by path."""
    row = Written(NAME, "claude", ".claude/agents/a.md", DIGEST, Stat(1, 2))
    assert Receipt((row,)).by_path() == {row.path: row}
