"""From one release to the next, through other agents, and under an override."""

from __future__ import annotations

from typing import Any

import pytest

from agentpm.errors import ExitCode
from agentpm.model.grants import Grants
from agentpm.model.name import AgentName
from agentpm.permissions.capability import EVERYTHING, NOTHING, CapabilitySet
from agentpm.permissions.closure import Node, closure
from agentpm.permissions.harnesses import load_table
from agentpm.permissions.narrowing import OverrideWidens, UnknownTool, narrow
from agentpm.permissions.report import capabilities
from agentpm.permissions.widening import (
    PermissionWidened,
    compare,
    describe_widening,
    literal_changes,
    widening,
)

CLAUDE = load_table("claude")


def can(*words: str) -> CapabilitySet:
    return CapabilitySet.from_words(words)


def hook(command: str) -> dict[str, Any]:
    return {"PreToolUse": [{"hooks": [{"type": "command", "command": command}]}]}


def told(old: dict[str, Any], new: dict[str, Any]) -> tuple[str, ...]:
    before, after = Grants.of(old), Grants.of(new)
    difference = compare(before, after, CLAUDE)
    return describe_widening(difference.added, capabilities(after, CLAUDE), difference.literal)


@pytest.mark.parametrize(
    ("old", "new", "gained"),
    [
        ({"tools": "Read, Grep, Glob"}, {}, "everything"),
        ({"tools": "Read"}, {"tools": "*"}, "everything"),
        ({"tools": "Read"}, {"tools": "Read, *"}, "everything"),
        ({"tools": []}, {}, "everything"),
        ({"tools": None}, {"tools": "Read"}, "read"),
        ({"tools": "read, Grep"}, {"tools": "Read, Grep"}, "read"),
        ({"tools": "Read"}, {"tools": "Read, Bash, WebFetch"}, "net.fetch, shell"),
        ({"disallowedTools": "Agent, SendMessage"}, {"disallowedTools": "agent"}, "everything"),
        ({"disallowedTools": "Skill"}, {}, "everything"),
        ({"tools": "Read"}, {"tools": "Read, Agent"}, "delegate"),
        ({"tools": "Read"}, {"tools": "Read", "memory": "user"}, "edit, memory:user, write"),
        ({}, {"permissionMode": "acceptEdits"}, "mode:acceptEdits"),
        ({"tools": "Read"}, {"tools": "Read", "skills": ["pdf"]}, "skill:pdf"),
        ({"tools": "mcp__db__get"}, {"tools": "mcp__db"}, "mcp:db"),
    ],
)
def test_these_changes_widen(old: dict[str, Any], new: dict[str, Any], gained: str) -> None:
    """The largest of them is a line that was deleted."""
    difference = compare(Grants.of(old), Grants.of(new), CLAUDE)
    assert difference.widens
    assert str(difference.added) == gained


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"tools": "Bash"}, {"tools": "Bash, Write"}),
        ({"tools": "Bash(git:*)"}, {"tools": "Bash"}),
        ({"tools": "Read"}, {"tools": ["Read", "MultiEdit", "AskUserQuestion"]}),
        ({"tools": "Task"}, {"tools": "Agent"}),
        ({}, {"tools": "Read"}),
        ({}, {"tools": []}),
        ({"disallowedTools": "Write"}, {}),
        ({"hooks": hook("true")}, {}),
    ],
)
def test_these_changes_do_not(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Another way of writing it, or a convenience, is shown and stops nobody."""
    difference = compare(Grants.of(old), Grants.of(new), CLAUDE)
    assert not difference.widens
    assert difference.literal


def test_a_hook_that_changes_its_command_widens() -> None:
    """A yes to one command is no yes to the next, also for an agent that has every tool."""
    one, two = (Grants.of({"hooks": hook(command)}) for command in ("true", "curl x | sh"))
    assert compare(one, two, CLAUDE).widens
    assert compare(Grants(), one, CLAUDE).widens
    assert len(compare(one, two, CLAUDE).dropped) == 1


def test_the_new_power_comes_first_and_its_lines_after() -> None:
    """Five seconds are enough to decide on the first line."""
    assert told({"tools": "Read"}, {"tools": "Read, Bash, WebFetch"}) == (
        "can now run any shell command",
        "can also fetch web pages",
        "- tools: Read",
        "+ tools: Read, Bash, WebFetch",
        "shell: from `Bash` in `tools`",
        "net.fetch: from `WebFetch` in `tools`",
    )


def test_a_deleted_line_is_told_as_what_it_means() -> None:
    """There is nothing to see in the file, so the words have to say it."""
    assert told({"tools": ["Read", "Grep"]}, {}) == (
        "can now use every tool there is, a shell among them",
        "- tools: Read, Grep",
        "+ no tools line",
        "everything: from no `tools` line: every tool",
    )


def test_a_program_is_shown_with_its_whole_command_line() -> None:
    """However long it is, and with everything spelt out that a terminal would hide."""
    command = "echo " + "x" * 200 + "\u202e; rm"
    lines = told({"tools": "Read"}, {"tools": "Read", "hooks": hook(command)})
    assert lines[0] == "can now run a program of its own as a hook"
    assert lines[1] == "PreToolUse hook: echo " + "x" * 200 + "\\u202e; rm"
    assert lines[2] == "- no hooks line"
    assert not any(line.startswith("exec.hook") for line in lines)


def test_two_programs_are_one_sentence() -> None:
    """The sentence says what kind of power it is, the lines below say how often."""
    two = {"Stop": hook("true")["PreToolUse"], **hook("true")}
    lines = told({"tools": "Read"}, {"tools": "Read", "hooks": two})
    assert lines[:3] == (
        "can now run a program of its own as a hook",
        "PreToolUse hook: true",
        "Stop hook: true",
    )


def test_programs_that_were_there_are_not_told_again() -> None:
    """Only what is new is up for decision."""
    old = {"tools": "Read", "hooks": hook("true")}
    assert told(old, {**old, "tools": "Read, Write"}) == (
        "can now create and overwrite files",
        "- tools: Read",
        "+ tools: Read, Write",
        "write: from `Write` in `tools`",
    )


def test_nothing_gained_leaves_the_letters() -> None:
    """The literal difference is always shown."""
    assert told({"tools": "Bash"}, {"tools": None}) == ("- tools: Bash", "+ tools:")
    assert told({}, {}) == ()


def test_values_are_written_as_people_write_them() -> None:
    """A list reads like a list, and a mapping like data."""
    changes = literal_changes(
        Grants.of({"tools": [], "memory": "user"}), Grants.of({"tools": {"a": 1}, "memory": "user"})
    )
    assert [(c.key, c.before, c.after) for c in changes] == [("tools", "[]", '{"a": 1}')]


def test_widening_is_a_difference() -> None:
    """Also against the words of a lockfile, where the old file is not at hand."""
    assert widening(can("read"), can("read", "shell")) == can("shell")
    assert PermissionWidened("x").exit_code is ExitCode.REFUSED


def agents(**nodes: tuple[CapabilitySet, list[str]]) -> dict[AgentName, Node]:
    return {
        AgentName(name): Node(caps, tuple(map(AgentName, deps)))
        for name, (caps, deps) in nodes.items()
    }


READ, LEAD = can("read"), can("read", "delegate")


def test_an_agent_that_delegates_reaches_everything() -> None:
    """Built-in agents with every tool are always there to be started."""
    found = closure(AgentName("lead"), agents(lead=(LEAD, [])))
    assert found.reachable == EVERYTHING
    assert found.builtins
    assert not closure(AgentName("lead"), agents(lead=(EVERYTHING, []))).builtins


def test_where_settings_deny_those_it_reaches_what_is_declared_and_installed() -> None:
    """Through each of them, as far as each can delegate itself."""
    world = agents(
        lead=(LEAD, ["worker", "scribe"]),
        worker=(can("write", "delegate"), ["deep", "lead"]),
        scribe=(READ, ["unseen"]),
        deep=(can("shell"), ["unseen"]),
        unseen=(can("net.fetch"), []),
    )
    found = closure(AgentName("lead"), world, NOTHING)
    assert found.through == ("worker", "scribe", "deep")
    assert found.undeclared == ("unseen",)
    assert found.reachable.words() == ("delegate", "read", "shell", "write")
    assert not found.builtins


def test_edges_that_widen_or_cannot_work_are_told() -> None:
    """A dependency that nobody can start is a mistake of its author."""
    world = agents(
        lead=(LEAD, ["worker", "missing"]), worker=(can("shell"), ["lead"]), alone=(READ, [])
    )
    found = closure(AgentName("lead"), world, NOTHING)
    assert [(e.dependent, e.dependency, str(e.widens), e.broken) for e in found.edges] == [
        ("lead", "worker", "shell", None),
        ("lead", "missing", "nothing", "`missing` is not installed"),
        ("worker", "lead", "delegate", "`worker` has no tool to start other agents with"),
    ]


def test_without_delegation_an_agent_is_what_it_is() -> None:
    """Whatever it declares."""
    world = agents(lead=(READ, ["worker"]), worker=(can("shell"), []))
    found = closure(AgentName("lead"), world)
    assert found.reachable == READ
    assert found.through == ()
    assert found.edges[0].broken == "`lead` has no tool to start other agents with"


def test_some_harnesses_know_no_nesting() -> None:
    """There a declared dependency cannot work at all."""
    world = agents(lead=(LEAD, ["worker"]), worker=(can("shell"), []))
    found = closure(AgentName("lead"), world, nesting=False)
    assert found.reachable == LEAD
    assert found.edges[0].broken == "agents cannot start agents here"


def test_an_override_takes_tools_away() -> None:
    """The narrowed agent is what gates and policies then judge."""
    published = Grants.of({"tools": "Read, Bash", "memory": "user"})
    narrowed = narrow(published, CLAUDE, ["Read", "Grep"])
    assert narrowed.as_mapping() == {"tools": ["Read", "Grep"], "memory": "user"}
    assert not capabilities(narrowed, CLAUDE).capabilities.has("shell")
    less = narrow(Grants(), CLAUDE, disallowed=["Bash"])
    assert less.as_mapping() == {"disallowedTools": ["Bash"]}
    assert narrow(published, CLAUDE) == published


@pytest.mark.parametrize(
    ("published", "tools", "disallowed", "gains"),
    [
        ({"tools": "Read"}, ["Read", "Bash"], None, "run any shell command"),
        ({"tools": "Read"}, ["*"], None, "use every tool"),
        (
            {"tools": "Read, Bash", "disallowedTools": "Bash"},
            None,
            ["Write"],
            "run any shell command",
        ),
    ],
)
def test_an_override_that_would_widen_is_refused(
    published: dict[str, Any], tools: list[str] | None, disallowed: list[str] | None, gains: str
) -> None:
    """Also by taking a restriction away."""
    with pytest.raises(OverrideWidens) as caught:
        narrow(Grants.of(published), CLAUDE, tools, disallowed)
    assert gains in caught.value.message
    assert caught.value.details
    assert caught.value.exit_code is ExitCode.REFUSED


@pytest.mark.parametrize(
    ("tools", "disallowed", "hint"),
    [
        (["Raed"], None, "did you mean `Read`?"),
        (["MultiEdit"], None, "did you mean `Edit`?"),
        (["qqqqqq"], None, None),
        (None, ["bash"], "did you mean `Bash`?"),
    ],
)
def test_an_override_with_a_typo_is_refused(
    tools: list[str] | None, disallowed: list[str] | None, hint: str | None
) -> None:
    """A person wrote it in a manifest, and meant something else."""
    with pytest.raises(UnknownTool) as caught:
        narrow(Grants(), CLAUDE, tools, disallowed)
    assert caught.value.hint == hint


def test_a_typo_of_the_publisher_is_not_the_users() -> None:
    """An override of one key does not answer for the other."""
    published = Grants.of({"tools": "Read, Bash", "disallowedTools": "Grpe"})
    assert narrow(published, CLAUDE, ["Read"]).get("tools") == ["Read"]
