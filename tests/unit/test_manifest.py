"""The manifest: read strictly, with places; edited without disturbing what people wrote."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentpm.model.manifest import (
    AgentEntry,
    GitPlace,
    MalformedManifest,
    Manifest,
    Overrides,
    read_manifest,
)
from agentpm.model.manifest_edit import (
    with_agents,
    with_approval,
    with_registry,
    without_agent,
    without_registry,
)
from agentpm.model.name import AgentName, PackageName
from agentpm.model.version import parse_range

FULL = """\
# ours
[project]
name = "shop"
targets = ["claude"]
registry = "acme"
requires-agentpm = ">=0.1"

[agents]
backend-engineer = "^1.0"   # the workhorse
reviewer = { package = "acme/code-reviewer", version = "^2", registry = "acme" }
security-auditor = { version = "^1", tools = ["Read", "Grep"], model = "opus" }
house-style = { path = "agents/house-style.md" }

[agents.legacy]
git = "https://example.org/agents.git"
rev = "v1.4.0"
file = "agents/legacy.md"
disallowed-tools = ["Bash"]

[permissions]
allow = ["read"]

[registries]
acme = "https://git.example.org/acme/agents-index.git"
local = { url = "http://localhost/x.git", allow-insecure = true }
"""


def test_a_whole_manifest_is_read() -> None:
    """Every form of an entry, as the reference shows it."""
    manifest = read_manifest(FULL)
    agents = manifest.agents
    assert list(agents) == [
        "backend-engineer",
        "reviewer",
        "security-auditor",
        "house-style",
        "legacy",
    ]
    reviewer = agents[AgentName("reviewer")]
    assert (reviewer.package, reviewer.registry) == ("acme/code-reviewer", "acme")
    assert str(reviewer.requirement) == "acme/code-reviewer ^2"
    auditor = agents[AgentName("security-auditor")].overrides
    assert (auditor.tools, auditor.model, bool(auditor)) == (("Read", "Grep"), "opus", True)
    legacy = agents[AgentName("legacy")]
    assert legacy.git == GitPlace("https://example.org/agents.git", "v1.4.0", "agents/legacy.md")
    assert legacy.overrides.disallowed_tools == ("Bash",)
    assert agents[AgentName("house-style")].path == "agents/house-style.md"
    assert manifest.registries["local"].allow_insecure
    assert manifest.permission_place("allow").location == "agentpm.toml:21:1"
    where = agents[AgentName("backend-engineer")].where
    assert where is not None
    assert where.line == 9


def test_an_empty_manifest_asks_for_nothing() -> None:
    """A project may begin with an empty file."""
    assert read_manifest("") == Manifest()
    assert not Overrides()


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("[agnts]\n", "1:2", "did you mean `agents`"),
        ("[project]\ntarget = []\n", "2:1", "did you mean `targets`"),
        ("[permisions]\n", "1:2", "did you mean `permissions`"),
        ("[project]\nzzz = 1\n", "2:1", "known: name"),
        ("[project]\ntargets = []\n", "2:1", "empty"),
        ("[project]\ntargets = [1]\n", "2:1", "list of texts"),
        ("[project]\ntargets = 'claude'\n", "2:1", "list of texts"),
        ("[project]\nregistry = 'acme'\n", "2:1", "registry add acme"),
        ("[project]\nname = 3\n", "2:8", "text in quotes"),
        ("[project]\nrequires-agentpm = '1.0'\n", "2:21", "not a range"),
        ("agents = 3\n", "1:1", "must be a table"),
        ("[agents]\nx = '1.0.0'\n", "2:6", '"^1.0.0"'),
        ("[agents]\nx = 1\n", "2:1", "range in quotes"),
        ("[agents]\n'A b' = '*'\n", "2:1", "did you mean `a-b`"),
        ("[agents]\nx = { vresion = '*' }\n", "2:7", "did you mean `version`"),
        ("[agents]\nx = { version = '^q' }\n", "2:18", "not a range"),
        ("[agents]\nx = { package = 'a/b/c' }\n", "2:18", "not a package name"),
        ("[agents]\nx = { path = 'a', git = 'b', file = 'c' }\n", "2:19", "keep one"),
        ("[agents]\nx = { path = 'a', version = '*' }\n", "2:19", "keep one"),
        ("[agents]\nx = { rev = 'a' }\n", "2:7", "goes with `git`"),
        ("[agents]\nx = { git = 'b' }\n", "2:1", "which file"),
        ("[agents]\nx = { registry = 'q' }\n", "2:19", "registry add q"),
        ("[registries]\nshipped = 'https://x'\n", "2:1", "comes with agentpm"),
        ("[registries]\na = { url = '' }\n", "2:1", "no `url`"),
        ("[registries]\na = { url = 'x', allow-insecure = 1 }\n", "2:18", "true or false"),
        ("[registries]\n'A' = 'x'\n", "2:1", "not an agent name"),
        ("[agents\n", "1:8", "not valid TOML"),
        ("[agents]\na = '*'\na = '*'\n", "3:", "not valid TOML"),
        ("[agents]\n<<<<<<< ours\na = '*'\n", "2:1", "unfinished merge"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_its_place(text: str, place: str, says: str) -> None:
    """A misspelt `[permisions]` must never fail open; a person must be led to the spot."""
    with pytest.raises(MalformedManifest) as caught:
        read_manifest(text, "p/agentpm.toml")
    error = caught.value
    assert error.where is not None
    assert error.where.location.startswith(f"p/agentpm.toml:{place}")
    assert says in f"{error.message} {error.hint}"


def _entry(name: str, wanted: str = "^1.0", package: str | None = None) -> AgentEntry:
    return AgentEntry(AgentName(name), PackageName(package or name), parse_range(wanted))


def test_adding_an_agent_leaves_every_other_line_alone() -> None:
    """People write comments; they must find them again."""
    text = with_agents(FULL, [_entry("tester", "^3")])
    assert 'tester = "^3"' in text
    assert [line for line in FULL.splitlines() if line not in text.splitlines()] == []


def test_changing_a_requirement_keeps_overrides_and_comments() -> None:
    """`update` of one number is a change of one line."""
    text = with_agents(FULL, [_entry("backend-engineer", "^2.0")])
    assert 'backend-engineer = "^2.0"   # the workhorse' in text
    text = with_agents(FULL, [_entry("security-auditor", "^2")])
    auditor = read_manifest(text).agents[AgentName("security-auditor")]
    assert (str(auditor.range), auditor.overrides.model) == ("^2", "opus")
    text = with_agents(FULL, [_entry("house-style", "^2", "acme/house-style")])
    style = read_manifest(text).agents[AgentName("house-style")]
    assert (style.path, style.package) == (None, "acme/house-style")


def test_every_form_of_an_entry_can_be_written() -> None:
    """What is written reads back as what was meant."""
    overrides = Overrides(("Read",), ("Bash",), "opus")
    written = [
        AgentEntry(
            AgentName("a"), PackageName("x/a"), parse_range("^1"), "acme", overrides=overrides
        ),
        AgentEntry(AgentName("b"), PackageName("b"), path="agents/b.md"),
        AgentEntry(AgentName("c"), PackageName("c"), git=GitPlace("https://e.org/x", "v1", "c.md")),
        _entry("d"),
    ]
    text = with_registry("", "acme", "https://acme.example")
    for entry in written:
        text = with_agents(text, [entry])
    assert list(read_manifest(text).agents.values()) == written


def test_edits_can_be_taken_back() -> None:
    """Adding, then removing, gives the meaning that was there before."""
    added = with_registry(with_agents(FULL, [_entry("tester")]), "other", "https://o")
    back = without_registry(without_agent(added, "tester"), "other")
    assert tomllib.loads(back) == tomllib.loads(FULL)
    assert without_agent("[agents]\n", "nobody") == "[agents]\n"
    assert without_registry("", "nobody") == ""


def test_approvals_gather() -> None:
    """A second approval does not forget the first."""
    text = with_approval(with_approval("", "a", ["shell"]), "a", ["read", "shell"])
    assert read_manifest(text).permissions["approved"] == {"a": ["read", "shell"]}


def test_windows_line_ends_stay() -> None:
    """An edit on one machine must not rewrite the whole file for the others."""
    text = with_agents(FULL.replace("\n", "\r\n"), [_entry("tester")])
    assert "\n" not in text.replace("\r\n", "")
    assert read_manifest("\ufeff" + text).agents.keys() >= {"tester"}


@given(st.text())
def test_no_text_makes_the_reader_crash(text: str) -> None:
    """Any text is a manifest or is refused with a place."""
    places = []
    try:
        read_manifest(text)
    except MalformedManifest as error:
        places.append(error.where)
    assert None not in places
