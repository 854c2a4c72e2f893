"""Links in the agents directory are not followed out of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.project import Project


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    return folder


def test_a_linked_file_is_not_written_through(tmp_path: Path, outside: Path) -> None:
    """The target of the link is somebody's file."""
    project = Project(tmp_path)
    victim = outside / "victim.md"
    victim.write_text("precious")
    project.agent("x").parent.mkdir(parents=True)
    project.agent("backend-engineer").symlink_to(victim)
    project.run("install", "backend-engineer", "--json").failed(1, "edited-by-hand")
    project.run("install", "backend-engineer", "--force", "--json").failed(1, "edited-by-hand")
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("link", [".claude", ".claude/agents"])
def test_a_linked_directory_is_not_written_into(tmp_path: Path, outside: Path, link: str) -> None:
    """A cloned repository could bring such a link along."""
    project = Project(tmp_path)
    (project.root / link).parent.mkdir(exist_ok=True)
    (project.root / link).symlink_to(outside, target_is_directory=True)
    project.run("install", "backend-engineer", "--json").failed(4, "link-in-the-way")
    assert list(outside.rglob("*")) == []


def test_a_receipt_cannot_name_files_elsewhere(tmp_path: Path, outside: Path) -> None:
    """A receipt that came with a clone must not make agentpm delete things."""
    project = Project(tmp_path)
    project.run("install", "backend-engineer", "code-reviewer").done()
    victim = project.write("precious.md", project.agent("code-reviewer").read_bytes())
    receipt = project.read(".agentpm/receipt.json")
    assert '".claude/agents/code-reviewer.md"' in receipt
    project.write(
        ".agentpm/receipt.json",
        receipt.replace('".claude/agents/code-reviewer.md"', '"precious.md"'),
    )
    project.run("uninstall", "code-reviewer").done()
    assert victim.exists()
