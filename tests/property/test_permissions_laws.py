"""The laws of powers: order, union, meet, difference, and what follows for whole agents."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agentpm.model.grants import GRANT_KEYS, Grants
from agentpm.model.name import AgentName
from agentpm.permissions.approval import approved, gate, needs_approval
from agentpm.permissions.capability import (
    EVERYTHING,
    NOTHING,
    TOOL_WORDS,
    CapabilitySet,
    escaped,
    read_word,
    server_word,
)
from agentpm.permissions.closure import Node, closure
from agentpm.permissions.harnesses import load_table
from agentpm.permissions.judge import judge
from agentpm.permissions.mcp import read_mcp
from agentpm.permissions.narrowing import OverrideWidens, UnknownTool, narrow
from agentpm.permissions.phrases import by_danger, in_words
from agentpm.permissions.policy import Policy, parse_permissions
from agentpm.permissions.report import capabilities
from agentpm.permissions.settings import Settings, judge_settings
from agentpm.permissions.tokens import bare, tokens
from agentpm.permissions.widening import compare, describe_widening

CLAUDE = load_table("claude")
HOOK = "exec.hook:sha256:" + "0" * 64

words = st.sampled_from(
    [
        *sorted(TOOL_WORDS), "everything", "mcp:*", "mcp:*/resources", "mcp:github",
        "mcp:github/get", "mcp:github/put", "mcp:jira", "mode:plan", "mode:acceptEdits",
        "memory:user", "memory:local", "skill:pdf", HOOK, HOOK.replace("0", "1"),
    ]
)  # fmt: skip
sets = st.lists(words, max_size=8).map(CapabilitySet.from_words)

names = st.sampled_from(
    [
        *sorted(CLAUDE.tools), *sorted(CLAUDE.dead), *CLAUDE.aliases, *sorted(CLAUDE.never),
        "*", "bash", "Grpe", "Bash(git:*)", "Bash(", "mcp__github", "mcp__github__get",
        "mcp__github__*", "mcp__*", "mcp__", "Read;", "", " ", "\u200bRead", "Foo(x)",
    ]
)  # fmt: skip
lists = st.lists(names, max_size=6).flatmap(
    lambda items: st.sampled_from([items, ", ".join(items), " ".join(items)])
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | names,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
grants = st.fixed_dictionaries(
    {},
    optional={
        "tools": lists,
        "disallowedTools": lists,
        "memory": st.sampled_from(["user", "project", "local", "User", None]),
        "permissionMode": st.sampled_from([*CLAUDE.modes, "AcceptEdits", None]),
        "skills": st.lists(st.sampled_from(["pdf", "docx"]), max_size=2),
        "mcpServers": st.just([{"db": {"command": "serve"}}]),
        "hooks": st.just({"Stop": [{"hooks": [{"type": "command", "command": "true"}]}]}),
    },
).map(Grants.of)
anything = st.dictionaries(st.sampled_from(GRANT_KEYS), json_values).map(Grants.of)


@given(sets)
def test_covers_is_reflexive(a: CapabilitySet) -> None:
    """A release that asks for what it had is no widening."""
    assert a.covers(a)
    assert a - a == NOTHING


@given(sets, sets, sets)
def test_covers_is_transitive(a: CapabilitySet, b: CapabilitySet, c: CapabilitySet) -> None:
    """Small steps that are each allowed cannot add up to one that is not."""
    a, b = a | b | c, b | c
    assert a.covers(b)
    assert b.covers(c)
    assert a.covers(c)
    narrow_b = a & b
    assert a.covers(narrow_b & c)


@given(sets, sets, sets)
def test_union_is_the_least_set_that_covers_both(
    a: CapabilitySet, b: CapabilitySet, c: CapabilitySet
) -> None:
    """Two agents together can do what each can, and no more."""
    both = a | b
    assert both.covers(a)
    assert both.covers(b)
    assert c.covers(both) == (c.covers(a) and c.covers(b))
    assert both == b | a
    assert (a | b) | c == a | (b | c)


@given(sets, sets, sets)
def test_meet_is_the_greatest_set_that_both_cover(
    a: CapabilitySet, b: CapabilitySet, c: CapabilitySet
) -> None:
    """A narrowed agent keeps all that is granted and nothing else."""
    meet = a.narrow(b)
    assert a.covers(meet)
    assert b.covers(meet)
    assert meet.covers(c) == (a.covers(c) and b.covers(c))
    assert a & a == a


@given(sets, sets, sets)
def test_operations_are_monotone(a: CapabilitySet, b: CapabilitySet, c: CapabilitySet) -> None:
    """More power in, more power out: nothing is gained by asking for more."""
    more = a | b
    assert (more | c).covers(a | c)
    assert (more & c).covers(a & c)
    assert (more - c).covers(a - c)


@given(sets, sets)
def test_difference_is_what_is_missing(a: CapabilitySet, b: CapabilitySet) -> None:
    """A difference that is approved closes the gap, and there is one only where there is a gap."""
    gained = a - b
    assert a.covers(gained)
    assert (b | gained).covers(a)
    assert (not gained) == b.covers(a)


@given(sets)
def test_words_are_one_text_for_one_set(a: CapabilitySet) -> None:
    """A lockfile is compared as text, so reading its words gives them back."""
    assert CapabilitySet.from_words(a.words()) == a
    assert list(a.words()) == sorted(set(a.words()))
    assert approved(a.words()) == a
    assert hash(CapabilitySet.from_words(reversed(a.words()))) == hash(a)


@given(sets)
def test_every_tool_power_is_within_everything(a: CapabilitySet) -> None:
    """Programs, modes, memory and skills stand outside, whatever tools an agent has."""
    beyond = a - EVERYTHING
    kinds = {word.partition(":")[0] for word in beyond}
    assert kinds <= {"exec.hook", "mode", "memory", "skill"}
    assert needs_approval(EVERYTHING) == NOTHING
    assert needs_approval(a) - beyond == NOTHING


@given(sets, sets, sets)
def test_approving_what_is_missing_opens_the_gate(
    old: CapabilitySet, new: CapabilitySet, granted: CapabilitySet
) -> None:
    """Once yes is said to what was shown, the same release is not asked about again."""
    found = gate(old, new, granted)
    assert gate(old, new, granted | found.missing).open
    assert new.covers(found.missing)


@given(anything)
def test_no_front_matter_breaks_the_reading(g: Grants) -> None:
    """Strangers write these files, and a crash would be a way to stop an update."""
    report = capabilities(g, CLAUDE)
    for finding in report.findings:
        assert finding.text.isprintable()
        assert finding.suggestion != ""
    for word in report.capabilities:
        assert word.isprintable()
        assert read_word(word) == word


@given(anything | grants)
def test_every_power_has_a_ground(g: Grants) -> None:
    """A power without a line that grants it could not be explained to anybody."""
    report = capabilities(g, CLAUDE)
    for word in report.capabilities:
        assert report.why(word)
        assert in_words(word)


@given(grants, lists)
def test_disallowing_never_adds_power(g: Grants, names: Any) -> None:
    """What is taken away is gone, except for a list that voids itself by a star."""
    before = capabilities(Grants.of({**g.as_mapping(), "disallowedTools": []}), CLAUDE)
    after = capabilities(Grants.of({**g.as_mapping(), "disallowedTools": names}), CLAUDE)
    assert before.capabilities.covers(after.capabilities)


@given(grants, st.lists(names, max_size=4), st.none() | st.lists(names, max_size=4))
def test_an_override_never_widens(g: Grants, tools: list[str], gone: list[str] | None) -> None:
    """A manifest takes power away from a published agent, or is refused."""
    try:
        narrowed = narrow(g, CLAUDE, tools, gone)
    except (OverrideWidens, UnknownTool):
        return
    before, after = capabilities(g, CLAUDE), capabilities(narrowed, CLAUDE)
    assert before.capabilities.covers(after.capabilities)


@given(grants, grants)
def test_a_widening_is_told_in_order_of_danger(old: Grants, new: Grants) -> None:
    """The first line is all that many people read."""
    difference = compare(old, new, CLAUDE)
    report = capabilities(new, CLAUDE)
    lines = describe_widening(difference.added, report, difference.literal)
    if difference.widens:
        first = by_danger(difference.added)[0]
        assert lines[0] == f"can now {in_words(first)}"
    assert all(line.isprintable() for line in lines)


@given(
    grants, st.lists(words, max_size=3), st.lists(words, max_size=3), st.lists(words, max_size=3)
)
def test_a_further_layer_only_tightens(
    g: Grants, allow: list[str], deny: list[str], ask: list[str]
) -> None:
    """What one layer refuses no other can allow again."""
    report = capabilities(g, CLAUDE)
    agent = AgentName("someone")
    one = Policy((parse_permissions({"deny": deny}, "one"),))
    two = Policy((*one.layers, parse_permissions({"allow": allow, "ask": ask}, "two")))
    first, second = judge(one, agent, report), judge(two, agent, report)
    assert set(first.refusals) <= set(second.refusals)
    assert first.allowed or not second.allowed


@given(grants)
def test_what_is_listed_in_full_is_allowed(g: Grants) -> None:
    """An `allow` list copied from what an agent can do lets that agent in."""
    report = capabilities(g, CLAUDE)
    policy = Policy((parse_permissions({"allow": list(report.capabilities)}, "one"),))
    assert judge(policy, AgentName("someone"), report).allowed


@given(grants, st.lists(names, max_size=4), st.lists(names, max_size=2))
def test_settings_only_take_away(g: Grants, deny: list[str], ask: list[str]) -> None:
    """Whatever stands in somebody's settings, an agent is left with no more than it had."""
    report = capabilities(g, CLAUDE)
    settings = Settings({"user": {"permissions": {"deny": deny, "ask": ask}}}, frozenset())
    effect = judge_settings(settings, "someone", report, CLAUDE)
    freed = set(CLAUDE.beside) & set(report.tools or ())
    assert set(effect.remaining) <= set(report.effective_tools) | freed
    assert not set(effect.removed) & set(effect.remaining)


