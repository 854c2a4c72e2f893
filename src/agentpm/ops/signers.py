"""The list of a registry's signers: who is in it, who comes, who goes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError, ExitCode
from agentpm.ops.parts import Parts
from agentpm.ops.sending import Route, propose
from agentpm.ops.signing import NotASigner, holder_of
from agentpm.ops.sources import Sources
from agentpm.registry.documents import SIGNERS_FILE
from agentpm.registry.edits import document_edit
from agentpm.registry.proposal import Proposal
from agentpm.registry.protocol import Registry
from agentpm.registry.signing.keygen import public_key, sign, signing_key
from agentpm.registry.signing.keys import PublicKey, UnusableKey, parse_key
from agentpm.registry.signing.pinned import registry_id
from agentpm.registry.signing.signers import (
    Signers,
    check_name,
    next_line,
    read_signers,
    signed_line,
)
from agentpm.registry.signing.statement import SIGNERS, canonical
from agentpm.values import dataclass

_KEY_LIMIT = 65536


class NoSuchSigner(AgentpmError):
    """Somebody who is to leave a list in which they are not."""

    code = "no-such-signer"


class NoSigners(AgentpmError):
    """A list that would hold nobody."""

    code = "no-signers"
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a list is to change.

    `add` are words of the form `NAME=FILE.pub`, `remove` names or fingerprints. `key` is the file
    of the key that signs the change, `route` whether it is proposed on a branch.
    """

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    key: str | None = None
    route: Route | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """The signers of the registry called `registry`, None where nothing is signed there.

    `changed` is whether this command changed them, `proposal` where the change waits if it does.
    """

    registry: str
    source: str
    signers: Signers | None
    changed: bool = False
    proposal: Proposal | None = None


def signers(parts: Parts, name: str, wanted: Wanted) -> Listed:
    """The signers of the registry called `name`, changed as `wanted`.

    Raises:
        UnknownRegistry: nothing is called that.
        NotASigner: the key may not change the list.
        NoSuchSigner, NoSigners, InvalidSigner, UnusableKey: the change makes no sense.
        BadSigners, RegistryTampered: the list there is not to be trusted.
        PublishRefused, Overtaken: the registry does not take the change.
    """
    sources = Sources(parts, parts.workspace.manifest())
    source = sources.source_of(name)
    registry = sources.registry(source)
    if wanted.add or wanted.remove:
        registry.refresh(force=True)
    before = registry.signers()
    if not wanted.add and not wanted.remove:
        return Listed(name, source, before)
    holders = _holders(before, wanted, name)
    if before is not None and holders == tuple((n, k) for k, n in before.current.items()):
        return Listed(name, source, before)
    line = _signed(registry, name, holders, wanted.key)
    content = registry.document(SIGNERS_FILE)
    after = (content or b"") + line
    edit = document_edit(SIGNERS_FILE, registry.document, content, after)
    message = "Change who may sign" if before is not None else "Say who may sign"
    # Nothing goes out that readers would refuse.
    listed = Listed(name, source, read_signers(after, source), changed=True)
    if wanted.route is None:
        registry.amend(edit, message)
        return Listed(name, source, registry.signers(), changed=True)
    proposal = propose(registry, name, edit, message, wanted.route.branches("change-signers"))
    return Listed(name, source, listed.signers, changed=True, proposal=proposal)


def _holders(
    before: Signers | None, wanted: Wanted, label: str
) -> tuple[tuple[str, PublicKey], ...]:
    holders = dict(before.current) if before is not None else {}
    for word in wanted.remove:
        gone = [key for key, name in holders.items() if word in (name, key.fingerprint)]
        if not gone:
            raise NoSuchSigner(
                f"`{word}` is not among the signers of `{label}`",
                hint=f"`agentpm registry signers {label}` shows them",
            )
        for key in gone:
            del holders[key]
    for word in wanted.add:
        name, key = _added(word)
        holders[key] = name
    if not holders:
        raise NoSigners(
            f"nobody could sign in `{label}` any more, nor ever change that",
            hint="add somebody with the same command: `--add NAME=FILE.pub`",
        )
    return tuple((name, key) for key, name in holders.items())


def _added(word: str) -> tuple[str, PublicKey]:
    name, _, file = word.partition("=")
    check_name(name)
    raw = fs.read(Path(file), limit=_KEY_LIMIT) if file else None
    if raw is None:
        raise UnusableKey(
            f"`{word}` does not say where a public key is",
            hint=f"write `--add {name}=FILE.pub` with a file that is there",
        )
    return name, parse_key(raw.decode("utf-8", "replace"))


def _signed(
    registry: Registry, label: str, holders: Sequence[tuple[str, PublicKey]], key: str | None
) -> bytes:
    """The line that gives the list these holders, signed by somebody who may."""
    before = registry.signers()
    path = signing_key(key)
    if before is not None:
        holder_of(path, before, label)
    elif public_key(path) not in [own for _, own in holders]:
        raise NotASigner(
            "the first list has to be signed by somebody who is in it, and your key is not",
            hint="add your own key too: `--add NAME=FILE.pub`",
        )
    own = registry_id(registry.document("config.json")) or ""
    line = next_line(own, before, holders)
    return signed_line(line, sign(path, canonical(line), SIGNERS))
