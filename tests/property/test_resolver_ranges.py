"""A shelf's own reading of versions and ranges, held against that of `packaging`."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from agentpm.model.version import ANY, Range, Version
from agentpm.resolver.problem import Candidate, Package
from agentpm.resolver.shelf import Shelf
from support.catalog import package
from support.laws import law

NUMBERS = st.sampled_from(
    ["0", "0.1", "1", "1.0", "1.0.0", "1.0.1", "1.2", "1.10.0", "2.0.0", "2.1", "1.2.3.4"]
)
PHASES = st.sampled_from(["", "", "", "a1", "b2", "rc1", "rc2"])
VERSIONS = st.builds(lambda number, phase: number + phase, NUMBERS, PHASES)
EPOCHS = st.sampled_from(["", "", "", "", "1!"])
POSTS = st.sampled_from(["", "", "", ".post0", ".post1", ".post2"])
DEVS = st.sampled_from(["", "", "", ".dev0", ".dev1", ".dev3"])
LOCALS = st.sampled_from(["", "", "", "+linux", "+1.2", "+1.linux", "+foo.2"])
PUBLIC_VERSIONS = st.builds("".join, st.tuples(EPOCHS, NUMBERS, PHASES, POSTS, DEVS))
ANY_VERSIONS = st.builds("".join, st.tuples(PUBLIC_VERSIONS, LOCALS))
ORDERS = st.sampled_from([">=", ">", "<=", "<"])
SAME = st.sampled_from(["==", "!="])


def specifiers(
    versions: st.SearchStrategy[str], exact: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    """Specifiers of every kind that PEP 440 knows, over some versions."""
    return st.one_of(
        st.builds("".join, st.tuples(ORDERS, versions)),
        st.builds("".join, st.tuples(SAME, exact)),
        st.builds(lambda o, v: f"{o}{v}.*", SAME, NUMBERS),
        st.builds(
            lambda n, p: f"~={n}{p}", st.sampled_from(["1.0", "1.0.1", "0.1", "2.1.0"]), PHASES
        ),
    )


OWN_SPECIFIERS = specifiers(VERSIONS, VERSIONS)
ANY_SPECIFIERS = st.one_of(
    specifiers(PUBLIC_VERSIONS, ANY_VERSIONS), st.builds("===".__add__, ANY_VERSIONS)
)


def _shelf(versions: list[Version]) -> Shelf:
    return Shelf(Package(package("x"), tuple(map(Candidate, versions))), package("x"), opened=True)


def _check_range(texts: list[str], specifiers: list[str]) -> None:
    versions = [Version(text) for text in texts]
    shelf = _shelf(versions)
    wanted = Range(",".join(specifiers), SpecifierSet(",".join(specifiers)))
    held = {shelf.version(position) for position in shelf.positions(shelf.within(wanted))}
    assert held == {version for version in versions if version in wanted}


@law(1500)
@given(st.lists(VERSIONS, min_size=1, max_size=8), st.lists(OWN_SPECIFIERS, max_size=3))
def test_a_range_holds_the_versions_that_packaging_says(
    texts: list[str], specifiers: list[str]
) -> None:
    """Bisecting is for speed; what a range means is not ours to decide."""
    _check_range(texts, specifiers)


@law(1500)
@given(st.lists(ANY_VERSIONS, min_size=1, max_size=8), st.lists(ANY_SPECIFIERS, max_size=3))
def test_so_it_does_where_versions_are_such_as_no_agent_has(
    texts: list[str], specifiers: list[str]
) -> None:
    """Cases of other package managers have them, and an answer about these must be right too."""
    _check_range(texts, specifiers)


def test_packages_share_what_their_versions_mean_and_not_how_these_are_written() -> None:
    """`===` compares texts, and 1.0 is the same version as 1.0.0."""
    wanted = Range("===1.0", SpecifierSet("===1.0"))
    short, long = _shelf([Version("1.0")]), _shelf([Version("1.0.0")])
    assert (short.within(wanted), long.within(wanted)) == (1, 0)
    assert (short.within(ANY), long.within(ANY)) == (1, 1)


@law(1500)
@given(st.lists(ANY_VERSIONS, min_size=1, max_size=8))
def test_releases_stand_in_the_order_that_packaging_says(texts: list[str]) -> None:
    """A release in the wrong place is a newest one that is not, or one that is lost."""
    versions = [Version(text) for text in texts]
    shelf = _shelf(versions)
    # Equal ones, such as 1.0 and 1.0.0, in the order of their texts.
    told_apart = sorted({str(each): each for each in versions}.values(), key=lambda v: (v, str(v)))
    assert list(map(str, (each.version for each in shelf.candidates))) == list(map(str, told_apart))
    for version in versions:
        (own,) = shelf.positions(shelf.bit(version))
        assert str(shelf.version(own)) == str(version)
        older = [shelf.version(position) for position in shelf.positions(shelf.below(version))]
        assert older == [each for each in told_apart if each < version]
        held = bool(shelf.prereleases & shelf.bit(version))
        assert held == version.is_prerelease
