"""What a person at a terminal is asked before an agent gets more power: once, with no as the default."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from support.agent_text import agent_text
from support.project import Project
from support.terminal import at_terminal

ASKED = "Approve this for the whole team? [y/N]:"
HOOK = [
    "hooks:", "  PreToolUse:", "    - matcher: Bash", "      hooks:",
    "        - type: command", "          command: ./check.sh --all",
]  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def publish(project: Project, version: str, *front: str, name: str = "helper") -> None:
    project.write(f"{name}.md", agent_text(f"version: {version}", *front, name=name))
    project.run("publish", f"{name}.md", "--quiet").done()


@pytest.fixture
def widened(project: Project) -> Project:
    """A project with `helper` 1.0.0, of which 1.1.0 has a shell as well."""
    publish(project, "1.0.0", "tools: Read")
    project.run("install", "helper").done()
    publish(project, "1.1.0", "tools: Read, Bash")
    return project


def approved(project: Project) -> dict[str, list[str]]:
    permissions: dict[str, Any] = tomllib.loads(project.manifest).get("permissions", {})
    return dict(permissions.get("approved", {}))


def state(project: Project) -> dict[str, str]:
    return {name: project.read(name) for name in project.tree()}


def test_the_difference_is_on_the_screen_before_the_question(widened: Project) -> None:
    """The one new power first, then the lines, then where it comes from; then the question."""
    seen = at_terminal(widened, "update", "helper", answers={ASKED: "y"})
    assert seen.screen.startswith(
        "helper 1.1.0 (locked: 1.0.0)\n"
        "  can now run any shell command\n"
        "  - tools: Read\n"
        "  + tools: Read, Bash\n"
        "  shell: from `Bash` in `tools`\n"
        f"{ASKED} y\n"
    )
    assert seen.code == 0
    assert "~ helper 1.0.0 -> 1.1.0" in seen.screen


def test_a_yes_is_written_as_approve_writes_it(widened: Project) -> None:
    """Into the manifest, where the team reviews it, in the same step as the release it lets in."""
    at_terminal(widened, "update", "helper", answers={ASKED: "y"})
    assert approved(widened) == {"helper": ["shell"]}
    assert "agentpm.toml and agentpm.lock" not in widened.run("install").done().out
    assert tomllib.loads(widened.lockfile)["agent"][0]["approved"] == ["shell"]
    widened.run("permissions", "--check").done()


@pytest.mark.parametrize("answer", ["", "n", "no"])
def test_no_is_the_default_and_changes_nothing(widened: Project, answer: str) -> None:
    """Whoever presses the enter key has not agreed to anything."""
    before = state(widened)
    seen = at_terminal(widened, "update", "helper", answers={ASKED: answer})
    assert seen.code == 3
    assert state(widened) == before
    assert "agentpm approve helper shell" in seen.screen
    assert seen.screen.count("can now run any shell command") == 1


def test_it_is_asked_once(widened: Project) -> None:
    """What was said yes to is not asked again, neither now nor by the next command."""
    seen = at_terminal(widened, "update", "helper", answers={ASKED: "y"})
    assert seen.screen.count(ASKED) == 1
    seen = at_terminal(widened, "install", answers={ASKED: "n"})
    assert (seen.code, seen.unasked) == (0, (ASKED,))


def test_a_program_is_shown_with_its_whole_command_line(project: Project) -> None:
    """Whoever agrees has seen what will run; this machine has confirmed it by that."""
    publish(project, "1.0.0", "tools: Read", *HOOK)
    seen = at_terminal(project, "install", "helper", answers={ASKED: "y"})
    assert seen.code == 0
    assert "can now run a program of its own as a hook" in seen.screen
    assert "PreToolUse hook on Bash: ./check.sh --all" in seen.screen
    assert project.agent("helper").exists()
    project.run("install").done()
    assert approved(project)["helper"][0].startswith("exec.hook:sha256:")


def test_a_rule_that_asks_is_answered_the_same_way(project: Project) -> None:
    """`ask` means that somebody is asked, where there is somebody."""
    publish(project, "1.0.0", "tools: Read, WebFetch")
    project.write("agentpm.toml", '[permissions]\nask = ["net"]\n')
    assert project.run("install", "helper").failed(3).err.count("agentpm.toml:2") == 1
    seen = at_terminal(project, "install", "helper", answers={ASKED: "y"})
    assert seen.code == 0
    assert 'a rule asks about it: `ask = ["net"]` in agentpm.toml:2' in seen.screen
    assert approved(project) == {"helper": ["net.fetch"]}


def test_what_a_rule_forbids_is_not_asked_about(project: Project) -> None:
    """A yes of one person does not undo a rule of the team."""
    publish(project, "1.0.0", "tools: Read", *HOOK)
    project.write("agentpm.toml", '[permissions]\ndeny = ["exec"]\n')
    seen = at_terminal(project, "install", "helper@1.0.0", answers={ASKED: "y"})
    assert seen.code != 0
    assert seen.unasked == (ASKED,)


def test_several_agents_are_one_question(project: Project) -> None:
    """Each with its own difference; yes is to all that is on the screen."""
    for name in ("one", "two"):
        publish(project, "1.0.0", "tools: Read", name=name)
    project.run("install", "one", "two").done()
    publish(project, "1.1.0", "tools: Read, Bash", name="one")
    publish(project, "1.1.0", "tools: Read, WebFetch", name="two")
    seen = at_terminal(project, "update", "one", "two", answers={ASKED: "y"})
    assert seen.code == 0
    assert approved(project) == {"one": ["shell"], "two": ["net.fetch"]}


@pytest.mark.parametrize("flags", [["--dry-run"], ["--json"]])
def test_nobody_is_asked_where_nothing_is_decided(widened: Project, flags: list[str]) -> None:
    """A dry run changes nothing, and what reads JSON answers no questions."""
    seen = at_terminal(widened, "update", "helper", *flags, answers={ASKED: "y"})
    assert (seen.code, seen.unasked) == (3, (ASKED,))


def test_a_frozen_install_asks_nobody(project: Project) -> None:
    """It writes neither manifest nor lockfile, so there is no place for a yes."""
    publish(project, "1.0.0", "tools: Read", *HOOK)
    project.run("approve", "helper", "--yes").done()
    project.run("lock").done()
    project.run("install", "helper").done()
    text = project.manifest
    project.write("agentpm.toml", text[: text.index("[permissions")])
    seen = at_terminal(project, "install", "--frozen", answers={ASKED: "y"})
    assert (seen.code, seen.unasked) == (3, (ASKED,))


def test_an_update_of_everything_holds_back_and_asks_nobody(widened: Project) -> None:
    """Asking for everything is not asking for this."""
    seen = at_terminal(widened, "update", answers={ASKED: "y"})
    assert (seen.code, seen.unasked) == (0, (ASKED,))
    assert "`helper` stays at 1.0.0" in seen.screen


def test_an_answer_that_is_piped_in_is_none(widened: Project) -> None:
    """A script that writes yes to everything has read nothing."""
    before = state(widened)
    widened.run("update", "helper", stdin="y\n").failed(3)
    assert state(widened) == before


def test_the_refusal_elsewhere_shows_the_same_lines(widened: Project) -> None:
    """In CI there is no question, and the same to read."""
    details = widened.run("update", "helper", "--json").failed(3).envelope["error"]["details"]
    assert details == [
        "helper 1.1.0 (locked: 1.0.0)",
        "  can now run any shell command",
        "  - tools: Read",
        "  + tools: Read, Bash",
        "  shell: from `Bash` in `tools`",
    ]


# What the project approves, and this machine has not confirmed

TRUST = "Let this run on your machine, as the project asks? [y/N]:"


@pytest.fixture
def theirs(project: Project) -> Project:
    """A clone of a project that approves the programs of its own two agents."""
    lines = ""
    for name in ("helper", "other"):
        front = [*HOOK[:-1], f"          command: ./{name}.sh"]
        project.write(f"own/{name}.md", agent_text(*front, name=name))
        lines += f'{name} = {{ path = "own/{name}.md" }}\n'
    project.write("agentpm.toml", f"[agents]\n{lines}")
    for name in ("helper", "other"):
        project.run("approve", name, "--yes").done()
    project.run("lock").done()
    project.commit()
    return project.clone("bob")


def test_what_a_clone_approves_for_itself_is_asked_about_once(theirs: Project) -> None:
    """All of it in one question, every command line in view; a yes is remembered."""
    seen = at_terminal(theirs, "install", answers={TRUST: "y"})
    assert seen.code == 0
    assert seen.screen.startswith(
        "helper 0.0.0\n"
        "  can now run a program of its own as a hook\n"
        "  PreToolUse hook on Bash: ./helper.sh\n"
        "other 0.0.0\n"
        "  can now run a program of its own as a hook\n"
        "  PreToolUse hook on Bash: ./other.sh\n"
        f"{TRUST} y\n"
    )
    theirs.agent("other").unlink()
    theirs.run("install").done()
    assert theirs.agent("other").exists()


def test_a_yes_on_one_machine_changes_no_file_of_the_team(theirs: Project) -> None:
    """It is about this machine: not even a frozen install, which writes nothing, is too much."""
    before = (theirs.manifest, theirs.lockfile)
    assert at_terminal(theirs, "install", "--frozen", answers={TRUST: "y"}).code == 0
    assert (theirs.manifest, theirs.lockfile) == before
    assert theirs.agent("helper").exists()


@pytest.mark.parametrize("answer", ["", "n"])
def test_a_clone_gets_nothing_without_a_yes(theirs: Project, answer: str) -> None:
    """The enter key is no yes to a stranger's program."""
    before = state(theirs)
    seen = at_terminal(theirs, "install", answers={TRUST: answer})
    assert (seen.code, seen.unasked) == (3, ())
    assert state(theirs) == before
    assert "--trust-programs" in seen.screen
    assert seen.screen.count("./helper.sh") == 1


