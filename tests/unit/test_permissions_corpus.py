"""Six hundred real agent files, none of them written for us."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agentpm.errors import AgentpmError
from agentpm.model.agentfile import read_agent
from agentpm.permissions.capability import EVERYTHING
from agentpm.permissions.harnesses import load_table
from agentpm.permissions.report import Report, capabilities

CORPORA = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpora"


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    table = load_table("claude")
    found = []
    for path in sorted(CORPORA.rglob("*.md")):
        try:
            agent = read_agent(path.read_bytes(), path.name)
        except AgentpmError:
            continue
        found.append(capabilities(agent.grants, table))
    if not found:
        pytest.skip("the corpora are not here")
    return found


def test_every_real_file_has_its_powers_explained(reports: list[Report]) -> None:
    """None of them breaks the reading, and none has a power without a line."""
    assert len(reports) > 600
    for report in reports:
        assert all(report.why(word) for word in report.capabilities)
        assert all(finding.text for finding in report.findings)


def test_what_real_files_ask_for_is_what_was_counted(reports: list[Report]) -> None:
    """A list that resolves to nothing never counts as one that was left out."""
    for report in reports:
        if report.literal is not None:
            assert not report.capabilities.has("everything")
        if not report.launchable:
            assert not report.effective_tools
    inherit = sum(report.capabilities.covers(EVERYTHING) for report in reports)
    shells = sum(report.capabilities.has("shell") for report in reports)
    refused = sum(not report.launchable for report in reports)
    assert 0 < inherit < shells < len(reports)
    assert 0 < refused < inherit + shells


def totals_of(folder: Path) -> dict[str, float]:
    """What the report of the benchmarks says of a folder."""
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, str(root / "benchmarks" / "corpus_report.py"), str(folder), "--json"]
    environ = {**os.environ, "PYTHONPATH": str(root / "src")}
    ran = subprocess.run(command, check=True, capture_output=True, text=True, env=environ)
    totals: dict[str, float] = json.loads(ran.stdout)
    return totals


def test_the_totals_of_all_real_files_add_up() -> None:
    """Figures that people quote must at least agree with one another."""
    if not CORPORA.is_dir():
        pytest.skip("the corpora of real agents are not here")
    totals = totals_of(CORPORA)
    assert totals["files"] == len(list(CORPORA.rglob("*.md"))) > 600
    parts = ("without_front_matter", "unreadable", "agents")
    assert sum(totals[part] for part in parts) == totals["files"]
    assert totals["inherits_everything"] + totals["has_a_list"] == totals["agents"]
    for power in ("shell", "write", "network", "delegate"):
        listed, can = totals[f"lists_{power}"], totals[f"can_{power}"]
        assert 0 < listed <= can <= totals["agents"]
        assert can >= totals["inherits_everything"]
    assert totals["can_shell"] <= min(totals["can_write"], totals["can_network"])
    assert totals["lists_read_only"] + totals["lists_shell"] <= totals["has_a_list"]
    assert 0 < totals["lists_dead_tools"] < totals["has_a_list"]
    assert 0 < totals["cannot_be_started"] <= totals["has_a_list"]
    assert totals["errors"] > 0


def test_the_totals_of_a_few_files_are_those_that_one_can_count(tmp_path: Path) -> None:
    """Four agents, and a page that is none."""
    for name, line in (
        ("all", "model: opus"),
        ("shell", "tools: Read, Bash, MultiEdit"),
        ("reader", "tools: Read, WebFetch, Raed"),
        ("none", "tools: Grpe"),
    ):
        text = f"---\nname: {name}\ndescription: Use it.\n{line}\n---\nHelp.\n"
        (tmp_path / f"{name}.md").write_text(text, "utf-8")
    (tmp_path / "page.md").write_text("# A page\n", "utf-8")
    totals = totals_of(tmp_path)
    expected = {
        "files": 5, "agents": 4, "without_front_matter": 1, "inherits_everything": 1,
        "lists_shell": 1, "lists_read_only": 1, "lists_dead_tools": 1, "lists_unknown_tools": 2,
        "cannot_be_started": 1, "can_shell": 2, "can_network": 3, "can_write": 2,
    }  # fmt: skip
    assert {name: totals[name] for name in expected} == expected
