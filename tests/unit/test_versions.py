"""Versions and ranges: PEP 440 with cargo's sugar, and nothing that no release can have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from agentpm.model.version import (
    ANY,
    InvalidRequirement,
    InvalidVersion,
    Version,
    parse_range,
    parse_version,
)

numbers = st.integers(0, 12)
versions = st.builds("{}.{}.{}".format, numbers, numbers, numbers)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("1.2.3", "1.2.3"), ("v1.2.3", "1.2.3"), ("1.0.0-rc.1", "1.0.0rc1"),
        ("1.0.0-alpha.2", "1.0.0a2"), ("1.0.0b3", "1.0.0b3"), ("0.0.0", "0.0.0"),
    ],
)  # fmt: skip
def test_a_version_is_three_numbers_with_an_optional_prerelease(text: str, normal: str) -> None:
    """SemVer's way of writing a pre-release is read, and normalised."""
    assert str(parse_version(text)) == normal


@pytest.mark.parametrize(
    "text", ["", "1", "1.2", "1.2.3.4", "1.2.3.post1", "1.2.3.dev1", "1!1.2.3", "1.2.3+x", "x", "1.2.3rc", "1.2.3\n", "\uff11.0.0", "1.0.\u0663"]
)  # fmt: skip
def test_other_forms_are_refused(text: str) -> None:
    """Epochs, local, dev and post parts have no place in an index of agents, nor other digits."""
    with pytest.raises(InvalidVersion):
        parse_version(text)


@pytest.mark.parametrize(
    ("sugar", "low", "high"),
    [
        ("^1.2.3", "1.2.3", "2.0.0"), ("^1.2", "1.2.0", "2.0.0"), ("^1", "1.0.0", "2.0.0"),
        ("^0.2.3", "0.2.3", "0.3.0"), ("^0.0.3", "0.0.3", "0.0.4"), ("^0.0", "0.0.0", "0.1.0"),
        ("^0", "0.0.0", "1.0.0"), ("~1.2.3", "1.2.3", "1.3.0"), ("~1.2", "1.2.0", "1.3.0"),
        ("~1", "1.0.0", "2.0.0"), ("^1.0.0rc1", "1.0.0rc1", "2.0.0"),
    ],
)  # fmt: skip
def test_the_sugar_means_what_cargo_says(sugar: str, low: str, high: str) -> None:
    """The table of cargo's book, row by row: the lower end is in, the upper one is out."""
    found = parse_range(sugar)
    assert Version(low) in found
    assert Version(high) not in found
    just_below = Version(f"{low}a0") if "rc" not in low else Version("1.0.0b9")
    assert just_below not in found


@given(versions, versions)
def test_a_caret_range_is_compatible_by_its_leftmost_number(base: str, other: str) -> None:
    """Against the definition: same leftmost non-zero number, and not older."""
    low, probe = (tuple(map(int, text.split("."))) for text in (base, other))
    lead = next((i for i, n in enumerate(low) if n), 2)
    expected = probe >= low and probe[: lead + 1] == low[: lead + 1]
    assert (Version(other) in parse_range(f"^{base}")) == expected


@pytest.mark.parametrize("text", [">=1.2,<2", "~=1.4", "==1.*", "!=1.3.0,^1.2", "<2", "*", " ^1 "])
def test_ranges_keep_the_text_that_was_written(text: str) -> None:
    """Messages and lockfiles show what a person wrote, not a normal form."""
    assert str(parse_range(text)) == text.strip()


@pytest.mark.parametrize("text", ["1.2.3", "1", "1.2.3rc1"])
def test_a_bare_version_is_answered_with_what_could_be_meant(text: str) -> None:
    """Tools disagree on what a bare version means, so it must be said."""
    with pytest.raises(InvalidRequirement) as caught:
        parse_range(text)
    assert f'"^{text}"' in str(caught.value.hint)
    assert f'"=={text}"' in str(caught.value.hint)


@pytest.mark.parametrize(
    "text", ["", ",", ">=1,", "latest", ">>1", "===1.0.0", "==1!1.0", ">=1.0.dev1", "==1.0+x", "<1.0.post1", "^", "^a"]
)  # fmt: skip
def test_what_states_no_range_is_refused(text: str) -> None:
    """A requirement that nothing can meet is a typing mistake, told at once."""
    with pytest.raises(InvalidRequirement):
        parse_range(text)


def test_who_compares_texts_is_told_what_compares_versions() -> None:
    """The release may well exist: what is wrong is the third sign."""
    with pytest.raises(InvalidRequirement) as caught:
        parse_range("===2.0.0")
    assert "no release can have" not in caught.value.message
    assert caught.value.hint == 'write "==2.0.0" for this one release'
    with pytest.raises(InvalidRequirement) as caught:
        parse_range("===latest")
    assert "==latest" not in str(caught.value.hint)


def test_only_a_range_that_names_a_prerelease_asks_for_one() -> None:
    """Pre-releases never arrive by accident."""
    assert parse_range(">=1.0.0rc1").names_prerelease
    assert not parse_range("^1.0").names_prerelease
    assert ANY.is_any
    assert not parse_range("^1.0").is_any


_SPELLED = st.builds(".".join, st.lists(numbers.map(str), min_size=1, max_size=4))
_PLAIN = st.builds("{}{}{}".format, st.sampled_from([">=", "<=", "==", "!=", ">", "<"]), st.sampled_from(["", " "]), _SPELLED)  # fmt: skip
_SUFFIX = st.sampled_from(["", "", "a1", "rc2", ".post1", ".dev1", "+x"])


@given(st.lists(_PLAIN, min_size=1, max_size=3), st.builds("{}{}".format, _SPELLED, _SUFFIX))
def test_a_plain_range_means_what_packaging_says(parts: list[str], version: str) -> None:
    """Plain ranges are read without it, since loading it takes longer than most of them need."""
    found, theirs = parse_range(",".join(parts)), SpecifierSet(",".join(parts))
    assert (Version(version) in found) == theirs.contains(version, prereleases=True)
    assert found.names_prerelease == bool(theirs.prereleases)
    assert {(each.operator, each.version) for each in found.specifiers} == {
        (each.operator, each.version) for each in theirs
    }
