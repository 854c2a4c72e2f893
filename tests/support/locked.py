"""Locked agents, and what may stand at the head of a lockfile, for properties."""

from __future__ import annotations

from hypothesis import strategies as st

from agentpm.model.digest import Digest
from agentpm.model.lockfile import Locked
from agentpm.model.name import AgentName, PackageName
from agentpm.model.release import parse_requirement
from agentpm.model.version import parse_range, parse_version

_TEXTS = st.text(max_size=8) | st.sampled_from(['a "b"', "c\\d", "tab\t", "\x00\x1f\x7f", "\u2028"])
_LISTS = st.lists(_TEXTS, max_size=3)
_PLAIN = _TEXTS | st.integers() | _LISTS
_ODD = (
    st.booleans()
    | st.floats(allow_nan=False)
    | st.lists(st.integers() | st.just(["x"]), min_size=1, max_size=2)
)
_NAMES = st.sampled_from(["reviewer", "acme/reviewer", "writer-2"])
_NEEDS = st.sampled_from(["tester", "tester >=1.2,<2", "acme/writer ^1.0"])
AGENTS = st.builds(
    Locked,
    name=_NAMES.map(lambda name: AgentName(name.rpartition("/")[2])),
    package=_NAMES.map(PackageName),
    version=st.sampled_from(["1.0.0", "1.10.2rc1"]).map(parse_version),
    source=_TEXTS,
    checksum=st.none() | st.binary(max_size=2).map(Digest.of),
    size=st.none() | st.integers(0),
    signer=st.none() | _TEXTS,
    requirement=st.none() | st.sampled_from(["*", "^1.0", "==1.0.0"]).map(parse_range),
    dependencies=st.lists(_NEEDS.map(parse_requirement), max_size=3).map(tuple),
    capabilities=st.dictionaries(
        st.sampled_from(["claude", "opencode", "a b", ""]), _LISTS.map(tuple)
    ),
    approved=_LISTS.map(tuple),
    needs_agentpm=st.none() | _TEXTS,
    rev=st.none() | _TEXTS,
    file=st.none() | _TEXTS,
    extra=st.dictionaries(st.sampled_from(["from the future", "later"]), _PLAIN | _ODD, max_size=1),
)


HEADS = st.fixed_dictionaries(
    {"lock-version": st.just(1), "tool-table": st.just("claude 1")},
    optional={
        "from the future": _PLAIN,
        "later": _PLAIN | _ODD,
        "made-by": st.dictionaries(st.sampled_from(["name", "a b"]), _PLAIN | _ODD),
    },
)
