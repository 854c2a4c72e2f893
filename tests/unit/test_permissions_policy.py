"""What a policy says, and what it says of an agent."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from agentpm.errors import ExitCode
from agentpm.model.digest import Digest
from agentpm.model.grants import Grants
from agentpm.model.manifest import read_manifest
from agentpm.model.name import AgentName
from agentpm.permissions.capability import CapabilitySet
from agentpm.permissions.harnesses import load_table
from agentpm.permissions.judge import PermissionDenied, Verdict, judge
from agentpm.permissions.policy import Layer, MalformedPolicy, Policy, parse_permissions
from agentpm.permissions.report import capabilities

CLAUDE = load_table("claude")
HOOKS = {"Stop": [{"hooks": [{"type": "command", "command": "true"}]}]}
LEAD = AgentName("lead")


def layer(text: str, origin: str = "policy.toml") -> Layer:
    return parse_permissions(tomllib.loads(text), origin)


def verdict(*layers: str, granted: tuple[str, ...] = (), **front: Any) -> Verdict:
    policy = Policy(tuple(layer(text, f"layer-{n}.toml") for n, text in enumerate(layers)))
    report = capabilities(Grants.of(front), CLAUDE)
    return judge(policy, LEAD, report, CapabilitySet.from_words(granted))


def why(*layers: str, **front: Any) -> list[str]:
    return [refusal.why for refusal in verdict(*layers, **front).refusals]


def test_no_policy_allows_everything() -> None:
    """A limit is something that somebody set."""
    assert verdict().allowed
    assert verdict("").allowed


def test_a_denied_write_is_a_denied_shell() -> None:
    """The rule is about power, and the message says by what the power is there."""
    (refusal,) = verdict('deny = ["write"]', tools="Read, Bash").refusals
    assert refusal.why == (
        "it has a shell (`Bash` in `tools`), and a shell can create and overwrite files"
    )
    assert refusal.rule == 'deny = ["write"]'
    assert refusal.origin == "layer-0.toml"
    assert refusal.capabilities.words() == ("shell",)
    assert str(refusal) == f'{refusal.why} (`deny = ["write"]` in layer-0.toml)'


def test_a_denied_power_is_explained_by_the_line_that_grants_it() -> None:
    """The exact tool where it is listed, and every tool where none is."""
    assert why('deny = ["write"]', tools="Bash, Write") == [
        "it can create and overwrite files (`Write` in `tools`)"
    ]
    assert why('deny = ["write"]') == [
        "it has every tool (no `tools` line: every tool), and so it can create and overwrite files"
    ]
    assert why('deny = ["delegate"]', tools="Bash") == []


def test_a_tool_is_judged_by_its_name() -> None:
    """Whoever denies Write by name means the tool, and a shell is another one."""
    assert why('deny = ["Write"]', tools="Bash") == []
    assert why('deny = ["Write"]', tools="Bash, Write") == [
        "it is given `Write` (`Write` in `tools`)"
    ]
    assert why('deny = ["Task"]', tools="Agent") == ["it is given `Agent` (`Agent` in `tools`)"]
    assert why('deny = ["ListAgents"]', tools="ListAgents") == ["it is given `ListAgents`"]
    assert why('deny = ["Write"]', tools="Grep", memory="user") == [
        "it is given `Write` (`memory: user`, which brings `Write`)"
    ]


def test_a_tool_is_inherited_where_none_is_listed() -> None:
    """A list that is not there contains every tool but those taken away."""
    assert why('deny = ["Bash"]') == ["it lists no tools and inherits every one, `Bash` too"]
    assert why('deny = ["Bash"]', disallowedTools="Bash") == []
    assert verdict('ask = ["Bash"]', granted=("shell",)).asks == ()


@pytest.mark.parametrize(
    ("word", "front"),
    [
        ("net", {"tools": "WebSearch"}),
        ("net.*", {"tools": "Bash"}),
        ("exec", {"hooks": HOOKS}),
        ("exec.*", {"hooks": HOOKS}),
        ("exec.hook", {"hooks": HOOKS}),
        ("exec.mcp:*", {"mcpServers": [{"db": {"command": "x"}}]}),
        ("mode", {"permissionMode": "acceptEdits"}),
        ("mode:acceptEdits", {"permissionMode": "acceptEdits"}),
        ("memory:*", {"memory": "local"}),
        ("skill", {"skills": ["pdf"]}),
        ("skill", {"tools": "Skill"}),
        ("mcp", {"tools": "mcp__github"}),
        ("mcp:*", {"tools": "mcp__github__get"}),
        ("mcp__*", {"tools": "mcp__github__get"}),
        ("mcp:github", {"tools": "mcp__github__get"}),
        ("mcp:github/*", {"tools": "mcp__github__get"}),
        ("mcp__github", {"tools": "mcp__github__get"}),
        ("mcp__github__get", {"tools": "mcp__github"}),
        ("everything", {}),
    ],
)
def test_a_word_for_a_kind_means_all_of_it(word: str, front: dict[str, Any]) -> None:
    """Nobody can list the digests of programs that are not yet written."""
    if "tools" not in front and front:
        front = {"tools": "Read", **front}
    assert not verdict(f'deny = ["{word}"]', **front).allowed
    assert verdict(f'deny = ["{word}"]', tools="Read").allowed
    assert not verdict('allow = ["read"]', **front).allowed


@pytest.mark.parametrize(
    ("words", "front"),
    [
        (["net", "exec"], {"tools": "WebSearch", "hooks": HOOKS}),
        (["memory:*", "edit", "write", "read"], {"tools": "Read", "memory": "local"}),
        (["exec.mcp", "mcp:db"], {"tools": [], "mcpServers": [{"db": {"command": "x"}}]}),
        (["mcp"], {"tools": "mcp__github, mcp__jira__get"}),
        (["mcp__github"], {"tools": "mcp__github__get"}),
        (["skill"], {"tools": "Skill", "skills": ["pdf"]}),
        (["everything"], {}),
        (["mode:auto", "read"], {"tools": "Read", "permissionMode": "auto"}),
    ],
)
def test_a_word_for_a_kind_allows_all_of_it(words: list[str], front: dict[str, Any]) -> None:
    """Either list reads its words the same way."""
    assert verdict(f"allow = {words}", **front).allowed
    assert not verdict(f"allow = {words[1:]}", **front).allowed


def test_what_is_not_on_the_list_is_refused() -> None:
    """The worst comes first, each with its line."""
    (told,) = why('allow = ["read", "search"]', tools="Read, Bash, WebFetch")
    assert told == (
        "it can run any shell command (`Bash` in `tools`),"
        " fetch web pages (`WebFetch` in `tools`), and the list does not allow that"
    )
    assert (
        why('allow = ["read"]', tools="Read, Grep, Write, Edit, Skill, WebFetch")[0].count("(") == 3
    )
    assert (
        "and 2 more" in why('allow = ["read"]', tools="Read, Grep, Write, Edit, Skill, WebFetch")[0]
    )


def test_a_list_of_tools_allows_those_tools() -> None:
    """By their names: Bash on the list does not put Write there."""
    rule = 'allow = ["read", "edit", "Bash"]'
    assert verdict(rule, tools="Read, Edit, Bash").allowed
    assert not verdict(rule, tools="Read, Write, Bash").allowed
    assert not verdict(rule).allowed
    assert verdict('allow = ["shell"]', tools="Bash, Write").allowed


def test_harmless_modes_pass_every_list() -> None:
    """Plan and default give nothing, so a list of powers need not name them."""
    assert verdict('allow = ["read"]', tools="Read", permissionMode="plan").allowed
    assert not verdict('allow = ["read"]', tools="Read", permissionMode="auto").allowed


def test_lists_that_allow_intersect_and_lists_that_deny_unite() -> None:
    """Each layer can only tighten what the others leave."""
    assert verdict('allow = ["read", "write"]', 'allow = ["read"]', tools="Read").allowed
    assert not verdict('allow = ["read", "write"]', 'allow = ["read"]', tools="Write").allowed
    both = verdict('deny = ["net"]', 'deny = ["shell"]', tools="Bash")
    assert [refusal.origin for refusal in both.refusals] == ["layer-0.toml", "layer-1.toml"]


def test_a_rule_for_one_agent_leaves_the_others_alone() -> None:
    """It tightens as every layer does, for that agent only."""
    rules = '[agents.lead]\nallow = ["read"]\n[agents.other]\ndeny = ["read"]'
    (refusal,) = verdict(rules, tools="Bash").refusals
    assert refusal.rule == 'lead.allow = ["read"]'
    assert verdict(rules, tools="Read").allowed


def test_asking_is_no_refusal_and_an_approval_answers_it() -> None:
    """The answer is a decision that stands in the manifest."""
    asked = verdict('ask = ["shell"]', tools="Bash")
    assert asked.allowed
    assert [ask.rule for ask in asked.asks] == ['ask = ["shell"]']
    assert verdict('ask = ["shell"]', tools="Bash", granted=("shell",)).asks == ()
    assert verdict('ask = ["write"]', tools="Bash", granted=("write",)).asks != ()
    assert verdict('ask = ["Bash"]', tools="Bash", granted=("shell",)).asks == ()


def test_a_refusal_is_told_in_one_sentence() -> None:
    """What it can do first, the rule in the hint, the rest below."""
    found = verdict('deny = ["write", "net"]', tools="Bash")
    error = PermissionDenied.of("lead", found.refusals)
    assert error.message == (
        "`lead` is not allowed here: it has a shell (`Bash` in `tools`),"
        " and a shell can create and overwrite files"
    )
    assert error.hint == 'the rule is `deny = ["write"]` in layer-0.toml'
    assert len(error.details) == 1
    assert error.exit_code is ExitCode.REFUSED


def test_rules_know_their_line() -> None:
    """Where a manifest is at hand, a message can be clicked on."""
    text = '[project]\nname = "x"\n\n[permissions]\nallow = ["read"]\ndeny = ["net"]\n'
    manifest = read_manifest(text)
    found = parse_permissions(manifest.permissions, "agentpm.toml", manifest.permission_place)
    assert [rule.origin for rule in found.rules] == ["agentpm.toml:5", "agentpm.toml:6"]


def test_a_mistake_in_a_manifest_has_its_place() -> None:
    """Path, line, column and a caret, as everywhere."""
    manifest = read_manifest('[permissions]\ndenny = ["net"]\n')
    with pytest.raises(MalformedPolicy) as caught:
        parse_permissions(manifest.permissions, "agentpm.toml", manifest.permission_place)
    assert caught.value.where is not None
    assert caught.value.where.location == "agentpm.toml:2:1"
    assert caught.value.message == "unknown key `denny` in `[permissions]`"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('denny = ["x"]', "unknown key `denny` in `[permissions]`, in policy.toml", "mean `deny`?"),
        ("zzzz = 1", "unknown key `zzzz`", "known: allow, deny"),
        ('deny = "write"', "`deny` must be a list of texts", 'deny = ["read"]'),
        ("deny = [1]", "`deny` must be a list of texts", "deny"),
        ('deny = ["Bsah"]', "neither a capability nor a tool", "mean `Bash`?"),
        ('deny = ["bash"]', "neither a capability nor a tool", "mean `Bash`?"),
        ('deny = ["wrte"]', "neither a capability nor a tool", "mean `write`?"),
        ('deny = ["MultiEdit"]', "neither a capability nor a tool", "mean `"),
        ('deny = ["qqqqqq"]', "neither a capability nor a tool", "known: code-intel"),
        ('deny = ["mode:acceptedits"]', "neither a capability", "mean `mode:acceptEdits`?"),
        ('deny = ["memory:zzz"]', "neither a capability", "known: `memory:local`"),
        ('deny = ["exec.hook:abc"]', "neither a capability", "whole digest"),
        ('deny = ["mcp:"]', "neither a capability", "mean `mcp`?"),
        ('allow = ["Bash(git diff:*)"]', "only a part of `Bash`", "settings of Claude Code"),
        ('delegation = "maybe"', "`delegation` cannot be `maybe`", "`allow`, `warn` or `deny`"),
        ("delegation = []", "`delegation` cannot be `[]`", "warn"),
        ("approved = []", "`approved` must be a table", None),
        ('[approved]\nlead = ["shel"]', "`shel` is not a capability", "mean `shell`?"),
        ('[approved]\nlead = "shell"', "`lead` must be a list of texts", "lead"),
        ('[approved]\n"Le ad" = []', "`Le ad` is not an agent name", "le-ad"),
        (
            '[agents.lead]\ndenny = ["x"]',
            "unknown key `denny` in `[permissions.agents.lead]`",
            "deny",
        ),
        ("[agents]\nlead = 1", "`lead` must be a table", None),
        ('extends = { form = "x" }', "unknown key `form` in `[permissions.extends]`", "from"),
        ('extends = { from = "x" }', "`extends` needs both", "checksum"),
        ("extends = {}", "`extends` needs both", "checksum"),
        ('extends = { from = "x", checksum = "y" }', "`y` is not a digest", None),
    ],
)
def test_what_is_not_understood_is_refused(text: str, message: str, hint: str | None) -> None:
    """A rule that is passed over protects nothing, and nobody notices."""
    with pytest.raises(MalformedPolicy) as caught:
        layer(text)
    assert message in caught.value.message
    assert (hint is None) == (caught.value.hint is None)
    assert hint is None or hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ('deny = ["read", "shel"]', "4:18 shel"),
        ('deny = [  # no shells\n  "read",\n  "shel",\n]', "6:4 shel"),
        ("ask = ['shel']", "4:9 shel"),
        ('delegation = "maybe"  # or not', '4:14 "maybe"'),
        ('deny = "shell"', '4:8 "shell"'),
        ('[permissions.approved]\nlead = ["shel"]', "5:10 shel"),
        ('[permissions.agents]\nlead = { deny = ["shel"] }', "5:19 shel"),
        ('extends = { from = "x", checksum = "y" }', "4:37 y"),
        ('denny = ["shell"]', "4:1 denny"),
        ('[permissions.approved]\n"Le ad" = []', "5:1 Le ad"),
    ],
)
def test_the_mark_stands_under_what_is_wrong(text: str, marked: str) -> None:
    """Under the word in a list of twenty, not under the list; under the key where that is wrong."""
    manifest = read_manifest(f'# "shel"\n\n[permissions]\n{text}\n')
    with pytest.raises(MalformedPolicy) as caught:
        parse_permissions(manifest.permissions, "agentpm.toml", manifest.permission_place)
    where = caught.value.where
    assert where is not None
    under = where.text[where.column - 1 : where.column - 1 + where.length].strip('"')
    assert f"{where.line}:{where.column} {under}" == marked.replace('"', "")


def test_decisions_stand_beside_the_rules() -> None:
    """They are read with the same care, and given to whoever decides."""
    digest = "sha256:" + "a" * 64
    found = layer(
        f'extends = {{ from = "https://example.org/p.toml", checksum = "{digest}" }}\n'
        'approved = { lead = ["shell", "memory:user"] }\n'
    )
    assert found.approved[LEAD].words() == ("memory:user", "shell")
    assert found.extends is not None
    assert found.extends.location == "https://example.org/p.toml"
    assert found.extends.checksum == Digest(digest)
    assert layer("").extends is None


def test_a_policy_that_was_not_read_refuses_everything() -> None:
    """It might forbid anything, so a file that cannot be fetched must not open the door."""
    text = 'extends = { from = "https://example.org/p.toml", checksum = "sha256:%s" }' % ("a" * 64)
    (refusal,) = verdict(text, tools=[]).refusals
    assert refusal.why.startswith("the policy at `https://example.org/p.toml` has not been read")
    report = capabilities(Grants.of({"tools": "Read"}), CLAUDE)
    whole = Policy((layer(text), layer('deny = ["net"]', "https://example.org/p.toml")))
    assert judge(whole, LEAD, report).allowed


def test_the_strictest_word_on_delegation_wins() -> None:
    """Where nobody says anything, it is a warning."""
    assert Policy().delegation == "warn"
    assert Policy((layer('delegation = "allow"'),)).delegation == "allow"
    assert (
        Policy((layer('delegation = "deny"'), layer('delegation = "allow"'), layer(""))).delegation
        == "deny"
    )
