"""One project, several harnesses: what `targets` does to files, lockfile and every later command."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.agent_text import agent_text
from support.project import Project

ALL = 'targets = ["claude", "opencode", "copilot"]'
CLAUDE = ".claude/agents/helper.md"
OPENCODE = ".opencode/agents/helper.md"
COPILOT = ".github/agents/helper.agent.md"
APPROVED = '[permissions.approved]\nhelper = ["memory:user", "write"]\n'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def with_helper(project: Project, *front: str, targets: str = ALL, rules: str = "") -> None:
    """A project whose one agent is a file of its own, with these lines of front matter."""
    project.write("own/helper.md", agent_text(*front))
    entry = '[agents]\nhelper = { path = "own/helper.md" }\n'
    project.write("agentpm.toml", f"[project]\n{targets}\n{entry}{rules}")


def test_an_agent_is_written_for_every_target(project: Project) -> None:
    """Each harness looks in a directory of its own, and reads a dialect of its own."""
    with_helper(project, "version: 1.0.0", "tools: Read, Grep")
    project.run("install").done()
    assert project.read(CLAUDE) == project.read("own/helper.md")
    assert '"*": deny' in project.read(OPENCODE)
    assert "tools: [read, search]" in project.read(COPILOT)
    for path in (OPENCODE, COPILOT):
        assert "version" not in project.read(path)
        assert project.read(path).endswith("---\nHelp.\n")


def test_the_lockfile_says_what_an_agent_can_do_in_each(project: Project) -> None:
    """A reviewer sees a power in the harness where it is one."""
    with_helper(project, "disallowedTools: Bash")
    project.run("install").done()
    agent = project.run("list", "--json").done().data["agents"][0]
    locked = agent["locked_capabilities"]
    assert set(locked) == {"claude", "opencode", "copilot"}
    assert "mcp:*" in locked["opencode"]
    assert "mcp:*" not in locked["copilot"]
    assert "shell" not in {word for words in locked.values() for word in words}
    assert '"opencode 1.18.33"' in project.lockfile


def test_a_project_for_claude_alone_is_as_it_always_was(project: Project) -> None:
    """Who installs for one harness shall not find traces of others."""
    with_helper(project, "tools: Read", targets='targets = ["claude"]')
    project.run("install").done()
    assert "other-tables" not in project.lockfile
    assert not project.exists(".opencode")
    assert not project.exists(".github")


def test_a_project_can_do_without_claude(project: Project) -> None:
    """The agent was written for Claude Code, which nobody here needs to have."""
    with_helper(project, "tools: Read", targets='targets = ["opencode"]')
    project.write(".claude/settings.json", '{"permissions": {"deny": ["Read"]}}')
    project.run("install").done()
    assert project.exists(OPENCODE)
    assert not project.exists(CLAUDE)
    project.run("verify").done()
    assert project.run("list", "--json").done().data["agents"][0]["path"] == OPENCODE


@pytest.mark.parametrize("target", ["opencode", "copilot"])
def test_an_agent_that_would_gain_a_power_is_refused(project: Project, target: str) -> None:
    """Both have one word for changing a file and making one; the author gave the first only."""
    with_helper(project, "tools: Read, Edit", targets=f'targets = ["{target}"]')
    ran = project.run("install", "--json").failed(3, "conversion-widens")
    assert "agentpm approve helper write" in ran.envelope["error"]["hint"]
    assert project.tree() == ["agentpm.toml", "own/helper.md"]
    project.run("lock", "--json").failed(3, "conversion-widens")


def test_a_power_gained_by_conversion_can_be_approved_by_name(project: Project) -> None:
    """The yes stands in the manifest, where the team reviews it."""
    approved = '[permissions.approved]\nhelper = ["write"]\n'
    with_helper(project, "tools: Read, Edit", rules=approved)
    project.run("install").done()
    project.run("verify").done()
    project.run("sync").done()
    locked = project.run("list", "--json").done().data["agents"][0]["locked_capabilities"]
    assert locked["claude"] == ["edit", "read"]
    assert locked["opencode"] == locked["copilot"] == ["edit", "read", "write"]


def test_a_policy_judges_what_was_approved_for_a_conversion(project: Project) -> None:
    """An approval answers a question; it does not lift a prohibition."""
    rules = '[permissions]\ndeny = ["write"]\n[permissions.approved]\nhelper = ["write"]\n'
    with_helper(project, "tools: Read, Edit", rules=rules, targets='targets = ["opencode"]')
    project.run("install", "--json").failed(3, "permission-denied")


def test_the_name_of_a_server_is_not_guessed_in_opencode(project: Project) -> None:
    """There `github_*` would be every server whose name begins so, `github_private` for one."""
    with_helper(project, "tools: mcp__github", targets='targets = ["opencode"]')
    project.run("install", "--json").failed(3, "conversion-widens")
    with_helper(project, "tools: mcp__github", targets='targets = ["copilot"]')
    project.run("install").done()
    assert '"github/*"' in project.read(COPILOT)


def test_what_a_harness_has_no_word_for_is_told_once(project: Project) -> None:
    """The file works without it, and whoever relies on it must hear so."""
    with_helper(project, "tools: Read, NotebookEdit", "skills: [pdf]")
    told = project.run("install").done().err
    assert "`helper` in OpenCode does without `skills`, the power `notebook`" in told
    assert "`helper` in GitHub Copilot does without" in told
    project.append("agentpm.toml", "# a comment\n")
    assert "does without" not in project.run("install").done().err


def test_an_agent_without_tools_stays_without(project: Project) -> None:
    """For every harness an absent list is the opposite of an empty one."""
    with_helper(project, "tools: []")
    project.run("install").done()
    assert 'permission:\n  "*": deny\n---' in project.read(OPENCODE)
    assert "tools: []" in project.read(COPILOT)


def test_overrides_narrow_every_target(project: Project) -> None:
    """A team that takes the shell away means it everywhere."""
    with_helper(project, "tools: Read, Bash")
    project.write("agentpm.toml", project.manifest.replace(" }", ', tools = ["Read"] }'))
    project.run("install").done()
    assert "bash" not in project.read(OPENCODE)
    assert "tools: [read]" in project.read(COPILOT)
    project.run("verify").done()


def test_a_converted_file_that_somebody_edited_is_not_overwritten(project: Project) -> None:
    """It is no copy of anything published, and still a person's work."""
    with_helper(project, "tools: Read, Grep")
    project.run("install").done()
    project.append(OPENCODE, "My own rule.\n")
    assert OPENCODE in project.run("status").out
    project.run("verify").failed(4)
    with_helper(project, "tools: Read")
    project.run("install", "--json").failed(1, "edited-by-hand")
    assert "tools: Read, Grep\n" in project.read(CLAUDE)
    project.run("install", "--force").done()
    assert "My own rule" not in project.read(OPENCODE)
    assert any("My own rule" in p.read_text() for p in project.path(".agentpm/backup").iterdir())


