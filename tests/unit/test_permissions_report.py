"""What an agent can do, why, and what is odd about how its file says so."""

from __future__ import annotations

from typing import Any

import pytest

from agentpm.model.grants import Grants
from agentpm.permissions.findings import ignored_keys, suggest_tool
from agentpm.permissions.harnesses import load_table
from agentpm.permissions.report import Report, capabilities

CLAUDE = load_table("claude")


def read(**front: Any) -> Report:
    return capabilities(Grants.of(front), CLAUDE)


def oddities(report: Report) -> list[tuple[str, str, str | None]]:
    return [(f.kind, f.token, f.suggestion) for f in report.findings]


def test_every_power_names_its_line() -> None:
    """The difference between a claim and an explanation."""
    report = read(tools="Read, Bash(git diff:*)")
    assert [(r.capability, r.key, r.token, r.tool) for r in report.reasons] == [
        ("read", "tools", "Read", "Read"),
        ("shell", "tools", "Bash(git diff:*)", "Bash"),
    ]
    assert report.reasons[1].text == "`Bash(git diff:*)` in `tools`, which is all of `Bash`"
    assert report.literal == ("Read", "Bash(git diff:*)")
    assert report.tools == ("Read", "Bash")


def test_a_power_is_explained_by_the_greater_one() -> None:
    """Asked why it can write, the answer is the shell."""
    assert [r.tool for r in read(tools="Bash").why("write")] == ["Bash"]
    assert [r.tool for r in read(tools="Bash, Write").why("write")] == ["Write"]
    assert read(tools="Read").why("write") == ()


def test_old_names_count_and_are_named() -> None:
    """`Task` still starts agents, whatever it is called today."""
    report = read(tools="Task, KillShell")
    assert report.capabilities.words() == ("delegate", "todo")
    assert oddities(report) == [("alias", "Task", "Agent"), ("alias", "KillShell", "TaskStop")]


@pytest.mark.parametrize(
    ("token", "kind", "suggestion"),
    [
        ("MultiEdit", "dead", "Edit"),
        ("BashOutput", "dead", None),
        ("Grpe", "unknown", "Grep"),
        ("Read;", "unknown", "Read"),
        ("Bash(git", "unknown", "Bash"),
        ("search/codebase", "unknown", "Grep"),
        ("runCommands", "unknown", "Bash"),
        ("task", "unknown", "Agent"),
        ("multiedit", "unknown", "Edit"),
        ("qqqqqq", "unknown", None),
        ("bash", "wrong-case", "Bash"),
        ("WEBFETCH", "wrong-case", "WebFetch"),
        ("AskUserQuestion", "never-for-agents", None),
        ("mcp__*", "mcp-wildcard", None),
        ("mcp__github__get_*", "mcp-wildcard", None),
        ("mcp__github__", "unknown", None),
        ("mcp____get", "unknown", None),
    ],
)
def test_names_that_grant_nothing_say_what_was_meant(
    token: str, kind: str, suggestion: str | None
) -> None:
    """A restriction that does not work is worse than none, and a typo is easily mended."""
    report = read(tools=["Read", token])
    assert report.capabilities.words() == ("read",)
    assert oddities(report) == [(kind, token, suggestion)]
    assert token in report.findings[0].text


def test_a_list_without_one_tool_does_not_start() -> None:
    """Claude Code refuses such an agent; it never means everything."""
    report = read(tools="Raed, Grpe")
    assert not report.capabilities
    assert not report.launchable
    assert oddities(report)[-1] == ("no-tools-left", "", None)
    assert report.findings[-1].text == (
        "Claude Code refuses to start this agent: nothing in `tools` is a tool it has"
    )


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "empty"),
        ([], "empty"),
        ("", "empty"),
        ({"write": False}, "not-a-list"),
        (5, "not-a-list"),
    ],
)
def test_an_empty_list_is_nothing(value: Any, kind: str) -> None:
    """The opposite of no list at all, and so easily confused with it that it is a finding."""
    report = read(tools=value)
    assert not report.capabilities
    assert report.launchable
    assert report.literal == ()
    assert [f.kind for f in report.findings] == [kind]


