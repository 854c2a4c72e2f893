"""What a journey decides before anything is written: which releases, and that nothing refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.location import stat_of
from agentpm.model.lockfile import Locked, Lockfile, read_lockfile
from agentpm.model.manifest import AgentEntry, Manifest, read_manifest
from agentpm.model.name import AgentName
from agentpm.model.receipt import Stat
from agentpm.model.release import Release
from agentpm.model.version import Range, Version, parse_range
from agentpm.ops.answers import MissingLockfile, stale
from agentpm.ops.content import Ready, make_ready, published_files
from agentpm.ops.converted import (
    Converted,
    capabilities_in,
    conversions,
    court_for,
    refuse_wider,
    tables_of,
    tell_long_prompts,
    tell_losses,
)
from agentpm.ops.entries import sharing_registry
from agentpm.ops.fitness import (
    refuse_distant_target,
    refuse_hidden_text,
    refuse_unknown_target,
    refuse_wrong_version,
)
from agentpm.ops.here import Here
from agentpm.ops.history import earlier
from agentpm.ops.judge import TARGET, Candidate, Court, convene, pass_judgement, report_of, table
from agentpm.ops.own_terms import OwnTerms, Rules
from agentpm.ops.parts import Parts
from agentpm.ops.past import Past
from agentpm.ops.reach import judge_delegation
from agentpm.ops.recorded import recorded
from agentpm.ops.signer_change import refuse_other_signers
from agentpm.ops.solve import (
    Chosen,
    Questions,
    Solved,
    Wanting,
    answered,
    solve_manifest,
    staying,
)
from agentpm.ops.sources import Sources, registry_source
from agentpm.ops.trust import Trust
from agentpm.ops.yanked import warn_of_yanked
from agentpm.permissions.capability import NOTHING, CapabilitySet
from agentpm.values import dataclass, field, replace

if TYPE_CHECKING:
    from agentpm.model import manifest_edit, salvage
    from agentpm.ops import holdback
    from agentpm.ops.holdback import Names
else:
    # For what changes the manifest.
    manifest_edit = lazy.module("agentpm.model.manifest_edit")
    # For who has a lockfile already.
    salvage = lazy.module("agentpm.model.salvage")
    # For `update` without names alone.
    holdback = lazy.module("agentpm.ops.holdback")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a verb wants of the journey.

    `asked` are entries to write into the manifest (one whose range is `*` and that is new is
    written as `^chosen`), `dropped` names to take out of it. `moving` are the agents that may leave
    their locked version: None for none of them, an empty tuple for all. `apply` is whether files
    are written, `frozen` whether the lockfile alone decides. `hold_back` keeps an agent at its
    locked release where the newer one is refused. `registry` is the one that `asked`
    names, to be shared with the team. `loosen` writes `^chosen` also where `asked` names a release.
    `approving` is what a person has just said yes to, to be written into the manifest; `trusting`
    what the manifest approves already, and this person has just confirmed for this machine.
    """

    asked: tuple[AgentEntry, ...] = ()
    dropped: tuple[AgentName, ...] = ()
    moving: tuple[AgentName, ...] | None = None
    apply: bool = True
    frozen: bool = False
    force: bool = False
    dry_run: bool = False
    lowest: bool = False
    hold_back: bool = False
    trust_programs: bool = False
    registry: str | None = None
    allow_hidden: tuple[str, ...] = ()
    loosen: bool = False
    approving: Mapping[AgentName, CapabilitySet] = field(default_factory=dict)
    trusting: Mapping[AgentName, CapabilitySet] = field(default_factory=dict)

    @property
    def said(self) -> Mapping[AgentName, CapabilitySet]:
        """What a person at this machine has just said yes to."""
        both = {**self.trusting, **self.approving}
        return {
            name: self.trusting.get(name, NOTHING) | self.approving.get(name, NOTHING)
            for name in both
        }


@dataclass(frozen=True, slots=True)
class Ground:
    """What a journey starts from: the manifest as it will be, the lockfile as it was.

    `found` is the manifest's text as it is on disk; `before` is None where there is no lockfile,
    or only one that holds a merge conflict; `known` is what could be read of either.
    """

    manifest: Manifest
    found: str
    lock_text: str | None
    before: Lockfile | None
    known: Mapping[AgentName, Locked]


@dataclass(frozen=True, slots=True)
class Decision:
    """What has been decided, after which only files on disk can still refuse.

    `inputs` is the state of every file it looked at, as it was before that.
    """

    ground: Ground
    manifest: Manifest
    lockfile: Lockfile
    court: Court
    solved: Solved
    candidates: tuple[Candidate, ...]
    ready: tuple[Ready, ...]
    inputs: Mapping[str, Stat | None]


