"""Who may have signed an agent here: whoever the manifest lists, else the one who did so before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.lockfile import Locked
from agentpm.model.manifest import Manifest
from agentpm.model.name import AgentName

UNSIGNED = "unsigned"
"""What stands in the manifest for an agent that nobody has to sign."""


class SignerChanged(AgentpmError):
    """A release that somebody else signed than the one before, or nobody."""

    code = "signer-changed"
    exit_code = ExitCode.REFUSED


def refuse_other_signers(
    manifest: Manifest, agents: Iterable[Locked], before: Mapping[AgentName, Locked]
) -> None:
    """Refuse agents whose new releases are signed by somebody else, all of them at once.

    `before` holds what the agents were locked as.

    Raises:
        SignerChanged: with every one of them, and what would approve it.
    """
    stopped = [item for item in agents if is_other_signer(manifest, item, before.get(item.name))]
    if not stopped:
        return
    details: list[str] = []
    for item in stopped:
        details.append(f"{item} is {_signed(item.signer)}")
        details += [f"  {_expected(manifest, item.name, before)}"]
    names = ", ".join(f"`{item.name}`" for item in stopped)
    raise SignerChanged(
        f"{names} {'is' if len(stopped) == 1 else 'are'} not signed by who has to sign it",
        details=tuple(details),
        hint="if that is right, approve it for the whole team:\n"
        + "\n".join(
            f"agentpm approve {item.name} --signer '{item.signer or UNSIGNED}'" for item in stopped
        ),
    )


def is_other_signer(manifest: Manifest, new: Locked, old: Locked | None) -> bool:
    """Whether a release is signed by nobody who may sign it here.

    Without a line in the manifest, a first signature is welcome, and a change of it is not.
    """
    listed = manifest.signers.get(new.name)
    if listed is not None:
        return (new.signer or UNSIGNED) not in listed
    if old is None or old.signer is None or (old.source, old.package) != (new.source, new.package):
        return False
    return old.signer != new.signer


def _signed(signer: str | None) -> str:
    return f"signed by {signer}" if signer is not None else "not signed"


def _expected(manifest: Manifest, name: AgentName, before: Mapping[AgentName, Locked]) -> str:
    listed = manifest.signers.get(name)
    if listed is not None:
        return f"{manifest.path} lists {', '.join(listed)}"
    old = before[name]
    return f"{old.version} is {_signed(old.signer)}"
