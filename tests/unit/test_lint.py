"""Each rule of lint: what it finds, where it points, what it says to do."""

from __future__ import annotations

import pytest

from agentpm.lint.check import RULES, lint
from agentpm.lint.finding import Finding, Severity
from agentpm.lint.subject import Subject
from agentpm.lint.text import Text
from agentpm.model.agentfile import read_agent
from agentpm.permissions.harnesses import load_table
from support.agent_text import agent_text

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


def findings(text: str | bytes, path: str = "helper.md") -> list[Finding]:
    raw = text if isinstance(text, bytes) else text.encode()
    return list(lint(raw, path, load_table("claude")))


def codes(text: str | bytes, path: str = "helper.md") -> list[str]:
    return [finding.code for finding in findings(text, path)]


def marked(finding: Finding) -> str:
    """What the caret underlines."""
    where = finding.where
    return where.text[where.column - 1 : where.column - 1 + where.length]


def the(code: str, text: str | bytes, path: str = "helper.md") -> Finding:
    (found,) = [finding for finding in findings(text, path) if finding.code == code]
    return found


def test_a_plain_agent_is_fine() -> None:
    """A rule that speaks of everything is a rule that nobody reads."""
    assert codes(agent_text("version: 1.0.0", "tools: Read, Grep")) == []


def test_every_rule_has_a_code_of_its_own() -> None:
    """Codes are what people look up, and what they tell machines."""
    assert len({rule.code for rule in RULES}) == len(RULES)


# Tools


@pytest.mark.parametrize(
    ("line", "code", "severity", "mark", "hint"),
    [
        ("tools: Raed, Grep", "misspelt-tool", ERROR, "Raed", "did you mean `Read`?"),
        ("tools: Read, bash", "wrong-case-tool", ERROR, "bash", "write `Bash`"),
        ("tools: Read, web/fetch", "foreign-tool", WARNING, "web/fetch", "called `WebFetch`"),
        ("tools: Read, githubRepo", "unknown-tool", WARNING, "githubRepo", "mcp__server__tool"),
        ("tools: Read, LS", "dead-tool", WARNING, "LS", "`Glob` does its work now"),
        ("tools: Read, BashOutput", "dead-tool", WARNING, "BashOutput", "leave it out"),
        ("tools: Read, Task", "renamed-tool", NOTE, "Task", "write `Agent`"),
        ("tools: Bash(git diff:*)", "specifier", WARNING, "Bash(git diff:*)", "permissions.deny"),
        ("tools: Raed", "no-tools-left", ERROR, "Raed", "name a tool"),
        ("tools:", "empty-tools", WARNING, "tools", "write `[]` if that is meant"),
        ("tools: {write: false}", "tools-not-a-list", ERROR, "tools", "write `tools: Read, Grep`"),
        ("tools: Read, *", "wildcard", WARNING, "*", "remove the star"),
        ("tools: Read, EnterPlanMode", "never-for-agents", WARNING, "EnterPlanMode", "leave"),
        ("tools: Read, mcp__*", "mcp-pattern", WARNING, "mcp__*", "write `mcp__server`"),
        ("tools: Read, TodoWrite", "not-offered", NOTE, "TodoWrite", None),
        ("disallowedTools: bash", "removes-nothing", ERROR, "bash", "did you mean `Bash`?"),
        ("disallowedTools: '*'", "removes-nothing", ERROR, "*", "`tools: []`"),
        ("disallowedTools: Bash", "other-shell", WARNING, "disallowedTools", "`PowerShell`"),
        ("disallowedTools: Bash(git push *)", "specifier", WARNING, "Bash(git push *)", "Bash"),
    ],
)
def test_what_is_odd_about_a_list_of_tools_is_told_at_its_place(
    line: str, code: str, severity: Severity, mark: str, hint: str | None
) -> None:
    """The author sees the very word, and what to write instead."""
    found = the(code, agent_text(line))
    assert (found.severity, found.where.line, marked(found)) == (severity, 4, mark)
    assert hint is None or hint in (found.hint or "")


