"""The quick reader of lockfiles against the library that it stands in for."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentpm.model.lockdata import lock_data
from agentpm.model.lockfile import Locked, agent_text
from agentpm.model.locktext import lock_text
from support.laws import law
from support.locked import AGENTS, HEADS

USUAL = """\
lock-version = 1
tool-table = "claude-code 2.1.330"

[[agent]]
name = "reviewer"
version = "1.0.0"
size = 0
dependencies = [
    "tester ^1.0",
    "writer >=1,<2",
]

[agent.capabilities]
claude = []

[[agent]]
name = "tester"
version = "1.2.0"
size = 4000

[agent.capabilities]
claude = [
    "read",
]
opencode = [
    "read",
    "shell",
]
"""

PIECES = st.sampled_from(
    [
        "", "\n", "\n\n", "\r\n", '"', "'", '"""', "\\", "\t", " ", "    ", "[", "]", ",", "=", "#", "0",
        "00", "_1", "1" * 20, ".", "-", "a", "\x00", "\x7f", "\x85", "\u2028", "é", 'name = "x"\n', "[agent]\n",
        "[[agent]]\n", "\n[[agent]]\n", "[agent.capabilities]\n", "\n[agent.capabilities]\n", "true", "]\n",
        'capabilities = "x"\n', "agent = 1\n", 'x = [ "a" ]\n', 'x = ["a"]\n',
    ]
)  # fmt: skip


@law(300)
@given(HEADS, st.lists(AGENTS, min_size=1, max_size=3))
def test_it_reads_what_the_library_reads(head: dict[str, Any], agents: list[Locked]) -> None:
    """Whatever may stand in a lockfile."""
    text = lock_text(head, [agent_text(agent) for agent in agents])
    assert lock_data(text) in (None, tomllib.loads(text))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_usual_lockfile_is_read_quickly(end: str) -> None:
    """On a system whose git writes other line ends as well."""
    text = USUAL.replace("\n", end)
    found = lock_data(text)
    assert found is not None
    assert found == tomllib.loads(text)
    assert [agent["size"] for agent in found["agent"]] == [0, 4000]
    assert found["agent"][0]["capabilities"] == {"claude": []}


@law(3000)
@given(
    st.lists(
        st.tuples(st.integers(0, len(USUAL)), st.integers(0, 12), PIECES), min_size=1, max_size=3
    )
)
def test_no_edit_makes_it_say_something_else(edits: list[tuple[int, int, str]]) -> None:
    """What somebody wrote into a lockfile means what TOML says, or is refused in the words for that."""
    text = USUAL
    for place, gone, piece in edits:
        text = text[:place] + piece + text[place + gone :]
    found = lock_data(text)
    assert found is None or found == tomllib.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lock-version = 1\nagent = []\n",
        USUAL + 'name = "twice"\nname = "twice"\n',
        USUAL.replace("size = 0\n", "size = 0\nsize = 0\n"),
        USUAL.replace("size = 0\n", "size = 00\n"),
        USUAL.replace("size = 0\n", 'capabilities = "x"\n'),
        USUAL.replace("[]", "[]\nclaude = []"),
        USUAL.replace("lock-version = 1\n", "lock-version = 1\nagent = 2\n"),
        USUAL.replace("reviewer", "re\tviewer"),
        USUAL.replace("reviewer", 're\\"viewer'),
        USUAL.replace("\n\n[[", "\n[["),
        USUAL.removesuffix("\n"),
        USUAL + "\n",
    ],
)
def test_what_is_not_written_like_that_is_left_to_the_library(text: str) -> None:
    """It reads it, or says what is wrong with it."""
    assert lock_data(text) is None
