"""The law of conversion: what the new file can do, the published one can do too."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentpm.errors import AgentpmError
from agentpm.model.agentfile import AgentFile, read_agent
from agentpm.model.grants import Grants
from agentpm.model.manifest import Overrides
from agentpm.model.name import AgentName
from agentpm.permissions.capability import CapabilitySet
from agentpm.permissions.conversion import convert, report_in
from agentpm.permissions.harnesses import load_table
from agentpm.permissions.report import capabilities
from agentpm.permissions.tables.opencode import KEY_OF, OPENCODE
from agentpm.targets.known import TARGETS

CLAUDE = load_table("claude")
CORPORA = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpora"
OTHERS = ["opencode", "copilot"]

names = st.sampled_from(
    [
        *sorted(CLAUDE.tools), *CLAUDE.aliases, "*", "bash", "Grpe", "Bash(git:*)", "mcp__github",
        "mcp__github__get", "mcp__github__*", "mcp__*", "mcp__a/b", "mcp__a?", "mcp__x__y__z",
    ]
)  # fmt: skip
lists: st.SearchStrategy[Any] = st.lists(names, max_size=8) | st.none() | st.just({})
fronts = st.fixed_dictionaries(
    {},
    optional={
        "tools": lists,
        "disallowedTools": lists,
        "memory": st.sampled_from(["user", "project"]),
        "permissionMode": st.sampled_from(["plan", "acceptEdits", "bypassPermissions"]),
        "skills": st.just(["pdf"]),
        "mcpServers": st.just([{"db": {"command": "db"}}]),
        "hooks": st.just({"Stop": [{"hooks": [{"type": "command", "command": "rm x"}]}]}),
    },
)


def may_widen(harness: str, words: CapabilitySet) -> bool:
    """Whether these are powers that the harness has no word of its own for."""
    shared = {"opencode": {"edit", "write"}, "copilot": {"write"}}[harness]
    return all(
        word in shared or (harness == "opencode" and word.startswith("mcp:")) for word in words
    )


@given(front=fronts, harness=st.sampled_from(OTHERS))
def test_conversion_never_widens_beyond_what_it_says(front: dict[str, Any], harness: str) -> None:
    """What it does say is asked about by name; everything else must have been there before."""
    grants = Grants.of(front)
    made = convert(grants, harness)
    source = capabilities(grants, CLAUDE).capabilities
    assert (source | made.widened).covers(made.report.capabilities)
    assert made.report.launchable
    assert may_widen(harness, made.widened)


@given(front=fronts, harness=st.sampled_from(OTHERS))
def test_the_harness_reads_back_what_was_written(front: dict[str, Any], harness: str) -> None:
    """What counts is the file on disk, not what was meant by it."""
    published = with_front(front)
    raw = TARGETS[harness].render(published, AgentName("a"), Overrides(), "a")
    found = report_in(read_agent(raw, "a.md").front, harness)
    assert found.capabilities == convert(published.grants, harness).report.capabilities


def with_front(front: dict[str, Any]) -> AgentFile:
    """An agent whose front matter is this: JSON is YAML."""
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in front.items())
    return read_agent(f"---\nname: a\ndescription: b\n{lines}---\nPrompt\n".encode(), "a.md")


@given(front=fronts, gone=st.lists(names, max_size=3), harness=st.sampled_from(OTHERS))
def test_taking_tools_away_takes_powers_away_everywhere(
    front: dict[str, Any], gone: list[str], harness: str
) -> None:
    """An override narrows every target, or it would be a lie for some."""
    if isinstance(front.get("disallowedTools"), dict) or "*" in gone:
        return
    less = {**front, "disallowedTools": [*(front.get("disallowedTools") or []), *gone]}
    if "*" in less["disallowedTools"]:
        return
    wide, narrow = (convert(Grants.of(f), harness) for f in (front, less))
    assert wide.report.capabilities.covers(narrow.report.capabilities - narrow.widened)


@given(harness=st.sampled_from(OTHERS), value=st.sampled_from([None, [], {}, ["Grpe"], 5]))
def test_nothing_stays_nothing(harness: str, value: object) -> None:
    """The absent list and the empty one are opposites, in every harness."""
    assert not convert(Grants.of({"tools": value}), harness).report.capabilities


@pytest.mark.parametrize("harness", OTHERS)
def test_everything_becomes_everything_that_there_is(harness: str) -> None:
    """An agent that lists nothing was given all, and gets all."""
    made = convert(Grants(), harness)
    table = load_table(harness)
    words = {*chain.from_iterable(table.tools.values()), "mcp:*"}
    assert made.front == {}
    assert made.report.capabilities == CapabilitySet(frozenset(words))
    assert not made.widened


keys = st.sampled_from(
    ["*", "bash", "edit", "read", "write", "web*", "webfetch", "github_*", "?ask"]
)
actions = st.sampled_from(["allow", "ask", "deny"])
rules = st.dictionaries(
    keys,
    actions | st.dictionaries(st.sampled_from(["*", "git *"]), actions, min_size=1),
    max_size=6,
)


@given(permission=rules)
def test_rules_are_read_as_the_simplest_reader_would(permission: dict[str, Any]) -> None:
    """Each tool is asked for on a few concrete things; where one is not denied, it is there."""
    report = report_in({"permission": permission}, "opencode")
    for tool in OPENCODE.tools:
        key = KEY_OF.get(tool, tool)
        there = any(decision(permission, key, thing) != "deny" for thing in ("ls", "git log"))
        assert (tool in (report.tools or ())) == there


def decision(permission: dict[str, Any], key: str, thing: str) -> str:
    """The action for one tool and one thing: the last of all rules that fits both."""
    verdict = "allow"
    for pattern, value in permission.items():
        for about, action in (value if isinstance(value, dict) else {"*": value}).items():
            if fnmatchcase(key, pattern) and fnmatchcase(thing, about):
                verdict = action
    return verdict


@pytest.mark.parametrize("harness", OTHERS)
def test_the_law_holds_for_real_agents(harness: str) -> None:
    """What people write is odder than what a generator thinks of."""
    if not CORPORA.is_dir():
        pytest.skip("the corpora are not here")
    seen = 0
    for path in sorted(CORPORA.rglob("*.md")):
        try:
            published = read_agent(path.read_bytes(), path.name)
        except AgentpmError:
            continue
        seen += 1
        raw = TARGETS[harness].render(published, AgentName("a"), Overrides(), "a")
        again, made = read_agent(raw, path.name), convert(published.grants, harness)
        source = capabilities(published.grants, CLAUDE).capabilities
        assert (source | made.widened).covers(report_in(again.front, harness).capabilities)
        assert may_widen(harness, made.widened)
        assert (again.body, again.description) == (published.body, published.description)
    assert seen > 500
