"""A catalog that is asked for each package once, however often the resolver tries again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from agentpm.model.release import PackageId, Requirement
from agentpm.resolver.problem import BatchCatalog, Catalog, Offered, Package, Unavailable
from agentpm.values import replace

Excuse = Callable[[PackageId, Offered], bool]
"""Whether a candidate of a package shall count as available."""


class _Excused:
    """A candidate that is available where it is excused."""

    __slots__ = ("_candidate", "_excuse", "_package", "version")

    def __init__(self, package: PackageId, candidate: Offered, excuse: Excuse) -> None:
        self.version = candidate.version
        self._package = package
        self._candidate = candidate
        self._excuse = excuse

    @property
    def dependencies(self) -> tuple[Requirement, ...]:
        return self._candidate.dependencies

    @property
    def unavailable(self) -> Unavailable | None:
        if self._excuse(self._package, self._candidate):
            return None
        return self._candidate.unavailable


class Remembered:
    """What `catalog` said, kept; `excuse` makes releases available that are not.

    `known` is what it has said before.
    """

    def __init__(
        self,
        catalog: Catalog,
        known: Mapping[PackageId, Package] | None = None,
        excuse: Excuse | None = None,
    ) -> None:
        self._catalog = catalog
        self._batch = catalog if isinstance(catalog, BatchCatalog) else None
        self._excuse = excuse
        self._packages = dict(known or {})
        self.locate = catalog.locate

    def excusing(self, excuse: Excuse) -> Remembered:
        """The same catalog, as if some releases were available."""
        return Remembered(self, excuse=excuse)

    def releases(self, package: PackageId) -> Package:
        """Everything about one package."""
        known = self._packages.get(package)
        if known is None:
            known = self._packages[package] = self._freed(self._catalog.releases(package))
        return known

    def _freed(self, package: Package) -> Package:
        excuse = self._excuse
        if excuse is None:
            return package
        return replace(
            package,
            candidates=tuple(_Excused(package.id, each, excuse) for each in package.candidates),
        )

    def prefetch(self, packages: Sequence[PackageId]) -> None:
        """Pass on what will be asked for, except what is known."""
        if self._batch is not None:
            unknown = [package for package in packages if package not in self._packages]
            if unknown:
                self._batch.prefetch(unknown)
