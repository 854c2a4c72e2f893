"""Updating everything without agreeing to anything: what would be refused stays where it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agentpm.model.lockfile import Locked
from agentpm.model.manifest import Manifest
from agentpm.model.name import AgentName
from agentpm.ops.judge import Candidate, is_refused, report_of
from agentpm.ops.own_terms import Rules
from agentpm.ops.parts import Parts
from agentpm.ops.signer_change import is_other_signer
from agentpm.ops.solve import Solved

Names = tuple[AgentName, ...] | None


def hold_back(
    parts: Parts,
    rules: Rules,
    known: Mapping[AgentName, Locked],
    solved: Solved,
    solve: Callable[[Names], Solved],
) -> Solved:
    """An answer in which every agent whose new release is refused keeps its locked one.

    Each is named in a warning. An agent that cannot stay, since another one needs it to move, is
    left for the judgement that follows to refuse.
    """
    manifest = parts.workspace.manifest()
    held: dict[AgentName, Locked] = {}
    while True:
        refused = {
            name: new
            for name, new in _refused(rules, manifest, known, solved).items()
            if name not in held
        }
        if not refused:
            return solved
        held |= refused
        moving = tuple(name for name in known if name not in held)
        solved = solve(moving or None)
        for name, new in refused.items():
            parts.voice.warn(
                f"`{name}` stays at {known[name].version}: {new.version} is refused",
                hint=f"`agentpm update {name}` says why",
            )


def _refused(
    rules: Rules, manifest: Manifest, known: Mapping[AgentName, Locked], solved: Solved
) -> dict[AgentName, Locked]:
    """The agents of an answer that moved to a release which may not be installed."""
    refused = {}
    for item in solved.chosen:
        old = known.get(item.locked.name)
        if old is None or item.release is None or old.version == item.locked.version:
            continue
        overrides = manifest.overrides_of(item.locked.name)
        report = report_of(item.release.grants, overrides, rules.court.table)
        if (
            is_other_signer(manifest, item.locked, old)
            or is_refused(rules.court, Candidate(item.locked, report), known)
            or any(rules.own.objections(item))
        ):
            refused[item.locked.name] = item.locked
    return refused
