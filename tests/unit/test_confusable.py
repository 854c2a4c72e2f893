"""Names that people take for one another, and names that they do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentpm.registry.confusable import look_alikes, neighbours, one_slip_away, skeleton

NAMES = st.from_regex(r"\A[a-z0-9]{2,8}(-[a-z0-9]{2,8}){0,2}\Z")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("code-reviewer", "codereviewer"),
        ("code-reviewer", "code-re-viewer"),
        ("docker", "d0cker"),
        ("linter", "1inter"),
        ("model", "rnodel"),
        ("writer", "vvriter"),
    ],
)
def test_these_look_alike(one: str, other: str) -> None:
    """Each pair is one that a reader in a hurry takes for the same."""
    assert look_alikes([other], {one}) == {other: one}


@pytest.mark.parametrize(("one", "other"), [("planner", "scanner"), ("writer", "rewriter")])
def test_these_do_not(one: str, other: str) -> None:
    """Most names that share letters are simply two names."""
    assert look_alikes([other], {one}) == {}


def test_what_is_there_already_is_not_told_of_itself() -> None:
    """A package that gets a release is not new."""
    assert look_alikes(["reviewer"], {"reviewer", "writer"}) == {}


def test_of_two_new_names_the_second_is_told() -> None:
    """One of them may stay."""
    assert look_alikes(["database", "data-base"], ()) == {"database": "data-base"}


def test_one_slip_is_a_letter_more_less_other_or_two_exchanged() -> None:
    """What fingers do."""
    known = {"reviewer", "planner", "viewer"}
    for typed in ("reviewerr", "revieer", "reviewet", "reveiwer", "re-viewer"):
        assert one_slip_away(typed, known) == ("reviewer",), typed
    assert one_slip_away("reviewer", known) == ()
    assert one_slip_away("revwer", known) == ()


def test_short_names_have_too_many_neighbours() -> None:
    """`sql` is one letter from a hundred words."""
    assert one_slip_away("sqk", {"sql"}) == ()
    assert one_slip_away("acme/sqk", {"acme/sql"}) == ()


@given(NAMES, NAMES)
def test_being_a_neighbour_is_mutual(one: str, other: str) -> None:
    """Which of two was there first does not change how near they are (short ones aside)."""
    if min(len(one), len(other)) >= 5:
        assert (one in neighbours(other)) == (other in neighbours(one))


@given(NAMES)
def test_a_skeleton_is_its_own(name: str) -> None:
    """What was folded has nothing left to fold, so that no order of folding hides a name."""
    assert skeleton(skeleton(name)) == skeleton(name)
