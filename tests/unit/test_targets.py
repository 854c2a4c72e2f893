"""What a published agent becomes for other harnesses: its front matter anew, its prompt as it was."""

from __future__ import annotations

from typing import Any

import pytest

from agentpm.model.agentfile import read_agent
from agentpm.model.manifest import Overrides
from agentpm.model.name import AgentName
from agentpm.permissions.conversion import convert, report_in
from agentpm.permissions.harnesses import UnknownHarness, load_table
from agentpm.targets.converted import NotConvertible
from agentpm.targets.known import TARGETS, target_of
from support.agent_text import agent_text

OTHERS = ("opencode", "copilot")
HELPER = AgentName("helper")
NO_OVERRIDES = Overrides()


def rendered(target: str, raw: bytes, overrides: Overrides = NO_OVERRIDES) -> bytes:
    return TARGETS[target].render(read_agent(raw, "helper.md"), HELPER, overrides, "helper")


def front(target: str, *lines: str, overrides: Overrides = NO_OVERRIDES) -> dict[str, Any]:
    return dict(
        read_agent(rendered(target, agent_text(*lines).encode(), overrides), "new.md").front
    )


SECRETS = {"*": "allow", "*.env": "ask", "*.env.*": "ask", "*.env.example": "allow"}
ASKED = {"doom_loop": "ask", "external_directory": "ask"}


@pytest.mark.parametrize(
    ("line", "permission"),
    [
        ("color: green", None),
        ("tools: '*'", None),
        ("tools: []", {"*": "deny"}),
        ("tools: nonsense", {"*": "deny"}),
        ("tools: Bash(git:*)", {"*": "deny", "bash": "allow", **ASKED}),
        ("tools: Read", {"*": "deny", "read": SECRETS, **ASKED}),
        ("tools: Task, Skill", {"*": "deny", "skill": "allow", "task": "allow", **ASKED}),
        ("disallowedTools: Bash", {"bash": "deny"}),
        ("disallowedTools: Write, Edit, NotebookEdit", {"edit": "deny"}),
        ("disallowedTools: mcp__jira", {"jira_*": "deny"}),
    ],
)
def test_a_tool_list_becomes_permissions_of_opencode(line: str, permission: object) -> None:
    """A list there keeps the program from starting, and no rule at all means everything."""
    assert front("opencode", line).get("permission") == permission


@pytest.mark.parametrize("tool", ["mcp__plan__exit", "mcp__external__directory", "mcp__a?__b"])
def test_a_server_cannot_pass_for_something_of_opencode_s_own(tool: str) -> None:
    """Server and tool are joined to one word there, and a star or a question mark is a pattern."""
    made = convert(read_agent(agent_text(f"tools: {tool}").encode(), "a.md").grants, "opencode")
    assert made.front == {"permission": {"*": "deny"}}
    assert made.lost == (f"`{tool}`",)


def test_everything_but_all_servers_is_a_list_in_opencode() -> None:
    """Names of MCP tools have no common beginning there, so only a star can deny them all."""
    permission = front("opencode", "disallowedTools: mcp__*")["permission"]
    assert permission["*"] == "deny"
    assert permission["bash"] == "allow"


@pytest.mark.parametrize(
    ("line", "tools"),
    [
        ("color: green", None),
        ("tools: '*'", None),
        ("tools:", []),
        ("tools: nonsense", []),
        ("tools: Read, Bash(git:*), Grep, Glob", ["execute", "read", "search"]),
        ("tools: Write", ["create"]),
        ("tools: Write, Edit", ["edit"]),
        ("tools: WebFetch", ["web_fetch"]),
        ("tools: WebFetch, WebSearch", ["web"]),
        ("tools: Task, TodoWrite", ["agent", "todo"]),
        ("tools: mcp__github, mcp__jira__get", ["github/*", "jira/get"]),
        ("disallowedTools: Bash", ["agent", "edit", "read", "search", "skill", "todo", "web"]),
    ],
)
def test_a_tool_list_becomes_aliases_of_copilot(line: str, tools: object) -> None:
    """Copilot passes over names that it does not know, and `tools:` without a value is no agent."""
    assert front("copilot", line).get("tools") == tools


def test_keys_that_mean_something_else_elsewhere_are_left_out() -> None:
    """OpenCode stops at some of them, and sends all others to the provider of the model."""
    lines = ["version: 1.0.0", "dependencies:", "  - other", "color: green", "category: x",
             "memory: user", "permissionMode: plan", "model: sonnet", "hooks: {}"]  # fmt: skip
    assert set(front("opencode", *lines)) == {"description", "mode"}
    assert set(front("copilot", *lines)) == {"name", "description"}


def test_a_model_with_its_provider_and_a_limit_of_turns_survive_in_opencode() -> None:
    """Both have a key for them, and both mean the same."""
    opencode = front("opencode", "model: anthropic/claude-opus-4-5", "maxTurns: 7")
    assert opencode["model"] == "anthropic/claude-opus-4-5"
    assert opencode["steps"] == 7
    other = Overrides(model="openai/gpt-5")
    assert front("opencode", "model: sonnet", overrides=other)["model"] == "openai/gpt-5"
    assert "steps" not in front("opencode", "maxTurns: many")


