"""The words for sets of releases and for what follows from others."""

from __future__ import annotations

import pytest

from agentpm.model.version import parse_range, parse_version
from agentpm.resolver.clause import Clause, Learned
from agentpm.resolver.problem import Candidate, Package
from agentpm.resolver.shelf import Shelf
from agentpm.resolver.wording import Some, Wording, listed, quoted
from support.catalog import package


def shelf(name: str, *numbers: str) -> Shelf:
    candidates = tuple(Candidate(parse_version(number)) for number in numbers)
    return Shelf(Package(package(name), candidates), package(name), opened=False)


@pytest.fixture
def writer() -> Shelf:
    """Eight releases of a writer."""
    return shelf("writer", *(f"{major}.{minor}.0" for major in (1, 2) for minor in range(4)))


@pytest.mark.parametrize(
    ("releases", "text"),
    [
        (0b11111111, "`writer`"),
        (0b00000100, "`writer 1.2.0`"),
        (0b00001111, "`writer <2.0.0`"),
        (0b11110000, "`writer >=2.0.0`"),
        (0b00111100, "`writer >=1.2.0,<2.2.0`"),
        (0b11000001, "`writer ==1.0.0` or `>=2.2.0`"),
        (0b10100101, "4 releases of `writer` from 1.0.0 to 2.3.0"),
        (0b01010101, "4 releases of `writer` from 1.0.0 to 2.2.0"),
    ],
)
def test_a_set_of_releases_reads_like_a_requirement(
    writer: Shelf, releases: int, text: str
) -> None:
    """People write ranges, so that is what they are shown; bits are for machines."""
    assert Wording([writer]).some(Some(0, releases)) == text


def test_a_set_that_somebody_asked_for_keeps_their_words(writer: Shelf) -> None:
    """`^2` in the manifest should be `^2` in the explanation."""
    asked = writer.accepts(parse_range("^2"))
    assert Wording([writer]).some(Some(0, asked)) == "`writer ^2`"


def test_packages_of_one_name_are_told_apart_by_their_source() -> None:
    """Two registries may have the same name, and a sentence must say which one it means."""
    other = Shelf(Package(package("writer", "acme")), package("writer", "acme"), opened=False)
    wording = Wording([shelf("writer", "1.0.0"), other])
    assert wording.name(0) == "`writer` of the shipped registry"
    assert wording.name(1, "^2") == "`writer ^2` of `acme`"


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        ({0: 0b01}, "`ada 1.0.0` cannot be used"),
        ({0: 0b01, 1: 0b10}, "`ada 1.0.0` and `ben 2.0.0` do not go together"),
        ({0: 0b01, 1: 0b10, 2: 0b11}, "`ada 1.0.0`, `ben 2.0.0` and `cem` do not go together"),
        ({0: 0b01, 1: 0b101}, "`ada 1.0.0` only goes with `ben 2.0.0`"),
        ({0: 0b01, 1: 0b101, 2: 0b110}, "`ada 1.0.0` only goes with `ben 2.0.0` or `cem 1.0.0`"),
        ({0: 0b01, 1: 0b11, 2: 0b110}, "`ada 1.0.0` and `ben` together only go with `cem 1.0.0`"),
        ({0: 0b101}, "`ada 2.0.0` is needed"),
    ],
)
def test_what_follows_is_said_in_one_sentence(terms: dict[int, int], text: str) -> None:
    """A clause denies that its terms hold together, which nobody would say that way."""
    wording = Wording([shelf(name, "1.0.0", "2.0.0") for name in ("ada", "ben", "cem")])
    assert wording.conclusion(Clause(terms, Learned(()))) == text


def test_a_list_reads_as_one() -> None:
    """Commas, and an `and` before the last."""
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(["a", "b", "c"]) == "a, b and c"


def test_a_place_is_quoted_and_a_phrase_is_not() -> None:
    """`agentpm.toml:7` can be copied, the command line cannot."""
    assert quoted("agentpm.toml:7") == "`agentpm.toml:7`"
    assert quoted("the command line") == "the command line"
