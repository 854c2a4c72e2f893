"""Withdraw a release from new solutions, or offer it again."""

from __future__ import annotations

from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.reason import wrong_reason
from agentpm.model.release import Release, YankMark
from agentpm.model.version import InvalidRequirement, parse_version
from agentpm.ops.here import Here, look_here
from agentpm.ops.lookup import look_up
from agentpm.ops.parts import Parts
from agentpm.ops.sending import propose
from agentpm.ops.signing import Terms, pen_if_signed
from agentpm.registry.edits import yank_edit
from agentpm.registry.proposal import Proposal, branch_for
from agentpm.registry.protocol import Registry
from agentpm.values import dataclass, replace


class UnusableReason(AgentpmError):
    """A text that tells nobody why a release is withdrawn, or that nobody would read."""

    code = "unusable-reason"
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Yanked:
    """A release, what its registry is called here, and the reason why it is yanked (None: not).

    `changed` is False where the registry said so already; `proposal` is the branch on which the
    change waits, where it was not made at once.
    """

    release: Release
    registry: str
    reason: str | None
    changed: bool
    proposal: Proposal | None = None


def yank(parts: Parts, word: str, reason: str | None, terms: Terms) -> Yanked:
    """Yank the release `NAME@VERSION` for `reason`, or take that back where `reason` is None.

    Who has it locked keeps it; nobody new gets it. With a route it is proposed on a branch; in a
    registry with signers it is signed.

    Raises:
        InvalidRequirement: `word` is not of that form.
        UnusableReason: `reason` is empty, too long, or not one line.
        NoSuchPackage, NoSuchRelease: there is none; with what there is.
        ReservedName, PublishRefused, NoIdentity: the registry refuses.
        NoBranches, UnusableBranch: it cannot be proposed on that branch.
        NotASigner, NoSigningKey, SigningFailed: the registry has signers, and this is none of them.
    """
    _refuse_unusable(reason)
    name, at, wanted = word.partition("@")
    if not at or not wanted:
        raise InvalidRequirement(f"`{word}` names no release", hint=f"write `{name}@1.0.0`")
    here = look_here(parts)
    looked = look_up(here, name, terms.registry, [(parse_version(wanted),)])
    release = looked.release(parse_version(wanted))
    label = here.sources.label(looked.package.source)
    verb = "Yank" if reason is not None else "Unyank"
    message = f"{verb} {release}" + (f"\n\n{reason}" if reason else "")
    source, route = here.sources.registry(looked.package.source), terms.route
    changed = release.yanked != reason or _does_not_count(release, source)
    done = Yanked(release, label, reason, changed)
    if not done.changed:
        return done
    mark = _marked(here, release, reason, terms)
    if route is None and mark is not None:
        source.amend(yank_edit(release.name, release.version, reason, mark), message)
        return done
    if route is None:
        source.yank(release.name, release.version, reason, message)
        return done
    edit = yank_edit(release.name, release.version, reason, mark)
    branches = route.branches(branch_for(verb.lower(), [release]))
    return replace(done, proposal=propose(source, label, edit, message, branches))


def _refuse_unusable(reason: str | None) -> None:
    wrong = wrong_reason(reason) if reason is not None else None
    if wrong is not None:
        raise UnusableReason(
            f"the reason {wrong}",
            hint='one line that people will see: `--reason "approves its own changes"`',
        )


def _does_not_count(release: Release, source: Registry) -> bool:
    """Whether a release is yanked without a signature, where yanks are signed."""
    return release.yanked is not None and release.yank is None and source.signers() is not None


def _marked(here: Here, release: Release, reason: str | None, terms: Terms) -> YankMark | None:
    """The user's signature on the change; None in a registry where nothing is signed."""
    own = pen_if_signed(here.sources, release.id.source, terms.key)
    return own.yank(release, reason) if own is not None else None
