"""`--json`: one envelope for all commands, with data as `docs/reference/json.md` describes it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from agentpm import __version__
from agentpm.cli.app import build
from agentpm.cli.roster import COMMANDS, GROUPS
from docs.pages import page
from support.index_repo import agent_text
from support.keys import Key
from support.project import Project
from support.team import Team

ENVELOPE = {"agentpm", "format", "command", "ok", "data", "error", "warnings"}
ERROR = {"code", "exit_code", "message", "hint", "where", "details"}

COMMAND_LINES: dict[str, str] = {
    "init": "init -C elsewhere",
    "add": "add tester",
    "remove": "remove lead",
    "install": "install tester",
    "uninstall": "uninstall lead",
    "update": "update",
    "lock": "lock",
    "sync": "sync",
    "list": "list",
    "tree": "tree",
    "why": "why reviewer",
    "outdated": "outdated",
    "search": "search reviewer",
    "info": "info reviewer",
    "diff": "diff reviewer 1.0.0 1.1.0",
    "status": "status",
    "verify": "verify",
    "publish": "publish mine.md --registry acme",
    "yank": "yank reviewer@1.1.0 --reason wrong --registry acme",
    "unyank": "unyank reviewer@1.1.0 --registry acme",
    "lint": "lint mine.md",
    "permissions": "permissions",
    "permissions --check": "permissions --check",
    "permissions --diff": "permissions --diff reviewer@1.0.0 reviewer@1.1.0",
    "approve": "approve reviewer shell",
    "registry init": "registry init new",
    "registry add": "registry add other URL",
    "registry list": "registry list",
    "registry remove": "registry remove other",
    "registry update": "registry update",
    "registry check": "registry check -C INDEX",
    "registry import": "registry import AGENTS --to new --init",
    "registry signers": "registry signers acme --add ada@example.org=ada.pub --key ada",
    "registry sign": "registry sign tester@1.0.0 --registry acme --key ada",
    "adopt": "adopt",
    "version": "version mine.md --bump minor",
    "doctor": "doctor",
    "config list": "config list",
    "config get": "config get max-age",
    "config set": "config set max-age 600",
    "config unset": "config unset max-age",
    "config path": "config path",
    "cache dir": "cache dir",
    "cache size": "cache size",
    "cache clean": "cache clean",
}
"""Every command as it may be typed in the world of these tests."""

BEFORE = {"registry sign": "registry signers", "config unset": "config set"}
"""Commands that make sense only after another one."""


def every_command() -> Iterator[str]:
    application: Any = typer.main.get_command(build(None))
    yield from COMMANDS
    for group in GROUPS:
        yield from (f"{group} {name}" for name in application.commands[group].commands)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    team = Team(tmp_path)
    team.index.publish("reviewer", "1.0.0", tools="Read")
    team.index.publish("tester", "1.0.0", tools="Read")
    team.index.publish("lead", "1.0.0", "reviewer >=1", tools="Agent, Read")
    project = team.project
    project.run("install", "lead", "reviewer").done()
    project.run("registry", "add", "other", team.index.url).done()
    team.index.publish("reviewer", "1.1.0", tools="Read, Bash")
    project.write("mine.md", agent_text("mine", "1.0.0", tools="Read, MultiEdit"))
    project.write("spare.md", "---\nname: spare\ndescription: Spare.\n---\nHello.\n")
    project.path("elsewhere").mkdir()
    project.environ["THE_URL"] = team.index.url
    return project


def typed(project: Project, line: str) -> list[str]:
    url = project.environ["THE_URL"]
    agents = str(project.path(".claude/agents"))
    places = {"URL": url, "INDEX": url.removeprefix("file://"), "AGENTS": agents}
    return [places.get(word, word) for word in line.split()] + ["--json"]


def keys(value: Any) -> set[str]:
    """Every name of a field in some JSON data."""
    if isinstance(value, list):
        return set().union(*map(keys, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    inner = (keys(item) for name, item in value.items() if name not in ("locked_capabilities",))
    return set(value).union(*inner)


def described(command: str) -> str:
    """What the page says of a command's data: the paragraph of it, or that of its group."""
    sections = page("docs/reference/json.md").sections(3)
    word = command.split(maxsplit=1)[0]
    return next(text for title, text in sections.items() if f"`{word}`" in f"`{title}`")


