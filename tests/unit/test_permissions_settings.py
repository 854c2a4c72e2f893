"""What the user's own Claude Code settings leave of an agent."""

from __future__ import annotations

from typing import Any

import pytest

from agentpm.model.grants import Grants
from agentpm.permissions.capability import NOTHING
from agentpm.permissions.harnesses import load_table
from agentpm.permissions.report import capabilities
from agentpm.permissions.settings import Effect, Settings, judge_settings, reachable_builtins

CLAUDE = load_table("claude")
HOOKS = {"Stop": [{"hooks": [{"type": "command", "command": "true"}]}]}


def rules(**lists: Any) -> dict[str, Any]:
    return {"permissions": lists}


def left(scopes: dict[str, Any], servers: frozenset[str] | None = None, **front: Any) -> Effect:
    report = capabilities(Grants.of(front), CLAUDE)
    return judge_settings(Settings(scopes, servers), "lead", report, CLAUDE)


def test_without_rules_an_agent_is_whole() -> None:
    """Most people have none."""
    found = left({}, tools="Read, Bash")
    assert found == Effect("ok", (), ("Bash", "Read"), ())


@pytest.mark.parametrize("rule", ["Bash", "Bash(*)", "B*", "*ash", "B*s*h"])
def test_a_bare_deny_takes_the_tool_away(rule: str) -> None:
    """By its name, with a star for everything in parentheses, or by a pattern."""
    found = left({"project": rules(deny=[rule])}, tools="Read, Bash, Monitor")
    assert found.outcome == "degraded"
    assert found.removed == ("Bash", "Monitor")
    assert found.remaining == ("Read",)
    assert f"`{rule}` in the project settings takes `Bash` away" in found.notes


@pytest.mark.parametrize(
    "rule", ["bash", "Bash ", "Bsah", "Ba*x", "*x*", "Bash(git push *)", "x*Bash"]
)
def test_other_rules_leave_the_tool(rule: str) -> None:
    """Case and blanks count, and a rule about some calls is about some calls."""
    found = left({"user": rules(deny=[rule])}, tools="Read, Bash")
    assert found.outcome == "ok"
    assert found.remaining == ("Bash", "Read")


def test_an_agent_with_nothing_left_is_blocked() -> None:
    """Claude Code would refuse to start it, with a message about unrecognised tools."""
    found = left({"project": rules(deny=["Bash"])}, tools="Bash")
    assert found.outcome == "blocked"
    assert found.notes[-1] == "nothing is left of its tools, and it cannot be started"
    assert left({"project": rules(deny=["Bash"])}, tools=[]).outcome == "ok"


def test_an_agent_that_lists_nothing_only_loses_tools() -> None:
    """It never said what it needs, so it cannot be called degraded."""
    found = left({"user": rules(deny=["Bash", "Web*"])})
    assert found.outcome == "ok"
    assert found.removed == ("Bash", "Monitor", "WebFetch", "WebSearch")
    assert "Read" in found.remaining


def test_search_comes_back_where_the_shell_is_gone() -> None:
    """The client keeps Grep from an agent with a shell, and gives it to one without."""
    assert left({}, tools="Grep, Bash").remaining == ("Bash",)
    assert left({"user": rules(deny=["Bash"])}, tools="Grep, Bash").remaining == ("Grep",)


@pytest.mark.parametrize("rule", ["Agent(lead)", "Task(lead)", "Agent", "Agent(*)", "Task", "*"])
def test_a_denied_agent_is_blocked(rule: str) -> None:
    """By its name, or with all the others."""
    found = left({"local": rules(deny=[rule])}, tools="Read")
    assert found.outcome == "blocked"
    assert found.remaining == ()
    assert "cannot be started" in found.notes[0]
    assert left({"local": rules(deny=["Agent(other)"])}, tools="Read, Agent").outcome == "ok"


def test_a_rule_about_some_calls_is_a_note() -> None:
    """And where a shell is there, the note says what it is worth."""
    assert left({"user": rules(deny=["Bash(git push *)"])}, tools="Bash").notes == (
        "`Bash(git push *)` in the user settings refuses some of its calls",
    )
    assert left({"user": rules(deny=["Edit(./src/**)"])}, tools="Write, Bash").notes == (
        "`Edit(./src/**)` in the user settings refuses some of its calls, which `Bash` gets round",
    )
    assert left({"user": rules(deny=["Read(./.env)"])}, tools="Grep").notes == (
        "`Read(./.env)` in the user settings refuses some of its calls",
    )
    assert left({"user": rules(deny=["WebFetch(domain:x)"])}, tools="Read").notes == ()


@pytest.mark.parametrize("rule", ["Write(./x)", "MultiEdit(./x)", "Glob(./x)"])
def test_rules_that_never_match_are_no_protection(rule: str) -> None:
    """The client looks paths up under two names only."""
    (note,) = left({"user": rules(deny=[rule])}, tools="Read").notes
    assert "protects nothing" in note


def test_what_is_asked_about_is_noted() -> None:
    """It works, with a question each time."""
    found = left({"user": rules(ask=["Bash", "Write(x)", "Read(x)"])}, tools="Bash, Read")
    assert found.outcome == "ok"
    assert found.notes == (
        "`Bash` in the user settings asks before `Bash`",
        "`Read(x)` in the user settings asks before some calls of `Read`",
    )