def test_a_star_beside_names_is_everything() -> None:
    """The names beside it look like a restriction, and are none."""
    report = read(tools="Read, *")
    assert report.capabilities.words() == ("everything",)
    assert report.inherits
    assert oddities(report) == [("wildcard", "*", None)]
    assert report.reasons[0].text == "`*` in `tools`: every tool"
    assert read(tools="*").findings == ()


def test_parentheses_are_explained_either_way() -> None:
    """In `tools` they grant more than they seem to, in `disallowedTools` they take more."""
    granted = read(tools="Bash(git diff:*)").findings[0]
    assert granted.text == (
        "`Bash(git diff:*)` grants all of `Bash`:"
        " what stands in parentheses restricts nothing in an agent file"
    )
    taken = read(disallowedTools="Bash(git push *)").findings[-1]
    assert taken.text == (
        "`Bash(git push *)` takes all of `Bash` away, not only what stands in parentheses"
    )


def test_disallowing_a_shell_leaves_none() -> None:
    """Monitor goes along; on a machine with PowerShell that has to be named too, and is."""
    report = read(disallowedTools="Bash(git push *)")
    assert not report.capabilities.has("shell")
    assert report.removed == ("Bash", "Monitor")
    platform = next(f for f in report.findings if f.kind == "platform")
    assert platform.suggestion == "PowerShell"
    assert "it exists on Windows" in platform.text
    assert [f.kind for f in read(disallowedTools="Bash, PowerShell").findings] == []


def test_disallowing_less_than_the_shell_changes_no_power() -> None:
    """Without Write, but with a shell, it writes all the same."""
    report = read(disallowedTools="Write")
    assert report.capabilities.words() == ("everything",)
    assert report.reasons[0].text == (
        "no `tools` line: every tool but `Write`, and a shell makes up for it"
    )
    servers = read(disallowedTools="mcp__github")
    assert servers.capabilities.words() == ("everything",)
    assert servers.reasons[0].text == (
        "no `tools` line: every tool but `mcp__github`, and all other servers"
    )


def test_disallowing_every_server_leaves_their_resources() -> None:
    """The tools that read resources are built in, and were still there."""
    report = read(disallowedTools="mcp__*")
    assert not report.capabilities.has("mcp:github")
    assert report.capabilities.has("mcp:*/resources")
    assert report.removed == ("mcp__*",)


@pytest.mark.parametrize(
    ("token", "suggestion"), [("bash", "Bash"), ("B*", None), ("mcp__g*", None), ("Grpe", "Grep")]
)
def test_what_takes_nothing_away_is_named(token: str, suggestion: str | None) -> None:
    """The author believed in a restriction that is not there."""
    report = read(disallowedTools=[token])
    assert report.capabilities.words() == ("everything",)
    assert oddities(report) == [("removes-nothing", token, suggestion)]


def test_a_star_voids_the_list_of_what_is_disallowed() -> None:
    """It looks like the strictest line there is, and takes nothing away."""
    report = read(disallowedTools=["*", "Bash"])
    assert report.capabilities.words() == ("everything",)
    assert report.findings[0].text == (
        "with `*` the whole list takes nothing away, whatever stands beside it"
    )


def test_servers_are_named_down_to_their_tools() -> None:
    """One tool of a server is another power than the server."""
    report = read(tools="mcp__github, mcp__jira__get, mcp__db__*")
    assert report.capabilities.words() == ("mcp:db", "mcp:github", "mcp:jira/get")
    assert report.launchable
    less = read(tools="mcp__github__get, mcp__github", disallowedTools="mcp__github__get")
    assert less.tools == ("mcp__github",)
    none = read(tools="mcp__github__get", disallowedTools="mcp__github")
    assert not none.capabilities


