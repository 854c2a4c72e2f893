"""What an import would add to a registry, with what it leaves out, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from agentpm.model.name import PackageName
from agentpm.model.release import Release
from agentpm.model.version import Version
from agentpm.registry.importing.candidate import Broken, Candidate, Choice
from agentpm.registry.importing.material import Material, Moment
from agentpm.registry.importing.numbering import (
    FIRST,
    Numbered,
    Numbering,
    Rules,
    Widens,
    by_history,
    by_tags,
    once,
)
from agentpm.registry.importing.scene import Collision, Scene, Step
from agentpm.registry.record_of import describe
from agentpm.values import dataclass, replace

_LAST_SECOND = 253_402_300_799
"""The end of the year 9999, after which RFC 3339 has no times."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A state of an agent, in the past of its source, that makes no release."""

    package: PackageName
    commit: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Package:
    """One agent of the source: the releases to add, and how many the registry has.

    `unreleased` is whether its newest state is in none of them, as no tag names it.
    """

    name: PackageName
    path: str
    added: tuple[Numbered, ...]
    there: int
    unreleased: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file or a package from which nothing is imported (`name` empty: it has none)."""

    paths: tuple[str, ...]
    name: str
    reason: str
    message: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The whole of an import: `others` is how many files are no agents."""

    packages: tuple[Package, ...]
    left_out: tuple[LeftOut, ...]
    passed: tuple[Passed, ...]
    others: int

    @property
    def added(self) -> list[tuple[Release, bytes]]:
        """The releases to add with their bytes, in the order of the index."""
        return [(item.release, item.step.agent.raw) for p in self.packages for item in p.added]


@dataclass(frozen=True, slots=True)
class Origin:
    """What the records say of where the files come from: a URL, a licence; None for unknown.

    A licence given here outweighs what the files say.
    """

    repository: str | None = None
    licence: str | None = None


@dataclass(frozen=True, slots=True)
class Ways:
    """How an import numbers releases, and what it says of their origin."""

    origin: Origin
    widens: Widens
    first: Version = FIRST


class _Story:
    """The states of all agents along one list of moments, with those that make no release."""

    def __init__(self, moments: Iterable[Moment], scene: Scene) -> None:
        self.steps: dict[PackageName, list[Step]] = {}
        self.passed: dict[PackageName, list[Passed]] = {}
        for moment in moments:
            touched = scene.advance(moment.changes)
            for name in _spoken_of(moment, touched, scene):
                self._tell(name, moment, scene)

    def _tell(self, name: PackageName, moment: Moment, scene: Scene) -> None:
        held = scene.holder(name)
        if isinstance(held, Collision):
            self._pass_over(name, moment, "collision")
        elif held is not None and held.fault is not None:
            self._pass_over(name, moment, held.fault.reason)
        elif held is not None:
            self.steps.setdefault(name, []).append(scene.step(moment, held))

    def _pass_over(self, name: PackageName, moment: Moment, reason: str) -> None:
        self.passed.setdefault(name, []).append(Passed(name, moment.commit, reason))


def _spoken_of(moment: Moment, touched: list[PackageName], scene: Scene) -> list[PackageName]:
    """The agents whose state a moment is about: those it changed, or those that its tag means."""
    if moment.tag is None:
        return touched
    return [name for name in scene.names if moment.tag.name in (None, name.agent)]


def plan_import(
    material: Material,
    choice: Choice,
    existing: Mapping[PackageName, Sequence[Release]],
    ways: Ways,
) -> ImportPlan:
    """Decide what of a source goes to a registry that has the releases `existing`."""
    planner = _Planner(material, choice, ways)
    return planner.plan(existing)


def names_in(material: Material, choice: Choice) -> list[PackageName]:
    """The names that the newest state of a source claims."""
    scene = Scene(material.contents, choice)
    scene.advance(material.tip.changes)
    return scene.names


