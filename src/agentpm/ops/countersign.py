"""Put a signature on releases that were published without one, or with a key that was revoked."""

from __future__ import annotations

from collections.abc import Sequence

from agentpm.model.release import Release
from agentpm.model.version import InvalidRequirement, parse_version
from agentpm.ops.here import Here, look_here
from agentpm.ops.lookup import look_up
from agentpm.ops.parts import Parts
from agentpm.ops.sending import propose
from agentpm.ops.signing import Pen, Terms, pen
from agentpm.registry.edits import sign_edit
from agentpm.registry.proposal import Proposal, branch_for
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Signed:
    """A release in the registry called `registry` with its signer; `changed` if not so before."""

    release: Release
    registry: str
    signer: str
    changed: bool
    proposal: Proposal | None = None


def countersign(parts: Parts, words: Sequence[str], terms: Terms) -> tuple[Signed, ...]:
    """Sign the releases `NAME@VERSION`, as they stand in their registry.

    Raises:
        InvalidRequirement: a word is not of that form.
        NoSuchPackage, NoSuchRelease: there is no such release.
        NotSigned, NotASigner, NoSigningKey: nobody can sign there, or not with this key.
        PublishRefused, Overtaken: the registry does not take it.
    """
    here = look_here(parts)
    return tuple(_signed(here, word, terms) for word in words)


def _signed(here: Here, word: str, terms: Terms) -> Signed:
    name, at, wanted = word.partition("@")
    if not at or not wanted:
        raise InvalidRequirement(f"`{word}` names no release", hint=f"write `{name}@1.0.0`")
    looked = look_up(here, name, terms.registry)
    release, source = looked.release(parse_version(wanted)), looked.package.source
    label = here.sources.label(source)
    own = pen(here.sources, source, terms.key)
    if own.judge.signer_of(release, looked.releases) == own.holder:
        return Signed(release, label, str(own.holder), changed=False)
    return _sent(here, own, release, looked.releases, terms)


def _sent(
    here: Here, own: Pen, release: Release, package: Sequence[Release], terms: Terms
) -> Signed:
    registry = here.sources.registry(release.id.source)
    label = here.sources.label(release.id.source)
    signed = own.release(release, package)
    edit = sign_edit(release, signed.signature or "")
    message, proposal = f"Sign {release}", None
    if terms.route is None:
        registry.amend(edit, message)
    else:
        branches = terms.route.branches(branch_for("sign", [release]))
        proposal = propose(registry, label, edit, message, branches)
    return Signed(signed, label, str(own.holder), changed=True, proposal=proposal)
