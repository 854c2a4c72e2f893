"""What `--fix` mends: only what cannot be wrong, and nothing beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentpm.lint.check import lint, mend
from agentpm.lint.finding import Replacement
from agentpm.lint.text import replaced
from agentpm.model.agentfile import read_agent
from agentpm.permissions.harnesses import load_table
from agentpm.permissions.report import capabilities
from support.agent_text import agent_text

TABLE = load_table("claude")


def mended(*front: str) -> list[str]:
    """The lines between `description` and the closing fence, after the fixes."""
    raw = mend(agent_text(*front).encode(), "helper.md", TABLE).raw
    return raw.decode().splitlines()[3:-2]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tools: read, GREP", "tools: Read, Grep"),
        ("tools: Read, Task", "tools: Read, Agent"),
        ("tools: Edit, MultiEdit, Bash", "tools: Edit, Bash"),
        ("tools: Edit, MultiEdit", "tools: Edit"),
        ("tools: MultiEdit,Edit", "tools: Edit"),
        ("tools: [Edit, MultiEdit]", "tools: [Edit]"),
        ("allowed-tools: Read", "tools: Read"),
        ("allowed-tools: read", "tools: Read"),
        ("disallowed-tools: Bash, PowerShell", "disallowedTools: Bash, PowerShell"),
        ("disallowedTools: bash, PowerShell", "disallowedTools: Bash, PowerShell"),
        ("tools: bash(git diff:*)", "tools: Bash(git diff:*)"),
    ],
)
def test_what_is_certain_is_mended(before: str, after: str) -> None:
    """Case, old names, dead names whose successor is there, keys that restrict nothing."""
    assert mended(before) == [after]


@pytest.mark.parametrize(
    "line",
    [
        "tools: Raed",
        "tools: Read, LS",
        "tools: [Edit, 'MultiEdit']",
        "tools: Bash(git diff:*)",
        "tools:",
        "disallowedTools: Bsah",
        "permissionMode: acceptEdit",
    ],
)
def test_what_somebody_has_to_decide_is_left(line: str) -> None:
    """A guess that is written into a file looks like a decision."""
    assert mended(line) == [line]


def test_a_list_of_lines_is_mended_in_place() -> None:
    """Quotes, comments and indentation stay."""
    before = ["tools:", '  - "read"  # for the code', "  - Grep"]
    assert mended(*before) == ["tools:", '  - "Read"  # for the code', "  - Grep"]


@pytest.mark.parametrize(
    "front",
    [
        ["tools:", "  - Edit", "  - MultiEdit"],
        ['tools: "r\\x65ad"'],
        ["tools: [Edit, 'MultiEdit', Read]"],
    ],
)
def test_what_cannot_be_cut_out_cleanly_is_left(front: list[str]) -> None:
    """A line of its own, a word with an escape in it, quotes that would stay behind."""
    assert mended(*front) == front


def test_the_second_of_two_wrong_keys_is_not_renamed_as_well() -> None:
    """Otherwise there would be one key twice."""
    assert mended("allowed-tools: Read", "Tools: Grep") == ["tools: Read", "Tools: Grep"]


def test_every_other_byte_stays() -> None:
    """Byte order mark, line ends, bytes that are no text: whatever the file has."""
    raw = b"\xef\xbb\xbf" + agent_text("tools: read").encode().replace(b"\n", b"\r\n") + b"\xff"
    after = mend(raw, "helper.md", TABLE).raw
    assert after == raw.replace(b"tools: read", b"tools: Read")


def test_what_was_mended_is_told() -> None:
    """Nobody likes a file that changes in silence."""
    result = mend(agent_text("tools: read, Raed").encode(), "helper.md", TABLE)
    assert [finding.code for finding in result.fixed] == ["wrong-case-tool"]
    assert [finding.code for finding in result.left] == ["misspelt-tool"]


@given(st.lists(st.sampled_from([*TABLE.tools, *TABLE.dead, *TABLE.aliases, "read", "x"])))
def test_mending_ends_and_takes_no_power_away(names: list[str]) -> None:
    """Whatever the list: nothing fixable is left, and the agent can do what it could."""
    raw = agent_text(f"tools: {', '.join(names)}").encode()
    result = mend(raw, "helper.md", TABLE)
    assert all(finding.fix is None for finding in lint(result.raw, "helper.md", TABLE))
    before, after = (
        capabilities(read_agent(text, "helper.md").grants, TABLE).capabilities
        for text in (raw, result.raw)
    )
    assert after.covers(before)


def test_a_replacement_whose_place_holds_something_else_is_left() -> None:
    """What was found in one state of the file is not forced on another."""
    raw = b"one two\nthree\n"
    wanted = [
        Replacement(1, 5, "2", "zwei"),
        Replacement(9, 1, "x", "y"),
        Replacement(2, 1, "three", "3"),
    ]
    assert replaced(raw, wanted) == (b"one two\n3\n", frozenset([wanted[2]]))


def test_of_two_that_overlap_the_first_is_made() -> None:
    """The other one is found again in the next round."""
    first, second = Replacement(1, 1, "abc", "x"), Replacement(1, 2, "bc", "y")
    assert replaced(b"abcd", [second, first]) == (b"xd", frozenset([first]))
