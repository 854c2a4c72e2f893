"""Append-only, as readers check it: what may change in an index, what is evidence of tampering."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentpm.registry.history import Evidence, RegistryTampered, breaches

PATH = "index/re/vi/reviewer.jsonl"


def record(version: str, **fields: Any) -> dict[str, Any]:
    """A record, as far as its history matters."""
    return {"v": 1, "name": "reviewer", "version": version, "size": 1} | fields


def text(*records: dict[str, Any] | str) -> bytes:
    """An index file."""
    return "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records).encode()


ONE, TWO, THREE = record("1.0.0"), record("2.0.0"), record("3.0.0")


@pytest.mark.parametrize(
    "after",
    [
        text(ONE, TWO),
        text(ONE, TWO, THREE),
        text(ONE, TWO | {"yanked": "broken"}),
        text(ONE | {"removed": "a court said so"}, TWO, THREE),
        json.dumps(ONE, indent=None, separators=(",", ":")).encode() + b"\n" + text(TWO),
    ],
)
def test_what_is_allowed(after: bytes) -> None:
    """New lines, yanks and removals are how a registry lives."""
    assert breaches(text(ONE, TWO), after, PATH) == ()


def test_a_yank_can_be_taken_back() -> None:
    """A release that was yanked by mistake comes back."""
    assert breaches(text(ONE | {"yanked": "x"}), text(ONE), PATH) == ()


@pytest.mark.parametrize(
    ("after", "kind", "said"),
    [
        (text(ONE | {"size": 2}, TWO), "changed", "`size` was 1 and is 2"),
        (text(ONE | {"new": 2}, TWO), "changed", "`new` was absent and is 2"),
        (text(TWO), "reordered", "stands in another place"),
        (text(TWO, ONE), "reordered", "stands in another place"),
        (text(THREE, ONE, TWO), "reordered", "stands in another place"),
        (text(record("0.9.0"), TWO), "vanished", "vanished"),
        (b"", "vanished", "vanished"),
        (None, "vanished", "vanished"),
        (text("no record", TWO), "vanished", "vanished"),
    ],
)
def test_what_is_evidence(after: bytes | None, kind: str, said: str) -> None:
    """Whoever changes the past is shown what they changed."""
    found = breaches(text(ONE, TWO), after, PATH)
    first = next((b for b in found if b.release == "reviewer 1.0.0"), found[0])
    assert first.kind in (kind, "vanished")
    assert kind in {b.kind for b in found}
    assert any(said in str(breach) for breach in found)
    assert all(PATH in str(breach) for breach in found)


def test_a_line_that_was_no_record_may_be_repaired() -> None:
    """Nobody can have installed what nobody could read."""
    assert breaches(text("broken", TWO), text(ONE, TWO), PATH) == ()


def test_lines_of_a_newer_format_must_stay_too() -> None:
    """A newer agentpm on another machine has read them."""
    newer = record("9.0.0", v=7)
    assert breaches(text(newer), text(newer, ONE), PATH) == ()
    assert len(breaches(text(newer), text(newer | {"size": 5}), PATH)) == 1


def test_a_line_that_grew_is_not_a_new_line() -> None:
    """A file without a last newline must not hide a changed record behind an equal beginning."""
    before = json.dumps(record("1.0.0", size=1))[:-1].encode() + b"}"
    after = before[:-1] + b', "extra": 1}\n'
    assert [b.kind for b in breaches(before, after, PATH)] == ["changed"]
    assert breaches(before, before + b"\n" + text(TWO), PATH) == ()


def test_the_error_shows_the_evidence_and_not_all_of_it() -> None:
    """A registry that was replaced differs in a thousand places; eight convince."""
    before = text(*(record(f"1.{n}.0") for n in range(20)))
    found = Evidence(records=breaches(before, None, PATH), before="aa", after="bb")
    error = RegistryTampered("x", evidence=found)
    assert len(error.details) == 10
    assert error.details[8] == "and 12 more"
    assert error.details[9] == "last seen at commit aa, now at bb"
    assert error.exit_code == 4


def test_long_values_are_cut_in_the_evidence() -> None:
    """A description may have a thousand characters."""
    (breach,) = breaches(text(ONE), text(ONE | {"d": "x" * 1000}), PATH)
    assert len(str(breach)) < 250


versions = st.lists(st.integers(0, 50), unique=True, max_size=6)


@given(old=versions, new=versions)
def test_exactly_extensions_are_allowed(old: list[int], new: list[int]) -> None:
    """An index file may become any file that begins with it, and no other."""
    before, after = (text(*(record(f"{n}.0.0") for n in numbers)) for numbers in (old, new))
    assert (breaches(before, after, PATH) == ()) == (new[: len(old)] == old)
