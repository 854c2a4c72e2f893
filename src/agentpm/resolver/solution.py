"""The resolver's answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from agentpm.model.release import PackageId
from agentpm.model.version import Version
from agentpm.values import dataclass

EXCLUDED = "excluded"
"""The kind of a release that a requirement leaves out."""

NEEDS = "needs"
"""The kind of a release whose own requirements do not fit."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A release newer than the chosen one (or older, with `--lowest`) that was not taken, and why.

    `kind` is that of an `Unavailable`, or `excluded` (a requirement leaves it out), `needs` (its own
    requirements do not fit; another kind where what they lead to is `Missing` with that kind), `prerelease` (nobody names one), `locked` (the lockfile has another),
    `lowest` (the oldest was asked for). `text` goes on after the release's name.
    """

    package: PackageId
    version: Version
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Move:
    """A locked package that another version was chosen of; `text` goes on after `because`."""

    package: PackageId
    before: Version
    after: Version
    text: str

    @property
    def lowers(self) -> bool:
        """Whether the move goes down."""
        return self.after < self.before


@dataclass(frozen=True, slots=True)
class Warned:
    """A chosen release that deserves a word; `text` goes on after its name."""

    package: PackageId
    version: Version
    text: str


class Report(Protocol):
    """What there is to tell about an answer: the properties of a `Solution`, but for what is chosen."""

    @property
    def dependencies(self) -> Mapping[PackageId, tuple[PackageId, ...]]:
        """See `Solution`."""
        ...

    @property
    def passed_over(self) -> tuple[PassedOver, ...]:
        """See `Solution`."""
        ...

    @property
    def moved(self) -> tuple[Move, ...]:
        """See `Solution`."""
        ...

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """See `Solution`."""
        ...


class Solution:
    """One version for every package that is needed, no other package.

    `chosen` is the answer. All else is worked out when it is first asked for, which asks the catalog;
    `explain` does it at once.
    """

    __slots__ = ("_report", "chosen")

    def __init__(self, chosen: Mapping[PackageId, Version], report: Report) -> None:
        self.chosen = chosen
        self._report = report

    def __eq__(self, other: object) -> bool:
        """Whether two answers are the same, with all that is to be said of them."""
        return isinstance(other, Solution) and self._told() == other._told()

    __hash__ = None  # type: ignore[assignment] # as of the mapping

    def __repr__(self) -> str:
        return f"Solution{self._told()}"

    def _told(self) -> tuple[object, ...]:
        return self.chosen, self.dependencies, self.passed_over, self.moved, self.warnings

    def explain(self) -> None:
        """Work out all that takes asking the catalog, while it can be asked."""
        _ = self.passed_over, self.moved, self.warnings

    @property
    def dependencies(self) -> Mapping[PackageId, tuple[PackageId, ...]]:
        """For each chosen package, the packages that its requirements mean."""
        return self._report.dependencies

    @property
    def passed_over(self) -> tuple[PassedOver, ...]:
        """The releases that were not taken, with the reasons."""
        return self._report.passed_over

    @property
    def moved(self) -> tuple[Move, ...]:
        """The locked packages whose version changed."""
        return self._report.moved

    @property
    def lowered(self) -> tuple[Move, ...]:
        """The moves that go down."""
        return tuple(move for move in self.moved if move.lowers)

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """What somebody should hear of the chosen releases."""
        return self._report.warnings
