"""What the client was seen to give to agents is what agentpm says that they get."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from agentpm.model.agentfile import read_agent
from agentpm.model.grants import NO_GRANTS
from agentpm.permissions.harnesses import load_table
from agentpm.permissions.report import Report, capabilities

CLAUDE = load_table("claude")
WORLDS = tomllib.loads((Path(__file__).parent / "permissions_observed.toml").read_text("utf-8"))
ROWS = [pytest.param(row, id=row["front"]) for world in WORLDS["row"] for row in world["rows"]]


def read(front: str) -> Report:
    text = f"---\nname: someone\ndescription: does things\n{front}\n---\nDo it.\n"
    return capabilities(read_agent(text.encode(), "someone.md").grants, CLAUDE)


@pytest.mark.parametrize("row", ROWS)
def test_agents_get_what_the_client_was_seen_to_give(row: dict[str, Any]) -> None:
    """Every form that was run: believing documentation instead would have missed most of them."""
    report = read(row["front"])
    assert report.launchable == (row["got"] != "refused")
    if row["got"] == "everything":
        expected = set(CLAUDE.pool) - set(row.get("but", ()))
        assert report.inherits
    else:
        expected = set(row["got"]) if report.launchable else set()
    assert set(report.effective_tools) == expected


@pytest.mark.parametrize("row", ROWS)
def test_every_tool_that_was_seen_counts_as_a_power(row: dict[str, Any]) -> None:
    """A tool that is handed out without a word for it would pass every policy."""
    report = read(row["front"])
    for tool in report.effective_tools:
        assert all(report.capabilities.has(word) for word in CLAUDE.tools[tool])


def test_the_label_says_what_was_observed() -> None:
    """Lockfiles name the table, since a newer harness may read the same file differently."""
    assert CLAUDE.label == "claude-code 2.1.330"


def test_a_file_without_any_key_can_do_everything() -> None:
    """Nearly half of all real agents are written like this."""
    report = capabilities(NO_GRANTS, CLAUDE)
    assert report.capabilities.words() == ("everything",)
    assert report.literal is None
    assert report.tools is None
