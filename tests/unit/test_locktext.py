"""The quick writer of lockfiles against the library that it stands in for."""

from __future__ import annotations

import tomllib
from typing import Any

import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from agentpm.model.lockfile import Locked, agent_text, block_of
from agentpm.model.locktext import lock_text, table_text
from support.locked import AGENTS, HEADS


@given(HEADS, st.lists(AGENTS, min_size=1, max_size=4))
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
