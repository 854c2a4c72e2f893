"""What a folder of real agent files asks for: totals over all of them, for people to compare.

    python benchmarks/corpus_report.py FOLDER [--json]

Every Markdown file below the folder is read, its powers are computed, and every rule of lint looks at
it. Files without front matter are counted and left out. "Lists" speaks of the files with a tool list,
by the tools that they name; "can" of all files, by what they can do in the end. An agent is read-only
whose list has something in it, and nothing that changes files, runs commands or gives orders.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from agentpm.errors import AgentpmError
from agentpm.lint.check import lint
from agentpm.lint.finding import Finding, Severity
from agentpm.model.agentfile import AgentFile, read_agent
from agentpm.permissions.harnesses import load_table
from agentpm.permissions.report import Report, capabilities

_WRITES = frozenset(["write", "edit", "notebook"])
_NETWORK = frozenset(["net.fetch", "net.search"])
_ACTS = _WRITES | {"shell", "delegate", "schedule", "message"}
_UNKNOWN = frozenset(["unknown", "wrong-case", "mcp-wildcard"])


@dataclass(frozen=True, slots=True)
class Totals:
    """How many files there are of each kind; seconds for all of them together."""

    files: int
    without_front_matter: int
    unreadable: int
    agents: int
    inherits_everything: int
    has_a_list: int
    lists_shell: int
    lists_write: int
    lists_network: int
    lists_delegate: int
    lists_read_only: int
    lists_dead_tools: int
    lists_unknown_tools: int
    cannot_be_started: int
    can_shell: int
    can_write: int
    can_network: int
    can_delegate: int
    runs_programs: int
    errors: int
    warnings: int
    notes: int
    seconds: float


def measure(folder: Path) -> Totals:
    """The totals of a folder."""
    raw = {str(path): path.read_bytes() for path in sorted(folder.rglob("*.md"))}
    table = load_table("claude")
    began = time.perf_counter()
    found = [finding for path, text in raw.items() for finding in lint(text, path, table)]
    read = [_read(text, path) for path, text in raw.items()]
    agents = [agent for agent in read if agent is not None and agent.fenced]
    reports = [capabilities(agent.grants, table) for agent in agents]
    seconds = time.perf_counter() - began
    return _totals(read, reports, found, seconds)


def _read(raw: bytes, path: str) -> AgentFile | None:
    try:
        return read_agent(raw, path)
    except AgentpmError:
        return None


def _totals(
    read: list[AgentFile | None], reports: list[Report], found: Iterable[Finding], seconds: float
) -> Totals:
    found = list(found)
    listed = [report for report in reports if not report.inherits]
    words = [report.capabilities.members for report in listed]

    def kinds(report: Report) -> set[str]:
        return {finding.kind for finding in report.findings if finding.key == "tools"}

    def can(word: str) -> int:
        return sum(report.capabilities.has(word) for report in reports)

    def of(severity: Severity) -> int:
        return sum(finding.severity is severity for finding in found)

    return Totals(
        files=len(read),
        without_front_matter=sum(agent is not None and not agent.fenced for agent in read),
        unreadable=sum(agent is None for agent in read),
        agents=len(reports),
        inherits_everything=len(reports) - len(listed),
        has_a_list=len(listed),
        lists_shell=sum("shell" in has for has in words),
        lists_write=sum(bool(has & _WRITES) for has in words),
        lists_network=sum(bool(has & _NETWORK) for has in words),
        lists_delegate=sum("delegate" in has for has in words),
        lists_read_only=sum(bool(has) and not has & _ACTS for has in words),
        lists_dead_tools=sum("dead" in kinds(report) for report in listed),
        lists_unknown_tools=sum(bool(kinds(report) & _UNKNOWN) for report in listed),
        cannot_be_started=sum(not report.launchable for report in reports),
        can_shell=can("shell"),
        can_write=can("write"),
        can_network=can("net.fetch"),
        can_delegate=can("delegate"),
        runs_programs=sum(bool(report.programs) for report in reports),
        errors=of(Severity.ERROR),
        warnings=of(Severity.WARNING),
        notes=of(Severity.NOTE),
        seconds=round(seconds, 2),
    )


def lines(totals: Totals) -> Iterable[str]:
    """The totals as a table, with the share of all agents, or of those that have a list."""
    for name, value in asdict(totals).items():
        whole = totals.has_a_list if name.startswith("lists_") else totals.agents
        counts_agents = name.startswith(("lists_", "can", "inherits", "has_a", "runs"))
        share = f"{100 * value / whole:6.1f} %" if counts_agents and whole else ""
        yield f"{name.replace('_', ' '):22}{value:>8}{share}".rstrip()


def main() -> None:
    """Print the totals of the folder on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    totals = measure(options.folder)
    text = json.dumps(asdict(totals), indent=2) if options.json else "\n".join(lines(totals))
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
