"""`agentpm permissions`: what agents can do here and why, the gate for CI, the comparison."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.agent_text import agent_text
from support.project import Project, Ran


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def publish(project: Project, *front: str, name: str = "helper", version: str = "1.0.0") -> None:
    project.write(f"{name}.md", agent_text(f"version: {version}", *front, name=name))
    project.run("publish", f"{name}.md", "--quiet").done()


def install(project: Project, *front: str, name: str = "helper") -> None:
    publish(project, *front, name=name)
    project.run("install", name).done()


def powers(project: Project, *names: str) -> list[dict[str, Any]]:
    agents = project.run("permissions", *names, "--json").done().data["agents"]
    assert isinstance(agents, list)
    return agents


def settings(project: Project, **rules: list[str]) -> None:
    project.write(".claude/settings.json", json.dumps({"permissions": rules}))


def gate(project: Project) -> list[str]:
    """What the gate finds: the kind of each breach."""
    ran = project.run("permissions", "--check", "--json")
    breaches = [breach["kind"] for breach in ran.data["breaches"]]
    assert ran.code == (3 if breaches else 0)
    return breaches


HOOK = [
    "hooks:", "  PreToolUse:", "    - matcher: Bash", "      hooks:",
    "        - type: command", "          command: ./check.sh",
]  # fmt: skip


# What each can do


def test_every_agent_is_shown_with_the_line_that_grants_each_power(project: Project) -> None:
    """The report of the shipped example, as a person reads it."""
    project.run("install", "backend-engineer").done()
    assert project.run("permissions").done().out == (
        "backend-engineer 1.0.0\n"
        "  shell   can run any shell command       (`Bash` in `tools`)\n"
        "  write   can create and overwrite files  (`Write` in `tools`)\n"
        "  edit    can edit files                  (`Edit` in `tools`)\n"
        "  search  can search files                (`Grep` in `tools`)\n"
        "  read    can read files                  (`Read` in `tools`)\n"
        "  lists  Read, Write, Edit, MultiEdit, Bash, Grep\n"
        "  gets   Bash Edit Read Write\n"
        "  note: `MultiEdit` does not exist any more in Claude Code, and grants nothing\n"
        "\n"
    )


def test_list_and_power_are_told_apart(project: Project) -> None:
    """What the file lists, what the agent gets, and why it can what it can."""
    install(project, "tools: Read, Bash(git diff:*), Task")
    (agent,) = powers(project)
    assert agent["tools"] == ["Read", "Bash(git diff:*)", "Task"]
    assert agent["effective_tools"] == ["Agent", "Bash", "Read"]
    assert agent["capabilities"] == ["delegate", "read", "shell"]
    grounds = {reason["capability"]: reason["token"] for reason in agent["reasons"]}
    assert grounds == {"read": "Read", "shell": "Bash(git diff:*)", "delegate": "Task"}
    assert any("restricts nothing" in note for note in agent["notes"])


def test_overrides_of_the_manifest_count(project: Project) -> None:
    """The report is about what is installed here, not about what was published."""
    publish(project, "tools: Read, Bash")
    project.write("agentpm.toml", '[agents]\nhelper = { version = "^1", tools = ["Read"] }\n')
    project.run("install").done()
    assert powers(project)[0]["capabilities"] == ["read"]


def test_settings_take_tools_away(project: Project) -> None:
    """What Claude Code denies is gone, and said so; what would be left without a tool is blocked."""
    install(project, "tools: Read, WebFetch")
    settings(project, deny=["WebFetch"])
    (agent,) = powers(project)
    assert agent["settings"]["outcome"] == "degraded"
    assert agent["settings"]["remaining"] == ["Read"]
    settings(project, deny=["WebFetch", "Read"])
    assert "blocked: no tools left" in project.run("permissions").done().out


def test_what_an_agent_reaches_through_others(project: Project) -> None:
    """Built-in agents are always there, unless they are denied; then what is declared counts."""
    publish(project, "tools: Bash", name="worker")
    publish(project, "tools: Read, Agent", "dependencies:", "  - worker ^1.0", name="lead")
    project.run("install", "lead").done()
    lead = next(agent for agent in powers(project) if agent["name"] == "lead")
    assert lead["capabilities"] == ["delegate", "read"]
    assert lead["reach"]["capabilities"] == ["everything"]
    assert lead["reach"]["builtins"]
    builtins = ["claude", "general-purpose", "fork", "Explore", "Plan", "statusline-setup"]
    settings(project, deny=[f"Agent({name})" for name in builtins])
    lead = next(agent for agent in powers(project) if agent["name"] == "lead")
    assert lead["reach"] == {
        "capabilities": ["delegate", "read", "shell"],
        "through": ["worker"],
        "undeclared": [],
        "builtins": False,
        "broken": [],
    }


def test_a_dependency_that_cannot_be_called_is_named(project: Project) -> None:
    """An agent without the `Agent` tool starts nobody."""
    publish(project, "tools: Read", name="worker")
    install(project, "tools: Read", "dependencies:", "  - worker ^1.0", name="lead")
    assert "has no tool to start other agents with" in project.run("permissions", "lead").out


def test_agents_of_anywhere_can_be_named(project: Project) -> None:
    """An installed one, a package, a release, a file, in the order asked."""
    install(project, "tools: Read")
    publish(project, "tools: Grep", name="other")
    publish(project, "tools: Bash", name="other", version="2.0.0")
    project.write("own.md", agent_text("tools: WebFetch", name="own"))
    found = powers(project, "own.md", "other", "other@1.0.0", "helper")
    assert [(agent["name"], agent["origin"]) for agent in found] == [
        ("own", "own.md"),
        ("other", "2.0.0"),
        ("other", "1.0.0"),
        ("helper", "1.0.0"),
    ]
    assert [agent["capabilities"] for agent in found] == [
        ["net.fetch"],
        ["shell"],
        ["search"],
        ["read"],
    ]
    assert [agent["reach"] is None for agent in found] == [True, True, True, False]


def test_names_that_lead_nowhere(project: Project) -> None:
    """Each with what was probably meant."""
    project.run("permissions", "code-reviewr", "--json").failed(1, "no-such-package")
    project.run("permissions", "code-reviewer@9.9.9", "--json").failed(1, "no-such-release")
    project.run("permissions", "absent.md", "--json").failed(2, "no-such-file")


def test_a_project_without_agents_says_so(project: Project) -> None:
    """An empty answer looks like a failure."""
    assert "no agents here" in project.run("permissions").done().err


def test_policy_and_approvals_are_part_of_the_report(project: Project) -> None:
    """What is refused, what asks, what is approved, what lacks a yes."""
    publish(project, "tools: Read, WebFetch", *HOOK)
    project.write("agentpm.toml", '[permissions]\ndeny = ["read"]\nask = ["net.fetch"]\n')
    (agent,) = powers(project, "helper")
    assert len(agent["refused"]) == 1
    assert "agentpm.toml:2" in agent["refused"][0]
    assert len(agent["asks"]) == 1
    assert [word.partition(":")[0] for word in agent["missing"]] == ["exec.hook"]
    project.write("agentpm.toml", f'[permissions.approved]\nhelper = ["{agent["missing"][0]}"]\n')
    (agent,) = powers(project, "helper")
    assert (agent["missing"], agent["approved"]) == ([], agent["unconfirmed"])
    assert "runs: ./check.sh  (PreToolUse hook on Bash)" in project.run("permissions", "helper").out


# The gate


def test_the_gate_is_open_where_all_is_well(project: Project) -> None:
    """Before and after the files are there; a project without agents has nothing to refuse."""
    assert gate(project) == []
    install(project, "tools: Read")
    ran = project.run("permissions", "--check").done()
    assert ran.out == "1 agent allowed, approved, and as locked\n"
    project.agent("helper").unlink()
    assert gate(project) == []


def test_the_gate_refuses_what_policy_forbids(project: Project) -> None:
    """Also where somebody wrote the rule after the agent was installed."""
    install(project, "tools: Read, Bash")
    project.append("agentpm.toml", '\n[permissions]\ndeny = ["write"]\n')
    ran = project.run("permissions", "--check").failed(3)
    assert ran.out.startswith("policy  `helper` is not allowed here: it has a shell")
    assert "error: 1 of 1 agent is not let through" in ran.err
    project.write("agentpm.toml", '[agents]\nhelper = "^1.0"\n[permissions]\nask = ["shell"]\n')
    ran = project.run("permissions", "--check").failed(3)
    assert "hint: `agentpm approve helper shell`" in ran.out


def test_the_gate_refuses_a_program_that_nobody_approved_any_more(project: Project) -> None:
    """An approval that is taken out of the manifest is taken back."""
    publish(project, "tools: Read", *HOOK)
    project.run("approve", "helper", "--yes").done()
    project.run("install", "helper").done()
    assert gate(project) == []
    project.write("agentpm.toml", '[agents]\nhelper = "^1.0"\n')
    assert gate(project) == ["not-approved", "lockfile"]


def test_the_gate_notices_a_lockfile_that_understates(project: Project) -> None:
    """A pull request that edits the lockfile alone must not get through."""
    install(project, "tools: Read, Bash")
    project.write("agentpm.lock", project.lockfile.replace('    "shell",\n', ""))
    assert gate(project) == ["lockfile"]


def test_the_gate_notices_files_that_are_not_the_locked_ones(project: Project) -> None:
    """An edited file, a link, a second file under the same name."""
    install(project, "tools: Read")
    project.write(".claude/agents/copy.md", agent_text("tools: Bash"))
    with project.agent("helper").open("a") as file:
        file.write("Also do this.\n")
    assert sorted(gate(project)) == ["edited", "shadowed"]


def test_the_gate_refuses_an_agent_that_settings_block(project: Project) -> None:
    """It would be installed, and never start."""
    install(project, "tools: Read")
    settings(project, deny=["Read"])
    assert gate(project) == ["blocked"]


def test_the_gate_judges_delegation_where_policy_says_so(project: Project) -> None:
    """By default a dependency that can do more is a matter of report, not of refusal."""
    publish(project, "tools: Bash", name="worker")
    install(project, "tools: Read, Agent", "dependencies:", "  - worker ^1.0", name="lead")
    assert gate(project) == []
    project.append("agentpm.toml", '\n[permissions]\ndelegation = "deny"\n')
    assert gate(project) == ["delegation"]


def test_the_gate_needs_a_lockfile(project: Project) -> None:
    """Without one nothing can be vouched for."""
    project.write("agentpm.toml", '[agents]\nbackend-engineer = "^1.0"\n')
    project.run("permissions", "--check", "--json").failed(1, "missing-lockfile")


def test_the_gate_goes_alone(project: Project) -> None:
    """A gate for some of the agents would be no gate."""
    project.run("permissions", "--check", "helper", "--json").failed(2, "usage")
    project.run("permissions", "--check", "--diff", "--json").failed(2, "usage")
    project.run("permissions", "--diff", "helper", "--json").failed(2, "usage")


# The comparison


def diff(project: Project, old: str, new: str) -> Ran:
    return project.run("permissions", "--diff", old, new).done()


def test_two_releases_are_compared(project: Project) -> None:
    """The one new power first, then the lines, then where it comes from."""
    publish(project, "tools: Read")
    publish(project, "tools: Read, Bash", version="2.0.0")
    assert diff(project, "helper@1.0.0", "helper@2.0.0").out == (
        "helper 1.0.0 -> helper 2.0.0\n"
        "  can now run any shell command\n"
        "  - tools: Read\n"
        "  + tools: Read, Bash\n"
        "  shell: from `Bash` in `tools`\n"
    )
    assert (
        "can no longer run any shell command" in diff(project, "helper@2.0.0", "helper@1.0.0").out
    )


def test_a_release_is_compared_with_a_file(project: Project) -> None:
    """What an author wants to know before publishing; a name alone is the locked release."""
    install(project, "tools: Read")
    publish(project, "tools: Read, Grep", version="1.1.0")
    project.write("draft.md", agent_text("tools: Read, Grep(src)"))
    assert "helper 1.0.0 -> draft.md" in diff(project, "helper", "draft.md").out
    data = project.run("permissions", "--diff", "helper@1.1.0", "draft.md", "--json").data
    assert (data["gains"], data["loses"]) == ([], [])
    assert data["literal"] == [{"key": "tools", "before": "Read, Grep", "after": "Read, Grep(src)"}]


def test_two_files_are_compared(project: Project) -> None:
    """A line that is gone is the largest gain there is."""
    project.write("one.md", agent_text("tools: Read"))
    project.write("two.md", agent_text())
    out = diff(project, "one.md", "two.md").out
    assert out.splitlines()[0] == "one.md -> two.md"
    assert "can now use every tool" in out.splitlines()[1]
    assert "+ no tools line" in out
    assert "can do what it could before" in diff(project, "one.md", "one.md").out


# MCP servers


def server(name: str) -> dict[str, Any]:
    return {"mcpServers": {name: {"command": "true"}}}


def test_a_server_that_nobody_configured_is_named_and_refuses_nothing(project: Project) -> None:
    """The agent is as its author meant; what it works with may come tomorrow."""
    publish(project, "tools: Read, mcp__github__get_issue, mcp__db")
    ran = project.run("install", "helper").done()
    assert "`helper` uses the MCP server `github`, which is not configured" in ran.err
    assert "`helper` uses the MCP server `db`, which is not configured" in ran.err
    out = project.run("permissions").done().out
    assert "note: the MCP server `github` is not configured\n" in out
    assert powers(project)[0]["settings"]["unconfigured"] == ["github", "db"]
    assert gate(project) == []


@pytest.mark.parametrize("place", ["project", "team", "user", "local", "moved"])
def test_servers_are_known_from_every_place_that_claude_code_keeps_them_in(
    project: Project, place: str
) -> None:
    """As `claude mcp add` writes them in each of its scopes."""
    install(project, "tools: Read, mcp__github__get_issue")
    local = {"projects": {str(project.root.resolve()): server("github")}}
    text = json.dumps(local if place == "local" else server("github"))
    files = {
        "project": project.root / ".mcp.json",
        "team": project.tmp_path / ".mcp.json",
        "user": project.home / ".claude.json",
        "local": project.home / ".claude.json",
        "moved": project.home / "elsewhere" / ".claude.json",
    }
    files[place].parent.mkdir(exist_ok=True)
    files[place].write_text(text, "utf-8")
    if place == "moved":
        project.environ["CLAUDE_CONFIG_DIR"] = str(files[place].parent)
    assert powers(project)[0]["settings"]["unconfigured"] == []


@pytest.mark.parametrize("text", ["{", "[]", '{"mcpServers": 3, "projects": [1]}', "\0"])
def test_files_of_claude_code_that_make_no_sense_are_not_agentpms_business(
    project: Project, text: str
) -> None:
    """They decide nothing here, so they stop nothing."""
    install(project, "tools: Read, mcp__github")
    (project.home / ".claude.json").write_text(text, "utf-8")
    project.write(".mcp.json", text)
    project.run("install", "--force").done()
    assert powers(project)[0]["settings"]["outcome"] == "ok"


def test_a_tool_that_moves_the_cursor_hides_nothing(project: Project) -> None:
    """A stranger's list could otherwise wipe the line on which its powers are shown."""
    project.write("own.md", agent_text('tools: ["Bash", "x\\e[2K\\e[1G", "y\\nz"]', name="own"))
    said = project.run("add", "own", "--path", "own.md").done().out
    said += project.run("install").done().out + project.run("list").done().out
    assert "\x1b" not in said
    assert "+ own 0.0.0  Bash x\\u001b[2K\\u001b[1G y\\u000az\n" in said


