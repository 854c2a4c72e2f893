"""`agentpm approve`: a decision, written where the team reviews it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from support.agent_text import agent_text
from support.project import SOURCES, Project
from support.team import Team

HOOK = [
    "hooks:", "  PreToolUse:", "    - matcher: Bash", "      hooks:",
    "        - type: command", "          command: ./check.sh",
]  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


def publish(project: Project, version: str, *front: str, name: str = "helper") -> None:
    project.write(f"{name}.md", agent_text(f"version: {version}", *front, name=name))
    project.run("publish", f"{name}.md", "--quiet").done()


def approved(project: Project) -> dict[str, list[str]]:
    """What the manifest approves."""
    permissions: dict[str, Any] = tomllib.loads(project.manifest).get("permissions", {})
    return dict(permissions.get("approved", {}))


@pytest.fixture
def widened(project: Project) -> Project:
    """A project with `helper` 1.0.0, of which 1.1.0 has a shell as well."""
    publish(project, "1.0.0", "tools: Read")
    project.run("install", "helper").done()
    publish(project, "1.1.0", "tools: Read, Bash")
    return project


def test_an_approved_power_lets_the_update_through(widened: Project) -> None:
    """The refusal names the command, the command does what it says."""
    refused = widened.run("update", "helper").failed(3)
    assert "agentpm approve helper shell" in refused.err
    ran = widened.run("approve", "helper", "shell").done()
    assert ran.lines == ["approved for helper: shell", "agentpm.toml updated; commit it"]
    assert "can now run any shell command" in ran.err
    widened.run("update", "helper").done()
    assert approved(widened) == {"helper": ["shell"]}
    assert '    "shell",\n' in widened.lockfile


def test_without_capabilities_all_that_lacks_a_yes_is_shown_and_not_written(
    widened: Project,
) -> None:
    """A script cannot agree to what nobody has read; the hint is a decision one can copy."""
    before = widened.manifest
    ran = widened.run("approve", "helper").failed(3)
    assert "helper 1.1.0\n  can now run any shell command" in ran.err
    assert "`agentpm approve helper shell`" in ran.err
    assert widened.manifest == before
    widened.run("approve", "helper", "--json").failed(3, "not-approved")


def test_yes_agrees_to_what_is_shown(widened: Project) -> None:
    """For who has read it in the review of a release."""
    data = widened.run("approve", "helper", "--yes", "--json").done().data
    assert (data["releases"], data["capabilities"]) == (["1.1.0"], ["shell"])
    assert data["approved"] == ["shell"]
    assert approved(widened) == {"helper": ["shell"]}


def test_a_dry_run_writes_nothing(widened: Project) -> None:
    """It only says what would be approved."""
    before = widened.manifest
    assert widened.run("approve", "helper", "--dry-run").done().out == "would approve: shell\n"
    assert widened.manifest == before


def test_where_nothing_lacks_a_yes_nothing_is_asked(project: Project) -> None:
    """More of the same is no new power."""
    publish(project, "1.0.0", "tools: Read, Bash")
    project.run("install", "helper").done()
    publish(project, "1.1.0", "tools: Read, Bash, Write")
    before = project.manifest
    assert project.run("approve", "helper").done().out == "nothing of helper needs a yes\n"
    assert project.manifest == before


def test_a_program_is_approved_before_the_first_install(project: Project) -> None:
    """With its command on screen; whoever approves it has confirmed it on this machine."""
    publish(project, "1.0.0", "tools: Read", *HOOK)
    refused = project.run("install", "helper", "--json").failed(3)
    assert "./check.sh" in str(refused.envelope["error"]["details"])
    ran = project.run("approve", "helper", "--yes").done()
    assert "PreToolUse hook on Bash: ./check.sh" in ran.err
    (word,) = approved(project)["helper"]
    assert word.startswith("exec.hook:sha256:")
    project.run("install", "helper").done()
    assert f'    "{word}",\n' in project.lockfile


def test_another_command_is_another_program(project: Project) -> None:
    """A yes to one is no yes to the next."""
    publish(project, "1.0.0", "tools: Read", *HOOK)
    project.run("approve", "helper", "--yes").done()
    project.run("install", "helper").done()
    publish(project, "2.0.0", "tools: Read", *HOOK[:-1], "          command: ./other.sh")
    data = project.run("approve", "helper@2.0.0", "--dry-run", "--json").data
    assert len(data["capabilities"]) == 1
    assert data["capabilities"] != approved(project)["helper"]


def test_a_requirement_chooses_the_release(widened: Project) -> None:
    """Where the newest is not the one in question."""
    publish(widened, "2.0.0", "tools: Read, WebFetch")
    data = widened.run("approve", "helper@^2.0", "--dry-run", "--json").data
    assert (data["releases"], data["capabilities"]) == (["2.0.0"], ["net.fetch"])


def test_what_a_rule_asks_about_is_part_of_it(project: Project) -> None:
    """`ask` waits for exactly this answer."""
    publish(project, "1.0.0", "tools: Read, WebFetch")
    project.write("agentpm.toml", '[permissions]\nask = ["net.fetch"]\n')
    project.run("install", "helper", "--json").failed(3, "permission-denied")
    project.run("approve", "helper", "--yes").done()
    project.run("install", "helper").done()
    assert approved(project) == {"helper": ["net.fetch"]}


def test_a_lost_lockfile_makes_nothing_look_new(widened: Project) -> None:
    """What git's HEAD knows still counts."""
    widened.commit()
    widened.path("agentpm.lock").unlink()
    assert widened.run("approve", "helper", "--dry-run").done().out == "would approve: shell\n"


