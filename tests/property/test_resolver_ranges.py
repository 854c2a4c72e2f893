"""A shelf's own reading of ranges, held against that of `packaging`."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from agentpm.model.version import Range, Version
from agentpm.resolver.problem import Candidate, Package
from agentpm.resolver.shelf import Shelf
from support.catalog import package

NUMBERS = st.sampled_from(
    ["0", "0.1", "1", "1.0", "1.0.0", "1.0.1", "1.2", "1.10.0", "2.0.0", "2.1"]
)
PHASES = st.sampled_from(["", "", "", "a1", "b2", "rc1", "rc2"])
FOREIGN = st.sampled_from(["", "", "", ".post1", ".dev3", "+linux", "+1.2"])
VERSIONS = st.builds(lambda number, phase: number + phase, NUMBERS, PHASES)
ANY_VERSIONS = st.builds(
    lambda number, phase, rest: number + ("" if rest == ".dev3" else phase) + rest,
    NUMBERS, PHASES, FOREIGN,
)  # fmt: skip
SPECIFIERS = st.one_of(
    st.builds(lambda o, v: o + v, st.sampled_from([">=", ">", "<=", "<", "==", "!="]), VERSIONS),
    st.builds(lambda o, v: f"{o}{v}.*", st.sampled_from(["==", "!="]), NUMBERS),
    st.builds(lambda n, p: f"~={n}{p}", st.sampled_from(["1.0", "1.0.1", "0.1", "2.1.0"]), PHASES),
)


@settings(max_examples=1500, derandomize=True, database=None, deadline=None)
@given(st.lists(ANY_VERSIONS, min_size=1, max_size=8), st.lists(SPECIFIERS, max_size=3))
def test_a_range_holds_the_versions_that_packaging_says(
    texts: list[str], specifiers: list[str]
) -> None:
    """Bisecting is for speed; what a range means is not ours to decide."""
    versions = [Version(text) for text in texts]
    shelf = Shelf(Package(package("x"), tuple(map(Candidate, versions))), package("x"), opened=True)
    assert [each.version for each in shelf.candidates] == sorted(set(versions))
    wanted = Range(",".join(specifiers), SpecifierSet(",".join(specifiers)))
    held = {shelf.version(position) for position in shelf.positions(shelf.within(wanted))}
    assert held == {version for version in versions if version in wanted}
    for version in versions:
        assert shelf.version(shelf.bit(version).bit_length() - 1) == version
        older = [shelf.version(position) for position in shelf.positions(shelf.below(version))]
        assert older == sorted({each for each in versions if each < version})
