"""The agents that ship with agentpm: what they promise, held against files, lint and the client."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from agentpm.model.agentfile import read_agent
from agentpm.model.version import parse_version

AGENTS = Path(__file__).resolve().parents[2] / "registry-index" / "agents"
FILES = sorted(AGENTS.rglob("*.md"))
SEED = "c7fe6aecf3d5779a8021bf5407fc1f1a502e21c423d034c8e55b91c87c1bf40e"


def newest() -> dict[str, Path]:
    """The file of the newest release of each agent."""
    by_version = sorted(FILES, key=lambda file: parse_version(file.stem))
    return {file.parent.name: file for file in by_version}


def test_backend_engineer_is_the_seed_and_stays_the_newest() -> None:
    """Its bytes are given, and nothing may take its place."""
    (file,) = [file for file in FILES if file.parent.name == "backend-engineer"]
    assert file.stem == "1.0.0"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == SEED


def test_there_is_a_team_of_them() -> None:
    """At least twenty more, several with more than one release."""
    names = [file.parent.name for file in FILES]
    assert len(set(names)) > 20
    assert len({name for name in names if names.count(name) > 1}) >= 7


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_every_release_says_what_it_is(file: Path) -> None:
    """Name, version and description inside; and whoever depends on others can start them."""
    agent = read_agent(file.read_bytes(), file.name)
    assert agent.name == file.parent.name
    assert agent.version in (file.stem, None)
    assert agent.description
    assert not agent.dependencies or "Agent" in str(agent.front["tools"])


@pytest.mark.client
def test_the_real_client_loads_the_newest_of_each(tmp_path: Path) -> None:
    """`claude plugin validate` has nothing to say about them, and does about a broken one."""
    client = os.environ.get("AGENTPM_CLAUDE") or shutil.which("claude")
    if client is None:
        pytest.skip(
            "needs Claude Code: npm install -g @anthropic-ai/claude-code, or AGENTPM_CLAUDE"
        )
    project = tmp_path / "project"
    agents = project / ".claude" / "agents"
    agents.mkdir(parents=True)
    for name, file in newest().items():
        shutil.copyfile(file, agents / f"{name}.md")
    (agents / "broken.md").write_text('---\nname: broken\ndescription: "a" b\n---\nx\n')
    ran = subprocess.run(
        [client, "plugin", "validate", str(project), "--json"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        timeout=300,
        check=False,
    )
    wrong = {
        Path(entry["file"]).name for entry in json.loads(ran.stdout)["contents"] if entry["errors"]
    }
    assert wrong == {"broken.md"}
