"""From a manifest to the agents that answer it: from the lockfile where that does, else solved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.lockfile import Locked, Lockfile, locked_source
from agentpm.model.manifest import AgentEntry, Manifest
from agentpm.model.name import AgentName
from agentpm.model.release import SHIPPED, PackageId, Release
from agentpm.model.version import Version
from agentpm.ops.answers import Locate, locate_by, unanswered
from agentpm.ops.judge import table
from agentpm.ops.kept import Kept
from agentpm.ops.offer import Lines, Offer
from agentpm.ops.parts import Parts
from agentpm.ops.passed_over import Note, notes
from agentpm.ops.policies import project_layers
from agentpm.ops.release_age import ReleaseAge
from agentpm.ops.signatures import Signatures
from agentpm.ops.sources import Sources, entry_source
from agentpm.permissions.policy import Policy
from agentpm.resolver.problem import Problem, Root, Strategy
from agentpm.resolver.solution import EXCLUDED, NEEDS, PassedOver, Solution
from agentpm.resolver.solve import solve
from agentpm.values import dataclass, field

if TYPE_CHECKING:
    from agentpm.ops import direct
    from agentpm.ops.direct import Direct
    from agentpm.resolver import failure
else:
    # Most agents are in a registry.
    direct = lazy.module("agentpm.ops.direct")
    # Loaded when something is caught, to see whether it is that.
    failure = lazy.module("agentpm.resolver.failure")


@dataclass(frozen=True, slots=True)
class Chosen:
    """One agent of the answer. `release` is what its registry says of it, None where unasked."""

    locked: Locked
    release: Release | None = None


@dataclass(frozen=True, slots=True)
class Solved:
    """The agents that answer a manifest, with what the resolver has to say about them.

    `from_lockfile` is whether nothing had to be solved. `reasons` say of agents that moved why they
    did; `passed_over` are newer releases that were not taken, a sentence for each reason, and
    `refused` those sentences that everybody should hear: a rule leaves the releases out, or they are
    of an agent that was named, to move or to come without a requirement.
    """

    chosen: tuple[Chosen, ...]
    from_lockfile: bool
    reasons: Mapping[AgentName, str] = field(default_factory=dict)
    passed_over: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanting:
    """How to choose: `known` is what the lockfile has, `moving` who may leave it (None: nobody).

    `asked` are the entries that the command line asks for, `named` the agents that it names to move,
    `dropped` those that it takes out of the manifest.
    """

    known: Mapping[AgentName, Locked]
    moving: tuple[AgentName, ...] | None = None
    lowest: bool = False
    asked: frozenset[AgentName] = frozenset()
    named: frozenset[AgentName] = frozenset()
    dropped: frozenset[AgentName] = frozenset()


@dataclass(frozen=True, slots=True)
class Choice:
    """The versions that answer a manifest, and what was passed over for them to those who ask."""

    versions: Mapping[AgentName, Version]
    offer: Offer
    solution: Solution

    def passed_over(self) -> tuple[str, ...]:
        """The newer releases that were not taken, a sentence for each reason.

        Working it out asks the registries, and takes longer than choosing.
        """
        told = notes(self.solution.passed_over, partial(_summary, self.offer))
        return tuple(note.text for note in told if note.kind not in _AS_ASKED)


class SamePackageTwice(AgentpmError):
    """A manifest that asks for one package under two names."""

    code = "same-package-twice"


def staying(
    known: Mapping[AgentName, Locked], moving: tuple[AgentName, ...] | None
) -> Mapping[AgentName, Locked]:
    """The locked agents that are not asked to move: None moves nobody, an empty tuple everybody."""
    if moving is None:
        return known
    return {name: item for name, item in known.items() if moving and name not in moving}


class Questions:
    """What a manifest says of each package that it names.

    Raises:
        SamePackageTwice: it names one under two names.
    """

    def __init__(self, parts: Parts, sources: Sources, manifest: Manifest) -> None:
        seen: dict[PackageId, AgentEntry] = {}
        for entry in manifest.agents.values():
            other = seen.setdefault(sources.package(entry), entry)
            if other is not entry:
                raise SamePackageTwice(
                    f"`{other.name}` and `{entry.name}` are the same package `{entry.package}`",
                    hint="keep one of the two lines",
                    where=entry.where,
                )
        self._parts = parts
        self._sources = sources
        self.manifest = manifest
        self.direct: dict[AgentName, Direct] = {}
        self.default = sources.default

    def read_files(self, known: Mapping[AgentName, Locked]) -> None:
        """Read every agent that comes from a file."""
        for name, entry in self.manifest.agents.items():
            if entry.path is not None or entry.git is not None:
                self.direct[name] = direct.read_direct(self._parts, entry, known.get(name))

    def package(self, entry: AgentEntry) -> PackageId:
        """The package that a line of the manifest asks for."""
        file = self.direct.get(entry.name)
        return file.release.id if file is not None else self._sources.package(entry)

    def locate(self) -> Locate:
        """Where a dependency resolves."""
        return locate_by(self.manifest.agents.values(), self.package, self.default)

    def source(self, entry: AgentEntry) -> str | None:
        """The source that an entry must be locked from; None where any revision of it will do."""
        if entry.name in self.direct:
            return self.direct[entry.name].source
        if entry_source(entry) is not None:
            return None
        return locked_source(self._sources.package(entry).source)


def answered(questions: Questions, lockfile: Lockfile) -> tuple[str, ...]:
    """What of the manifest `lockfile` does not answer; empty where it answers all of it."""
    found = list(unanswered(questions.manifest, lockfile, questions.source, questions.locate()))
    for name, file in questions.direct.items():
        locked = lockfile.agents.get(name)
        if locked is not None and locked.dependencies != file.release.dependencies:
            found.append(f"`{name}` has other dependencies in its file than in the lockfile")
        elif locked is not None and locked.checksum not in (None, file.release.checksum):
            found.append(f"`{name}` is another file in the manifest than in the lockfile")
        elif locked is not None and locked.version != file.release.version:
            found.append(f"`{name}` is another version in its file than in the lockfile")
    return tuple(found)


def solve_manifest(
    parts: Parts, sources: Sources, questions: Questions, wanting: Wanting
) -> Solved:
    """Choose a release for everything that the manifest asks for.

    Raises:
        Unsolvable: there is no answer; with the reasons.
        AgentpmError: a registry cannot be read.
    """
    with parts.voice.progress("resolving"):
        try:
            offer, solution = _solution(parts, sources, questions, wanting)
        except failure.Unsolvable as refusal:
            refusal.explain()
            raise
        solution.explain()
    names = {questions.package(e): e for e in questions.manifest.agents.values()}
    chosen = tuple(
        _chosen(offer, names.get(package), package, version)
        for package, version in solution.chosen.items()
    )
    bare = {name for name in wanting.asked if questions.manifest.agents[name].range.is_any}
    reasons = {_name(names, move.package): move.text for move in solution.moved if move.text}

    def is_told(note: Note) -> bool:
        return note.kind not in _AS_ASKED or (
            note.kind == "locked" and _name(names, note.package) in bare
        )

    def is_news(note: Note) -> bool:
        name = _name(names, note.package)
        shown = name in reasons and reasons[name] in note.text
        is_asked = name in wanting.named | bare
        return not shown and (note.kind not in _AS_REQUIRED or is_asked)

    told = [note for note in notes(solution.passed_over, partial(_summary, offer)) if is_told(note)]
    return Solved(
        chosen=chosen,
        from_lockfile=False,
        reasons={**reasons, **dict(_said_by_files(questions, wanting.known))},
        passed_over=tuple(note.text for note in told),
        refused=tuple(note.text for note in told if is_news(note)),
        warnings=(
            *offer.warnings,
            *(f"`{w.package.name}` {w.version} {w.text}" for w in solution.warnings),
        ),
    )


def choose(parts: Parts, sources: Sources, questions: Questions, wanting: Wanting) -> Choice:
    """The versions that `solve_manifest` would choose, where nothing comes of them.

    Raises:
        Unsolvable: there is no answer; the reasons are not looked for.
        AgentpmError: a registry cannot be read.
    """
    with parts.voice.progress("resolving"):
        offer, solution = _solution(parts, sources, questions, wanting)
    names = {questions.package(e): e for e in questions.manifest.agents.values()}
    versions = {_name(names, package): version for package, version in solution.chosen.items()}
    return Choice(versions, offer, solution)


def _summary(offer: Offer, passed: PassedOver) -> str | None:
    """What a release that was passed over shares with others that were, by no requirement's fault."""
    if passed.kind in _AS_ASKED or passed.kind in _AS_REQUIRED:
        return None
    return offer.summary(passed.package, passed.version)