def test_the_lockfile_mirrors_the_approval_at_once(project: Project) -> None:
    """So that a frozen install right afterwards is not stale."""
    publish(project, "1.0.0", "tools: Read, Bash")
    project.run("install", "helper").done()
    ran = project.run("approve", "helper", "shell").done()
    assert ran.lines[-1] == "agentpm.toml and agentpm.lock updated; commit them"
    (agent,) = tomllib.loads(project.lockfile)["agent"]
    assert agent["approved"] == ["shell"]
    project.run("install", "--frozen").done()


def test_comments_and_other_approvals_stay(widened: Project) -> None:
    """The manifest is a file that people write."""
    widened.append(
        "agentpm.toml", '\n# agreed in May\n[permissions.approved]\nhelper = ["net.fetch"]  # Ada\n'
    )
    widened.run("approve", "helper", "shell").done()
    assert approved(widened) == {"helper": ["net.fetch", "shell"]}
    assert "# agreed in May" in widened.manifest


def test_what_is_approved_already_is_not_written_again(widened: Project) -> None:
    """A shell covers writing files."""
    widened.run("approve", "helper", "shell").done()
    before = widened.manifest
    assert "needs a yes" in widened.run("approve", "helper", "write").done().out
    assert widened.manifest == before


def test_what_nobody_asks_for_is_approved_with_a_warning(widened: Project) -> None:
    """A decision may come before the release; more often the word is a mistake."""
    ran = widened.run("approve", "helper", "net.search").done()
    assert "no release of `helper` that could be installed asks for this" in ran.err
    assert approved(widened) == {"helper": ["net.search"]}


def test_an_agent_from_a_file_can_be_approved(project: Project) -> None:
    """It has no releases; what it says now is what counts."""
    project.write("agents/own.md", agent_text("tools: Read", "memory: user", name="own"))
    project.write("agentpm.toml", '[agents]\nown = { path = "agents/own.md" }\n')
    project.run("install", "--json").failed(3)
    project.run("approve", "own", "--yes").done()
    assert approved(project) == {"own": ["memory:user"]}
    project.run("install").done()