def test_a_word_is_found_at_each_of_its_places() -> None:
    """In a list over several lines the second mistake must not point at the first."""
    text = agent_text("tools:", "  - LS", "  - Read", "  - LS")
    dead = [finding for finding in findings(text) if finding.code == "dead-tool"]
    assert [(f.where.line, f.where.column) for f in dead] == [(5, 5), (7, 5)]


def test_a_word_inside_another_is_not_it() -> None:
    """`mcp__github__LS` is no `LS`."""
    found = the("dead-tool", agent_text("tools: Read, mcp__x__LS, LS"))
    assert found.where.column == 26


def test_an_empty_list_on_purpose_is_fine() -> None:
    """`[]` is how an agent without tools is written."""
    assert codes(agent_text("tools: []")) == []


def test_one_shell_taken_away_with_the_other_is_fine() -> None:
    """Who takes both away has thought of both."""
    assert "other-shell" not in codes(agent_text("disallowedTools: Bash, PowerShell"))


# Keys


def test_a_key_that_restricts_nothing_is_an_error() -> None:
    """The author meant to restrict the agent, and it has every tool."""
    found = the("ignored-restriction", agent_text("allowed-tools: Read"))
    assert (found.severity, marked(found)) == (ERROR, "allowed-tools")
    assert found.hint == "write `tools`"
    assert "inherits-every-tool" not in codes(agent_text("allowed-tools: Read"))


def test_beside_the_key_that_counts_it_is_a_warning() -> None:
    """The agent is restricted then; only the second list is pointless."""
    found = the("ignored-key", agent_text("tools: Read", "allowed-tools: Grep"))
    assert (found.severity, found.where.line) == (WARNING, 5)


@pytest.mark.parametrize(
    ("key", "code", "severity"),
    [
        ("tools", "duplicate-permission", ERROR),
        ("hooks", "duplicate-permission", ERROR),
        ("model", "duplicate-key", WARNING),
    ],
)
def test_a_key_that_is_there_twice(key: str, code: str, severity: Severity) -> None:
    """A reader believes the first, Claude Code the last: where that grants, it is an error."""
    text = agent_text(f"{key}: []", "color: red", f"{key}: []")
    found = the(code, text)
    assert (found.severity, found.where.line, marked(found)) == (severity, 4, key)
    assert "line 6" in found.message


def test_keys_that_nobody_reads() -> None:
    """Somebody's own key is a note; a slip of the pen is a warning that names what was meant."""
    assert the("unknown-key", agent_text("tools: Read", "category: design")).severity is NOTE
    found = the("misspelt-key", agent_text("tools: Read", "permission-mode: plan"))
    assert (found.severity, found.hint) == (WARNING, "did you mean `permissionMode`?")
    assert "misspelt-key" not in codes(agent_text("tools: Read", "colour: red", "color: red"))


# Powers

HOOKS = [
    "hooks:", "  PreToolUse:", "    - matcher: Bash", "      hooks:",
    "        - type: command", "          command: ./check.sh --all",
]  # fmt: skip


def test_no_list_of_tools_is_every_tool() -> None:
    """The commonest way to grant more than was meant is to say nothing."""
    assert the("inherits-every-tool", agent_text()).severity is NOTE
    assert codes(agent_text("disallowedTools: WebFetch")) == []


def test_programs_are_shown_with_their_whole_command() -> None:
    """What runs on somebody's machine is read before it runs."""
    found = the("runs-programs", agent_text("tools: Read", *HOOKS))
    assert (found.severity, marked(found)) == (WARNING, "hooks")
    assert "`./check.sh --all`" in found.message
    server = ["mcpServers:", "  - db:", "      command: npx", "      args: [-y, db-server]"]
    assert "npx -y db-server" in the("runs-programs", agent_text("tools: Read", *server)).message


@pytest.mark.parametrize(
    ("line", "code", "mark"),
    [
        ("permissionMode: bypassPermissions", "permission-mode", "bypassPermissions"),
        ("permissionMode: acceptEdit", "unknown-mode", "acceptEdit"),
        ("memory: user", "agent-memory", "user"),
        ("memory: usr", "unknown-scope", "usr"),
        ("hooks: {PreToolUsed: [{hooks: [{command: x}]}]}", "dead-hook", "PreToolUsed"),
        ("mcpServers: {db: {command: x}}", "unread-server", "db"),
    ],
)
def test_what_goes_beyond_tools_is_a_warning(line: str, code: str, mark: str) -> None:
    """Modes, memory, programs, with what only looks like one of them."""
    found = the(code, agent_text("tools: Read", line))
    assert (found.severity, found.where.line, marked(found)) == (WARNING, 5, mark)