def test_a_target_that_goes_takes_its_files_along(project: Project) -> None:
    """They would grow old beside the others."""
    with_helper(project, "tools: Read")
    project.run("install").done()
    with_helper(project, "tools: Read", targets='targets = ["claude"]')
    project.run("install").done()
    assert project.exists(CLAUDE)
    assert not project.exists(OPENCODE)
    assert not project.exists(COPILOT)


def test_a_target_that_comes_makes_the_lockfile_stale(project: Project) -> None:
    """Nobody reviewed yet what the agent can do there."""
    with_helper(project, "tools: Read", targets='targets = ["claude"]')
    project.run("install").done()
    with_helper(project, "tools: Read")
    project.run("sync", "--json").failed(1, "stale-lockfile")
    assert "not installed" in project.run("status").out
    project.run("install").done()
    project.run("sync").done()
    assert project.exists(OPENCODE)


def test_uninstalling_removes_the_files_of_all_targets(project: Project) -> None:
    """Half an agent is worse than none."""
    with_helper(project, "tools: Read")
    project.run("install").done()
    project.run("uninstall", "helper").done()
    assert not [p for p in project.tree() if p.endswith("helper.md") and not p.startswith("own")]
    assert not project.exists(COPILOT)


def test_a_missing_converted_file_is_written_again(project: Project) -> None:
    """The short cut of a no-op must look at every file."""
    with_helper(project, "tools: Read")
    project.run("install").done()
    project.path(COPILOT).unlink()
    assert "missing" in project.run("status").out
    assert "1 agent" in project.run("install").done().out
    assert project.exists(COPILOT)
    assert "up to date" in project.run_process("install").done().out


def test_committed_converted_files_are_recognised_in_a_clone(project: Project) -> None:
    """Teams commit these directories, and the receipt never travels."""
    project.write("agentpm.toml", f"[project]\n{ALL}\n[agents]\n")
    project.run("install", "code-reviewer@1.0.0").done()
    project.commit()
    theirs = project.clone("bob")
    theirs.run("install").done()
    other = project.clone("eve")
    other.write("agentpm.toml", other.manifest.replace("==1.0.0", "*"))
    before = other.read(".opencode/agents/code-reviewer.md")
    other.run("update", "code-reviewer").done()
    assert other.read(".opencode/agents/code-reviewer.md") != before
    other.run("verify").done()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".opencode/agent/helper.md", "---\ndescription: mine\n---\nHi.\n"),
        (".opencode/agents/other.md", "---\nname: helper\ndescription: mine\n---\nHi.\n"),
        (".github/agents/helper.md", "---\ndescription: mine\n---\nHi.\n"),
    ],
)
def test_a_name_that_is_taken_in_one_harness_stops_all(
    project: Project, path: str, text: str
) -> None:
    """The harness would load one of the two, and nobody chose which."""
    with_helper(project, "tools: Read")
    project.write(path, text)
    project.run("install", "--json").failed(1, "name-collision")
    assert not project.exists(CLAUDE)


