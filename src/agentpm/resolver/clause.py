"""Incompatibilities: statements of the form "these are never all so", and what each rests on.

A term is a package with a set of its versions (`shelf.py`); a clause says that its terms do not all
hold in any valid answer. Clauses that rest on other clauses form the derivation of a failure.
Source: Natalie Weizenbaum, "PubGrub: Next-Generation Version Solving", 2018.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from agentpm.model.version import Range
from agentpm.resolver.problem import Missing, Root, Unavailable
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """The project asks for the package."""

    root: Root


@dataclass(frozen=True, slots=True)
class Kept:
    """The project has the package locked, and does not let it fall lower."""

    root: Root


@dataclass(frozen=True, slots=True)
class Unusable:
    """These releases exist, and cannot be taken."""

    reason: Unavailable


@dataclass(frozen=True, slots=True)
class Unknown:
    """There is no such package; `missing` is None where it has no release at all."""

    missing: Missing | None


@dataclass(frozen=True, slots=True)
class Clash:
    """Both packages would be installed under one name."""

    name: str


@dataclass(frozen=True, slots=True)
class Depends:
    """These releases of one package need another to be outside the other term's set."""

    edge: Edge


@dataclass(frozen=True, slots=True)
class Learned:
    """The clause follows from these: each one resolved with what the ones before it gave."""

    causes: tuple[Clause, ...]


Fact = Asked | Kept | Unusable | Unknown
Cause = Fact | Clash | Depends | Learned


class Clause:
    """An incompatibility. `watched` lists its packages; the first two are the ones being watched."""

    __slots__ = ("cause", "terms", "watched")

    def __init__(self, terms: Mapping[int, int], cause: Cause) -> None:
        self.terms = terms
        self.cause = cause
        self.watched = list(terms)


class Group(NamedTuple):
    """Releases that ask the same of a dependency: which of it they accept, in what words."""

    releases: int
    accepted: int
    ranges: tuple[Range, ...]


Groups = tuple[Group, ...]


class Edge:
    """All that one package asks of another, over all its releases.

    `fill` gives the groups; releases that ask nothing are in none of them. Most edges are followed
    and never questioned, so the groups are put together when somebody does.
    """

    __slots__ = ("_fill", "_groups", "dependency", "dependent")

    def __init__(self, dependent: int, dependency: int, fill: Callable[[int, int], Groups]) -> None:
        self.dependent = dependent
        self.dependency = dependency
        self._fill = fill
        self._groups: Groups | None = None

    @property
    def ends(self) -> tuple[int, int]:
        """The dependent and the dependency."""
        return self.dependent, self.dependency

    @property
    def groups(self) -> Groups:
        """The groups of the dependent's releases, disjoint."""
        if self._groups is None:
            self._groups = self._fill(self.dependent, self.dependency)
        return self._groups

    def involved(self) -> int:
        """The releases that ask anything of the dependency."""
        union = 0
        for group in self.groups:
            union |= group.releases
        return union

    def allowed(self, releases: int) -> int:
        """What of the dependency goes with some of `releases`, which are all involved."""
        union = 0
        for group in self.groups:
            if group.releases & releases:
                union |= group.accepted
        return union

    def unsupported(self, accepted: int) -> int:
        """The releases that none of `accepted` would do for."""
        union = 0
        for group in self.groups:
            if not group.accepted & accepted:
                union |= group.releases
        return union

    def excluding(self, dependency: int, every: int) -> Clause:
        """The most general clause that keeps the dependent away from the set `dependency`."""
        releases = self.unsupported(dependency)
        return self.about(releases, every & ~self.allowed(releases))

    def requiring(self, releases: int, every: int) -> Clause:
        """The most general clause that says what `releases` must not go with."""
        outside = every & ~self.allowed(releases)
        return self.about(self.unsupported(outside), outside)

    def about(self, releases: int, outside: int) -> Clause:
        """The clause that `releases` do not go with the set `outside` of the dependency."""
        if self.dependent == self.dependency:
            return Clause({self.dependent: releases & outside}, Depends(self))
        return Clause({self.dependent: releases, self.dependency: outside}, Depends(self))