@pytest.mark.parametrize("target", OTHERS)
@pytest.mark.parametrize(
    "description",
    ["null", "yes", "1.0", "- a", "a: b # c", 'say "hi"', "--- end", "tab\tand\u2028line", "\u00e9\U0001f600",
     "{x}", "*star", "a\\b", "two\nlines"],
)  # fmt: skip
def test_a_description_survives_whatever_is_in_it(target: str, description: str) -> None:
    """It decides when the agent is called, and readers of YAML differ in what they take for text."""
    raw = rendered(target, agent_text(description=_as_yaml(description)).encode())
    made = read_agent(raw, "new.md")
    assert made.description == description
    assert made.body == "Help.\n"


def _as_yaml(text: str) -> str:
    escaped = "".join(c if c.isalnum() and c.isascii() else f"\\U{ord(c):08x}" for c in text)
    return f'"{escaped}"'


@pytest.mark.parametrize("target", OTHERS)
@pytest.mark.parametrize(
    ("raw", "prompt"),
    [
        (b"---\nname: a\n---\n\n  Help.  \n\n", b"\n\n  Help.  \n\n"),
        (b"---\r\nname: a\r\n---\r\nHelp.\r\n", b"\r\nHelp.\r\n"),
        (b"\xef\xbb\xbf---\nname: a\n---\nHelp.", b"\nHelp."),
        (b"---\nname: a\n--- Help.\n---\n", b"\n Help.\n---\n"),
        (b"---\nname: a\n---", b"\n"),
        (b"---\nname: a\n---\n---\nx: y\n---\n", b"\n---\nx: y\n---\n"),
        ("---\nname: a\n---\n\u00e9\u2028\u00a0\n".encode(), "\n\u00e9\u2028\u00a0\n".encode()),
    ],
)
def test_the_prompt_is_the_published_one_byte_for_byte(
    target: str, raw: bytes, prompt: bytes
) -> None:
    """Line ends, blanks and fences in it are the author's."""
    made = rendered(target, raw)
    assert made.endswith(b"\n---" + prompt)
    assert read_agent(made, "new.md").body == read_agent(raw, "a.md").body


@pytest.mark.parametrize("target", OTHERS)
def test_a_file_that_is_no_utf_8_is_not_converted(target: str) -> None:
    """What the bytes meant is not known, so the prompt could not be kept."""
    with pytest.raises(NotConvertible, match="not UTF-8"):
        rendered(target, agent_text().encode() + b"\xff")


@pytest.mark.parametrize(
    ("permission", "words"),
    [
        ({"*": "deny", "bash": {"git *": "allow", "*": "deny"}}, ()),
        ({"*": "deny", "bash": {"*": "deny", "git *": "allow"}}, ("shell",)),
        ({"*": "deny", "bash": "ask"}, ("shell",)),
        ({"*": "deny", "write": "allow"}, ()),
        ({"*": "deny", "edit": "allow"}, ("edit", "write")),
        ({"bash": "allow", "*": "deny"}, ()),
        ({"*": "deny", "web*": "allow"}, ("mcp:web%2A", "net.fetch", "net.search")),
        ({"*": "deny", "github_*": "allow"}, ("mcp:github_%2A",)),
        ("deny", ()),
    ],
)
def test_the_last_rule_that_matches_decides_in_opencode(
    permission: object, words: tuple[str, ...]
) -> None:
    """As the program was seen to do; a rule for some commands counts as the whole tool."""
    assert report_in({"permission": permission}, "opencode").capabilities.words() == words


@pytest.mark.parametrize(
    ("harness", "written"),
    [
        ("opencode", {"tools": "Read, Grep"}),
        ("opencode", {"tools": ["Read"]}),
        ("opencode", {"permission": {"bash": "maybe"}}),
        ("copilot", {"tools": None}),
        ("copilot", {"tools": {"read": True}}),
        ("copilot", {"tools": 5}),
    ],
)
def test_values_that_keep_a_harness_from_loading_the_file_are_known(
    harness: str, written: dict[str, Any]
) -> None:
    """OpenCode does not start at all, Copilot leaves the agent out; both were seen to."""
    report = report_in(written, harness)
    assert not report.launchable
    assert not report.capabilities


def test_the_older_key_of_opencode_is_read_too() -> None:
    """Agents written for it by hand still use it, and `write` there is the permission `edit`."""
    report = report_in({"tools": {"*": False, "read": True, "write": True}}, "opencode")
    assert report.capabilities.words() == ("edit", "read", "write")


def test_names_of_copilot_are_read_without_their_case() -> None:
    """Its reference says so, and the program was seen to."""
    report = report_in({"tools": "READ, Grep, nonsense, github/*, jira/get"}, "copilot")
    assert report.capabilities.words() == ("mcp:github", "mcp:jira/get", "read", "search")


def test_nothing_is_converted_for_a_harness_without_a_table() -> None:
    """What it would make of the words, nobody looked at."""
    grants = read_agent(agent_text().encode(), "helper.md").grants
    with pytest.raises(UnknownHarness):
        convert(grants, "cursor")


def test_tables_say_what_was_observed() -> None:
    """Lockfiles name them."""
    assert load_table("opencode").label == "opencode 1.18.33"
    assert load_table("copilot").label == "copilot-cli 1.0.102"


def test_a_file_is_known_by_its_directory() -> None:
    """Commands that are given a path have to read it as its harness does."""
    assert target_of(".github/agents/a.agent.md", "project").name == "copilot"
    assert target_of(".opencode/agents/a.md", "project").name == "opencode"
    assert target_of("elsewhere/a.md", "project").name == "claude"