@given(st.dictionaries(st.sampled_from("abcd"), st.tuples(sets, st.lists(st.sampled_from("abcd")))))
def test_a_closure_covers_its_agent_and_all_it_names(
    world: dict[str, tuple[CapabilitySet, list[str]]],
) -> None:
    """Cycles, missing agents and dead ends included."""
    agents = {
        AgentName(name): Node(caps, tuple(map(AgentName, deps)))
        for name, (caps, deps) in world.items()
    }
    for name, node in agents.items():
        found = closure(name, agents, NOTHING)
        assert found.reachable.covers(node.capabilities)
        assert all(found.reachable.covers(agents[other].capabilities) for other in found.through)
        assert closure(name, agents).reachable.covers(found.reachable)


@given(st.text(max_size=20))
def test_escaping_keeps_different_names_apart(text: str) -> None:
    """Two names that read alike in a terminal must not become one power."""
    clean = escaped(text)
    assert clean.isascii()
    assert clean.isprintable()
    assert clean
    raw = bytearray()
    rest = clean if clean != "%" else ""
    while rest:
        if rest[0] == "%":
            raw.append(int(rest[1:3], 16))
            rest = rest[3:]
        else:
            raw += rest[0].encode()
            rest = rest[1:]
    assert raw.decode("utf-8", "surrogatepass") == text
    assert server_word(text).count("/") == 0


@given(st.text(alphabet="Read,() *\t\u00a0Bash", max_size=30))
def test_cutting_is_stable(text: str) -> None:
    """A token cut once is not cut again: what is shown is what is judged."""
    for token in tokens(text):
        assert tokens([token]) == (token,)
        assert bare(token)


@given(names)
def test_mcp_names_are_written_as_they_are_read(name: str) -> None:
    """The short form names the same server and tool."""
    server = read_mcp(name)
    if server is not None:
        assert read_mcp(server.written) == server
