"""Notes about newer releases that were not taken."""

from __future__ import annotations

import pytest

from agentpm.model.version import parse_version
from agentpm.ops.passed_over import notes
from agentpm.resolver.solution import PassedOver
from support.catalog import package


def passed(*words: str) -> list[PassedOver]:
    """Releases of `shelly` from the newest down, each written `2.0.0 forbidden`."""
    pairs = (word.split() for word in words)
    return [
        PassedOver(package("shelly"), parse_version(version), kind, f"is {kind}")
        for version, kind in pairs
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["2.0.0 yanked"], ["`shelly` 2.0.0 is yanked"]),
        (["1.1.0 yanked", "1.0.0 yanked"], ["`shelly` 1.0.0 to 1.1.0: each is yanked"]),
        (
            ["1.2.0 yanked", "1.1.0 forbidden", "1.0.0 yanked"],
            ["`shelly` 1.0.0 and 1.2.0: each is yanked", "`shelly` 1.1.0 is forbidden"],
        ),
        (
            [f"1.{minor}.0 {('yanked', 'forbidden')[minor % 2]}" for minor in range(8, -1, -1)],
            [
                "`shelly` 5 releases from 1.0.0 to 1.8.0: each is yanked",
                "`shelly` 4 releases from 1.1.0 to 1.7.0: each is forbidden",
            ],
        ),
    ],
)
def test_a_reason_is_told_once(words: list[str], told: list[str]) -> None:
    """Forty releases with one fault are one thing to know, and not forty."""
    assert [note.text for note in notes(passed(*words), lambda _: None)] == told


def test_reasons_that_differ_in_a_date_are_one() -> None:
    """What releases share is said of all of them, and what each has of its own is left out."""
    young = [
        PassedOver(package("young"), parse_version(f"1.{day}.0"), "too-young", f"is of day {day}")
        for day in (2, 1)
    ]
    (note,) = notes(young, lambda _: "is too young")
    assert note.text == "`young` 1.1.0 to 1.2.0: each is too young"
    (one,) = notes(young[:1], lambda _: "is too young")
    assert one.text == "`young` 1.2.0 is of day 2"
