"""Converted agents in an OpenCode that is installed: it starts, and reads them as agentpm does.

One file of the wrong form keeps the whole program from starting, so this is the test that counts.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from agentpm.permissions.conversion import report_in
from agentpm.permissions.harnesses import load_table
from support.agent_text import agent_text
from support.project import Project

pytestmark = pytest.mark.client

ALONE = {
    "OPENCODE_DISABLE_AUTOUPDATE": "1",
    "OPENCODE_DISABLE_DEFAULT_PLUGINS": "1",
    "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
    "OPENCODE_DISABLE_MODELS_FETCH": "1",
}
"""Nothing is fetched from anywhere."""

FORMS = {
    "all": "color: green",
    "none": "tools: []",
    "reads": "tools: Read, Grep, Glob",
    "writes": "tools: Read, Write, Edit",
    "starts": "tools: Task, Skill",
    "no-shell": "disallowedTools: Bash",
    "no-servers": "disallowedTools: mcp__*",
}


@pytest.fixture
def client() -> str:
    found = os.environ.get("AGENTPM_OPENCODE")
    if found is None:
        pytest.skip("AGENTPM_OPENCODE names no OpenCode")
    ran = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    if ran.stdout.strip() != load_table("opencode").version:
        pytest.skip(f"this is OpenCode {ran.stdout.strip()}, and the table is of another one")
    return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.git("init", "--quiet")
    return made


def ask(client: str, project: Project, *command: str) -> str:
    """What OpenCode says, in the project and in an empty home directory."""
    # Into a file: it ends before it has written all of a long answer into a pipe.
    with project.path("answer").open("w+b") as answer:
        ran = subprocess.run(
            [client, *command],
            cwd=project.root,
            env={"PATH": os.environ["PATH"], "HOME": str(project.home), **ALONE},
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
        answer.seek(0)
        said = answer.read().decode()
    assert ran.returncode == 0, said
    return said


def test_it_starts_and_lists_every_shipped_agent(client: str, project: Project) -> None:
    """Most files for Claude Code, copied as they are, would keep it from starting."""
    offered = [agent["name"] for agent in project.run("search", "", "--json").done().data["agents"]]
    lines = "".join(f'{name} = "*"\n' for name in offered)
    project.write("agentpm.toml", f'[project]\ntargets = ["opencode"]\n[agents]\n{lines}')
    refused = project.run("install", "--json")
    if refused.code == 3:
        approve(project, refused.envelope["error"]["hint"])
    project.run("install").done()
    listed = re.findall(
        r"^(\S+) \(subagent\)$", ask(client, project, "agent", "list"), re.MULTILINE
    )
    assert set(offered) <= set(listed)
    assert len(offered) > 10


def approve(project: Project, hint: str) -> None:
    """Say yes to everything that the refusal names."""
    for line in hint.splitlines():
        if line.startswith("agentpm approve "):
            project.run(*line.split()[1:], "--yes").done()


def test_it_gives_the_tools_that_agentpm_says(client: str, project: Project) -> None:
    """The lockfile promises them, and the program is the judge."""
    entries = ""
    for name, line in FORMS.items():
        project.write(f"own/{name}.md", agent_text(line, name=name))
        entries += f'{name} = {{ path = "own/{name}.md" }}\n'
    project.write("agentpm.toml", f'[project]\ntargets = ["opencode"]\n[agents]\n{entries}')
    project.run("install").done()
    locked = {
        agent["name"]: agent["locked_capabilities"]["opencode"]
        for agent in project.run("list", "--json").done().data["agents"]
    }
    table = load_table("opencode")
    for name in FORMS:
        given = tools_of(ask(client, project, "debug", "agent", name))
        words = {word for tool in given for word in table.tools.get(tool, ())}
        # What it can have in other sessions, or from a server, it does not show.
        unseen = {"code-intel", "net.search"} | {w for w in locked[name] if w.startswith("mcp:")}
        assert words <= set(locked[name]), name
        assert set(locked[name]) <= words | unseen, name


def tools_of(text: str) -> list[str]:
    """The tools that are on, of what `opencode debug agent` prints."""
    found: dict[str, Any] = json.loads(text[text.index("{") :])
    return [tool for tool, on in found["tools"].items() if on]


def test_a_file_for_claude_keeps_it_from_starting(client: str, project: Project) -> None:
    """If that were no longer so, much of the conversion would be for nothing."""
    project.write(".opencode/agents/helper.md", agent_text("tools: Read, Grep"))
    with pytest.raises(AssertionError, match="Configuration is invalid"):
        ask(client, project, "agent", "list")
    assert not report_in({"tools": "Read, Grep"}, "opencode").launchable
