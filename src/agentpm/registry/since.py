"""What changes for whoever moves to a new release: its powers against those before it."""

from __future__ import annotations

from collections.abc import Iterable

from agentpm.model.release import Release
from agentpm.model.version import Version
from agentpm.permissions.report import capabilities
from agentpm.permissions.table import ToolTable
from agentpm.permissions.widening import Difference, compare, describe_widening
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """How a release differs from the one that it follows, `since`; `explained` in plain words."""

    since: Release
    difference: Difference
    explained: tuple[str, ...]


def change_since(release: Release, published: Iterable[Release], tools: ToolTable) -> Change | None:
    """What changes for who has the highest lower release; None for a first one.

    Withdrawn releases do not count, nor do pre-releases of the very same version: nobody who has
    one of those was promised that it stays as it is.
    """
    lower = [
        item
        for item in published
        if item.yanked is None
        and item.removed is None
        and item.version < release.version
        and item.version.release != release.version.release
    ]
    if not lower:
        return None
    since = max(lower, key=lambda item: item.version)
    difference = compare(since.grants, release.grants, tools)
    report = capabilities(release.grants, tools)
    explained = describe_widening(difference.added, report, difference.literal)
    return Change(since, difference, explained)


def needed_version(release: Release, change: Change | None) -> Version | None:
    """The smallest version that `change` may have; None where `release` may have it.

    A release that can do more is no patch release, since those are taken without a second look.
    """
    if change is None or not change.difference.widens:
        return None
    since = change.since.version
    if (release.version.major, release.version.minor) != (since.major, since.minor):
        return None
    return Version(f"{since.major}.{since.minor + 1}.0")
