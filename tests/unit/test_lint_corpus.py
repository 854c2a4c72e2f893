"""Real agents: every rule ends on every file, and says what is known of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentpm.lint.check import RULES, lint
from agentpm.lint.finding import Severity
from agentpm.permissions.harnesses import load_table

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
SHIPPED = sorted((ROOT / "registry-index" / "agents").rglob("*.md"))


def corpus() -> dict[str, bytes]:
    folder = SHARED / "corpora"
    if not folder.is_dir():
        pytest.skip("the corpora of real agents are not here")
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.md")}


def test_lint_ends_on_every_file_of_the_corpora() -> None:
    """621 files that people really wrote, of every form; each finding at a place in its file."""
    files = corpus()
    verdicts = json.loads((SHARED / "corpora/claude-code-2.1.330-verdicts.json").read_bytes())
    known = {rule.code for rule in RULES}
    unreadable = set()
    for path, raw in files.items():
        lines = raw.decode("utf-8", "replace").splitlines()
        for finding in lint(raw, path, load_table("claude")):
            where = finding.where
            assert finding.code in known
            assert where.text == (lines[where.line - 1] if lines else "")
            assert 1 <= where.column <= len(where.text) + 1
            if finding.code == "malformed-agent":
                unreadable.add(path)
    assert unreadable == {path for path, verdict in verdicts.items() if verdict["errors"]}


def test_the_example_agent_gives_warnings_and_no_errors() -> None:
    """It names a tool that does not exist any more, and two keys that nobody reads."""
    path = SHARED / "seed" / "backend-engineer.md"
    if not path.is_file():
        pytest.skip("the example agent is not here")
    found = lint(path.read_bytes(), path.name, load_table("claude"))
    assert [(f.code, f.severity, f.where.line) for f in found] == [
        ("dead-tool", Severity.WARNING, 4),
        ("unknown-key", Severity.NOTE, 5),
        ("unknown-key", Severity.NOTE, 6),
    ]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_every_shipped_agent_could_be_published(path: Path) -> None:
    """What agentpm ships has to pass what agentpm asks of everybody."""
    found = lint(path.read_bytes(), path.as_posix(), load_table("claude"))
    allowed = {"dead-tool", "unknown-key"} if path.parent.name == "backend-engineer" else set()
    shown = [(f.code, f.where.location) for f in found if f.code not in allowed]
    assert not [item for item in shown if item[0] not in ("not-offered", "inherits-every-tool")]
