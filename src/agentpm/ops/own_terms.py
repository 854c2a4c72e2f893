"""What the user's own configuration wants of the releases in a registry: it refuses, never chooses.

The same keys in the project's manifest say which releases there are to choose from. Here they judge
what was chosen, so that a project gets the same releases on every machine, or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.digest import Digest
from agentpm.model.lockfile import Locked
from agentpm.model.registry_entry import RegistryEntry
from agentpm.model.release import PackageId, Release
from agentpm.ops.content import locked_release
from agentpm.ops.judge import Court
from agentpm.ops.parts import Parts
from agentpm.ops.release_age import too_young
from agentpm.ops.signatures import judge_of
from agentpm.ops.solve import Chosen
from agentpm.ops.sources import Sources, registry_source
from agentpm.values import dataclass

if TYPE_CHECKING:
    from agentpm.registry.signing import verdict
else:
    verdict = lazy.module("agentpm.registry.signing.verdict")


class NotOnYourTerms(AgentpmError):
    """A release that the project chose, and that the user's own configuration does not let in."""

    code = "not-on-your-terms"
    exit_code = ExitCode.REFUSED


class OwnTerms:
    """The user's own lines for registries, held against releases.

    Signatures are asked of every agent, also where a lockfile that came from others has it. The age
    is not: what is locked has been taken already.

    Args:
        parts: what it works with.
        sources: the registries.
        known: the locked agents.
    """

    def __init__(self, parts: Parts, sources: Sources, known: Iterable[Locked]) -> None:
        self._path = parts.config.path
        self._sources = sources
        self._now = datetime.fromisoformat(parts.surroundings.now())
        self._locked: set[tuple[PackageId, Digest | None]] = {
            (item.id, item.checksum) for item in known
        }

    def objections(self, item: Chosen) -> Iterator[str]:
        """Why the user does not want a chosen release, each reason to go on after its name.

        Raises:
            BadSignature: its signature is one over something else.
            GoneRelease, NotTheLockedBytes: its registry does not have what is locked.
        """
        for entry in self._terms(item.locked):
            release = item.release or locked_release(self._sources, item.locked)
            for reason in self._reasons(entry, release):
                yield f"{reason} (`{entry.name}` in {self._path})"

    def refuse(self, chosen: Iterable[Chosen]) -> None:
        """Refuse releases that the user does not want, all of them at once.

        Raises:
            NotOnYourTerms: with every reason.
        """
        chosen = tuple(chosen)
        sources = {item.locked.source: item.locked for item in chosen}
        judged = {source for source, locked in sources.items() if self._terms(locked)}
        found = [
            (item.locked, reason)
            for item in chosen
            if item.locked.source in judged
            for reason in self.objections(item)
        ]
        if not found:
            return
        names = dict.fromkeys(f"`{locked.name}`" for locked, _ in found)
        raise NotOnYourTerms(
            f"your own configuration does not let in {', '.join(names)}",
            details=tuple(f"{locked} {reason}" for locked, reason in found),
            hint="it refuses what the project chose, and chooses nothing else: ask for another "
            "release, or change that line",
        )

    def _terms(self, locked: Locked) -> list[RegistryEntry]:
        """The user's lines that want something of every release in the registry of an agent."""
        source = registry_source(locked)
        return [
            entry
            for entry in (self._sources.own_terms(source) if source is not None else ())
            if entry.require_signatures or entry.minimum_release_age
        ]

    def _reasons(self, entry: RegistryEntry, release: Release) -> Iterator[str]:
        if entry.require_signatures:
            unsigned = self._unsigned(release)
            if unsigned is not None:
                yield f"{unsigned}, and `require-signatures` is true"
        if entry.minimum_release_age and (release.id, release.checksum) not in self._locked:
            young = too_young(release, entry.minimum_release_age, self._now)
            if young is not None:
                yield young

    def _unsigned(self, release: Release) -> str | None:
        judge = judge_of(self._sources, release.id.source)
        if judge is None:
            return "is not signed, as nothing is in its registry"
        package = self._sources.registry(release.id.source).releases(release.name)
        found = judge.claimed(release, package)
        if isinstance(found, verdict.Unsigned):
            return found.text
        judge.signer_of(release, package)
        return None


@dataclass(frozen=True, slots=True)
class Rules:
    """What may refuse a chosen release: the rules of the command, the user's own terms."""

    court: Court
    own: OwnTerms
