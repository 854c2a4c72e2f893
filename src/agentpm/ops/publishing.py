"""What a new release must keep to: its dependencies exist, and it widens only as it may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from agentpm.errors import AgentpmError, Excerpt, ExitCode
from agentpm.lint.text import Text
from agentpm.model.name import PackageName
from agentpm.model.release import SHIPPED, Release, Requirement
from agentpm.registry.protocol import Registry
from agentpm.registry.since import Change, needed_version
from agentpm.values import dataclass


class MissingDependency(AgentpmError):
    """An agent that depends on what its registry does not have."""

    code = "missing-dependency"


class WideningPatch(AgentpmError):
    """A patch release that can do more than the release before it."""

    code = "widening-patch"
    exit_code = ExitCode.REFUSED


def refuse_widening_patch(path: Path, release: Release, change: Change | None) -> None:
    """Refuse a release that can do more, where its version says that nothing of note changed.

    Raises:
        WideningPatch: with the smallest version that may carry the change.
    """
    smallest = needed_version(release, change)
    if change is None or smallest is None:
        return
    raise WideningPatch(
        f"`{release}` can do more than {change.since.version}, so it cannot be a patch release",
        details=change.explained,
        hint=f"publish it as {smallest} or later: `agentpm publish {path} --bump minor`",
    )


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where dependencies of a release may stand.

    `registry` is the one that the release goes to, called `label` here; `batch` is what goes there
    with it. `elsewhere` names the other registries that have a package.
    """

    registry: Registry
    label: str
    batch: Sequence[Release]
    elsewhere: Callable[[PackageName], Sequence[str]]


def refuse_missing_dependencies(path: Path, content: bytes, release: Release, shelf: Shelf) -> None:
    """Refuse a release that nobody could install.

    Raises:
        MissingDependency: neither the registry nor the batch has a release that fits.
    """
    for wanted in release.dependencies:
        known = shelf.registry.releases(wanted.package)
        offered = [*known, *(item for item in shelf.batch if item.name == wanted.package)]
        if any(_fits(item, wanted) for item in offered):
            continue
        raise MissingDependency(
            f"`{release.name}` depends on `{wanted}`, "
            + (
                f"of which the registry `{shelf.registry.source}` has no fitting release"
                if offered
                else f"which is not in the registry `{shelf.registry.source}`"
            ),
            where=_place(path, content, wanted),
            hint=_way_out(release, wanted, offered, shelf),
        )


def _fits(release: Release, wanted: Requirement) -> bool:
    if release.yanked is not None or release.removed is not None:
        return False
    if release.version.is_prerelease and not wanted.range.names_prerelease:
        return False
    return release.version in wanted.range


def _way_out(
    release: Release, wanted: Requirement, offered: Sequence[Release], shelf: Shelf
) -> str:
    if offered:
        return "it has " + ", ".join(_described(item) for item in offered)
    elsewhere = shelf.elsewhere(wanted.package)
    if elsewhere:
        return _choices(release, wanted, elsewhere, shelf.label)
    near = shelf.registry.names_like(wanted.package)
    if near:
        return "did you mean " + " or ".join(f"`{name}`" for name in near) + "?"
    return f"publish `{wanted.package}` first, or both with one command"


def _choices(release: Release, wanted: Requirement, elsewhere: Sequence[str], label: str) -> str:
    """What helps where a dependency is in another registry, in which it is not looked for."""
    others = " and ".join(f"`{name}`" for name in elsewhere)
    # What is published to the shipped registry stays on this machine.
    shared = [name for name in elsewhere if name != SHIPPED]
    reason = "but a dependency is looked for only where its dependent is"
    return "\n".join(
        [
            f"`{wanted.package}` is in {others}, {reason}:",
            f"publish `{wanted.package}` to `{label}` as well,",
            *(f"or `{release.name}` to `{name}` (`--registry {name}`)," for name in shared),
            f"or leave the dependency out, and let projects add `{wanted.package}` themselves",
        ]
    )


def _described(release: Release) -> str:
    withdrawn = release.removed or release.yanked
    return f"{release.version} (withdrawn)" if withdrawn is not None else str(release.version)


def _place(path: Path, content: bytes, wanted: Requirement) -> Excerpt | None:
    text = Text(content, str(path))
    return text.find(str(wanted.package), range(1, len(text.lines) + 1))
