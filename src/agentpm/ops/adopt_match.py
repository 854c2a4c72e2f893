"""Which published release an agent file is, by its bytes.

A published file carries the last part of its package's name, so equal bytes mean an equal name: a
file needs to be compared only with the packages that end in the name inside it.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.digest import Digest
from agentpm.model.name import PackageName
from agentpm.model.release import Release
from agentpm.ops.adopt_files import AgentOnDisk
from agentpm.ops.parts import Parts
from agentpm.ops.sources import Sources
from agentpm.registry.protocol import Registry
from agentpm.values import dataclass

_AS_FAR_BACK = 5
"""How many releases of a package an edited file is compared with."""


@dataclass(frozen=True, slots=True)
class Similar:
    """The release of a package with the file's name that the file is nearest to.

    The file has `added` lines more and `removed` ones fewer; None where the release's bytes could
    not be had.
    """

    release: Release
    added: int | None = None
    removed: int | None = None


class Known:
    """What the registries that have a name here say of the agents called `names`.

    A registry that cannot be reached recognises nothing, and is warned about; one that is corrupt
    or tampered with stops everything.
    """

    def __init__(self, parts: Parts, sources: Sources, names: Collection[str]) -> None:
        self._parts = parts
        self._sources = sources
        self._releases: dict[str, list[Release]] = defaultdict(list)
        every = dict.fromkeys([sources.default, *sources.names().values()])
        with parts.voice.progress("recognising agents"):
            for source in every:
                self._learn(source, names)

    def _learn(self, source: str, names: Collection[str]) -> None:
        try:
            registry = self._sources.registry(source)
            for package in _packages(registry, names):
                self._releases[package.agent] += registry.releases(package)
        except AgentpmError as error:
            if error.exit_code is not ExitCode.FAILED:
                raise
            label = self._sources.label(source)
            self._parts.voice.warn(f"`{label}` recognises nothing: {error.message}", error.hint)

    def release(self, file: AgentOnDisk) -> Release | None:
        """The release with these very bytes: the newest, in the project's own registry first."""
        same = [r for r in self._releases.get(file.name, ()) if r.checksum == file.digest]
        first = [r for r in same if r.id.source == same[0].id.source]
        return max(first, key=lambda r: (_usable(r), r.version)) if first else None

    def similar(self, files: Collection[AgentOnDisk]) -> dict[str, Similar]:
        """For each of `files`, by its path, the release that it may have been before an edit."""
        near = {str(file.path): self._newest(file.name) for file in files}
        contents = self._contents(
            {release.checksum: release for r in near.values() for release in r}
        )
        compared: dict[str, Similar] = {}
        for file in files:
            found = [_compared(file, release, contents) for release in near[str(file.path)]]
            if found:
                compared[str(file.path)] = min(found, key=_distance)
        return compared

    def _newest(self, name: str) -> list[Release]:
        """The newest releases of the package that has the name, the newest first."""
        found = self._releases.get(name, [])
        first = [r for r in found if r.id == found[0].id and _usable(r)]
        return sorted(first, key=lambda r: r.version, reverse=True)[:_AS_FAR_BACK]

    def _contents(self, releases: Mapping[Digest, Release]) -> Mapping[Digest, bytes]:
        """The bytes of `releases`, a batch for each registry; without those that cannot be had."""
        contents: dict[Digest, bytes] = {}
        by_source: dict[str, list[Release]] = defaultdict(list)
        for release in releases.values():
            by_source[release.id.source].append(release)
        for source, group in by_source.items():
            try:
                contents |= self._sources.registry(source).fetch(group)
            except AgentpmError as error:
                if error.exit_code is not ExitCode.FAILED:
                    raise
        return contents


def _packages(registry: Registry, names: Collection[str]) -> Iterator[PackageName]:
    return (package for package in registry.names() if package.rpartition("/")[2] in names)


def _usable(release: Release) -> bool:
    return release.yanked is None and release.removed is None


def _distance(similar: Similar) -> int:
    """How many lines differ; of equals, and of those that could not be compared, the first wins."""
    return (similar.added or 0) + (similar.removed or 0)


def _compared(file: AgentOnDisk, release: Release, contents: Mapping[Digest, bytes]) -> Similar:
    raw = contents.get(release.checksum)
    if raw is None or file.agent is None:
        return Similar(release)
    old, new = (text.decode("utf-8", "replace").splitlines() for text in (raw, file.agent.raw))
    lines = list(difflib.unified_diff(old, new, lineterm="", n=0))[2:]
    return Similar(
        release,
        sum(line.startswith("+") for line in lines),
        sum(line.startswith("-") for line in lines),
    )