def test_a_file_is_looked_at_without_the_agents_of_the_project(project: Project) -> None:
    """Their bytes may be out of reach; nobody asked about them."""
    install(project, "tools: Read")
    other = Project(project.tmp_path, person="bob")
    for name in ("agentpm.toml", "agentpm.lock"):
        other.write(name, project.read(name))
    other.write("own.md", agent_text("tools: Grep", name="own"))
    assert [agent["name"] for agent in powers(other, "own.md")] == ["own"]


@pytest.mark.parametrize("argv", [["permissions"], ["permissions", "--check"], ["verify"]])
def test_a_file_that_left_the_manifest_makes_the_lockfile_stale(
    project: Project, argv: list[str]
) -> None:
    """Its place stood in the manifest alone: there is nothing to look at until it is locked anew."""
    project.write("own.md", agent_text("tools: Read", name="own"))
    project.run("add", "own", "--path", "own.md").done()
    project.write("agentpm.toml", "[agents]\n")
    project.run(*argv, "--json").failed(1, "stale-lockfile")


def test_what_memory_gives_again_is_listed_once(project: Project) -> None:
    """Every tool, and three of them a second time."""
    project.write("own.md", agent_text("memory: user", name="own"))
    (agent,) = powers(project, "own.md")
    assert len(agent["effective_tools"]) == len(set(agent["effective_tools"]))
