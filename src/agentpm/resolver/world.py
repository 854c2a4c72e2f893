"""The world as the search comes to know it: packages, loaded when they are first visited."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from agentpm.model.name import PackageName
from agentpm.model.release import PackageId, Requirement
from agentpm.model.version import Range
from agentpm.resolver.clause import (
    Asked,
    Clash,
    Clause,
    Edge,
    Fact,
    Kept,
    Unknown,
    Unusable,
)
from agentpm.resolver.engine import Engine
from agentpm.resolver.needs import Needs
from agentpm.resolver.problem import (
    ITSELF,
    YANKED,
    Catalog,
    Package,
    Problem,
    Root,
    Unavailable,
    root_order,
)
from agentpm.resolver.shelf import Shelf

Ask = tuple[int, int, Edge]
"""What a release asks: a package, the releases of it that would do, the edge that says so."""

Prefetch = Callable[[Sequence[PackageId]], None]

_NOTHING: Mapping[PackageId, Package] = {}

_by_package = attrgetter("package")


class World:
    """Shelves by index, with the engine that knows what is true of them.

    `is_mover` says of each package whether it is new in the project or asked to move by name,
    `is_stayer` whether it should stay at its `locked` release (empty where there is none), `excused`
    is that release where it is yanked, and usable only because it is locked.

    Loading a package states what the project asks of it, and that it cannot stand beside another of
    the same name. That a release is unavailable is stated when it comes into question. `known` is what
    the catalog was asked for before.
    """

    def __init__(
        self, problem: Problem, catalog: Catalog, known: Mapping[PackageId, Package] = _NOTHING
    ) -> None:
        self.problem = problem
        self.engine = Engine()
        self._needs = Needs()
        self.shelves = self._needs.shelves
        self.index: dict[PackageId, int] = {}
        self.roots: dict[PackageId, list[Root]] = {}
        for root in sorted(problem.roots, key=root_order):
            self.roots.setdefault(root.package, []).append(root)
        self.is_mover: list[bool] = []
        self.is_stayer: list[bool] = []
        self.locked: list[int] = []
        self.excused: list[int] = []
        self._catalog = catalog
        self._known = known
        # Not by `isinstance(catalog, BatchCatalog)`, which takes as long as visiting a package.
        self._prefetch: Prefetch | None = getattr(catalog, "prefetch", None)
        self._named: dict[str, list[int]] = {}
        self._names_of: list[Sequence[str]] = []
        self._judged: list[int] = []
        self._asks: list[dict[int, tuple[Ask, ...]]] = []
        self._edges: list[dict[int, Edge]] = []
        self._meant = self._needs.meant

    def visit(self, packages: Iterable[PackageId]) -> None:
        """Load those of `packages` that are not loaded yet."""
        unseen = [package for package in packages if package not in self.index]
        if len(unseen) > 1:
            unseen = list(dict.fromkeys(unseen))
        if unseen and self._prefetch is not None:
            unknown = [package for package in unseen if package not in self._known]
            if unknown:
                self._prefetch(unknown)
        for package in unseen:
            self._load(package)

    # -- what releases ask --------------------------------------------------------------------

    def settled(self, package: int) -> tuple[Ask, ...]:
        """What a package asks that has come down to one release; nothing if that is unavailable."""
        release = self.engine.domain[package]
        position = release.bit_length() - 1
        if not self._judged[package] & release and self.bars(package, position):
            return ()
        known = self._asks[package].get(position)
        return self.asks(package, position) if known is None else known

    def bars(self, package: int, position: int) -> bool:
        """Whether a release turns out to be unavailable, which is then stated as a fact."""
        bit = 1 << position
        if self._judged[package] & bit:
            return False
        self._judged[package] |= bit
        # Being locked excuses a yank, and nothing else.
        judge = self._contradiction if bit == self.excused[package] else self.why_not
        reason = judge(package, position)
        if reason is None:
            return False
        self._fact(package, bit, Unusable(reason))
        return True

    def why_not(self, package: int, position: int) -> Unavailable | None:
        """Why a release cannot be taken, whatever else is."""
        reason = self.shelves[package].candidates[position].unavailable
        return reason or self._contradiction(package, position)

    def _contradiction(self, package: int, position: int) -> Unavailable | None:
        """Why a release rules itself out, if it does: by needing another release of its package."""
        shelf = self.shelves[package]
        requirements = shelf.candidates[position].dependencies
        if shelf.id.name not in map(_by_package, requirements):
            return None
        found = [
            # What lies in the range is left out for being a pre-release, which the range names none of.
            (bool(shelf.within(each.range) >> position & 1), str(each))
            for each in requirements
            if self._is_itself(shelf, each) and not shelf.accepts(each.range) >> position & 1
        ]
        if not found:
            return None
        is_unnamed, wanted = min(found)
        lacks = "takes no pre-release like itself" if is_unnamed else "is another release of itself"
        return Unavailable(ITSELF, f"needs `{wanted}`, which {lacks}")

    def _is_itself(self, shelf: Shelf, requirement: Requirement) -> bool:
        same = requirement.package == shelf.id.name
        return same and self._catalog.locate(shelf.id, requirement) == shelf.id

    def asks(self, package: int, position: int) -> tuple[Ask, ...]:
        """What one release asks, in the order of names; the packages it names get loaded."""
        known = self._asks[package].get(position)
        if known is None:
            known = self._asks[package][position] = self._read(package, position)
        return known

    def known_asks(self, package: int, position: int) -> tuple[Ask, ...]:
        """What one release asks; nothing where that would take a look at packages never visited."""
        shelf = self.shelves[package]
        if position not in self._asks[package] and not all(
            self._catalog.locate(shelf.id, each) in self.index
            for each in shelf.candidates[position].dependencies
        ):
            return ()
        return self.asks(package, position)

    def _read(self, package: int, position: int) -> tuple[Ask, ...]:
        shelves, edges = self.shelves, self._edges[package]
        shelf = shelves[package]
        requirements: Sequence[Requirement] = shelf.candidates[position].dependencies
        if not requirements:
            return ()
        if len(requirements) > 1:
            requirements = sorted(requirements, key=_by_package)
        meant = self._meanings(shelf.id, requirements)
        asks: dict[int, Ask] = {}
        groups = self._needs.groups
        for requirement in requirements:
            dependency = meant[requirement.package]
            if dependency == package:
                # A release goes with itself, or is unavailable: `_contradiction`.
                continue
            accepted = shelves[dependency].accepts(requirement.range)
            if dependency in asks:
                accepted &= asks[dependency][1]
            edge = edges.get(dependency)
            if edge is None:
                edge = edges[dependency] = Edge(package, dependency, groups)
            asks[dependency] = (dependency, accepted, edge)
        return tuple(asks.values())

    def _meanings(
        self, dependent: PackageId, requirements: Sequence[Requirement]
    ) -> Mapping[PackageName, int]:
        """The packages that names mean in one source, at least the names in `requirements`."""
        meant = self._meant[dependent.source]
        unknown = [each for each in requirements if each.package not in meant]
        if unknown:
            located = [self._catalog.locate(dependent, each) for each in unknown]
            self.visit(located)
            for requirement, package in zip(unknown, located, strict=True):
                meant[requirement.package] = self.index[package]
        return meant

    def ranges(self, package: int, position: int, dependency: int) -> tuple[Range, ...]:
        """The ranges in which one release asks for a dependency; none where it does not."""
        return self._needs.ranges(package, position, dependency)

    def namesakes(self, package: int) -> Iterator[tuple[str, int]]:
        """The packages that a package cannot stand beside, with the name that they share."""
        for name in self._names_of[package]:
            yield from ((name, other) for other in self._named[name] if other != package)

    # -- loading ------------------------------------------------------------------------------

    def _load(self, package: PackageId) -> None:
        roots = self.roots.get(package, ())
        found = self._known.get(package) or self._catalog.releases(package)
        shelf = Shelf(found, package, opened=False)
        if roots and shelf.prereleases:
            shelf.opened = any(root.range.names_prerelease for root in roots)
        index = self.engine.add_package(shelf.every, shelf.absent)
        self.index[package] = index
        self.shelves.append(shelf)
        self._judged.append(0)
        self._asks.append({})
        self._edges.append({})
        self._wish(shelf, is_root=bool(roots))
        if not shelf.candidates:
            self._fact(index, shelf.present, Unknown(shelf.package.missing))
        for root in roots:
            self._fact(index, shelf.every & ~shelf.accepts(root.range), Asked(root))
            if root.keep_at_least is not None:
                self._fact(index, shelf.below(root.keep_at_least), Kept(root))
        self._call(index, shelf, roots)

    def _wish(self, shelf: Shelf, *, is_root: bool) -> None:
        """Work out what is wished of a package."""
        problem, moving = self.problem, self.problem.moving
        locked = problem.locked.get(shelf.id) if problem.locked else None
        named = bool(moving) and moving is not None and shelf.id in moving
        stays = locked is not None and moving is not None and not named
        self.is_mover.append(named or (is_root and not stays))
        self.is_stayer.append(stays)
        bit = shelf.bit(locked) if locked is not None else 0
        reason = shelf.candidates[bit.bit_length() - 1].unavailable if bit else None
        self.locked.append(bit)
        self.excused.append(bit if reason is not None and reason.kind == YANKED else 0)

    def _fact(self, index: int, excluded: int, cause: Fact) -> None:
        if excluded:
            self.engine.add_fact(index, Clause({index: excluded}, cause))

    def _call(self, index: int, shelf: Shelf, roots: Sequence[Root]) -> None:
        """Note by which names a package goes, and that no other goes by them beside it."""
        names = sorted({root.name for root in roots if root.name is not None}) if roots else ()
        self._names_of.append(names or (shelf.id.name.rpartition("/")[2],))
        for name in self._names_of[index]:
            others = self._named.setdefault(name, [])
            for other in others:
                terms = {other: self.shelves[other].present, index: shelf.present}
                self.engine.add_clause(Clause(terms, Clash(name)))
            others.append(index)
