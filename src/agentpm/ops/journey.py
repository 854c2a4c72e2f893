"""The journey that every changing verb makes: manifest, lockfile, judgement, plan, files.

`docs/design/architecture.md` follows one agent along it. Everything that can refuse does so before
the first byte is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from agentpm.model.lockfile import Locked
from agentpm.model.name import AgentName
from agentpm.ops.apply import Change, carry_out, finish, write_texts
from agentpm.ops.converted import targets_of
from agentpm.ops.decision import Decision, Wish, decide
from agentpm.ops.disk import (
    agent_folders,
    back_up,
    ownership,
    refuse_conflict,
    refuse_taken_names,
    shown_directories,
    survey,
    with_force,
)
from agentpm.ops.moves import Move, moves_between
from agentpm.ops.parts import Parts
from agentpm.ops.sources import Sources
from agentpm.ops.trust import Trust
from agentpm.permissions.capability import CapabilitySet
from agentpm.permissions.report import Report
from agentpm.plan import Plan
from agentpm.values import dataclass
from agentpm.workspace import lockfile_text


@dataclass(frozen=True, slots=True)
class View:
    """An agent after the journey: what it is, what it can do, where it stands (None: not written)."""

    locked: Locked
    report: Report
    path: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a journey changed, or with `dry_run` would have."""

    moves: tuple[Move, ...]
    plan: Plan
    agents: Mapping[AgentName, View]
    directory: str
    dry_run: bool = False
    manifest_changed: bool = False
    lockfile_changed: bool = False
    backups: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def travel(parts: Parts, wish: Wish) -> Outcome:
    """Make the journey.

    Raises:
        AgentpmError: anything on the way refuses; nothing has been written then.
    """
    with _locked(parts, wish):
        return _arrive(parts, wish, decide(parts, wish))


@contextmanager
def _locked(parts: Parts, wish: Wish) -> Iterator[None]:
    """Hold the workspace, finish what an interrupted command began; a dry run does neither."""
    if wish.dry_run:
        yield
        return
    waiting = parts.voice.waiting("another agentpm in this project")
    with parts.workspace.locked(parts.surroundings.locks, waiting):
        finish(parts)
        yield


def _arrive(parts: Parts, wish: Wish, decision: Decision) -> Outcome:
    workspace, ground = parts.workspace, decision.ground
    known, targets = ground.known, targets_of(decision.manifest)
    text = lockfile_text(decision.lockfile, ground.lock_text)
    lock_text = None if wish.frozen else text
    manifest = decision.manifest
    manifest_text = manifest.text if manifest.text != ground.found else None
    plan, backups = _plan(parts, wish, decision)
    if not wish.dry_run:
        folders = agent_folders(workspace, targets)
        contents = {item.wanted.digest: item.content for item in decision.ready}
        if wish.trust_programs:
            Trust(parts.surroundings.trusted, workspace).confirm(_approved_and_used(decision))
        if wish.said:
            Trust(parts.surroundings.trusted, workspace).confirm(wish.said)
        change = Change(plan, contents, manifest_text, lock_text, decision.inputs, folders)
        if wish.apply:
            carry_out(parts, change)
        else:
            write_texts(parts, change)
    # An agent's first path is that in the harness which the manifest names first.
    paths = {item.locked.name: item.wanted.path for item in reversed(decision.ready)}
    return Outcome(
        moves=moves_between(known, decision.lockfile.agents, decision.solved.reasons),
        plan=plan,
        agents={
            c.locked.name: View(
                decision.lockfile.agents[c.locked.name],
                c.report,
                paths.get(c.locked.name) if wish.apply else None,
            )
            for c in decision.candidates
        },
        directory=shown_directories(workspace, targets),
        dry_run=wish.dry_run,
        manifest_changed=manifest_text is not None,
        lockfile_changed=lock_text is not None,
        backups=backups,
        passed_over=decision.solved.passed_over,
        refused=decision.solved.refused,
    )


def _approved_and_used(decision: Decision) -> dict[AgentName, CapabilitySet]:
    """What agents have by an approval: a yes to that is none to programs of other releases."""
    approved = decision.court.approved
    return {
        c.locked.name: CapabilitySet.from_words(
            approved[c.locked.name].named(c.report.capabilities.words())
        )
        for c in decision.candidates
        if c.locked.name in approved
    }


def _plan(parts: Parts, wish: Wish, decision: Decision) -> tuple[Plan, tuple[str, ...]]:
    """What is to be done to the files; conflicts refuse here, or give way with `--force`."""
    if not wish.apply:
        return Plan(), ()
    workspace, ready = parts.workspace, decision.ready
    sources = Sources(parts, decision.manifest)
    is_ours = ownership(parts, sources, decision.manifest, decision.ground.before)
    plan = survey(parts, ready, is_ours)
    conflicts = plan.conflicts
    if wish.force:
        plan = with_force(plan, workspace.receipt().by_path())
    if plan.conflicts:
        raise refuse_conflict(parts, plan.conflicts[0], ready)
    ours = {*(item.wanted.path for item in ready), *(row.path for row in plan.remove)}
    refuse_taken_names(workspace, ready, ours)
    backups = () if wish.dry_run else back_up(workspace, conflicts)
    return plan, backups
