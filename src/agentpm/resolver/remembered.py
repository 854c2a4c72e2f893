"""A catalog that is asked for each package once, however often the resolver tries again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from agentpm.model.release import PackageId
from agentpm.resolver.problem import BatchCatalog, Candidate, Catalog, Package

Excuse = Callable[[PackageId, Candidate], bool]
"""Whether a candidate of a package shall count as available."""


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
            candidates=tuple(
                replace(each, unavailable=None) if excuse(package.id, each) else each
                for each in package.candidates
            ),
        )

    def prefetch(self, packages: Sequence[PackageId]) -> None:
        """Pass on what will be asked for, except what is known."""
        if self._batch is not None:
            unknown = [package for package in packages if package not in self._packages]
            if unknown:
                self._batch.prefetch(unknown)
