"""`agentpm outdated`: newer releases of locked agents, with what they could do more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import partial

from agentpm.errors import AgentpmError
from agentpm.model.lockfile import Locked
from agentpm.model.name import AgentName
from agentpm.model.release import Release
from agentpm.model.version import Version
from agentpm.ops.here import Here, locked_here
from agentpm.ops.judge import TARGET, report_of, table
from agentpm.ops.last_seen import as_last_seen
from agentpm.ops.parts import Parts
from agentpm.ops.policies import project_layer
from agentpm.ops.solve import Choice, Questions, Wanting, choose
from agentpm.ops.sources import registry_source
from agentpm.permissions.approval import gate
from agentpm.permissions.capability import NOTHING, CapabilitySet
from agentpm.registry.wire import MalformedIndex
from agentpm.resolver.failure import ResolutionTooHard, Unsolvable
from agentpm.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Newer:
    """A newer release: `gains` are the capabilities that nobody approved yet.

    `problem` says why its capabilities cannot be told: an override of the manifest does not fit it.
    """

    version: Version
    gains: CapabilitySet = NOTHING
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Outdated:
    """One locked agent with newer releases.

    `fits` is the one that `agentpm update` would choose, None where the agent stays; `newest` the
    newest of all that can be had, None where that is the locked one. `withdrawn` says why the
    locked release is yanked or removed, where it is.
    """

    locked: Locked
    fits: Newer | None = None
    newest: Newer | None = None
    withdrawn: str | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """All agents with newer releases, and why some newer releases would not be taken."""

    agents: tuple[Outdated, ...]
    passed_over: tuple[str, ...] = field(default=())


def outdated(parts: Parts, names: Iterable[str] = ()) -> Overview:
    """Look for newer releases of the locked agents, of those in `names` alone where it has some.

    A registry that cannot be asked is warned of, and what was seen of it last answers.

    Raises:
        MissingLockfile: the manifest asks for agents, and none is locked.
    """
    here = locked_here(parts)
    return as_last_seen(parts, here.sources, partial(_overview, parts, here, frozenset(names)))


def _overview(parts: Parts, here: Here, only: Collection[str]) -> Overview:
    choice = _choice(parts, here)
    fitting = choice.versions if choice is not None else {}
    judge = _Judge(here)
    found = []
    for name, locked in here.agents.items():
        source = registry_source(locked)
        if source is None or (only and name not in only):
            continue
        try:
            releases = here.sources.registry(source).releases(locked.package)
        except MalformedIndex as problem:
            told = f"whether `{name}` has a newer release is not known: {problem.message}"
            parts.voice.warn(told, problem.hint)
            continue
        item = judge.compare(locked, releases, fitting.get(name))
        if item.fits or item.newest or item.withdrawn:
            found.append(item)
    shown = tuple(f"`{item.locked.package}` " for item in found)
    passed_over = choice.passed_over() if choice is not None and found else ()
    return Overview(tuple(found), tuple(text for text in passed_over if text.startswith(shown)))


def fits(parts: Parts, here: Here) -> Mapping[AgentName, Version]:
    """The versions that an update of everything would choose.

    Where nothing answers the manifest any more, what is locked is as good as it gets: that is
    warned of, and the result is empty.
    """
    choice = _choice(parts, here)
    return choice.versions if choice is not None else {}


def _choice(parts: Parts, here: Here) -> Choice | None:
    """What an update of everything would choose; None, with a warning, where nothing answers."""
    questions = Questions(parts, here.sources, here.manifest)
    questions.read_files(here.agents)
    try:
        return choose(parts, here.sources, questions, Wanting(here.agents, moving=()))
    except (Unsolvable, ResolutionTooHard) as error:
        parts.voice.warn(f"nothing can be updated: {error.message}", "`agentpm update` says why")
        return None


def newest(releases: Iterable[Release], locked: Version) -> Release | None:
    """The newest release that can be had; a pre-release only for who has a pre-release."""
    usable = [item for item in releases if item.yanked is None and item.removed is None]
    if not locked.is_prerelease:
        usable = [item for item in usable if not item.version.is_prerelease]
    return max(usable, key=lambda item: item.version, default=None)


class _Judge:
    """Compares releases under the project's approvals and overrides."""

    def __init__(self, here: Here) -> None:
        self._manifest = here.manifest
        self._approved = project_layer(here.manifest).approved
        self._table = table()

    def compare(
        self, locked: Locked, releases: tuple[Release, ...], fitting: Version | None
    ) -> Outdated:
        by_version = {item.version: item for item in releases}
        own = by_version.get(locked.version)
        last = newest(releases, locked.version)
        fit = by_version.get(fitting) if fitting is not None else None
        return Outdated(
            locked,
            fits=self._newer(locked, fit) if fit and fit.version != locked.version else None,
            newest=self._newer(locked, last) if last and last.version > locked.version else None,
            withdrawn=(own.removed or own.yanked) if own is not None else None,
        )

    def _newer(self, locked: Locked, release: Release) -> Newer:
        overrides = self._manifest.overrides_of(locked.name)
        try:
            can = report_of(release.grants, overrides, self._table).capabilities
        except AgentpmError as error:
            return Newer(release.version, problem=error.message)
        could = CapabilitySet.from_words(locked.capabilities.get(TARGET, ()))
        approved = self._approved.get(locked.name, NOTHING)
        return Newer(release.version, gate(could, can, approved).widened)