def test_a_managed_file_can_silence_the_others() -> None:
    """Then a rule of the project protects nobody, and is not counted."""
    scopes = {
        "managed": {"allowManagedPermissionRulesOnly": True, **rules(deny=["WebFetch"])},
        "project": rules(deny=["Bash"]),
    }
    assert left(scopes, tools="Bash, WebFetch").removed == ("WebFetch",)


@pytest.mark.parametrize("broken", [{"permissions": []}, rules(deny="Bash"), rules(ask={})])
def test_settings_that_cannot_be_read_are_named(broken: dict[str, Any]) -> None:
    """They are somebody else's file, so they are no error, and no protection either."""
    found = left({"user": broken}, tools="Bash")
    assert found.outcome == "ok"
    assert "is not a list of rules" in found.notes[0]


def test_entries_that_are_no_texts_are_passed_over() -> None:
    """As the client does."""
    assert left({"user": rules(deny=[5, None, "Bash"])}, tools="Read, Bash").removed == ("Bash",)


@pytest.mark.parametrize(
    "rule", ["mcp__github", "mcp__github__*", "mcp__*", "mcp__git*", "mcp__github(*)"]
)
def test_servers_are_denied_whole(rule: str) -> None:
    """Each of these takes all that the server offers."""
    found = left({"user": rules(deny=[rule])}, tools="Read, mcp__github, mcp__github__get")
    assert found.removed == ("mcp__github", "mcp__github__get")


def test_one_tool_of_a_server_is_denied_alone() -> None:
    """The rest of the server is left."""
    found = left({"user": rules(deny=["mcp__github__get"])}, tools="mcp__github, mcp__github__get")
    assert found.removed == ("mcp__github__get",)
    assert left(
        {"user": rules(deny=["mcp__github__g*"])}, tools="mcp__github__get, Read"
    ).removed == ("mcp__github__get",)


def test_servers_that_are_not_configured_are_named() -> None:
    """Such an agent starts without them, and nobody is told."""
    found = left(
        {}, frozenset({"my jira"}), tools="Read, mcp__github, mcp__github__x, mcp__my_jira"
    )
    assert found.outcome == "ok"
    assert found.remaining == ("Read", "mcp__my_jira")
    assert found.notes == ("the MCP server `github` is not configured",)
    assert left({}, None, tools="mcp__github").notes == ()
    alone = left({}, frozenset(), tools="mcp__github")
    assert (alone.outcome, alone.remaining, alone.unconfigured) == ("ok", (), ("github",))
    assert alone.notes[0].endswith("and it cannot be started before that")
    assert left({}, frozenset(), tools="mcp__plugin_x_db, mcp__claude_ai_mail").notes == ()


def test_a_server_of_its_own_is_configured() -> None:
    """It stands in the agent's file."""
    found = left({}, frozenset(), tools="mcp__db", mcpServers=[{"db": {"command": "x"}}])
    assert found.notes == ()


def test_managed_lists_of_servers_count() -> None:
    """An organisation may name those it does not want, or those it wants alone."""
    denied = {"managed": {"deniedMcpServers": [{"x": 1}, 5, {"serverName": "github"}]}}
    assert left(denied, tools="Read, mcp__github").notes == (
        "the MCP server `github` is denied by settings",
    )
    allowed = {"managed": {"allowedMcpServers": [{"serverName": "jira"}]}}
    assert left(allowed, tools="Read, mcp__github, mcp__jira").notes == (
        "the MCP server `github` is not allowed by the managed settings",
    )


def test_switches_that_turn_an_agents_powers_off_are_noted() -> None:
    """So that nobody wonders why a mode has no effect."""
    found = left(
        {"managed": {"disableBypassPermissionsMode": "disable", "disableAllHooks": True}},
        tools="Read",
        permissionMode="bypassPermissions",
        hooks=HOOKS,
    )
    assert found.notes == (
        "`disableBypassPermissionsMode` switches its `mode:bypassPermissions` off",
        "`disableAllHooks` keeps its hooks from running",
    )
    auto = left({"user": rules(disableAutoMode="disable")}, tools="Read", permissionMode="auto")
    assert auto.notes == ("`disableAutoMode` switches its `mode:auto` off",)
    assert left({"user": {"disableAllHooks": True}}, tools="Read").notes == ()


def test_built_in_agents_are_there_unless_denied() -> None:
    """Whoever may start agents may start the one with every tool."""
    assert reachable_builtins(Settings({}), CLAUDE).has("everything")
    most = [f"Agent({name})" for name in CLAUDE.builtin_agents if name != "statusline-setup"]
    few = reachable_builtins(Settings({"user": rules(deny=most)}), CLAUDE)
    assert few.words() == ("edit", "read")
    assert reachable_builtins(Settings({"user": rules(deny=["Agent"])}), CLAUDE) == NOTHING


class _Counted(dict[str, Any]):
    """A settings file that counts how often somebody looks into it."""

    looks = 0

    def get(self, key: str, default: Any = None) -> Any:
        self.looks += key == "permissions"
        return super().get(key, default)


def test_rules_are_read_once_however_many_agents_there_are() -> None:
    """A project has hundreds of agents, and one set of settings."""
    file = _Counted(rules(deny=["Bash"]))
    settings = Settings({"user": file})
    report = capabilities(Grants.of({"tools": "Read, Bash"}), CLAUDE)
    assert judge_settings(settings, "first", report, CLAUDE).removed == ("Bash",)
    looks = file.looks
    assert judge_settings(settings, "second", report, CLAUDE).removed == ("Bash",)
    # The switches for modes are looked at for each agent; the rules are not.
    assert file.looks - looks <= 1