def decide(parts: Parts, wish: Wish) -> Decision:
    """Go as far as a decision.

    Raises:
        AgentpmError: anything on the way refuses.
    """
    ground = _ground(parts, wish)
    sources = Sources(parts, ground.manifest)
    court = court_for(convene(parts, ground.manifest), ground.manifest)
    home, agents = parts.workspace.home, ground.manifest.agents.values()
    files = [home / entry.path for entry in agents if entry.path is not None]
    inputs = {**court.inputs, **{str(path): stat_of(path) for path in files}}
    own = OwnTerms(parts, sources, ground.known.values())
    solved = _solve(parts, sources, ground, wish, Rules(court, own))
    own.refuse(solved.chosen)
    manifest, solved = _pin(ground.manifest, wish, solved)
    candidates, ready, converted = _read(parts, sources, manifest, solved, wish)
    trusted, sure = parts.surroundings.trusted, wish.trust_programs
    trust = Trust(trusted, parts.workspace, assumed=sure, said=wish.said)
    chosen = [candidate.locked for candidate in candidates]
    before = earlier(parts.workspace, ground.known, chosen)
    refuse_other_signers(manifest, chosen, before)
    pass_judgement(parts, court, candidates, Past(parts, sources, before), trust)
    refuse_wider(parts, court, chosen, converted)
    lockfile = _lockfile(ground, candidates, court, converted)
    here = Here(manifest, lockfile, sources)
    judge_delegation(parts.voice, court.policy, candidates, ground.known, here)
    if wish.frozen:
        _refuse_difference(parts, ground, lockfile)
    refuse_hidden_text(ready, wish.allow_hidden)
    _warn(parts, sources, solved)
    tell_losses(parts.voice, converted, ground.known)
    tell_long_prompts(parts.voice, ready, ground.known)
    return Decision(ground, manifest, lockfile, court, solved, candidates, ready, inputs)


def _ground(parts: Parts, wish: Wish) -> Ground:
    workspace = parts.workspace
    old = workspace.manifest()
    text = sharing_registry(parts, old, wish.registry)
    for name in wish.dropped:
        text = manifest_edit.without_agent(text, name)
    if wish.asked:
        text = manifest_edit.with_agents(text, wish.asked)
    for name, words in wish.approving.items():
        text = manifest_edit.with_approval(text, name, words.words())
    manifest = read_manifest(text, old.path) if text != old.text else old
    refuse_wrong_version(manifest)
    refuse_unknown_target(manifest)
    refuse_distant_target(manifest, workspace.scope)
    lock_text = workspace.lockfile_text()
    if lock_text is None:
        return Ground(manifest, old.text, None, None, {})
    salvaged = None if wish.frozen else salvage.salvage_lockfile(lock_text)
    if salvaged is not None:
        parts.voice.note("the lockfile holds an unfinished merge: solving it again")
        return Ground(manifest, old.text, lock_text, None, salvaged.agents)
    before = read_lockfile(lock_text, workspace.shown(workspace.lockfile_path))
    return Ground(manifest, old.text, lock_text, before, before.agents)


def _solve(parts: Parts, sources: Sources, ground: Ground, wish: Wish, rules: Rules) -> Solved:
    questions = Questions(parts, sources, ground.manifest)
    questions.read_files(staying(ground.known, wish.moving))
    lockfile, name = ground.before, parts.workspace.shown(parts.workspace.lockfile_path)
    if wish.frozen and lockfile is None:
        raise MissingLockfile(f"there is no `{name}`", hint="run `agentpm lock`, and commit it")
    if lockfile is not None and wish.moving is None and not wish.lowest:
        reasons = answered(questions, lockfile)
        if not reasons:
            chosen = tuple(Chosen(item) for item in lockfile.agents.values())
            return Solved(chosen, from_lockfile=True)
        if wish.frozen:
            raise stale(name, reasons)
    asked = frozenset(entry.name for entry in wish.asked)

    def solve(moving: Names) -> Solved:
        wanting = Wanting(
            ground.known,
            moving,
            wish.lowest,
            asked,
            frozenset(wish.moving or ()),
            frozenset(wish.dropped),
        )
        return solve_manifest(parts, sources, questions, wanting)

    solved = solve(wish.moving)
    if not wish.hold_back:
        return solved
    return holdback.hold_back(parts, rules, ground.known, solved, solve)


def _pin(manifest: Manifest, wish: Wish, solved: Solved) -> tuple[Manifest, Solved]:
    """Write `^chosen` for what was asked for without a requirement, in manifest and lockfile."""
    by_name = {item.locked.name: item for item in solved.chosen}
    pinned: dict[AgentName, Range] = {}
    for entry in wish.asked:
        pins = wish.loosen or entry.range.is_any
        if pins and entry.path is None and entry.git is None:
            pinned[entry.name] = caret(by_name[entry.name].locked.version)
    if not pinned:
        return manifest, solved
    loose = [replace(e, range=pinned[e.name]) for e in wish.asked if e.name in pinned]
    text = manifest_edit.with_agents(manifest.text, loose)
    chosen = tuple(
        replace(item, locked=replace(item.locked, requirement=pinned[item.locked.name]))
        if item.locked.name in pinned
        else item
        for item in solved.chosen
    )
    return read_manifest(text, manifest.path), replace(solved, chosen=chosen)


