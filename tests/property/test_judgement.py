"""What is judged quickly, since nothing can be said of it, is judged as everything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agentpm.cli.settings import Flags
from agentpm.cli.talk import Talk
from agentpm.cli.wiring import wire
from agentpm.errors import AgentpmError
from agentpm.model.grants import Grants
from agentpm.model.lockfile import Locked
from agentpm.model.name import AgentName, PackageName
from agentpm.model.version import parse_version
from agentpm.ops.judge import Candidate, Court, pass_judgement, table
from agentpm.ops.parts import Parts
from agentpm.ops.trust import Trust
from agentpm.permissions.capability import CapabilitySet
from agentpm.permissions.policy import Policy, parse_permissions
from agentpm.permissions.report import capabilities
from agentpm.permissions.settings import Settings
from agentpm.values import replace

NAMES = [AgentName(f"agent-{number}") for number in range(4)]
POWERS = ["read", "shell", "mode:plan", "mode:acceptEdits", "memory:user"]

grants = st.fixed_dictionaries(
    {},
    optional={
        "tools": st.lists(st.sampled_from(["Read", "Bash", "Grpe", "mcp__github"]), max_size=2),
        "memory": st.just("user"),
        "permissionMode": st.sampled_from(["plan", "acceptEdits"]),
    },
).map(Grants.of)
rules = st.lists(
    st.sampled_from(["Read", "Bash", "Bash(rm *)", "Agent", "Agent(agent-1)", "Agent(other)"]),
    max_size=2,
)
powers = st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(POWERS)), max_size=2)


class Heard:
    """A voice that keeps what it says."""

    def __init__(self) -> None:
        self.said: list[object] = []

    def warn(self, message: str, hint: str | None = None) -> None:
        self.said.append((message, hint))

    def note(self, message: str) -> None:
        self.said.append(message)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """The parts of a command in an empty project."""
    home = tmp_path_factory.mktemp("project")
    (home / "agentpm.toml").write_text("")
    return wire(Flags(directory=home), Talk(quiet=True))


def locked(name: AgentName, words: list[str] | None = None) -> Locked:
    powers = {"claude": tuple(words)} if words is not None else {}
    package = PackageName(name)
    return Locked(name, package, parse_version("1.0.0"), "registry+shipped", capabilities=powers)


def heard(
    parts: Parts, court: Court, candidates: list[Candidate], before: Mapping[AgentName, Locked]
) -> list[object]:
    """Everything that a judgement says, up to the refusal if there is one."""
    voice: Any = Heard()
    parts = replace(parts, voice=voice)
    trust = Trust(parts.surroundings.trusted, parts.workspace)
    try:
        pass_judgement(parts, court, candidates, before, trust)
    except AgentpmError as error:
        voice.said.append((type(error), error.message, error.details, error.hint))
    return list(voice.said)


UNKNOWN, PLANNING = Grants.of({"tools": ["Grpe"]}), Grants.of({"permissionMode": "plan"})


@example([UNKNOWN], [], {}, {})
@example([PLANNING], [], {}, {NAMES[0]: ["mode:plan"]})
@given(st.lists(grants, min_size=1, max_size=len(NAMES)), rules, powers, powers)
def test_a_rule_about_somebody_else_changes_nothing(
    parts: Parts,
    given_to: list[Grants],
    deny: list[str],
    before: dict[AgentName, list[str]],
    approved: dict[AgentName, list[str]],
) -> None:
    """Where no policy binds, harmless agents are passed over; one that names nobody here binds."""
    candidates = [
        Candidate(locked(name), capabilities(each, table()), each)
        for name, each in zip(NAMES, given_to, strict=False)
    ]
    free = Court(
        policy=Policy(),
        settings=Settings({"user": {"permissions": {"deny": deny}}}, frozenset()),
        approved={name: CapabilitySet.from_words(words) for name, words in approved.items()},
        table=table(),
        inputs={},
    )
    other = parse_permissions({"agents": {"other": {"deny": ["read"]}}}, "policy")
    bound = replace(free, policy=Policy((other,)))
    known = {name: locked(name, words) for name, words in before.items()}
    assert heard(parts, free, candidates, known) == heard(parts, bound, candidates, known)