@pytest.mark.parametrize("flags", [["--dry-run"], ["--json"]])
def test_nobody_is_asked_to_trust_where_nothing_is_installed(
    theirs: Project, flags: list[str]
) -> None:
    """The same as for an approval."""
    seen = at_terminal(theirs, "install", *flags, answers={TRUST: "y"})
    assert (seen.code, seen.unasked) == (3, (TRUST,))


def test_what_nobody_approved_is_asked_before_what_this_machine_has_not_confirmed(
    theirs: Project,
) -> None:
    """Two decisions, for two kinds of people: one for the team, one for whoever sits here."""
    theirs.write("own/third.md", agent_text(*HOOK, name="third"))
    text = theirs.manifest
    entry = 'third = { path = "own/third.md" }\n'
    theirs.write("agentpm.toml", text.replace("[agents]\n", f"[agents]\n{entry}"))
    seen = at_terminal(theirs, "install", answers={ASKED: "y", TRUST: "y"})
    assert (seen.code, seen.unasked) == (0, ())
    asked, trusted = seen.screen.split(ASKED)
    assert ("./check.sh" in asked, "./helper.sh" in asked) == (True, False)
    assert ("./check.sh" in trusted, "./helper.sh" in trusted) == (False, True)
    assert list(approved(theirs)) == ["helper", "other", "third"]
