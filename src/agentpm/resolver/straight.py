"""The answer where nobody is in anybody's way: each package at the newest release that is asked for.

Most projects are like that. Where the newest release of each package that comes into play, of those
in the ranges of the manifest, can be taken, and lies in every range in which one of the others asks
for it, they are the answer to every wish at once, so that the search would find nothing else: a search
can only be led away from a release by something that does not go with it. What is not as simple as
that is left to the search, whatever it is (`docs/design/resolver.md`): also which of two equal
versions, `1.0` and `1.0.0`, is the newest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter

from agentpm.model.name import PackageName
from agentpm.model.release import PackageId, Requirement
from agentpm.model.version import Range, Version
from agentpm.resolver.ladder import Ladder, ladder_of
from agentpm.resolver.problem import (
    Catalog,
    Offered,
    Package,
    Problem,
    Root,
    Strategy,
    by_package,
    names_of,
)
from agentpm.resolver.solution import EXCLUDED, Move, PassedOver, Solution, Warned
from agentpm.resolver.wording import asking, unfitting

_by_package = attrgetter("package")


class Winding(Exception):
    """Something has to be searched for."""


def straight(
    problem: Problem, catalog: Catalog, known: dict[PackageId, Package]
) -> Solution | None:
    """The solution in which every release is the newest; None where that is not the answer.

    What the catalog was asked for on the way is put into `known`.
    """
    if problem.locked or problem.strategy is Strategy.LOWEST:
        return None
    if any(root.keep_at_least is not None for root in problem.roots):
        return None
    way = _Way(problem.roots, catalog, known)
    try:
        way.go()
    except Winding:
        return None
    order = sorted(way.tops, key=_by_name)
    return Solution({package: way.tops[package] for package in order}, _Straight(way, order))


def _by_name(package: PackageId) -> tuple[str, str]:
    return package.name, package.source


class _Way:
    """The way from the `roots`.

    `tops` has the version of each package that is the newest, `needs` what it needs; `ladders` the
    ladders of the packages, `places` where on them these versions are.
    """

    def __init__(
        self, roots: Sequence[Root], catalog: Catalog, known: dict[PackageId, Package]
    ) -> None:
        self.roots = by_package(roots)
        self.tops: dict[PackageId, Version] = {}
        self.needs: dict[PackageId, tuple[PackageId, ...]] = {}
        self.ladders: dict[PackageId, Ladder] = {}
        self.places: dict[PackageId, int] = {}
        self._catalog = catalog
        self._known = known
        self._prefetch = getattr(catalog, "prefetch", None)
        self._names: set[str] = set()
        self._means: defaultdict[str, dict[PackageName, PackageId]] = defaultdict(dict)
        self._ladders: dict[int, Ladder] = {}

    def go(self) -> None:
        """Take the newest release of everything that is needed.

        Raises:
            Winding: one of them cannot be taken, or does not go with another.
        """
        new: Sequence[PackageId] = list(self.roots)
        late: list[tuple[PackageId, Range]] = []
        while new:
            self._read(new)
            found = [(package, self._newest(package)) for package in new]
            if not all(self._fits(package, wanted) for package, wanted in late):
                raise Winding
            late = []
            for package, top in found:
                late += self._asks(package, top)
            new = list(dict.fromkeys([package for package, _ in late]))

    def _read(self, packages: Sequence[PackageId]) -> None:
        """Ask the catalog for packages: for all that it was told of, whatever is found in the first."""
        if self._prefetch is not None:
            self._prefetch(packages)
        for package in packages:
            self._known[package] = self._catalog.releases(package)

    def _newest(self, package: PackageId) -> Offered:
        """The newest release that the project asks for of a package, where nothing forbids to take it."""
        found, roots = self._known[package], self.roots.get(package, ())
        if not found.candidates:
            raise Winding
        ladder = self.ladders[package] = self._ladder(found)
        place = self._place(ladder, roots)
        top = self._offered(package, place)
        if top.unavailable is not None:
            raise Winding
        self.tops[package], self.places[package] = top.version, place
        self._call(package, roots)
        return top

    def version(self, package: PackageId, place: int) -> Version:
        """The version at a place of a package's ladder."""
        return self._offered(package, place).version

    def _offered(self, package: PackageId, place: int) -> Offered:
        ladder = self.ladders[package]
        at = place if ladder.places is None else ladder.places[place]
        return self._known[package].candidates[at]

    def _ladder(self, found: Package) -> Ladder:
        versions = found.versions
        if not versions:
            return ladder_of(tuple([each.version for each in found.candidates]))
        # A catalog may have one tuple for all packages with the same versions, which is then known
        # without comparing them. `known` keeps it, so that its id is no other's.
        ladder = self._ladders.get(id(versions))
        if ladder is None:
            ladder = self._ladders[id(versions)] = ladder_of(tuple(versions))
        return ladder

    def _place(self, ladder: Ladder, roots: Sequence[Root]) -> int:
        """Where on its ladder the newest version is that the project asks for."""
        mask = ladder.present
        for root in roots:
            mask &= ladder.within(root.range) or 0
        place = mask.bit_length() - 1
        if not mask or ladder.has_twins or ladder.prereleases >> place & 1:
            raise Winding
        return place

    def _call(self, package: PackageId, roots: Sequence[Root]) -> None:
        """Note by which names a package goes, which no other may go by."""
        for name in names_of(package, roots):
            if name in self._names:
                raise Winding
            self._names.add(name)

    def _asks(self, package: PackageId, top: Offered) -> list[tuple[PackageId, Range]]:
        """What a release asks for of packages that are not known yet, in the order of names.

        Raises:
            Winding: it asks for another release of one that is, or for itself.
        """
        requirements: Sequence[Requirement] = top.dependencies
        if len(requirements) > 1:
            requirements = sorted(requirements, key=_by_package)
        meanings = self._means[package.source]
        late = []
        needs: dict[PackageId, None] = {}
        for each in requirements:
            meant = meanings.get(each.package)
            if meant is None:
                # A name means the same in all packages of one source.
                meant = meanings[each.package] = self._catalog.locate(package, each)
            needs[meant] = None
            if meant not in self.places:
                late.append((meant, each.range))
            elif meant == package or not self._fits(meant, each.range):
                raise Winding
        self.needs[package] = tuple(needs)
        return late

    def _fits(self, package: PackageId, wanted: Range) -> bool:
        """Whether the newest release of a package lies in a range."""
        within = self.ladders[package].within(wanted) or 0
        return bool(within >> self.places[package] & 1)


