"""The situations that agentpm must get right, one test each, as a user comes upon them.

What the real client makes of the same files is held by `tests/unit/test_permissions_client.py`.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from support.agent_text import agent_text
from support.project import Project, Ran

HOOK = [
    "hooks:", "  PreToolUse:", "    - matcher: Bash", "      hooks:",
    "        - type: command", "          command: ./check.sh --all",
]  # fmt: skip
SERVER = ["mcpServers:", "  - db:", "      command: ./serve", "      args: [--port, '1']"]
BUILTINS = ("claude", "general-purpose", "fork", "Explore", "Plan", "statusline-setup")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def publish(project: Project, version: str, *front: str, name: str = "helper") -> None:
    project.write(f"{name}.md", agent_text(f"version: {version}", *front, name=name))
    project.run("publish", f"{name}.md", "--quiet").done()


def local(project: Project, *front: str, name: str = "helper") -> None:
    """An agent that is a file of the project: what `publish` would refuse can still be met."""
    project.write(f"own/{name}.md", agent_text(*front, name=name))
    project.write("agentpm.toml", f'[agents]\n{name} = {{ path = "own/{name}.md" }}\n')


def powers(project: Project, word: str = "helper") -> dict[str, Any]:
    (agent,) = project.run("permissions", word, "--json").done().data["agents"]
    assert isinstance(agent, dict)
    return agent


def of_file(project: Project, *front: str) -> dict[str, Any]:
    """What an agent with these lines can do."""
    project.write("draft.md", agent_text(*front, name="draft"))
    return powers(project, "draft.md")


def linted(project: Project, *front: str) -> dict[str, dict[str, Any]]:
    """The findings about an agent with these lines, by code."""
    project.write("draft.md", agent_text(*front, name="draft"))
    (file,) = project.run("lint", "draft.md", "--json").envelope["data"]["files"]
    return {finding["code"]: finding for finding in file["findings"]}


def locked(project: Project) -> dict[str, Any]:
    return {agent["name"]: agent for agent in tomllib.loads(project.lockfile)["agent"]}


def nothing_was_written(project: Project, name: str = "helper") -> bool:
    return not project.agent(name).exists() and not project.exists("agentpm.lock")


def widened(ran: Ran) -> list[str]:
    """The lines of a refusal for asking for more than before."""
    error = ran.failed(3, "permission-widened").envelope["error"]
    return [str(line) for line in error["details"]]


# A tools line that is gone


def test_a_patch_release_without_a_tools_line_stops(project: Project) -> None:
    """The largest step there is, is a deletion; `publish` refuses it, and so does `update`."""
    publish(project, "1.0.0", "tools: Read, Grep, Glob")
    project.run("install", "helper").done()
    project.write("helper.md", agent_text("version: 1.0.1"))
    project.run("publish", "helper.md", "--json").failed(3, "widening-patch")
    publish(project, "1.1.0")
    lines = widened(project.run("update", "helper", "--json"))
    assert lines[1] == "  can now use every tool there is, a shell among them"
    assert lines[2:4] == ["  - tools: Read, Grep, Glob", "  + no tools line"]
    assert locked(project)["helper"]["version"] == "1.0.0"


def test_a_file_of_the_project_that_loses_its_tools_line_stops(project: Project) -> None:
    """The same where no release and no gate of a registry is in between."""
    local(project, "tools: Read, Grep, Glob")
    project.run("install").done()
    local(project)
    lines = widened(project.run("install", "--json"))
    assert "use every tool there is" in lines[1]


# Names that are no tools


def test_misspelt_tools_are_an_error_of_lint_and_a_warning_of_install(project: Project) -> None:
    """Claude Code refuses to launch such an agent; it never has everything."""
    found = linted(project, "tools: Raed, Grpe")
    assert found["misspelt-tool"]["severity"] == "error"
    assert "`Grep`" in str(found["misspelt-tool"]["hint"]) or "`Read`" in str(
        found["misspelt-tool"]["hint"]
    )
    assert found["no-tools-left"]["severity"] == "error"
    project.run("lint", "draft.md").failed(1)
    local(project, "tools: Raed, Grpe")
    ran = project.run("install").done()
    assert "warning: `helper` cannot be started: nothing in its list is a tool" in ran.err
    assert "did you mean `Read`, `Grep`?" in ran.err
    assert locked(project)["helper"]["capabilities"]["claude"] == []
    assert powers(project)["launchable"] is False


def test_allowed_tools_is_no_restriction(project: Project) -> None:
    """The agent has everything; `--fix` makes the key the one that was meant."""
    assert of_file(project, "allowed-tools: Read")["capabilities"] == ["everything"]
    assert linted(project, "allowed-tools: Read")["ignored-restriction"]["severity"] == "error"
    project.run("lint", "--fix", "draft.md")
    assert "\ntools: Read\n" in project.read("draft.md")
    assert powers(project, "draft.md")["capabilities"] == ["read"]


# What stands in parentheses


def test_a_specifier_is_a_whole_shell(project: Project) -> None:
    """All of Bash, and lint explains it."""
    assert of_file(project, "tools: Bash(git diff:*)")["capabilities"] == ["shell"]
    message = linted(project, "tools: Bash(git diff:*)")["specifier"]["message"]
    assert "restricts nothing" in message


def test_a_specifier_takes_the_whole_shell_away(project: Project) -> None:
    """The other direction: no shell at all."""
    agent = of_file(project, "disallowedTools: Bash(git push *)")
    assert "shell" not in agent["capabilities"]
    assert "everything" not in agent["capabilities"]
    assert "Bash" not in agent["effective_tools"]


# Lists of every form


@pytest.mark.parametrize("line", ["tools:", "tools: []", "tools: {write: true}"])
def test_a_list_without_a_tool_is_no_tool(project: Project, line: str) -> None:
    """The opposite of no line at all."""
    agent = of_file(project, line)
    assert (agent["capabilities"], agent["effective_tools"]) == ([], [])


@pytest.mark.parametrize(
    ("lines", "tools"),
    [
        (["tools: Read, '*'"], ["Read"]),
        (["tools: Read; Write; Bash"], ["Bash"]),
        (["tools: Read Grep"], ["Grep", "Read"]),
        (["tools: >-", "  Read,", "  Grep"], ["Grep", "Read"]),
    ],
    ids=["quoted-star", "semicolons", "blanks", "folded"],
)
def test_lists_are_cut_as_the_client_was_seen_to_cut_them(
    project: Project, lines: list[str], tools: list[str]
) -> None:
    """Not as they look."""
    agent = of_file(project, *lines)
    assert agent["effective_tools"] == tools
    assert "everything" not in agent["capabilities"]


# Programs, modes, memory


@pytest.mark.parametrize(
    ("lines", "command"),
    [
        (HOOK, "PreToolUse hook on Bash: ./check.sh --all"),
        (SERVER, "MCP server db: ./serve --port 1"),
    ],
    ids=["hook", "server"],
)
def test_a_program_is_refused_with_its_command_line_on_the_screen(
    project: Project, lines: list[str], command: str
) -> None:
    """Whatever a policy allows, somebody has to say yes to what will run."""
    publish(project, "1.0.0", "tools: Read", *lines)
    ran = project.run("install", "helper").failed(3)
    assert command in ran.err
    assert nothing_was_written(project)
    project.run("approve", "helper", "--yes").done()
    project.run("install", "helper").done()


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("permissionMode: bypassPermissions", "mode:bypassPermissions"),
        ("permissionMode: acceptEdits", "mode:acceptEdits"),
        ("memory: user", "memory:user"),
    ],
)
def test_modes_and_memory_are_gated(project: Project, line: str, word: str) -> None:
    """Memory brings the tools that it is kept with."""
    publish(project, "1.0.0", "tools: Grep", line)
    ran = project.run("install", "helper", "--json").failed(3, "permission-denied")
    assert f"agentpm approve helper {word}" in ran.envelope["error"]["hint"]
    assert nothing_was_written(project)
    brought = ["edit", "read", "write"] if word.startswith("memory") else []
    assert powers(project)["capabilities"] == sorted(["search", word, *brought])


# Updates


def test_an_update_that_adds_a_shell_and_the_network_stops(project: Project) -> None:
    """A compatible version number promises nothing about power."""
    publish(project, "1.0.0", "tools: Read")
    project.run("install", "helper").done()
    publish(project, "1.1.0", "tools: Read, Bash, WebFetch")
    lines = widened(project.run("update", "helper", "--json"))
    assert lines[1:3] == ["  can now run any shell command", "  can also fetch web pages"]


def test_an_update_that_adds_what_a_shell_can_do_anyway_is_shown_and_goes_on(
    project: Project,
) -> None:
    """Who stops people for nothing teaches them to say yes."""
    publish(project, "1.0.0", "tools: Bash")
    project.run("install", "helper").done()
    publish(project, "1.1.0", "tools: Bash, Write")
    ran = project.run("update", "helper").done()
    assert "~ helper 1.0.0 -> 1.1.0, because it was asked to move  Bash Write" in ran.out
    assert locked(project)["helper"]["capabilities"]["claude"] == ["shell", "write"]


def test_an_approved_hook_whose_command_changes_stops(project: Project) -> None:
    """Another command is another program."""
    publish(project, "1.0.0", "tools: Read", *HOOK)
    project.run("approve", "helper", "--yes").done()
    project.run("install", "helper").done()
    publish(project, "1.1.0", "tools: Read", *HOOK[:-1], "          command: ./other.sh")
    lines = widened(project.run("update", "helper", "--json"))
    assert "  PreToolUse hook on Bash: ./other.sh" in lines


def test_a_hook_added_to_an_agent_with_every_tool_stops(project: Project) -> None:
    """Every tool is not every program."""
    publish(project, "1.0.0")
    project.run("install", "helper").done()
    publish(project, "1.1.0", *HOOK)
    lines = widened(project.run("update", "helper", "--json"))
    assert "  PreToolUse hook on Bash: ./check.sh --all" in lines


# Delegation


def test_an_agent_that_starts_others_reaches_everything(project: Project) -> None:
    """Its own powers are two; through the built-in agents there is no end to them."""
    publish(project, "1.0.0", "tools: WebFetch", name="worker")
    publish(project, "1.0.0", "tools: Read, Agent", "dependencies:", "  - worker ^1.0")
    project.run("install", "helper").done()
    agent = powers(project)
    assert agent["capabilities"] == ["delegate", "read"]
    assert agent["reach"]["capabilities"] == ["everything"]
    assert "built-in agents" in project.run("permissions", "helper").done().out


def test_where_built_in_agents_are_denied_it_reaches_what_is_declared(project: Project) -> None:
    """Then only the agents that it names, and that are installed, count."""
    publish(project, "1.0.0", "tools: WebFetch", name="worker")
    publish(project, "1.0.0", "tools: Read, Agent", "dependencies:", "  - worker ^1.0")
    project.run("install", "helper").done()
    deny = [f"Agent({name})" for name in BUILTINS]
    project.write(".claude/settings.json", json.dumps({"permissions": {"deny": deny}}))
    reach = powers(project)["reach"]
    assert reach["capabilities"] == ["delegate", "net.fetch", "read"]
    assert reach["through"] == ["worker"]


# Rules


def test_a_denied_write_refuses_a_shell_and_says_why(project: Project) -> None:
    """A shell writes."""
    publish(project, "1.0.0", "tools: Bash")
    project.write("agentpm.toml", '[agents]\n\n[permissions]\ndeny = ["write"]\n')
    ran = project.run("install", "helper").failed(3)
    assert "a shell can create and overwrite files" in ran.err
    assert nothing_was_written(project)


def test_an_allowed_list_takes_the_older_release_that_fits(project: Project) -> None:
    """The newer one is named, with its reason."""
    publish(project, "1.0.0", "tools: Read, Grep")
    publish(project, "1.1.0", "tools: Read, Grep, WebFetch")
    project.write("agentpm.toml", '[agents]\n\n[permissions]\nallow = ["read", "search"]\n')
    ran = project.run("install", "helper").done()
    assert locked(project)["helper"]["version"] == "1.0.0"
    assert "`helper` 1.1.0 is forbidden: it can fetch web pages" in ran.err


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('[permisions]\ndeny = ["shell"]\n', "permissions"),
        ('[permissions]\ndenny = ["shell"]\n', "deny"),
        ('[permissions]\ndeny = ["shel"]\n', "shell"),
    ],
)
def test_a_misspelt_rule_is_an_error_and_never_ignored(
    project: Project, text: str, meant: str
) -> None:
    """A rule that nobody understands protects nobody."""
    publish(project, "1.0.0", "tools: Bash")
    project.write("agentpm.toml", text)
    ran = project.run("install", "helper").failed(1)
    assert f"did you mean `{meant}`?" in ran.err
    assert nothing_was_written(project)


def test_settings_that_deny_all_that_an_agent_lists_block_it(project: Project) -> None:
    """It would be installed, and never start; Claude Code would only call the tool unknown."""
    publish(project, "1.0.0", "tools: Bash")
    project.write(".claude/settings.json", '{"permissions": {"deny": ["Bash"]}}')
    ran = project.run("install", "helper", "--json").failed(3, "agent-blocked")
    assert "would be unusable" in ran.envelope["error"]["message"]
    assert nothing_was_written(project)


# Ways round


def test_deleting_the_lockfile_hides_no_widening(project: Project) -> None:
    """The last one that was committed counts."""
    publish(project, "1.0.0", "tools: Read")
    project.run("install", "helper").done()
    project.commit()
    publish(project, "1.1.0", "tools: Read, Bash")
    project.path("agentpm.lock").unlink()
    assert "  can now run any shell command" in widened(project.run("lock", "--json"))
    assert not project.exists("agentpm.lock")


def test_without_git_the_installed_file_says_what_was_before(project: Project) -> None:
    """Not everybody keeps a home directory in git."""
    publish(project, "1.0.0", "tools: Read")
    project.run("install", "helper").done()
    publish(project, "1.1.0", "tools: Read, Bash")
    project.path("agentpm.lock").unlink()
    assert "  can now run any shell command" in widened(project.run("lock", "--json"))
    assert "  can now run any shell command" in widened(project.run("install", "--json"))
    assert not project.exists("agentpm.lock")


def test_a_clone_does_not_run_what_it_approved_for_itself(project: Project) -> None:
    """Not before this machine has confirmed it once."""
    project.write("own/helper.md", agent_text("tools: Read", *HOOK))
    project.write("agentpm.toml", '[agents]\nhelper = { path = "own/helper.md" }\n')
    project.run("approve", "helper", "--yes").done()
    project.run("install").done()
    project.commit()
    theirs = project.clone("mallory")
    theirs.agent("helper").unlink(missing_ok=True)
    ran = theirs.run("install", "--json").failed(3, "untrusted-program")
    assert "./check.sh --all" in str(ran.envelope["error"]["details"])
    theirs.run("install", "--frozen", "--json").failed(3, "untrusted-program")
    assert not theirs.agent("helper").exists()
    theirs.run("install", "--trust-programs").done()
    theirs.agent("helper").unlink()
    theirs.run("install").done()
    assert theirs.agent("helper").exists()


def test_two_packages_with_one_name_offer_another_name(project: Project) -> None:
    """The same command twice gives the same answer."""
    publish(project, "1.0.0", "tools: Read")
    project.write("helper.md", agent_text("version: 1.0.0", "tools: Grep"))
    project.run("publish", "helper.md", "--package", "acme/helper", "--quiet").done()
    project.run("install", "helper").done()
    first = project.run("install", "acme/helper")
    assert first.code != 0
    assert "--as" in first.err
    again = project.run("install", "acme/helper")
    assert (again.code, again.err) == (first.code, first.err)
    project.run("install", "acme/helper", "--as", "other").done()
    assert sorted(locked(project)) == ["helper", "other"]


def test_hidden_text_is_refused_at_install_and_at_publish(project: Project) -> None:
    """A model reads it, and nobody sees it; the brave can name the agent."""
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
    text = agent_text("version: 1.0.0", "tools: Read", body=f"Help.{hidden}\n")
    project.write("helper.md", text)
    project.run("publish", "helper.md").failed(1)
    project.write("agentpm.toml", '[agents]\nhelper = { path = "helper.md" }\n')
    ran = project.run("install", "--json")
    assert ran.envelope["error"]["code"] == "hidden-text"
    assert nothing_was_written(project)
    project.run("install", "--allow-hidden-text", "helper").done()