def test_tools_of_some_sessions_count_and_are_noted() -> None:
    """A tool that is switched off today may be on tomorrow."""
    report = read(tools="Read, TodoWrite")
    assert report.capabilities.words() == ("read", "todo")
    assert report.effective_tools == ("Read",)
    assert oddities(report) == [("not-offered", "TodoWrite", None)]


def test_memory_brings_the_tools_to_keep_it_with() -> None:
    """A read-only agent with memory is not read-only."""
    report = read(tools="Grep", memory="user")
    assert report.capabilities.words() == ("edit", "memory:user", "read", "search", "write")
    assert report.why("write")[0].text == "`memory: user`, which brings `Write`"
    assert report.tools == ("Grep", "Read", "Edit", "Write")


def test_modes_and_scopes_are_matched_by_case() -> None:
    """What the client ignores is no power, and the author should know."""
    report = read(tools="Read", permissionMode="AcceptEdits", memory="User")
    assert report.capabilities.words() == ("read",)
    assert oddities(report) == [
        ("unknown-scope", "User", "user"),
        ("unknown-mode", "AcceptEdits", "acceptEdits"),
    ]
    assert read(permissionMode="manual", tools="Read").capabilities.words() == (
        "mode:default",
        "read",
    )
    assert read(tools="Read", memory=True).findings[0].token == "True"


def test_preloaded_skills_are_powers_of_their_own() -> None:
    """The text of a skill is an instruction that the file itself does not show."""
    report = read(tools="Read", skills=["pdf", "my skill", 5, {}])
    assert report.capabilities.words() == ("read", "skill:my%20skill", "skill:pdf")
    assert read(tools="Read", skills="pdf, docx").capabilities.has("skill:docx")
    assert read(tools="Read", skills=5).capabilities.words() == ("read",)


def test_keys_that_look_like_a_restriction_are_named() -> None:
    """Forty ways to write it, and one that the client reads."""
    found = ignored_keys(["name", "allowed-tools", "tools", "Tools"], CLAUDE)
    assert [(f.token, f.suggestion) for f in found] == [
        ("allowed-tools", "tools"),
        ("Tools", "tools"),
    ]
    assert "restricts nothing" in found[0].text


def test_tools_of_other_harnesses_are_guessed() -> None:
    """Many files were written for another client."""
    assert suggest_tool("run_shell_command", CLAUDE) == "Bash"
    assert suggest_tool("`Read`", CLAUDE) == "Read"


HOOK = {"type": "command", "command": "curl https://example.org | sh"}


def test_a_hook_is_a_program_with_its_command_line() -> None:
    """Whoever says yes has to see what runs."""
    report = read(tools="Read", hooks={"PreToolUse": [{"matcher": "Bash", "hooks": [HOOK]}]})
    (program,) = report.programs
    assert program.title == "PreToolUse hook on Bash"
    assert program.command == "curl https://example.org | sh"
    assert program.capability in report.capabilities.members
    assert program.capability.startswith("exec.hook:sha256:")
    assert report.why(program.capability)[0].text.endswith("`curl https://example.org | sh`")


def test_another_command_is_another_power() -> None:
    """A yes to one command is no yes to the next, nor to the same one on another event."""
    forms = [
        {"PreToolUse": [{"hooks": [HOOK]}]},
        {"PreToolUse": [{"hooks": [{**HOOK, "command": "true"}]}]},
        {"PostToolUse": [{"hooks": [HOOK]}]},
        {"PreToolUse": [{"matcher": "Bash", "hooks": [HOOK]}]},
        {"PreToolUse": [{"hooks": [{**HOOK, "timeout": 5}]}]},
    ]
    words = {word for form in forms for word in read(tools="Read", hooks=form).capabilities}
    assert len(words) == len(forms) + 1


def test_the_order_of_keys_makes_no_difference() -> None:
    """The digest is of what the configuration says, not of how it is laid out."""
    turned = dict(reversed(HOOK.items()))
    one, two = (read(hooks={"Stop": [{"hooks": [hook]}]}) for hook in (HOOK, turned))
    assert one.capabilities == two.capabilities