class _Planner:
    """One pass over a source."""

    def __init__(self, material: Material, choice: Choice, ways: Ways) -> None:
        self._material = material
        self._tip = Scene(material.contents, choice)
        self._tip.advance(material.tip.changes)
        self._history = _Story(material.history, Scene(material.contents, choice))
        self._tagged = _Story(material.tagged, Scene(material.contents, choice))
        self._all_tagged = any(m.tag and m.tag.name is None for m in material.tagged)
        self._rules = Rules(lambda step, v: _release(step, v, ways.origin), ways.widens, ways.first)
        self._packages: list[Package] = []
        self._left_out: list[LeftOut] = []
        self._passed: list[Passed] = []

    def plan(self, existing: Mapping[PackageName, Sequence[Release]]) -> ImportPlan:
        for broken in self._tip.broken:
            self._leave(broken, "")
        for name in self._tip.names:
            held = self._tip.holder(name)
            if isinstance(held, Collision):
                self._collide(held)
            elif held is not None:
                self._number(name, held, existing.get(name, ()))
        return ImportPlan(
            tuple(self._packages),
            tuple(sorted(self._left_out, key=lambda item: (item.paths, item.reason))),
            tuple(self._passed),
            self._tip.others,
        )

    def _number(self, name: PackageName, held: Candidate, existing: Sequence[Release]) -> None:
        if held.fault is not None:
            self._leave(held.fault, name)
        told, steps = self._numbering(name, held, existing)
        for step in told.refused:
            self._passed.append(Passed(name, step.moment.commit, "widening-patch"))
        if told.apart is not None:
            self._left_out.append(LeftOut((held.path,), name, "diverged", told.apart))
        elif told.added or told.there:
            newest = steps[-1].agent.raw if steps else held.raw
            unreleased = newest != held.raw and held.fault is None
            self._packages.append(Package(name, held.path, told.added, told.there, unreleased))
        elif held.fault is None:
            self._left_out.append(LeftOut((held.path,), name, "untagged", _UNTAGGED))

    def _numbering(
        self, name: PackageName, held: Candidate, existing: Sequence[Release]
    ) -> tuple[Numbering, Sequence[Step]]:
        """The numbers of an agent's states: by its own tags, by all tags, by history, or one."""
        tagged = self._tagged.steps.get(name, [])
        own = [step for step in tagged if step.moment.tag and step.moment.tag.name is not None]
        if own or self._all_tagged:
            steps = own or tagged
            self._passed += self._tagged.passed.get(name, [])
            return by_tags(steps, existing, self._material.commits, self._rules), steps
        if self._material.history:
            steps = self._history.steps.get(name, [])
            self._passed += self._history.passed.get(name, [])
            return by_history(steps, existing, self._rules), steps
        steps = [self._tip.step(self._material.tip, held)] if held.fault is None else []
        return once(steps, existing, self._rules), steps

    def _leave(self, broken: Broken, name: str) -> None:
        self._left_out.append(
            LeftOut((broken.path,), name, broken.reason, broken.message, broken.line)
        )

    def _collide(self, found: Collision) -> None:
        message = f"{len(found.paths)} files call themselves `{found.package.agent}`"
        self._left_out.append(LeftOut(found.paths, found.package, "collision", message))


_UNTAGGED = "no tag names a state of it"


def _release(step: Step, version: Version, origin: Origin) -> Release:
    """The release that publishes a state: nothing in it depends on who imports it, or when."""
    agent, moment = step.agent, step.moment
    provenance: dict[str, Any] = {
        "imported": True,
        "repository": origin.repository,
        "path": agent.path,
        "commit": moment.commit,
        "tag": moment.tag.text if moment.tag else None,
        "original": agent.original,
    }
    return replace(
        describe(agent.raw, agent.path, agent.package, version),
        license=origin.licence or agent.licence or step.licence,
        repository=origin.repository,
        published=_rfc3339(moment.when if moment.when is not None else moment.times[agent.path]),
        provenance={key: value for key, value in provenance.items() if value is not None},
    )


def _rfc3339(when: int) -> str:
    time = datetime.fromtimestamp(min(max(when, 0), _LAST_SECOND), UTC)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