def caret(version: Version) -> Range:
    """The requirement that is written for an agent asked for by name alone: `^chosen`.

    Of a stable release the patch number is left out where that says the same (`^1.0`).
    """
    if version.is_prerelease or version.major == 0:
        return parse_range(f"^{version}")
    return parse_range(f"^{version.major}.{version.minor}")


def _read(
    parts: Parts, sources: Sources, manifest: Manifest, solved: Solved, wish: Wish
) -> tuple[tuple[Candidate, ...], tuple[Ready, ...], Converted]:
    """What each chosen agent can do: by its bytes where they will be written.

    Without files to write, its registry's word is enough, where it is new or the lockfile says the
    same: its bytes are held against that before they are installed.
    """
    tools = table()
    releases = {i.locked.name: i.release for i in solved.chosen if i.release is not None}
    by_record = {} if wish.apply else {**_as_recorded(sources, manifest, solved), **releases}
    by_bytes = [item.locked for item in solved.chosen if item.locked.name not in by_record]
    files = published_files(parts, sources, manifest, by_bytes, releases)
    ready = make_ready(parts, manifest, by_bytes, files)
    grants = {item.locked.name: item.published.grants for item in ready}
    grants |= {name: release.grants for name, release in by_record.items()}
    candidates = []
    for item in solved.chosen:
        name = item.locked.name
        report = report_of(grants[name], manifest.overrides_of(name), tools)
        candidates.append(Candidate(item.locked, report, grants[name]))
    return tuple(candidates), ready, conversions(manifest, grants, tools)


def _as_recorded(
    sources: Sources, manifest: Manifest, solved: Solved
) -> Mapping[AgentName, Release]:
    """The releases of locked agents whose records say all that the lockfile says of them.

    Whatever differs is settled by the file, and so is what other harnesses make of it.
    """
    if set(manifest.targets) != {TARGET}:
        return {}
    unasked = [item.locked for item in solved.chosen if item.release is None]
    return {
        locked.name: release
        for locked, release, _ in recorded(sources, unasked)
        if _says_the_same(release, locked, manifest)
    }


def _says_the_same(release: Release, locked: Locked, manifest: Manifest) -> bool:
    facts = locked.checksum, locked.size, locked.dependencies
    if facts != (release.checksum, release.size, release.dependencies):
        return False
    report = report_of(release.grants, manifest.overrides_of(locked.name), table())
    powers = {TARGET: report.capabilities.words()}
    return release.removed is None and locked.capabilities == powers


def _lockfile(
    ground: Ground, candidates: tuple[Candidate, ...], court: Court, converted: Converted
) -> Lockfile:
    agents = []
    for candidate in candidates:
        locked = candidate.locked
        words = candidate.report.capabilities.words()
        powers = {TARGET: words}
        if converted:
            powers |= capabilities_in(converted.get(locked.name, ()))
        approved = court.approved.get(locked.name)
        old = ground.known.get(locked.name)
        agents.append(
            locked.decided(
                powers,
                approved.named(words) if approved is not None else (),
                old.extra if old is not None else {},
            )
        )
    fresh = Lockfile.of(agents, court.table.label, tables_of(ground.manifest))
    return fresh.with_format_of(ground.before)


def _refuse_difference(parts: Parts, ground: Ground, lockfile: Lockfile) -> None:
    """`--frozen` never writes: capabilities or approvals that differ make the lockfile stale."""
    if ground.before is None or lockfile.agents == ground.before.agents:
        return
    names = [n for n, a in lockfile.agents.items() if a != ground.before.agents.get(n)]
    reasons = tuple(f"`{name}` has other capabilities or approvals now" for name in names)
    raise stale(parts.workspace.shown(parts.workspace.lockfile_path), reasons)


def _warn(parts: Parts, sources: Sources, solved: Solved) -> None:
    for warning in solved.warnings:
        parts.voice.warn(warning)
    if solved.from_lockfile:
        warn_of_yanked(parts, sources, (item.locked for item in solved.chosen))
    if parts.workspace.scope == "global":
        return
    for item in solved.chosen:
        source = registry_source(item.locked)
        if item.release is None or source is None:
            continue
        if not sources.registry(source).is_shared(item.release):
            parts.voice.warn(
                f"`{item.locked.package}` {item.locked.version} exists only in your own registry "
                "on this machine, so your team cannot install it",
                hint="share it: `agentpm registry add NAME URL`, then "
                "`agentpm publish FILE --registry NAME`",
            )