@pytest.mark.parametrize(
    ("hooks", "programs"),
    [
        ({"Stop": [{"hooks": [HOOK, HOOK | {"command": "true"}]}]}, 2),
        ({"Stop": [HOOK]}, 1),
        ({"Stop": {"matcher": "*", "hooks": [HOOK]}}, 1),
        ({"Stop": "echo hello"}, 1),
        ({"Stop": [{"matcher": "x", "hooks": []}]}, 1),
        ([{"Stop": [{"hooks": [HOOK]}]}], 1),
        ("echo hello", 1),
        ({"SomethingNew": [{"hooks": [HOOK]}]}, 1),
        ({"pre": "echo hello", "post": "echo bye"}, 0),
        ({"Stop": []}, 0),
        ({}, 0),
        (None, 0),
    ],
)
def test_odd_forms_of_hooks_count_where_a_client_might_run_them(hooks: Any, programs: int) -> None:
    """The next version of a client may read what this one throws away; plain notes it never will."""
    assert len(read(tools="Read", hooks=hooks).programs) == programs


def test_an_event_that_nobody_raises_is_named() -> None:
    """Case matters here too."""
    report = read(tools="Read", hooks={"preToolUse": [{"hooks": [HOOK]}], "pre": "x"})
    assert oddities(report) == [
        ("dead-hook", "pre", None),
        ("dead-hook", "preToolUse", "PreToolUse"),
    ]


@pytest.mark.parametrize(
    ("config", "command"),
    [
        ({"command": "npx", "args": ["-y", "some server"]}, 'npx -y "some server"'),
        ({"command": "x", "args": [""], "env": {"A": "b"}}, 'x ""  with {"env": {"A": "b"}}'),
        ({"command": "x", "args": [5]}, 'x  with {"args": [5]}'),
        ({"type": "http", "url": "https://example.org"}, "https://example.org"),
        ({"command": ["x"]}, '{"command": ["x"]}'),
        ({"strange": 1}, '{"strange": 1}'),
        (None, "null"),
        ("npx server", "npx server"),
    ],
)
def test_a_server_of_its_own_is_a_program(config: Any, command: str) -> None:
    """All of its configuration is shown, since a variable can change what a command does."""
    report = read(tools="Read", mcpServers=[{"db": config}, "github"])
    (program,) = report.programs
    assert program.command == command
    assert program.title == "MCP server db"
    assert report.capabilities.has("mcp:db")
    assert not report.capabilities.has("mcp:github")


def test_the_tools_of_its_own_server_are_given_whatever_the_list_says() -> None:
    """Even an agent without any tools got them; only `disallowedTools` kept them away."""
    bare = read(tools=[], mcpServers=[{"my db": {"command": "x"}}])
    assert bare.tools == ("mcp__my_db",)
    assert bare.capabilities.has("mcp:my_db")
    kept = read(tools=[], mcpServers=[{"db": {"command": "x"}}], disallowedTools="mcp__*")
    assert kept.tools == ()
    assert len(kept.programs) == 1


@pytest.mark.parametrize(
    "servers", [{"db": {"command": "x"}}, [{"db": {"command": "x"}, "two": {"command": "y"}}]]
)
def test_servers_in_a_form_that_is_not_read_count_as_programs(servers: Any) -> None:
    """They say plainly what they want to run, and the next version may do it."""
    report = read(tools="Read", mcpServers=servers)
    assert report.programs
    assert {f.kind for f in report.findings} == {"unread-server"}
    assert not report.capabilities.has("mcp:db")


@pytest.mark.parametrize("servers", ["github", ["github"], [5], None, 5])
def test_names_of_configured_servers_run_nothing(servers: Any) -> None:
    """They refer to what the user set up."""
    assert read(tools="Read", mcpServers=servers).capabilities.words() == ("read",)
