"""The words for sets of releases and for what follows from others."""

from __future__ import annotations

import pytest

from agentpm.model.version import parse_range, parse_version
from agentpm.resolver.clause import Clause, Edge, Group, Learned, Unusable
from agentpm.resolver.failure import Unsolvable
from agentpm.resolver.problem import Candidate, Package, Unavailable
from agentpm.resolver.shelf import Shelf
from agentpm.resolver.solve import solve
from agentpm.resolver.wording import Some, Statement, Wording, listed, quoted
from support.catalog import asks, package, world


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


# -- sentences ------------------------------------------------------------------------------------


def story_of(text: str, *asked: str) -> tuple[str, ...]:
    """What is told of a world that has no answer."""
    with pytest.raises(Unsolvable) as caught:
        solve(asks(*asked), world(text))
    return caught.value.everything


def test_the_words_of_a_release_are_its_own() -> None:
    """Another agent's `^2` takes the same releases, and this one says `>=2`."""
    lead, reviewer = shelf("lead", "1.0.0", "2.0.0"), shelf("reviewer", "1.0.0", "2.0.0", "2.1.0")
    asked = [parse_range(text) for text in (">=2", "==2.0.0")]
    groups = tuple(Group(1 << n, reviewer.accepts(each), (each,)) for n, each in enumerate(asked))
    assert reviewer.accepts(parse_range("^2")) == groups[0].accepted
    wording = Wording([lead, reviewer])
    needs = wording.needs(Edge(0, 1, lambda _start, _end: groups), 0b11)
    assert wording.sentence(needs) == "`lead` needs `reviewer >=2`"


@pytest.mark.parametrize(
    ("releases", "sentence"),
    [
        (0b00000100, "`writer 1.2.0` needs `editor ^1`"),
        (0b11110000, "`writer >=2.0.0` needs `editor ^1`"),
        (0b00000101, "`writer 1.0.0` and `1.2.0` need `editor ^1`"),
        (0b10100101, "4 releases of `writer` from 1.0.0 to 2.3.0 need `editor ^1`"),
    ],
)
def test_what_several_releases_need_they_need(writer: Shelf, releases: int, sentence: str) -> None:
    """`4 releases needs` is no English."""
    wanted = parse_range("^1")
    edge = Edge(0, 1, lambda _start, _end: (Group(0b11111111, 0b1, (wanted,)),))
    wording = Wording([writer, shelf("editor", "1.0.0", "2.0.0")])
    assert wording.sentence(wording.needs(edge, releases)) == sentence


@pytest.mark.parametrize(
    ("releases", "sentence"),
    [
        (0b00000100, "`writer 1.2.0` was removed"),
        (0b11110000, "every release of `writer >=2.0.0` was removed"),
        (0b00000101, "each of `writer 1.0.0` and `1.2.0` was removed"),
        (0b10100101, "each of 4 releases of `writer` from 1.0.0 to 2.3.0 was removed"),
    ],
)
def test_what_is_true_of_several_releases_is_true_of_each(
    writer: Shelf, releases: int, sentence: str
) -> None:
    """The reason is one release's, so the sentence takes them one at a time."""
    cause = Unusable(Unavailable("removed", "was removed"))
    statement = Statement(Clause({0: releases}, cause), Some(0, releases), "was removed")
    assert Wording([writer]).sentence(statement) == sentence


def test_who_would_take_any_release_has_no_range_beside_it() -> None:
    """`writer ~1.0` or `writer` is `writer`."""
    story = story_of("lead 1.0.0 needs ghost ~1.0\nlead 2.0.0 needs ghost", "lead")
    assert story == (
        "`agentpm.toml:3` asks for `lead`, which needs `ghost`, which is not in the shipped registry",
    )


def test_the_newest_release_is_one_that_could_be_meant() -> None:
    """Who asks for 3 gets no wiser by a pre-release of 2.1 that nobody named."""
    text = "writer 1.0.0\nwriter 2.1.0rc1"
    assert story_of(text, "writer ^3")[0].endswith("(the newest is 1.0.0)")
    assert story_of(text, "writer >=3.0.0rc1")[0].endswith("(the newest is 2.1.0rc1)")
    assert story_of("writer 2.1.0rc1", "writer ^3")[0].endswith("(the newest is 2.1.0rc1)")


def test_two_ranges_of_which_one_names_a_prerelease_are_not_made_one() -> None:
    """`>=2,>=2.0.0rc1` would let in the pre-release that `>=2` leaves out."""
    story = story_of(
        """
        lead 1.0.0 needs ada >=2 and ada >=2.0.0rc1
        ada 1.0.0
        ada 2.0.0rc1
        """,
        "lead",
    )
    assert "needs `ada >=2` and `>=2.0.0rc1`" in story[0]
