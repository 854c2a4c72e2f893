"""How old a release must be before a project takes it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from agentpm.model.digest import Digest
from agentpm.model.duration import show_duration
from agentpm.model.lockfile import Locked
from agentpm.model.manifest import Manifest
from agentpm.model.release import PackageId, Release
from agentpm.ops.sources import Sources
from agentpm.resolver.problem import Unavailable

TOO_YOUNG = "too-young"
"""The kind of `Unavailable` of a release that has not been published for long enough."""


class ReleaseAge:
    """The `minimum-release-age` of one project: its registries' own, else that of `[project]`.

    What is locked has been taken already, and stays. A release that does not say when it was
    published is too young for ever.

    Args:
        manifest: the project's.
        sources: its registries.
        known: the locked agents.
        now: the time, as RFC 3339 in UTC.
    """

    def __init__(
        self, manifest: Manifest, sources: Sources, known: Iterable[Locked], now: str
    ) -> None:
        self._manifest = manifest
        self._sources = sources
        self._locked: set[tuple[PackageId, Digest | None]] = {
            (item.id, item.checksum) for item in known
        }
        self._now = datetime.fromisoformat(now)
        self._minimum: dict[str, int] = {}

    def unavailable(self, release: Release) -> Unavailable | None:
        """Why a release cannot be taken for its age, if that is so."""
        minimum = self._of(release.id.source)
        if not minimum or release.name in self._manifest.release_age_exempt:
            return None
        if (release.id, release.checksum) in self._locked:
            return None
        young = too_young(release, minimum, self._now)
        if young is None:
            return None
        hint = f"add `{release.name}` to `minimum-release-age-exclude` in `[project]`"
        dated = _moment(release.published) is not None
        summary = f"is too young: `minimum-release-age` is {show_duration(minimum)}"
        return Unavailable(TOO_YOUNG, young, hint, summary if dated else None)

    def _of(self, source: str) -> int:
        if source not in self._minimum:
            entry = self._sources.terms(source)
            own = entry.minimum_release_age if entry is not None else None
            self._minimum[source] = (
                own if own is not None else self._manifest.minimum_release_age or 0
            )
        return self._minimum[source]


def too_young(release: Release, minimum: int, now: datetime) -> str | None:
    """Why a release is too young for a minimum of so many seconds, to go on after its name."""
    wanted = f"`minimum-release-age` is {show_duration(minimum)}"
    published = _moment(release.published)
    if published is None:
        return f"does not say when it was published, and {wanted}"
    if (now - published).total_seconds() >= minimum:
        return None
    return f"was published at {release.published}, and {wanted}"


def _moment(published: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(published)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
