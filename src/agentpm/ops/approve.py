"""Approve what an agent asks for, in the manifest, where a team sees it."""

from __future__ import annotations

from collections.abc import Iterable

from agentpm.model.lockfile import Locked, Lockfile
from agentpm.model.manifest import Manifest, read_manifest
from agentpm.model.manifest_edit import with_approval
from agentpm.model.name import AgentName
from agentpm.model.release import parse_request
from agentpm.ops.apply import Change, finish, write_texts
from agentpm.ops.claims import NOWHERE_ELSE, Claim, Elsewhere, claims
from agentpm.ops.converted import conversions
from agentpm.ops.here import Here, look_here
from agentpm.ops.history import earlier, last_committed
from agentpm.ops.judge import TARGET, Court, convene, table
from agentpm.ops.parts import Parts
from agentpm.ops.past import Past
from agentpm.ops.policies import project_layer
from agentpm.ops.trust import Trust
from agentpm.permissions.approval import approved, gate
from agentpm.permissions.capability import NOTHING, CapabilitySet
from agentpm.permissions.conversion import Conversion
from agentpm.permissions.judge import judge
from agentpm.permissions.phrases import by_danger
from agentpm.permissions.widening import describe_widening, literal_changes
from agentpm.plan import Plan
from agentpm.targets.known import TARGETS
from agentpm.values import dataclass, replace
from agentpm.workspace import lockfile_text


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is about to be approved for the agent that is installed as `name`.

    `locked` is the release that says most about it, as it is or would be locked; `releases` are those that ask for it, `explained` says in plain words what it is. `words` is
    empty where nothing needs a yes.
    """

    name: AgentName
    locked: Locked
    releases: tuple[str, ...]
    words: CapabilitySet
    explained: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Approval:
    """What is approved for an agent now, and which of the two files changed for it."""

    name: AgentName
    approved: CapabilitySet
    manifest_changed: bool
    lockfile_changed: bool


def propose(
    parts: Parts, word: str, capabilities: Iterable[str], elsewhere: Elsewhere = NOWHERE_ELSE
) -> Proposal:
    """What `agentpm approve` would write: `capabilities`, or else everything that lacks a yes.

    `word` is an agent of the project or a package, with a requirement if need be (`NAME@2.0.0`).
    Without a requirement the locked release counts, with the newest that fits. `elsewhere` says
    where an agent is that the manifest does not list yet.

    Raises:
        UnknownCapability: one of `capabilities` is none; with a did-you-mean.
        NoSuchPackage, NoSuchRelease, NoSuchFile: there is no such agent.
    """
    here = look_here(parts)
    if here.lockfile is None:
        # Deleted, perhaps: what was judged against is the last one that was committed.
        here = replace(here, lockfile=last_committed(parts.workspace))
    court = convene(parts, here.manifest)
    asked = approved(capabilities)
    request = parse_request(word)
    releases = claims(parts, here, request.package, request.range, elsewhere)
    name = releases[0].locked.name
    granted = court.approved.get(name, NOTHING)
    found = [(claim, _missing(parts, here, court, claim, granted)) for claim in releases]
    if asked:
        words = asked - granted
    else:
        words = CapabilitySet.from_words(w for _, missing in found for w in missing.words())
    telling = [claim for claim, _ in found if _asks(here, claim).members & words.members]
    best = telling[-1] if telling else releases[-1]
    return Proposal(
        name=name,
        locked=best.locked,
        releases=tuple(str(claim.locked.version) for claim in telling),
        words=words,
        explained=_explained(parts, here, best, words) if words else (),
    )


def _gains(here: Here, claim: Claim) -> tuple[Conversion, ...]:
    """The harnesses of this project in which the agent could do more than its file says."""
    name = claim.locked.name
    found = conversions(here.manifest, {name: claim.grants}, table()).get(name, ())
    return tuple(conversion for conversion in found if conversion.widened)


def _asks(here: Here, claim: Claim) -> CapabilitySet:
    """Every power that a release comes with, wherever it is installed here."""
    asks = claim.report.capabilities
    for conversion in _gains(here, claim):
        asks |= conversion.widened
    return asks


def _explained(parts: Parts, here: Here, claim: Claim, words: CapabilitySet) -> tuple[str, ...]:
    """What is asked for, with the lines that changed since the agent was locked."""
    before = earlier(parts.workspace, here.agents, [claim.locked])
    said = Past(parts, here.sources, before).grants(claim.locked.name)
    literal = literal_changes(said, claim.grants) if said is not None else ()
    elsewhere = (
        f"{word} in {TARGETS[found.harness].title}: from {found.report.why(word)[0].text}"
        for found in _gains(here, claim)
        for word in by_danger((found.widened & words).words())
    )
    return (*describe_widening(words, claim.report, literal), *elsewhere)


def _missing(
    parts: Parts, here: Here, court: Court, claim: Claim, granted: CapabilitySet
) -> CapabilitySet:
    """What a release asks for that nobody said yes to."""
    name, report = claim.locked.name, claim.report
    before = earlier(parts.workspace, here.agents, [claim.locked]).get(name)
    known = None
    if before is not None and before.package == claim.locked.package:
        known = CapabilitySet.from_words(before.capabilities.get(TARGET, ()))
    missing = gate(known, report.capabilities, granted).missing
    for ask in judge(court.policy, name, report, granted).asks:
        missing |= ask.capabilities
    for conversion in _gains(here, claim):
        missing |= conversion.widened - granted
    return missing


def approve(parts: Parts, proposal: Proposal) -> Approval:
    """Write a proposal down: in the manifest, with its mirror in the lockfile.

    Who approves a program approves it on this machine too.
    """
    workspace = parts.workspace
    waiting = parts.voice.waiting("another agentpm in this project")
    with workspace.locked(parts.surroundings.locks, waiting):
        finish(parts)
        old = workspace.manifest()
        text = with_approval(old.text, proposal.name, proposal.words.words())
        manifest = read_manifest(text, old.path)
        lock = _mirrored(workspace.lockfile(), proposal.name, manifest)
        lock_text = lockfile_text(lock, workspace.lockfile_text()) if lock is not None else None
        changed = text if text != old.text else None
        write_texts(parts, Change(Plan(), manifest=changed, lockfile=lock_text))
        trust = Trust(parts.surroundings.trusted, workspace)
        trust.confirm({proposal.name: proposal.words})
    granted = project_layer(manifest).approved.get(proposal.name, NOTHING)
    return Approval(proposal.name, granted, changed is not None, lock_text is not None)


def _mirrored(lockfile: Lockfile | None, name: AgentName, manifest: Manifest) -> Lockfile | None:
    """The lockfile in which an agent shows what of its powers the manifest approves."""
    locked = lockfile.agents.get(name) if lockfile is not None else None
    if lockfile is None or locked is None:
        return lockfile
    granted = project_layer(manifest).approved.get(name, NOTHING)
    mirrored = replace(locked, approved=granted.named(locked.capabilities.get(TARGET, ())))
    return replace(lockfile, agents={**lockfile.agents, name: mirrored})
