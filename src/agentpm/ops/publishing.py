"""What a new release must keep to: its dependencies exist, and it widens only as it may."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentpm.errors import AgentpmError, Excerpt, ExitCode
from agentpm.lint.text import Text
from agentpm.model.release import Release, Requirement
from agentpm.model.version import Version
from agentpm.permissions.report import capabilities
from agentpm.permissions.table import ToolTable
from agentpm.permissions.widening import Difference, compare, describe_widening
from agentpm.registry.protocol import Registry


class MissingDependency(AgentpmError):
    """An agent that depends on what its registry does not have."""

    code = "missing-dependency"


class WideningPatch(AgentpmError):
    """A patch release that can do more than the release before it."""

    code = "widening-patch"
    exit_code = ExitCode.REFUSED


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


def refuse_widening_patch(path: Path, release: Release, change: Change | None) -> None:
    """Refuse a release that can do more, where its version says that nothing of note changed.

    Raises:
        WideningPatch: with the smallest version that may carry the change.
    """
    if change is None or not change.difference.widens:
        return
    since = change.since.version
    if (release.version.major, release.version.minor) != (since.major, since.minor):
        return
    smallest = Version(f"{since.major}.{since.minor + 1}.0")
    raise WideningPatch(
        f"`{release}` can do more than {since}, so it cannot be a patch release",
        details=change.explained,
        hint=f"publish it as {smallest} or later: `agentpm publish {path} --bump minor`",
    )


def refuse_missing_dependencies(
    path: Path,
    content: bytes,
    release: Release,
    registry: Registry,
    batch: Sequence[Release],
) -> None:
    """Refuse a release that nobody could install.

    Raises:
        MissingDependency: neither the registry nor `batch` has a release that fits.
    """
    for wanted in release.dependencies:
        known = registry.releases(wanted.package)
        offered = [*known, *(item for item in batch if item.name == wanted.package)]
        if any(_fits(item, wanted) for item in offered):
            continue
        raise MissingDependency(
            f"`{release.name}` depends on `{wanted}`, "
            + (
                f"of which the registry `{registry.source}` has no fitting release"
                if offered
                else f"which is not in the registry `{registry.source}`"
            ),
            where=_place(path, content, wanted),
            hint=_way_out(wanted, offered, registry),
        )


def _fits(release: Release, wanted: Requirement) -> bool:
    if release.yanked is not None or release.removed is not None:
        return False
    if release.version.is_prerelease and not wanted.range.names_prerelease:
        return False
    return release.version in wanted.range


def _way_out(wanted: Requirement, offered: Sequence[Release], registry: Registry) -> str:
    if offered:
        return "it has " + ", ".join(_described(item) for item in offered)
    near = registry.names_like(wanted.package)
    if near:
        return "did you mean " + " or ".join(f"`{name}`" for name in near) + "?"
    return f"publish `{wanted.package}` first, or both with one command"


def _described(release: Release) -> str:
    withdrawn = release.removed or release.yanked
    return f"{release.version} (withdrawn)" if withdrawn is not None else str(release.version)


def _place(path: Path, content: bytes, wanted: Requirement) -> Excerpt | None:
    text = Text(content, str(path))
    return text.find(str(wanted.package), range(1, len(text.lines) + 1))