def _said_by_files(
    questions: Questions, known: Mapping[AgentName, Locked]
) -> Iterator[tuple[AgentName, str]]:
    """Why an agent that comes from a file has another version now."""
    for name, file in questions.direct.items():
        before = known.get(name)
        if before is not None and before.version != file.release.version:
            yield name, "its file says so" if file.is_versioned else "its file states no version"


def _solution(
    parts: Parts, sources: Sources, questions: Questions, wanting: Wanting
) -> tuple[Offer, Solution]:
    """An answer; that there is none is believed after a look at what is new, and not before.

    Nor is one put together from two commits of an index. That is tried once more, and not for ever:
    what was read of either commit is in the later one. Neither is explained.
    """
    problem = _problem(questions, wanting)
    offer = _offer(parts, sources, questions, wanting)
    try:
        solution = solve(problem, offer)
        if not offer.has_moved():
            return offer, solution
    except failure.Unsolvable:
        if not _may_have_changed(parts, offer):
            raise
    offer = _offer(parts, sources, questions, wanting)
    return offer, solve(problem, offer)


def _offer(parts: Parts, sources: Sources, questions: Questions, wanting: Wanting) -> Offer:
    manifest, locked = questions.manifest, wanting.known.values()
    meant = wanting.asked | wanting.named
    origins = {questions.package(e): _origin(e, wanting) for e in manifest.agents.values()}
    lines = Lines(
        locate=questions.locate(),
        direct={item.release.id: item for item in questions.direct.values()},
        origins=origins,
        # Whoever asks for one by its name wants to know what is wrong with it.
        named={*origins, *(item.id for item in locked if item.name in meant)},
        locked={item.id: item.version for item in locked},
        kept=Kept(parts, (item for item in locked if item.name not in meant)),
    )
    rules = (manifest, Policy(project_layers(parts, manifest)), table())
    signatures = Signatures(sources, locked, parts.voice.note)
    age = ReleaseAge(manifest, sources, locked, parts.surroundings.now())
    return Offer(sources, lines, rules, (signatures, age))


