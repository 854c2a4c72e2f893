"""Which package of which registry a word on the command line means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.errors import AgentpmError
from agentpm.model.lockfile import Locked
from agentpm.model.manifest import AgentEntry
from agentpm.model.name import AgentName, PackageName
from agentpm.model.release import SHIPPED, PackageId, Release
from agentpm.model.version import Range, Version
from agentpm.ops.answers import find
from agentpm.ops.here import Here
from agentpm.ops.sources import registry_source
from agentpm.registry.protocol import Registry
from agentpm.values import dataclass, replace

if TYPE_CHECKING:
    from agentpm.registry import edits
else:
    # Only for one of its errors.
    edits = lazy.module("agentpm.registry.edits")

UPGRADE = "upgrade agentpm: `pip install --upgrade agentpm-cli`"
"""What helps where all releases of a package are in a later format."""


TELLING = 3
"""How many letters a word has at least that is worth a search."""


class NoSuchPackage(AgentpmError):
    """A package that its registry does not have."""

    code = "no-such-package"


class NotFromRegistry(AgentpmError):
    """An agent that comes from a file, so that it has no releases."""

    code = "not-from-registry"


@dataclass(frozen=True, slots=True)
class Looked:
    """A package with all its releases, oldest first; `entry` and `locked` where it is used here."""

    package: PackageId
    releases: tuple[Release, ...]
    entry: AgentEntry | None = None
    locked: Locked | None = None

    def release(self, version: Version) -> Release:
        """The release with that version.

        Raises:
            NoSuchRelease: there is none.
        """
        found = next((item for item in self.releases if item.version == version), None)
        if found is None:
            versions = ", ".join(str(item.version) for item in reversed(self.releases))
            raise edits.NoSuchRelease(
                f"there is no `{self.package.name}` {version}", hint=f"there are {versions}"
            )
        return found


def look_up(
    here: Here,
    word: str,
    registry: str | None = None,
    wanted: Sequence[Range | tuple[Version, ...]] = (),
) -> Looked:
    """The package that `word` means.

    The package of that name in the registry called `registry`; without one, an agent of this project
    by its name, in whatever registry it comes from, else the package in the default one. Where it
    has no release in one of the sets `wanted`, the registry is looked at once more before that is
    believed.

    Raises:
        NoSuchPackage: the registry has none of that name; with a did-you-mean.
        NotFromRegistry: the agent comes from a file.
        UnknownRegistry: nothing is called `registry`.
    """
    entry, locked = _used_here(here, word)
    if registry is not None:
        package = PackageId(here.sources.source_of(registry), PackageName(word))
        own = locked if locked is not None and locked.id == package else None
        return _with_releases(here, Looked(package, (), entry if own else None, own), wanted)
    if locked is not None:
        source = registry_source(locked)
        if source is None:
            raise _from_file(locked.name, locked.source)
        looked = Looked(PackageId(source, locked.package), (), entry, locked)
        return _with_releases(here, looked, wanted)
    if entry is not None:
        package = here.sources.package(entry)
        if entry.path is not None or entry.git is not None:
            raise _from_file(entry.name, package.source)
        return _with_releases(here, Looked(package, (), entry), wanted)
    package = PackageId(here.sources.default, PackageName(word))
    return _with_releases(here, Looked(package, ()), wanted)


def _used_here(here: Here, word: str) -> tuple[AgentEntry | None, Locked | None]:
    locked = find(here.lockfile, word) if here.lockfile is not None else None
    if locked is not None:
        return here.manifest.agents.get(locked.name), locked
    entries = here.manifest.agents
    by_name = entries[AgentName(word)] if word in entries else None
    return by_name or next((e for e in entries.values() if e.package == word), None), None


def _with_releases(
    here: Here, looked: Looked, wanted: Sequence[Range | tuple[Version, ...]]
) -> Looked:
    package = looked.package
    registry = here.sources.registry(package.source)
    releases = registry.releases(package.name)
    if not releases:
        raise no_such_package(here, package)
    lacking = any(all(r.version not in one for r in releases) for one in wanted)
    if lacking and registry.look_again([package.name]):
        releases = registry.releases(package.name)
    return replace(looked, releases=releases)


def no_such_package(here: Here, package: PackageId) -> NoSuchPackage:
    """The error that says so, with the names that were probably meant."""
    registry = here.sources.registry(package.source)
    near = registry.names_like(package.name)
    label = here.sources.label(package.source)
    where = "the shipped registry" if label == package.source == SHIPPED else f"`{label}`"
    if package.name in near:
        text, hint = without_releases(registry, package.name, label)
        return NoSuchPackage(f"`{package.name}` {text}", hint=hint)
    meant = " or ".join(f"`{name}`" for name in near)
    return NoSuchPackage(
        f"`{package.name}` is not in {where}",
        hint=f"did you mean {meant}?" if near else "`agentpm search TEXT` looks in every registry",
    )


def without_releases(registry: Registry, name: PackageName, called: str) -> tuple[str, str]:
    """Why a package of a registry offers nothing, to go on after its name; with what helps."""
    where = "the shipped registry" if called == SHIPPED else f"the registry `{called}`"
    if registry.is_empty(name):
        text = f"has no releases in {where}: its file in the index is empty"
        return text, f"tell the people who keep {where}"
    return f"is not in {where} in a format that this agentpm can read", UPGRADE


def search_for(name: PackageName) -> str | None:
    """The search that may find what was meant by a name; None where its words say too little."""
    word = max(name.agent.split("-"), key=len)
    if len(word) < TELLING:
        return None
    return f"`agentpm search {word}` looks for the word in names and descriptions"


def _from_file(name: str, source: str) -> NotFromRegistry:
    return NotFromRegistry(
        f"`{name}` comes from `{source.partition('+')[2]}`, not from a registry, "
        "and has no releases to choose from",
        hint="`agentpm status` says whether its file changed",
    )
