"""The quick writer of lockfiles against the library that it stands in for."""

from __future__ import annotations

import tomllib
from typing import Any

import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from agentpm.model.locktext import lock_text

_LONG = "sha256:" + "0" * 64
_TEXTS = st.text(max_size=8) | st.sampled_from(['a "b"', "c\\d", "tab\t", "\x00\x1f\x7f", "\u2028"])
_LISTS = st.lists(_TEXTS, max_size=3)
_PLAIN = _TEXTS | st.integers() | _LISTS
_ODD = (
    st.booleans()
    | st.floats(allow_nan=False)
    | st.lists(st.integers() | st.just(["x"]), min_size=1, max_size=2)
)
_BLOCKS = st.fixed_dictionaries(
    {"name": _TEXTS, "checksum": st.just(_LONG + _LONG)},
    optional={
        "size": st.integers(),
        "dependencies": _LISTS,
        "from the future": _PLAIN,
        "later": _PLAIN | _ODD,
        "capabilities": st.dictionaries(st.sampled_from(["claude", "a b"]), _LISTS | _ODD),
    },
)


_HEADS = st.fixed_dictionaries(
    {"lock-version": st.just(1), "tool-table": st.just("claude 1")},
    optional={
        "from the future": _PLAIN,
        "later": _PLAIN | _ODD,
        "made-by": st.dictionaries(st.sampled_from(["name", "a b"]), _PLAIN | _ODD),
    },
)


@given(_HEADS, st.lists(_BLOCKS, min_size=1, max_size=4))
def test_it_writes_what_the_library_writes(
    head: dict[str, Any], blocks: list[dict[str, Any]]
) -> None:
    """An equal lockfile must have equal bytes, whoever wrote it."""
    assert lock_text(head, blocks) == tomli_w.dumps({**head, "agent": blocks})


def test_a_new_table_about_the_whole_lockfile_stays_one() -> None:
    """An agentpm that does not know it must not make it a part of an agent."""
    head = {"lock-version": 1, "made-by": {"name": "agentpm"}}
    found = tomllib.loads(lock_text(head, [{"name": "a"}]))
    assert found == {**head, "agent": [{"name": "a"}]}


def test_short_blocks_are_tables_too() -> None:
    """A lockfile of one small agent reads like any other: merging it goes by its tables."""
    text = lock_text({"lock-version": 1}, [{"name": "a"}])
    assert text == 'lock-version = 1\n\n[[agent]]\nname = "a"\n'


def test_a_short_block_with_something_new_in_it_is_a_table_too() -> None:
    """What only a newer agentpm understands does not change the shape of the rest."""
    text = lock_text({"lock-version": 1}, [{"name": "a", "later": True}])
    assert "[[agent]]\n" in text
    assert tomllib.loads(text)["agent"] == [{"name": "a", "later": True}]


def test_no_agents_are_an_empty_list() -> None:
    """A lockfile without the key would be none."""
    assert tomllib.loads(lock_text({"lock-version": 1}, [])) == {"lock-version": 1, "agent": []}