def _may_have_changed(parts: Parts, offer: Offer) -> bool:
    """Whether registries had news; where one cannot be asked, the reasons that are known must do."""
    try:
        return offer.look_again()
    except AgentpmError as error:
        if error.exit_code is not ExitCode.FAILED:
            raise
        parts.voice.warn(f"nobody could look whether anything is new: {error.message}", error.hint)
        return False


def _problem(questions: Questions, wanting: Wanting) -> Problem:
    # A file is the one release that there is of it, whatever was locked before.
    files = {item.release.id for item in questions.direct.values()}
    locked = {x.id: x.version for x in wanting.known.values() if x.id not in files}
    moving = _moving(wanting)
    roots = []
    for entry in questions.manifest.agents.values():
        package = questions.package(entry)
        kept = locked.get(package)
        stays = kept is not None and moving is not None and package not in moving
        origin = _origin(entry, wanting)
        floor = kept if stays and kept is not None and kept in entry.range else None
        roots.append(Root(package, entry.range, origin, entry.name, floor))
    return Problem(
        roots=tuple(roots),
        locked=locked,
        moving=moving,
        strategy=Strategy.LOWEST if wanting.lowest else Strategy.NEWEST,
        dropped=frozenset(x.id for x in wanting.known.values() if x.name in wanting.dropped),
    )


def _origin(entry: AgentEntry, wanting: Wanting) -> str:
    """Who asks for an entry: the command line, or a line of the manifest."""
    if entry.where is None or entry.name in wanting.asked:
        return "the command line"
    return f"{entry.where.path}:{entry.where.line}"


def _moving(wanting: Wanting) -> frozenset[PackageId] | None:
    if wanting.moving is None:
        return frozenset()
    if not wanting.moving:
        return None
    return frozenset(wanting.known[name].id for name in wanting.moving if name in wanting.known)


def _name(names: Mapping[PackageId, AgentEntry], package: PackageId) -> AgentName:
    entry = names.get(package)
    return entry.name if entry is not None else package.name.agent


def _chosen(offer: Offer, entry: AgentEntry | None, package: PackageId, version: Version) -> Chosen:
    release = offer.release(package, version)
    is_path = package.source.startswith("path+")
    git = entry.git if entry is not None else None
    locked = Locked(
        name=entry.name if entry is not None else package.name.agent,
        package=package.name,
        version=version,
        source=locked_source(package.source),
        checksum=None if is_path else release.checksum,
        size=None if is_path else release.size,
        signer=offer.signer(release),
        requirement=entry.range if entry is not None else None,
        dependencies=release.dependencies,
        needs_agentpm=_shipped_since(release) if package.source == SHIPPED else None,
        rev=git.rev if git is not None else None,
        file=git.file if git is not None else None,
    )
    return Chosen(locked, release)


def _shipped_since(release: Release) -> str | None:
    since = (release.provenance or {}).get("agentpm")
    return since if isinstance(since, str) else None


_AS_ASKED = frozenset({"locked", "lowest", "prerelease"})
_AS_REQUIRED = frozenset({EXCLUDED, NEEDS})