@pytest.mark.parametrize(
    ("argv", "exit_code", "code"),
    [
        (["helpr", "shell"], 1, "no-such-package"),
        (["helper", "shel"], 2, "unknown-capability"),
        (["helper@9.0.0"], 1, "no-such-release"),
    ],
)
def test_a_slip_of_the_pen_approves_nothing(
    widened: Project, argv: list[str], exit_code: int, code: str
) -> None:
    """A yes to a name that does not exist would wait for whoever publishes under it."""
    before = widened.manifest
    widened.run("approve", *argv, "--json").failed(exit_code, code)
    assert widened.manifest == before


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(("answer", "approves"), [("y\n", True), ("\n", False)])
def test_on_a_terminal_one_is_asked_and_no_is_the_default(
    widened: Project, answer: str, approves: bool
) -> None:
    """The difference stands above the question; whoever just presses Enter has agreed to nothing."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "agentpm", "approve", "helper"],
        cwd=widened.root,
        env={**widened.environ, "PYTHONPATH": str(SOURCES)},
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, answer.encode())
    shown = b""
    while b"[y/N]" not in shown:
        shown += os.read(ours, 4096)
    process.wait(timeout=60)
    os.close(ours)
    assert b"can now run any shell command" in shown
    assert (process.returncode == 0, approved(widened) != {}) == (approves, approves)


# Where an agent is that the manifest does not list yet


def follow_hint(project: Project, *refused: str) -> str:
    """Run the command that a refusal names, word by word; what it was."""
    hint = project.run(*refused, "--json").failed(3).envelope["error"]["hint"]
    command: str = next(line for line in hint.splitlines() if line.startswith("agentpm approve"))
    project.run(*shlex.split(command)[1:]).done()
    return command


def test_the_command_of_a_refusal_works_for_another_name(project: Project) -> None:
    """Nothing was written, so nobody but the command itself can know which package `own` is."""
    publish(project, "1.0.0", "tools: Read", *HOOK)
    command = follow_hint(project, "install", "helper", "--as", "own")
    assert command.endswith(" --as own")
    assert list(approved(project)) == ["own"]
    project.run("install", "helper", "--as", "own").done()


def test_the_command_of_a_refusal_works_for_a_file(project: Project) -> None:
    """The file is where it was said to be, whatever name it has inside."""
    project.write("drafts/x.md", agent_text("tools: Read", *HOOK, name="inside"))
    command = follow_hint(project, "add", "own", "--path", "drafts/x.md")
    assert command.endswith(" --path drafts/x.md")
    project.run("add", "own", "--path", "drafts/x.md").done()


def test_the_command_of_a_refusal_works_for_another_registry(team: Team) -> None:
    """A name is looked for in one registry alone, so the command has to say which."""
    team.index.publish("fetcher", "1.0.0", tools="WebFetch")
    project = team.project
    project.write("agentpm.toml", project.manifest.replace('registry = "acme"\n', ""))
    project.append("agentpm.toml", '\n[permissions]\nask = ["net"]\n')
    command = follow_hint(project, "install", "fetcher", "--registry", "acme")
    assert command.endswith(" --registry acme")
    project.run("install", "fetcher", "--registry", "acme").done()


def test_the_command_of_a_refusal_works_for_ones_own_agents(project: Project) -> None:
    """An approval in the manifest of the project lets nothing into the home directory."""
    publish(project, "1.0.0", "tools: Read", *HOOK)
    command = follow_hint(project, "install", "--global", "helper")
    assert command.endswith(" --global")
    project.run("install", "--global", "helper").done()
    assert not project.exists("agentpm.toml")


def test_a_file_that_adopting_refuses_can_be_approved_where_it_is(project: Project) -> None:
    """It is moved only afterwards, and is in no registry."""
    project.write(".claude/agents/own.md", agent_text("tools: Read", *HOOK, name="own"))
    (item,) = project.run("adopt", "--local", "--yes", "--json").done().data["files"]
    assert item["state"] == "refused"
    command = item["hint"].splitlines()[-1]
    project.run(*shlex.split(command)[1:]).done()
    assert project.run("adopt", "--local", "--yes").done().lines[-1].startswith("1 agent adopted")


def test_an_agent_in_git_is_approved_with_an_editor(project: Project, tmp_path: Path) -> None:
    """The hint is the very line to write."""
    other = Project(tmp_path, "elsewhere")
    other.write("own.md", agent_text("tools: Read", "memory: user", name="own"))
    other.commit()
    argv = ["add", "own", "--git", other.root.as_uri(), "--file", "own.md"]
    hint = project.run(*argv, "--json").failed(3).envelope["error"]["hint"]
    project.write("agentpm.toml", f"[permissions.approved]\n{hint.splitlines()[-1]}\n")
    project.run(*argv).done()


def test_a_path_is_no_place_in_a_registry(project: Project) -> None:
    """One of the two is a mistake."""
    project.run("approve", "own", "--path", "x.md", "--registry", "acme").failed(2)


def test_what_another_harness_adds_is_part_of_it(project: Project) -> None:
    """Both others have one word for changing and for making files; `approve` asks what `install` does."""
    publish(project, "1.0.0", "tools: Read, Edit")
    project.write("agentpm.toml", '[project]\ntargets = ["claude", "opencode"]\n')
    project.run("install", "helper", "--json").failed(3, "conversion-widens")
    ran = project.run("approve", "helper", "--yes").done()
    assert ran.err == (
        "helper 1.0.0\n"
        "  can now create and overwrite files\n"
        "  write in OpenCode: from `edit` in `permission`\n"
    )
    assert approved(project) == {"helper": ["write"]}
    project.run("install", "helper").done()


def test_an_agent_that_only_the_lockfile_remembers_is_not_approved(project: Project) -> None:
    """Its file is nowhere any more, as far as the manifest knows."""
    project.write("own.md", agent_text("tools: Read", name="own"))
    project.run("add", "own", "--path", "own.md").done()
    project.write("agentpm.toml", "[agents]\n")
    project.run("approve", "own", "--json").failed(1, "not-in-manifest")
