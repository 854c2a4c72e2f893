"""What delegation adds: agents that can start others with more power than they have themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agentpm.model.lockfile import Locked
from agentpm.model.name import AgentName
from agentpm.ops.graph import Edge as Step
from agentpm.ops.graph import graph_of
from agentpm.ops.here import Here
from agentpm.ops.judge import Candidate
from agentpm.ops.parts import Voice
from agentpm.permissions.closure import Edge, Node, widening_edges
from agentpm.permissions.judge import PermissionDenied
from agentpm.permissions.policy import Policy

_TOLD = 5
"""How many agents a note each is worth."""


def judge_delegation(
    voice: Voice,
    policy: Policy,
    candidates: Iterable[Candidate],
    before: Mapping[AgentName, Locked],
    here: Here,
) -> None:
    """Apply the policy's `delegation` to every declared edge that widens.

    `warn`, which holds where nobody says otherwise, mentions those of agents that are new or moved.
    `here` says which agent each dependency means.

    Raises:
        PermissionDenied: the policy says `deny`, and there is such an edge.
    """
    if policy.delegation == "allow":
        return
    candidates = list(candidates)
    needs = graph_of(here).needs
    nodes = {candidate.locked.name: _node(candidate, needs) for candidate in candidates}
    told: list[tuple[AgentName, str]] = []
    for candidate in candidates:
        name = candidate.locked.name
        widening = widening_edges(name, nodes)
        if not widening:
            continue
        if policy.delegation == "deny":
            raise _denied(name, widening)
        old = before.get(name)
        if old is None or old.version != candidate.locked.version:
            told.append((name, ", ".join(f"`{edge.dependency}`" for edge in widening)))
    for name, others in told[:_TOLD]:
        voice.note(f"note: `{name}` can start agents that can do more than itself: {others}")
    if len(told) > _TOLD:
        voice.note(f"note: so can {len(told) - _TOLD} more: `agentpm permissions` shows them all")


def _node(candidate: Candidate, needs: Mapping[AgentName, tuple[Step, ...]]) -> Node:
    targets = (edge.target for edge in needs[candidate.locked.name])
    return Node(candidate.report.capabilities, tuple(name for name in targets if name is not None))


def _denied(name: AgentName, edges: Iterable[Edge]) -> PermissionDenied:
    return PermissionDenied(
        f"`{name}` would reach more through other agents than it may do itself",
        details=tuple(
            f"`{edge.dependency}` adds {', '.join(edge.widens.words())}" for edge in edges
        ),
        hint='the policy says delegation = "deny": narrow those agents, or do without them',
    )
