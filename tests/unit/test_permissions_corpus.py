"""Six hundred real agent files, none of them written for us."""

from __future__ import annotations

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
