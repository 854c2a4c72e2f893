"""Signing with the user's own key: what is sent to a signed registry, and what stands there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.release import Release, YankMark
from agentpm.ops.sending import Route
from agentpm.ops.sources import Sources
from agentpm.registry.documents import SIGNERS_FILE
from agentpm.registry.owners import OWNERS_FILE, read_owners
from agentpm.registry.signing.keygen import public_key, sign, signing_key
from agentpm.registry.signing.signers import Signer, Signers
from agentpm.registry.signing.statement import RELEASE, YANK, release_statement, yank_statement
from agentpm.registry.signing.verdict import Judge, Unsigned
from agentpm.values import dataclass, replace


class NotASigner(AgentpmError):
    """A key whose signature would not count."""

    code = "not-a-signer"
    exit_code = ExitCode.REFUSED


class NotSigned(AgentpmError):
    """A registry in which nothing is signed, where something was to be."""

    code = "registry-not-signed"


@dataclass(frozen=True, slots=True)
class Terms:
    """How a registry is changed: which one, signed with the key in which file, on which branch."""

    registry: str | None = None
    key: str | None = None
    route: Route | None = None


@dataclass(frozen=True, slots=True)
class Pen:
    """A key that may sign in one registry: its file, who holds it there, who else may sign."""

    path: Path
    holder: Signer
    signers: Signers
    judge: Judge

    def release(self, release: Release, package: Sequence[Release]) -> Release:
        """The release with a signature; `package` are those that are published already.

        Raises:
            NotASigner: the package is somebody else's.
            SigningFailed: ssh-keygen did not sign.
        """
        statement = release_statement(self.signers.registry, release)
        signed = replace(release, signature=sign(self.path, statement, RELEASE))
        found = self.judge.claimed(signed, package)
        if isinstance(found, Unsigned):
            raise NotASigner(
                f"a signature of yours would not count: `{release}` {found.text}",
                hint="ask one of its owners, who are listed in `owners.json` of the registry",
            )
        return signed

    def yank(self, release: Release, reason: str | None) -> YankMark:
        """What stands beside a yank for `reason`, or beside what takes one back (None)."""
        turn = release.yank.turn + 1 if release.yank is not None else 1
        statement = yank_statement(self.signers.registry, release, turn, reason)
        return YankMark(turn, sign(self.path, statement, YANK))


def pen(sources: Sources, source: str, key: str | None) -> Pen:
    """The key to sign with in the registry at `source`: that in the file `key`, or git's own.

    Raises:
        NotSigned: nothing is signed there.
        NoSigningKey, UnusableKey: there is no key.
        NotASigner: the key is not among those of the registry.
    """
    found, label = pen_if_signed(sources, source, key), sources.label(source)
    if found is None:
        raise NotSigned(
            f"nothing is signed in `{label}`: it has no `{SIGNERS_FILE}`",
            hint=f"`agentpm registry signers {label} --add NAME=FILE.pub` begins it",
        )
    return found


def pen_if_signed(sources: Sources, source: str, key: str | None) -> Pen | None:
    """The same; None where nothing is signed."""
    signers = sources.signers(source)
    if signers is None:
        return None
    path = signing_key(key)
    owners = read_owners(sources.registry(source).document(OWNERS_FILE))
    holder = holder_of(path, signers, sources.label(source))
    return Pen(path, holder, signers, Judge(signers, owners))


def holder_of(path: Path, signers: Signers, label: str) -> Signer:
    """Who holds the key in the file `path`, in the registry called `label`.

    Raises:
        NotASigner: nobody there.
        NoSigningKey, UnusableKey: its public half is not at hand.
    """
    key = public_key(path)
    holder = signers.holder(key)
    if holder is None:
        was = signers.former(key)
        state = f"was revoked (it was `{was.name}`'s)" if was is not None else "is not among them"
        raise NotASigner(
            f"only the signers of `{label}` can sign there, and your key {state}",
            details=(f"yours: {key.fingerprint}",),
            hint=f"`agentpm registry signers {label}` shows them, and each of them can add you",
        )
    return holder