def test_every_command_is_held_to_the_contract() -> None:
    """A new command cannot come without its place here."""
    assert {line.partition(" --")[0] for line in COMMAND_LINES} == set(every_command())


@pytest.mark.parametrize("command", COMMAND_LINES)
def test_a_result_stands_in_the_envelope_as_described(project: Project, command: str) -> None:
    """Scripts read every command in the same way, and nothing but JSON is on standard output."""
    if "--key" in COMMAND_LINES[command]:
        if shutil.which("ssh-keygen") is None:
            pytest.skip("ssh-keygen is not installed")
        Key(project.root, "ada")
    if command in BEFORE:
        project.run(*typed(project, COMMAND_LINES[BEFORE[command]])).done()
    ran = project.run(*typed(project, COMMAND_LINES[command]))
    envelope = json.loads(ran.out)
    assert set(envelope) == ENVELOPE
    assert envelope["agentpm"] == __version__
    assert envelope["format"] == 1
    assert envelope["command"] == command.partition(" --")[0]
    assert (envelope["ok"], envelope["error"]) == (True, None), ran.out
    assert isinstance(envelope["data"], dict)
    assert all(isinstance(warning, str) for warning in envelope["warnings"])
    assert ran.err == ""
    # A field that no page names is one that nobody may rely on.
    text = described(command)
    assert sorted(key for key in keys(envelope["data"]) if f"`{key}`" not in text) == []


@pytest.mark.parametrize(
    ("line", "command", "code"),
    [
        ("why nobody", "why", "not-in-manifest"),
        ("install no-such-agent", "install", "unsolvable"),
        ("registry update nobody", "registry update", "unknown-registry"),
        ("cache nothing", "cache nothing", "usage"),
        ("list --no-such-flag", "list", "usage"),
        ("nothing", "", "usage"),
    ],
)
def test_a_failure_stands_in_the_envelope(
    project: Project, line: str, command: str, code: str
) -> None:
    """Whatever goes wrong, and even where the command line makes no sense."""
    ran = project.run(*line.split(), "--json")
    envelope = ran.envelope
    assert set(envelope) == ENVELOPE
    assert set(envelope["error"]) == ERROR
    assert (envelope["command"], envelope["error"]["code"]) == (command, code)
    assert (envelope["ok"], envelope["data"]) == (False, None)
    assert envelope["error"]["exit_code"] == ran.code > 0


def test_a_place_in_a_file_can_be_jumped_to(project: Project) -> None:
    """Editors want path, line and column as numbers."""
    project.write("agentpm.toml", "[agnets]\n")
    error = project.run("list", "--json").failed(1, "malformed-manifest").envelope["error"]
    assert error["where"] == {"path": "agentpm.toml", "line": 1, "column": 2}
    assert error["hint"] == "did you mean `agents`?"


def test_a_warning_is_data_too(project: Project) -> None:
    """A script that hides standard error must not hide what needs attention."""
    ran = project.run("registry", "add", "here", project.environ["THE_URL"], "--json").done()
    assert any("your team cannot follow" in warning for warning in ran.envelope["warnings"])


def test_a_check_that_says_no_has_worked(project: Project) -> None:
    """The exit code says no, the data say why."""
    project.agent("reviewer").unlink()
    ran = project.run("verify", "--json")
    assert (ran.code, ran.envelope["ok"], ran.data["as_locked"]) == (4, True, False)


def test_the_documented_envelope_is_the_real_one() -> None:
    """The page shows the very keys."""
    shown = [json.loads(b.text) for b in page("docs/reference/json.md").blocks if b.kind == "json"]
    assert [set(block) for block in shown] == [ENVELOPE, ERROR]
    table = re.findall(r"^\| `(\w+)` \|", page("docs/reference/json.md").text, re.MULTILINE)
    assert set(table) >= ENVELOPE
