"""Say in the manifest who may sign an agent, where a team sees it."""

from __future__ import annotations

from agentpm.errors import AgentpmError, ExitCode
from agentpm.lazy import pattern
from agentpm.model.manifest import read_manifest
from agentpm.model.manifest_edit import with_signers
from agentpm.model.name import AgentName
from agentpm.ops.apply import Change, finish, write_texts
from agentpm.ops.parts import Parts
from agentpm.ops.signer_change import UNSIGNED
from agentpm.plan import Plan
from agentpm.values import dataclass

_SIGNER = pattern(r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,99} SHA256:[A-Za-z0-9+/]{43}\Z")


class MalformedSigner(AgentpmError):
    """A word that names no signer with a key."""

    code = "malformed-signer"
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class SignerApproval:
    """Who may sign the agent `name` now; `changed` is whether the manifest said otherwise."""

    name: AgentName
    signers: tuple[str, ...]
    changed: bool


def approve_signer(parts: Parts, word: str, signer: str) -> SignerApproval:
    """Let `signer` (its name with a fingerprint, or `unsigned`) sign the agent called `word`.

    Who signed the locked release may go on signing.

    Raises:
        InvalidName: `word` is no name of an agent.
        MalformedSigner: `signer` has another form.
    """
    name = AgentName(word)
    if signer != UNSIGNED and not _SIGNER.match(signer):
        raise MalformedSigner(
            f"`{signer}` is not a signer with the fingerprint of a key",
            hint="write it as the lockfile does: 'alice@example.org SHA256:…', "
            f"or `{UNSIGNED}` for releases that nobody signed",
        )
    workspace = parts.workspace
    waiting = parts.voice.waiting("another agentpm in this project")
    with workspace.locked(parts.surroundings.locks, waiting):
        finish(parts)
        old, lockfile = workspace.manifest(), workspace.lockfile()
        locked = lockfile.agents.get(name) if lockfile is not None else None
        before = old.signers.get(name)
        if before is None:
            before = (locked.signer,) if locked is not None and locked.signer is not None else ()
        listed = tuple(dict.fromkeys([*before, signer]))
        changed = listed != old.signers.get(name)
        if changed:
            text = with_signers(old.text, name, listed)
            read_manifest(text, old.path)
            write_texts(parts, Change(Plan(), manifest=text))
    return SignerApproval(name, listed, changed)
