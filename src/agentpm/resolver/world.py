"""The world as the search comes to know it: packages, loaded when they are first visited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter

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
    by_package,
    names_of,
)
from agentpm.resolver.shelf import Shelf

Ask = tuple[int, int, Edge]
"""What a release asks: a package, the releases of it that would do, the edge that says so."""

Prefetch = Callable[[Sequence[PackageId]], None]

_by_package = attrgetter("package")


class World:
    """Shelves by index, with the engine that knows what is true of them.

    `moving` are the packages that are new in the project or asked to move, by name or all of them;
    `staying` those that should stay at their `locked` release, where that is still there. `excused`
    is that release of a package where it is yanked, and usable only because it is locked.

    Loading a package states what the project asks of it, and that it cannot stand beside another of
    the same name. That a release is unavailable is stated when it comes into question. `known` is what
    the catalog was asked for before, and gets what it is asked for here ahead of time.
    """

    def __init__(
        self, problem: Problem, catalog: Catalog, known: dict[PackageId, Package] | None = None
    ) -> None:
        self.problem = problem
        self.engine = Engine()
        self._needs = Needs()
        self.shelves = self._needs.shelves
        self.index: dict[PackageId, int] = {}
        self.roots = by_package(problem.roots)
        # Whether more is wished than that what the project asks for is new.
        self._is_wished = bool(problem.locked or problem.moving)
        self.moving: set[int] = set()
        self.staying: set[int] = set()
        self.locked: dict[int, int] = {}
        self.excused: dict[int, int] = {}
        self._catalog = catalog
        self._known = {} if known is None else known
        # Not by `isinstance(catalog, BatchCatalog)`, which takes as long as visiting a package.
        self._prefetch: Prefetch | None = getattr(catalog, "prefetch", None)
        self._named: dict[str, int] = {}
        self._sharing: dict[str, list[int]] = {}
        self._judged: set[tuple[int, int]] = set()
        self._asks: dict[tuple[int, int], tuple[Ask, ...]] = {}
        self._edges: defaultdict[int, dict[int, Edge]] = defaultdict(dict)
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
            # All that was announced, before something about the first of it ends the search.
            for package in unknown:
                self._known[package] = self._catalog.releases(package)
        for package in unseen:
            self._load(package)

    # -- what releases ask --------------------------------------------------------------------

    def settled(self, package: int) -> tuple[Ask, ...]:
        """What a package asks that has come down to one release; nothing if that is unavailable."""
        release = self.engine.domain[package]
        position = release.bit_length() - 1
        known = self._asks.get((package, position))
        if known is not None:
            return known
        return () if self.bars(package, position) else self.asks(package, position)

    def bars(self, package: int, position: int) -> bool:
        """Whether a release turns out to be unavailable, which is then stated as a fact."""
        if (package, position) in self._judged:
            return False
        self._judged.add((package, position))
        shelf = self.shelves[package]
        # Being locked excuses a yank, and nothing else.
        is_excused = package in self.excused and self.excused[package] == 1 << position
        reason = None if is_excused else shelf.candidates[position].unavailable
        reason = reason or self._contradiction(shelf, position)
        if reason is None:
            return False
        self._fact(package, 1 << position, Unusable(reason))
        return True

    def why_not(self, package: int, position: int) -> Unavailable | None:
        """Why a release cannot be taken, whatever else is."""
        shelf = self.shelves[package]
        return shelf.candidates[position].unavailable or self._contradiction(shelf, position)

    def _contradiction(self, shelf: Shelf, position: int) -> Unavailable | None:
        """Why a release rules itself out, if it does: by needing another release of its package."""
        requirements = shelf.candidates[position].dependencies
        if not requirements or shelf.id.name not in map(_by_package, requirements):
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
        known = self._asks.get((package, position))
        if known is None:
            known = self._asks[package, position] = self._read(package, position)
        return known

    def known_asks(self, package: int, position: int) -> tuple[Ask, ...]:
        """What one release asks; nothing where that would take a look at packages never visited."""
        shelf = self.shelves[package]
        if (package, position) not in self._asks and not all(
            self._catalog.locate(shelf.id, each) in self.index
            for each in shelf.candidates[position].dependencies
        ):
            return ()
        return self.asks(package, position)

    def _read(self, package: int, position: int) -> tuple[Ask, ...]:
        shelves = self.shelves
        shelf = shelves[package]
        requirements: Sequence[Requirement] = shelf.candidates[position].dependencies
        if not requirements:
            return ()
        if len(requirements) > 1:
            requirements = sorted(requirements, key=_by_package)
        meant = self._meant[shelf.id.source]
        unknown = [each for each in requirements if each.package not in meant]
        if unknown:
            self._meet(shelf.id, unknown)
        edges, groups = self._edges[package], self._needs.groups
        asks: dict[int, Ask] = {}
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

    def _meet(self, dependent: PackageId, requirements: Sequence[Requirement]) -> None:
        """Load the packages that names mean in one source."""
        meant = self._meant[dependent.source]
        located = [self._catalog.locate(dependent, each) for each in requirements]
        self.visit(located)
        for requirement, package in zip(requirements, located, strict=True):
            meant[requirement.package] = self.index[package]

    def ranges(self, package: int, position: int, dependency: int) -> tuple[Range, ...]:
        """The ranges in which one release asks for a dependency; none where it does not."""
        return self._needs.ranges(package, position, dependency)

    def namesakes(self, package: int) -> Iterator[tuple[str, int]]:
        """The packages that a package cannot stand beside, with the name that they share."""
        own = self.shelves[package].id
        for name in names_of(own, self.roots.get(own, ())):
            sharing = self._sharing.get(name, ())
            yield from ((name, other) for other in sharing if other != package)

    # -- loading ------------------------------------------------------------------------------

    def _load(self, package: PackageId) -> None:
        roots = self.roots.get(package, ())
        shelf = Shelf(self._known.get(package) or self._catalog.releases(package), package)
        if roots and shelf.prereleases:
            shelf.opened = any(root.range.names_prerelease for root in roots)
        index = self.index[package] = self.engine.add_package(shelf.every, shelf.absent)
        self.shelves.append(shelf)
        if roots or self._is_wished:
            self._wish(index, shelf, is_root=bool(roots))
        if not shelf.candidates:
            self._fact(index, shelf.present, Unknown(shelf.package.missing))
        for root in roots:
            self._fact(index, shelf.every & ~shelf.accepts(root.range), Asked(root))
            if root.keep_at_least is not None:
                self._fact(index, shelf.below(root.keep_at_least), Kept(root))
        self._call(index, shelf, roots)

    def _wish(self, index: int, shelf: Shelf, *, is_root: bool) -> None:
        """Work out what is wished of a package."""
        moving, locked = self.problem.moving, self.problem.locked
        named = bool(moving) and moving is not None and shelf.id in moving
        stays = bool(locked) and moving is not None and not named and shelf.id in locked
        if stays:
            self.staying.add(index)
        if named or (is_root and not stays):
            self.moving.add(index)
        bit = shelf.bit(locked[shelf.id]) if locked and shelf.id in locked else 0
        if bit:
            self.locked[index] = bit
            reason = shelf.candidates[bit.bit_length() - 1].unavailable
            if reason is not None and reason.kind == YANKED:
                self.excused[index] = bit

    def _fact(self, index: int, excluded: int, cause: Fact) -> None:
        if excluded:
            self.engine.add_fact(index, Clause({index: excluded}, cause))

    def _call(self, index: int, shelf: Shelf, roots: Sequence[Root]) -> None:
        """Note by which names a package goes, and that no other goes by them beside it."""
        for name in names_of(shelf.id, roots):
            first = self._named.setdefault(name, index)
            if first == index:
                continue
            sharing = self._sharing.setdefault(name, [first])
            for other in sharing:
                terms = {other: self.shelves[other].present, index: shelf.present}
                self.engine.add_clause(Clause(terms, Clash(name)))
            sharing.append(index)
