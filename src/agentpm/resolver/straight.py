"""The answer where nobody is in anybody's way: each package at its newest release.

Most projects are like that. Where the newest releases of all packages that come into play can be
taken, and each lies in every range in which one of the others or the project asks for it, they are
the answer to every wish at once, so that the search would find nothing else: a search can only be
led away from a release by something that does not go with it. What is not as simple as that is left
to the search, whatever it is (`docs/design/resolver.md`): also which of two equal versions, `1.0` and
`1.0.0`, is the newest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from agentpm.model.release import PackageId, Requirement
from agentpm.model.version import Range, Version
from agentpm.resolver.ladder import Ladder, ladder_of
from agentpm.resolver.problem import Catalog, Offered, Package, Problem, Root, Strategy
from agentpm.resolver.solution import Move, PassedOver, Solution, Warned


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
    way = _Way(catalog, known)
    try:
        way.go(problem.roots)
    except Winding:
        return None
    order = sorted(way.tops, key=_by_name)
    return Solution({package: way.tops[package] for package in order}, _Straight(way.needs, order))


def _by_name(package: PackageId) -> tuple[str, str]:
    return package.name, package.source


class _Way:
    """The way from the roots: the newest version of each package in `tops`, and what it `needs`."""

    def __init__(self, catalog: Catalog, known: dict[PackageId, Package]) -> None:
        self.tops: dict[PackageId, Version] = {}
        self.needs: dict[PackageId, tuple[PackageId, ...]] = {}
        self._catalog = catalog
        self._known = known
        self._prefetch = getattr(catalog, "prefetch", None)
        self._ladders: dict[PackageId, Ladder] = {}
        self._names: set[str] = set()
        self._places: dict[tuple[str, str], PackageId] = {}

    def go(self, roots: Sequence[Root]) -> None:
        """Take the newest release of everything that is needed.

        Raises:
            Winding: one of them cannot be taken, or does not go with another.
        """
        names: dict[PackageId, set[str]] = {}
        for root in roots:
            own = names.setdefault(root.package, set())
            if root.name is not None:
                own.add(root.name)
        asked: Iterable[tuple[PackageId, Range]] = [(root.package, root.range) for root in roots]
        new: Sequence[PackageId] = list(names)
        while new:
            self._read(new)
            found = [(package, self._newest(package, names.get(package))) for package in new]
            self._check(asked)
            asked = [each for package, top in found for each in self._asks(package, top)]
            self._check([each for each in asked if each[0] in self.tops])
            asked = [each for each in asked if each[0] not in self.tops]
            new = list(dict.fromkeys([package for package, _ in asked]))

    def _read(self, packages: Sequence[PackageId]) -> None:
        """Ask the catalog for packages: for all that it was told of, whatever is found in the first."""
        if self._prefetch is not None:
            self._prefetch(packages)
        for package in packages:
            self._known[package] = self._catalog.releases(package)

    def _newest(self, package: PackageId, names: set[str] | None) -> Offered:
        """The newest release of a package, which nothing of it forbids to take."""
        found = self._known[package]
        candidates = found.candidates
        if not candidates:
            raise Winding
        versions = found.versions or [each.version for each in candidates]
        ladder = self._ladders[package] = ladder_of(tuple(versions))
        if ladder.has_twins:
            raise Winding
        top = candidates[-1 if ladder.places is None else ladder.places[-1]]
        if ladder.prereleases & ladder.absent >> 1 or top.unavailable is not None:
            raise Winding
        self.tops[package] = top.version
        self._call(names or (package.name.rpartition("/")[2],))
        return top

    def _call(self, names: Iterable[str]) -> None:
        """Note by which names a package goes, which no other may go by."""
        for name in names:
            if name in self._names:
                raise Winding
            self._names.add(name)

    def _asks(self, package: PackageId, top: Offered) -> Iterator[tuple[PackageId, Range]]:
        """What a release asks for, in the order of names."""
        requirements: Sequence[Requirement] = top.dependencies
        if len(requirements) > 1:
            requirements = sorted(requirements, key=_by_package)
        asks = [(self._meant(package, each), each.range) for each in requirements]
        needs = self.needs[package] = tuple(dict.fromkeys([each for each, _ in asks]))
        if package in needs:
            raise Winding
        return iter(asks)

    def _meant(self, dependent: PackageId, requirement: Requirement) -> PackageId:
        """Which package a requirement means, asked once in each source."""
        place = dependent.source, requirement.package
        meant = self._places.get(place)
        if meant is None:
            meant = self._places[place] = self._catalog.locate(dependent, requirement)
        return meant

    def _check(self, asked: Iterable[tuple[PackageId, Range]]) -> None:
        """Make sure that the newest releases are accepted by all that was asked for."""
        for package, wanted in asked:
            ladder = self._ladders[package]
            accepted = ladder.within(wanted)
            if accepted is None or not accepted & ladder.absent >> 1:
                raise Winding


def _by_package(requirement: Requirement) -> str:
    return requirement.package


class _Straight:
    """What there is to tell of such an answer: nothing was passed over, nothing moved."""

    def __init__(
        self, needs: Mapping[PackageId, tuple[PackageId, ...]], order: Sequence[PackageId]
    ) -> None:
        self._needs = needs
        self._order = order

    @property
    def dependencies(self) -> Mapping[PackageId, tuple[PackageId, ...]]:
        """The packages that each one's requirements mean."""
        return {package: self._needs[package] for package in self._order}

    @property
    def passed_over(self) -> tuple[PassedOver, ...]:
        """No release is newer than the newest."""
        return ()

    @property
    def moved(self) -> tuple[Move, ...]:
        """Nothing was locked."""
        return ()

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """Nothing that was locked is yanked."""
        return ()
