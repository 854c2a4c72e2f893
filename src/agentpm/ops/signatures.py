"""What signatures mean for one project: which releases count, and who signed the chosen ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.model.digest import Digest
from agentpm.model.lockfile import Locked
from agentpm.model.release import PackageId, Release
from agentpm.ops.sources import Sources
from agentpm.resolver.problem import Unavailable

if TYPE_CHECKING:
    from agentpm.registry import owners
    from agentpm.registry.signing import verdict
else:
    # Most registries have no signers.
    owners = lazy.module("agentpm.registry.owners")
    verdict = lazy.module("agentpm.registry.signing.verdict")

UNSIGNED = "unsigned"
"""The kind of `Unavailable` of a release that nobody signed, where the project wants that."""


class Signatures:
    """The signatures in the registries of one project.

    Of the candidates of the resolver only the presence of a signature by the right key is judged;
    the signatures of those that were chosen are verified. What is locked keeps its lock: its bytes
    were vouched for when it was chosen, and are known by their checksum.

    Args:
        sources: the registries.
        known: the locked agents.
        note: is told what somebody should hear of.
    """

    def __init__(
        self, sources: Sources, known: Iterable[Locked], note: Callable[[str], None]
    ) -> None:
        self._sources = sources
        self._note = note
        self._locked: dict[tuple[PackageId, Digest | None], str | None] = {
            (item.id, item.checksum): item.signer for item in known
        }
        self._judges: dict[str, verdict.Judge | None] = {}
        self._demanded: dict[str, str | None] = {}

    def unavailable(self, release: Release, package: Sequence[Release]) -> Unavailable | None:
        """Why a release cannot be taken for want of a signature, if that is so.

        `package` are all releases of its package, oldest first.

        Raises:
            BadSignature: what stands there is no signature.
            BadSigners, RegistryTampered: the list of signers is not to be trusted.
        """
        source = release.id.source
        name = self._demanding(source)
        if name is None:
            return None
        if (release.id, release.checksum) in self._locked:
            return None
        judge = self._judge(source)
        if judge is None:
            return Unavailable(
                UNSIGNED,
                "is not signed, as nothing is in its registry",
                f"take `require-signatures` away from `{name}` if that is right",
            )
        found = judge.claimed(release, package)
        return Unavailable(UNSIGNED, found.text) if isinstance(found, verdict.Unsigned) else None

    def yanked(self, release: Release, package: Sequence[Release]) -> str | None:
        """Why a release is yanked; None where it is not, or where nobody vouches for that.

        Raises:
            BadSignature: what is said of the yank was not said by a key that may.
        """
        if release.yanked is None and release.yank is None:
            return None
        judge = self._judge(release.id.source)
        if judge is None:
            return release.yanked
        reason = judge.yanked(release, package)
        if reason is None and release.yanked is not None:
            self._note(f"`{release}` is marked as yanked, but nobody who may do that signed it")
        return reason

    def signer(self, release: Release, package: Sequence[Release]) -> str | None:
        """Who signed a chosen release, its name with its key; None where nobody did.

        Raises:
            BadSignature: the signature is none, or one over something else.
        """
        source = release.id.source
        if source.startswith(("path+", "git+")):
            return None
        judge = self._judge(source)
        found = judge.signer_of(release, package) if judge is not None else None
        if found is None:
            return self._locked.get((release.id, release.checksum))
        return str(found)

    def _demanding(self, source: str) -> str | None:
        """What the registry at `source` is called, if the project wants signatures there."""
        if source not in self._demanded:
            entry = self._sources.terms(source)
            wanted = entry is not None and entry.require_signatures
            self._demanded[source] = entry.name if entry is not None and wanted else None
        return self._demanded[source]

    def _judge(self, source: str) -> verdict.Judge | None:
        if source not in self._judges:
            self._judges[source] = judge_of(self._sources, source)
        return self._judges[source]


def judge_of(sources: Sources, source: str) -> verdict.Judge | None:
    """The judge of signatures in the registry at `source`; None where nothing is signed there."""
    signers = sources.signers(source)
    if signers is None:
        return None
    written = sources.registry(source).document(owners.OWNERS_FILE)
    return verdict.Judge(signers, owners.read_owners(written))
