"""What delegation adds: agents that can start others with more power than they have themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agentpm.model.lockfile import Locked
from agentpm.model.name import AgentName
from agentpm.ops.graph import targets
from agentpm.ops.here import Here
from agentpm.ops.judge import Candidate
from agentpm.ops.parts import Voice
from agentpm.permissions.capability import CapabilitySet
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
    rule = policy.delegation
    if rule == "allow":
        return
    candidates = list(candidates)
    meant = targets(here)
    powers = {each.locked.name: each.report.capabilities for each in candidates}
    told: list[tuple[AgentName, list[AgentName]]] = []
    for locked in (each.locked for each in candidates if each.locked.dependencies):
        if rule != "deny" and not _is_new(locked, before.get(locked.name)):
            continue
        own = powers[locked.name]
        more = [
            target for target in meant(locked)
            if target in powers and powers[target] is not own and not own.covers(powers[target])
        ]  # fmt: skip
        if more and rule == "deny":
            raise _denied(locked.name, {target: powers[target] - own for target in more})
        if more:
            told.append((locked.name, more))
    for name, more in told[:_TOLD]:
        others = ", ".join(f"`{other}`" for other in more)
        voice.note(f"note: `{name}` can start agents that can do more than itself: {others}")
    if len(told) > _TOLD:
        voice.note(f"note: so can {len(told) - _TOLD} more: `agentpm permissions` shows them all")


def _is_new(locked: Locked, old: Locked | None) -> bool:
    return old is None or old.version != locked.version


def _denied(name: AgentName, widening: Mapping[AgentName, CapabilitySet]) -> PermissionDenied:
    return PermissionDenied(
        f"`{name}` would reach more through other agents than it may do itself",
        details=tuple(
            f"`{other}` adds {', '.join(more.words())}" for other, more in widening.items()
        ),
        hint='the policy says delegation = "deny": narrow those agents, or do without them',
    )
