"""The quick writer of lockfiles against the library that it stands in for."""

from __future__ import annotations

import tomllib
from typing import Any

import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from agentpm.model.digest import Digest
from agentpm.model.lockfile import Locked, agent_text, block_of
from agentpm.model.locktext import lock_text, table_text
from agentpm.model.name import AgentName, PackageName
from agentpm.model.release import parse_requirement
from agentpm.model.version import parse_range, parse_version

_LONG = "sha256:" + "0" * 64
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
_AGENTS = st.builds(
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


_HEADS = st.fixed_dictionaries(
    {"lock-version": st.just(1), "tool-table": st.just("claude 1")},
    optional={
        "from the future": _PLAIN,
        "later": _PLAIN | _ODD,
        "made-by": st.dictionaries(st.sampled_from(["name", "a b"]), _PLAIN | _ODD),
    },
)


@given(_HEADS, st.lists(_AGENTS, min_size=1, max_size=4))
def test_it_writes_what_the_library_writes(head: dict[str, Any], agents: list[Locked]) -> None:
    """An equal lockfile must have equal bytes, whoever wrote it."""
    tables = [agent_text(agent) for agent in agents]
    data = {**head, "agent": [block_of(agent) for agent in agents]}
    # Enough of a list for the library to write tables.
    whole = tomli_w.dumps({**data, "agent": [*data["agent"], {"long": "-" * 100}]})
    assert lock_text(head, tables) == whole.rpartition("\n[[agent]]\n")[0]


def test_a_new_table_about_the_whole_lockfile_stays_one() -> None:
    """An agentpm that does not know it must not make it a part of an agent."""
    head = {"lock-version": 1, "made-by": {"name": "agentpm"}}
    found = tomllib.loads(lock_text(head, [table_text({"name": "a"})]))
    assert found == {**head, "agent": [{"name": "a"}]}


def test_short_blocks_are_tables_too() -> None:
    """A lockfile of one small agent reads like any other: merging it goes by its tables."""
    text = lock_text({"lock-version": 1}, [table_text({"name": "a"})])
    assert text == 'lock-version = 1\n\n[[agent]]\nname = "a"\n'


def test_a_short_block_with_something_new_in_it_is_a_table_too() -> None:
    """What only a newer agentpm understands does not change the shape of the rest."""
    text = lock_text({"lock-version": 1}, [table_text({"name": "a", "later": True})])
    assert "[[agent]]\n" in text
    assert tomllib.loads(text)["agent"] == [{"name": "a", "later": True}]


def test_no_agents_are_an_empty_list() -> None:
    """A lockfile without the key would be none."""
    assert tomllib.loads(lock_text({"lock-version": 1}, [])) == {"lock-version": 1, "agent": []}