class _Straight:
    """What there is to tell of such an answer: lines of the manifest leave out what is newer."""

    def __init__(self, way: _Way, order: Sequence[PackageId]) -> None:
        self._way = way
        self._order = order

    @property
    def dependencies(self) -> Mapping[PackageId, tuple[PackageId, ...]]:
        """The packages that each one's requirements mean."""
        return {package: self._way.needs[package] for package in self._order}

    @property
    def passed_over(self) -> tuple[PassedOver, ...]:
        """The releases that are newer than what the project asks for."""
        asked = [package for package in self._order if package in self._way.roots]
        return tuple(line for package in asked for line in self._newer(package))

    def _newer(self, package: PackageId) -> Iterator[PassedOver]:
        way, ladder = self._way, self._way.ladders[package]
        newer = ladder.present >> way.places[package] + 1 << way.places[package] + 1
        for place in reversed(list(ladder.positions(newer))):
            outside = next(
                root
                for root in way.roots[package]
                if not (ladder.within(root.range) or 0) >> place & 1
            )
            why = unfitting(asking(outside), package.name, outside.range)
            yield PassedOver(package, way.version(package, place), EXCLUDED, why)

    @property
    def moved(self) -> tuple[Move, ...]:
        """Nothing was locked."""
        return ()

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """Nothing that was locked is yanked."""
        return ()