def test_a_file_that_is_not_utf_8_cannot_be_converted(project: Project) -> None:
    """Claude Code reads it with replacement characters; others would get another prompt."""
    with_helper(project, "tools: Read")
    project.write("own/helper.md", agent_text("tools: Read").encode() + b"caf\xe9\n")
    project.run("install", "--json").failed(1, "not-convertible")
    with_helper(project, targets='targets = ["claude"]')
    project.write("own/helper.md", agent_text("tools: Read").encode() + b"caf\xe9\n")
    project.run("install").done()


def test_a_long_prompt_is_told_for_copilot(project: Project) -> None:
    """GitHub promises room for 30,000 characters, and a cut prompt is another one."""
    with_helper(project, "tools: Read")
    project.write("own/helper.md", agent_text("tools: Read", body="x" * 30_001))
    assert "30,001 characters" in project.run("install").done().err


def test_ones_own_agents_are_installed_for_claude_alone(project: Project) -> None:
    """The other harnesses keep those elsewhere, which agentpm cannot write to yet."""
    config = project.home / "config"
    config.mkdir()
    (config / "agentpm.toml").write_text(f"[project]\n{ALL}\n[agents]\n")
    ran = project.run("install", "-g", "code-reviewer", "--json").failed(1, "unknown-target")
    assert "projects only" in ran.out


def test_one_agent_is_counted_once_however_many_files_it_has(project: Project) -> None:
    """A person asked for an agent; that three programs want a file each is not their concern."""
    with_helper(project, "tools: Read")
    assert (
        project.run("install", "--dry-run").done().lines[-1].startswith("1 agent would be written")
    )
    assert project.run("install").done().lines[-1].startswith("1 agent written to .claude/agents,")
    ran = project.run("uninstall", "helper").done()
    assert ran.lines[-1].startswith("1 agent removed from .claude/agents,")


# What an agent can do elsewhere


def test_permissions_shows_what_an_agent_can_do_in_another_harness(project: Project) -> None:
    """As it is installed there: with the overrides, and with what the other one cannot say."""
    with_helper(project, "tools: Read, Edit, Bash", "memory: user", rules=APPROVED)
    text = project.manifest.replace('.md" }', '.md", tools = ["Read", "Edit"] }')
    project.write("agentpm.toml", text)
    project.run("install").done()
    assert project.run("permissions", "--harness", "opencode").done().out == (
        "helper 0.0.0 in OpenCode\n"
        "  write  can create and overwrite files  (`edit` in `permission`)\n"
        "  edit   can edit files                  (`edit` in `permission`)\n"
        "  read   can read files                  (`read` in `permission`)\n"
        "  gets      apply_patch edit read write\n"
        "  lacks     `memory`\n"
        "  approved  memory:user, write\n"
        "\n"
    )


@pytest.mark.parametrize("harness", ["opencode", "copilot"])
def test_it_says_of_another_harness_what_the_lockfile_says(project: Project, harness: str) -> None:
    """There is one answer to what an agent can do there."""
    with_helper(project, "disallowedTools: Bash")
    project.run("install").done()
    locked = project.run("list", "--json").done().data["agents"][0]["locked_capabilities"]
    ran = project.run("permissions", "helper", "--harness", harness, "--json").done()
    (agent,) = ran.data["agents"]
    assert (agent["harness"], agent["capabilities"]) == (harness, locked[harness])


def test_a_release_can_be_looked_at_before_its_harness_is_a_target(project: Project) -> None:
    """What it would gain is named before anything refuses it."""
    project.write("helper.md", agent_text("version: 1.0.0", "tools: Edit"))
    project.run("publish", "helper.md", "--quiet").done()
    ran = project.run("permissions", "helper", "--harness", "copilot", "--json").done()
    assert ran.data["agents"][0]["missing"] == ["write"]
    out = project.run("permissions", "helper", "--harness", "copilot").done().out
    assert "  to approve  write\n" in out


def test_a_file_is_read_as_that_harness_reads_it(project: Project) -> None:
    """Whoever copies a file without agentpm gets what it says there, which may be nothing."""
    project.write(
        "mine.md", "---\ndescription: x\npermission:\n  '*': deny\n  bash: allow\n---\nx\n"
    )
    project.write("theirs.md", agent_text("tools: Read"))
    mine, theirs = (
        project.run("permissions", f"{name}.md", "--harness", "opencode").done().out
        for name in ("mine", "theirs")
    )
    assert "can run any shell command" in mine
    assert "OpenCode cannot load this file as it stands" in theirs


@pytest.mark.parametrize("argv", [["--harness", "opncode"], ["--harness", "opencode", "--check"]])
def test_a_harness_that_makes_no_sense_is_a_mistake(project: Project, argv: list[str]) -> None:
    """The gate is about what was installed, in every harness; a typo is about none."""
    project.run("permissions", *argv).failed(2)
