"""The question put to the resolver, with the protocol through which it sees the world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Protocol, runtime_checkable

from agentpm.model.name import AgentName
from agentpm.model.release import PackageId, Requirement
from agentpm.model.version import ANY, Range, Version
from agentpm.values import dataclass, field

YANKED = "yanked"
"""The kind of `Unavailable` that a lockfile overrules: who has the release keeps it."""

FORBIDDEN = "forbidden"
"""The kind of `Unavailable` that a policy states: it turns a failure into a refusal."""

ITSELF = "itself"
"""The kind of `Unavailable` of a release that needs another release of its own package."""

DEFAULT_BOUND = 10_000_000
"""How much work a search may do before it gives up: a few seconds of it.

Five thousand agents out of ten thousand take a hundredth of that.
"""


class Strategy(Enum):
    """Which release of several that fit."""

    NEWEST = "newest"
    LOWEST = "lowest"


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why a release that exists cannot be taken.

    `kind` is a stable word (`yanked`, `forbidden`, `target`, `too-young`, `unsigned`, `removed`, ...).
    `text` goes on after the release's name: `is yanked: it deletes files`, `has a shell, which
    agentpm.toml:9 does not allow`. `hint` is a command or an edit that makes it available, and every
    release of the package with it that has the same one. `summary` is for many releases whose texts
    differ in their data alone, such as a date: what all of them can say at once. Releases that share
    it, or else their text, are told of as one, even where each has another hint.
    """

    kind: str
    text: str
    hint: str | None = None
    summary: str | None = None

    @property
    def shared(self) -> str:
        """What a release says with all others of its package that are unavailable for its reason."""
        return self.summary or self.text


class Offered(Protocol):
    """One release of a package, as far as the resolver asks.

    It asks every release for its `version`, and for the rest only those that come into question, so
    a catalog may work that out when it is asked. It must not change between two questions.
    """

    @property
    def version(self) -> Version:
        """The release's version."""
        ...

    @property
    def dependencies(self) -> tuple[Requirement, ...]:
        """What it needs."""
        ...

    @property
    def unavailable(self) -> Unavailable | None:
        """Why it cannot be taken, if it cannot."""
        ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """One release of which everything is known."""

    version: Version
    dependencies: tuple[Requirement, ...] = ()
    unavailable: Unavailable | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no such package.

    `text` goes on after the package's name: `is not in the shipped registry`. `near` are names that
    were probably meant. `hint` is what helps where it is not a spelling: `write registry =
    "acme"`. `kind` is that of the releases that are passed over for needing it.
    """

    text: str
    near: tuple[str, ...] = ()
    hint: str | None = None
    kind: str = "needs"


@dataclass(frozen=True, slots=True, eq=False)
class Package:
    """All that a catalog knows of one package: its candidates in any order, or why it is missing.

    `label` goes on after `but`, and says what the package is where that is not what its name leads
    one to expect: `that is the file agents/x.md, version 1.0.0`, or `agentpm.toml:3 takes that from
    beta` for agents of another registry that need the package. `registry` is what its registry is
    called, None where it is in none; `option` is what a command needs behind the package's name to
    mean this one: ` --registry acme`. `versions` are those of the candidates, in their order, where
    they are known without making each of these.
    """

    id: PackageId
    candidates: Sequence[Offered] = ()
    missing: Missing | None = None
    label: str | None = None
    registry: str | None = None
    option: str = ""
    versions: Sequence[Version] | None = None


class Catalog(Protocol):
    """The world, as far as the resolver asks."""

    def releases(self, package: PackageId) -> Package:
        """Everything about `package`; asked once for each package that the search visits."""
        ...

    def locate(self, dependent: PackageId, requirement: Requirement) -> PackageId:
        """Which package a dependency of `dependent` means: its name, in the right source.

        A name means the same in all packages of one source, so it need not be asked for each.
        """
        ...


@runtime_checkable
class BatchCatalog(Protocol):
    """A catalog that can be told beforehand what it will be asked for, to fetch it in one go."""

    def prefetch(self, packages: Sequence[PackageId]) -> None:
        """The next calls of `releases` will be for `packages`, which were never asked for before."""
        ...


@dataclass(frozen=True, slots=True)
class Root:
    """Something that the project itself asks for.

    `origin` names the place that asks, for people: `agentpm.toml:7` or `the command line`. `name` is
    what the agent is installed as, the package's own name where it is None. `keep_at_least` is the
    locked version below which this agent must not fall (`docs/adr/0004-never-lower-silently.md`).
    """

    package: PackageId
    range: Range = ANY
    origin: str = "agentpm.toml"
    name: AgentName | None = None
    keep_at_least: Version | None = None


def _order(root: Root) -> tuple[str, str, str, str]:
    return root.package.name, root.package.source, root.range.text, root.origin


def by_package(roots: Iterable[Root]) -> dict[PackageId, list[Root]]:
    """What the project asks for of each package, in one order wherever it was written."""
    found: dict[PackageId, list[Root]] = {}
    for root in sorted(roots, key=_order):
        found.setdefault(root.package, []).append(root)
    return found


def names_of(package: PackageId, roots: Sequence[Root]) -> Sequence[str]:
    """The names that a package goes by: those that `roots`, its own, give it, or else its own.

    No two packages of an answer share one.
    """
    given = sorted({root.name for root in roots if root.name is not None}) if roots else ()
    if given:
        return given
    # What is cut out of a name is another text, and takes as long as all else here.
    return (package.name.agent if "/" in package.name else package.name,)


@dataclass(frozen=True, slots=True)
class Problem:
    """A whole question.

    `locked` is what the lockfile has, also of agents that are asked to move. `moving` are the
    packages that are asked to move, None for all of them; every other locked one stays where it
    can. A root without a lock is new, and moves. `bound` limits the work (`Engine.work`). `dropped`
    is what the project asked for until now: it decides nothing, and hints know of it.
    """

    roots: tuple[Root, ...]
    locked: Mapping[PackageId, Version] = field(default_factory=dict)
    moving: frozenset[PackageId] | None = frozenset()
    strategy: Strategy = Strategy.NEWEST
    bound: int = DEFAULT_BOUND
    dropped: frozenset[PackageId] = frozenset()
