"""Whether a release, or its yank, is vouched for by somebody whose key counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.release import Release, YankMark
from agentpm.registry.owners import Owners
from agentpm.registry.signing.keys import PublicKey
from agentpm.registry.signing.signers import Signer, Signers
from agentpm.registry.signing.sshsig import Signature, read_signature, verify
from agentpm.registry.signing.statement import RELEASE, YANK, release_statement, yank_statement
from agentpm.registry.signing.wireformat import Unreadable
from agentpm.registry.wire import MalformedIndex
from agentpm.values import dataclass

_SOMEBODY = ""
"""Who published a release whose record cannot be read: nobody who holds a key is called that."""


class BadSignature(AgentpmError):
    """A signature that does not fit what it stands beside: somebody changed one of the two."""

    code = "bad-signature"
    exit_code = ExitCode.CORRUPT


@dataclass(frozen=True, slots=True)
class Unsigned:
    """Why a release counts as one that nobody signed.

    `text` goes on after the release's name: `is not signed`.
    """

    text: str


class Judge:
    """What signatures are worth in one registry, given its signers and the owners of its names."""

    def __init__(self, signers: Signers, owners: Owners) -> None:
        self._signers = signers
        self._owners = owners

    def claimed(self, release: Release, package: Sequence[Release]) -> Signer | Unsigned:
        """Who is said to have signed a release, before the signature is verified.

        `package` are all releases of its package, oldest first.

        Raises:
            BadSignature: what stands there is no signature.
        """
        if release.signature is None:
            return Unsigned("is not signed")
        key = _read(release.signature, f"the signature of `{release}`").key
        before = takewhile(
            lambda other: other is None or other.version != release.version, _readable(package)
        )
        return self._counts(key, release, before)

    def signer_of(self, release: Release, package: Sequence[Release]) -> Signer | None:
        """Who signed a release; None where nobody did whose key counts for it.

        Raises:
            BadSignature: the signature is none, or one over something else.
        """
        found = self.claimed(release, package)
        if isinstance(found, Unsigned) or release.signature is None:
            return None
        statement = release_statement(self._signers.registry, release)
        if not verify(read_signature(release.signature), statement, RELEASE):
            raise _forged(f"the signature of `{release}` does not fit it", found)
        return found

    def yanked(self, release: Release, package: Sequence[Release]) -> str | None:
        """Why a release is yanked, None where it is not, as far as somebody vouches for it.

        A signed release is yanked by a signed yank only. A release that nobody signed can be yanked
        by anyone, as it could be published by anyone.

        Raises:
            BadSignature: what is said of the yank was not said by a key that may.
        """
        if release.yank is None:
            signed = isinstance(self.claimed(release, package), Signer)
            return None if signed else release.yanked
        key = self._yanker(release, release.yank)
        former = self._signers.former(key)
        if former is not None:
            # Nobody can say any more whether it was taken back by one who may, so it stays.
            return release.yanked or f"taken back with a revoked key of `{former.name}`"
        found = self._counts(key, release, _readable(package))
        if isinstance(found, Unsigned):
            raise _forged(f"the yank of `{release}` {found.text}", None)
        return release.yanked

    def answers_for_yank(self, release: Release, package: Sequence[Release]) -> bool:
        """Whether what is said of a yank was said by a key that counts today."""
        if release.yank is None:
            return False
        try:
            key = self._yanker(release, release.yank)
        except BadSignature:
            return False
        return isinstance(self._counts(key, release, _readable(package)), Signer)

    def _yanker(self, release: Release, mark: YankMark) -> PublicKey:
        """The key that signed the state of a yank, whoever holds it; raises `BadSignature`."""
        what = f"the signature on the yank of `{release}`"
        signature = _read(mark.signature, what)
        statement = yank_statement(self._signers.registry, release, mark.turn, release.yanked)
        if not verify(signature, statement, YANK):
            raise _forged(f"{what} does not fit what is said of it", None)
        return signature.key

    def _counts(
        self, key: PublicKey, release: Release, earlier: Iterable[Release | None]
    ) -> Signer | Unsigned:
        holder = self._signers.holder(key)
        if holder is None:
            former = self._signers.former(key)
            if former is not None:
                return Unsigned(f"was signed by `{former.name}` with a key that was revoked since")
            return Unsigned("is signed by a key that is not among its registry's signers")
        if not self._owns(holder.name, release, earlier):
            return Unsigned(f"is signed by `{holder.name}`, who does not own `{release.name}`")
        return holder

    def _owns(self, name: str, release: Release, earlier: Iterable[Release | None]) -> bool:
        # Of a long list of releases most need never be read.
        asked = self._owners.listed(release.name) is None and not self._owners.open
        publishers = map(self._publisher, earlier if asked else ())
        return self._owners.owns(name, release.name, [who for who in publishers if who is not None])

    def _publisher(self, release: Release | None) -> str | None:
        """Who signed another release of the package, as far as its key tells."""
        if release is None:
            # Whoever that was, the package was somebody's.
            return _SOMEBODY
        if release.signature is None:
            return None
        try:
            key = read_signature(release.signature).key
        except Unreadable:
            return None
        found = self._signers.holder(key) or self._signers.former(key)
        return found.name if found is not None else None


def _readable(package: Sequence[Release]) -> Iterator[Release | None]:
    """The releases of a package, None for each whose record cannot be read."""
    for position in range(len(package)):
        try:
            yield package[position]
        except MalformedIndex:
            yield None


def _read(text: str, what: str) -> Signature:
    try:
        return read_signature(text)
    except Unreadable as error:
        raise _forged(f"{what} is none: {error}", None) from None


def _forged(message: str, claimed_by: Signer | None) -> BadSignature:
    return BadSignature(
        message,
        details=(f"it says that it is by {claimed_by}",) if claimed_by is not None else (),
        hint="do not use it, and tell the people who keep the registry",
    )