@pytest.mark.parametrize("mode", ["default", "plan"])
def test_modes_in_which_nothing_more_is_allowed_are_fine(mode: str) -> None:
    """They need no approval either."""
    assert codes(agent_text("tools: Read", f"permissionMode: {mode}")) == []


# What agentpm reads


@pytest.mark.parametrize(
    ("front", "code", "mark"),
    [
        (["version: '1.0'"], "malformed-version", "'1.0'"),
        (["version: 1.0"], "malformed-version", "1.0"),
        (["version:"], "malformed-version", "version"),
        (["dependencies:", "  - Reviewer"], "malformed-dependency", "Reviewer"),
        (["dependencies:", "  - reviewer 1.0"], "malformed-dependency", "reviewer 1.0"),
        (["dependencies: reviewer"], "malformed-dependency", "dependencies"),
        (["dependencies:", "  - helper ^1.0"], "self-dependency", "helper"),
    ],
)
def test_what_agentpm_cannot_read_is_an_error(front: list[str], code: str, mark: str) -> None:
    """It would be refused in publishing, so it is told before."""
    found = the(code, agent_text("tools: Read, Agent", *front))
    assert (found.severity, marked(found)) == (ERROR, mark)


def test_dependencies_need_a_tool_to_call_them_with() -> None:
    """An agent that names its tools and leaves out `Agent` cannot use what it depends on."""
    needs = ["dependencies:", "  - reviewer ^1.0"]
    found = the("dependency-without-delegation", agent_text("tools: Read", *needs))
    assert found.severity is WARNING
    assert codes(agent_text("tools: Read, Agent", *needs)) == []
    assert codes(agent_text(*needs)) == ["inherits-every-tool"]


# The file as a whole


def test_what_does_not_parse_is_one_error_at_its_place() -> None:
    """Nothing else can be said of such a file."""
    text = '---\nname: "helper" and more\n---\nHelp.\n'
    (found,) = findings(text)
    assert (found.code, found.severity, found.where.line) == ("malformed-agent", ERROR, 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\n---\nname: helper\n---\nx\n", "something stands before"),
        ("---\nname: helper\ndescription: x\n", "is not closed"),
        ("# Helper\n\nHelps.\n", "has no front matter"),
        ("", "has no front matter"),
    ],
)
def test_a_file_that_claude_code_passes_over_is_an_error(text: str, words: str) -> None:
    """It says so nowhere, and people search for hours."""
    (found,) = findings(text)
    assert found.code == "no-front-matter"
    assert words in found.message


def test_limits_of_other_harnesses() -> None:
    """An agent may be read by several."""
    assert codes(agent_text("tools: []", body="x" * 30_001)) == ["overlong-prompt"]
    assert codes(agent_text("tools: []", body="x" * 29_000)) == []
    assert codes(agent_text("tools: []", body="")) == ["empty-prompt"]
    assert codes(agent_text("tools: []", description="x" * 501)) == ["long-description"]
    assert codes(agent_text("tools: []", description="x" * 1025)) == ["overlong-description"]


def test_bytes_that_are_no_text() -> None:
    """The model is shown a replacement character in their place."""
    raw = agent_text("tools: []").encode().replace(b"Help.", b"Help\xff.")
    found = the("not-utf8", raw)
    assert (found.where.line, found.where.column) == (6, 5)
    assert "0xff" in found.message


def test_a_file_name_that_claude_code_does_not_see() -> None:
    """Only `.md` in lower case is read."""
    assert codes(agent_text("tools: []"), "helper.MD") == ["file-ending"]


def test_a_key_that_is_not_there_is_pointed_at_in_the_first_line() -> None:
    """Every finding has a place, also what is about a line that is missing."""
    text = Text(agent_text("tools: []").encode(), "helper.md")
    subject = Subject.of(text, read_agent(text.raw, text.path), load_table("claude"))
    assert subject.value("memory") == subject.key("memory") == text.at(1, 1, 3)
