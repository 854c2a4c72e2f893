"""The resolver's answer."""

from __future__ import annotations

from collections.abc import Mapping

from agentpm.model.release import PackageId
from agentpm.model.version import Version
from agentpm.values import dataclass, field


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A release newer than the chosen one (or older, with `--lowest`) that was not taken, and why.

    `kind` is that of an `Unavailable`, or `excluded` (a requirement leaves it out), `needs` (its own
    requirements do not fit), `prerelease` (nobody names one), `locked` (the lockfile has another),
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


@dataclass(frozen=True, slots=True)
class Solution:
    """One version for every package that is needed, no other package.

    `dependencies` are, for each chosen package, the packages that its requirements mean. `moved` are
    the locked packages whose version changed, `lowered` those of them that went down.
    """

    chosen: Mapping[PackageId, Version]
    dependencies: Mapping[PackageId, tuple[PackageId, ...]] = field(default_factory=dict)
    passed_over: tuple[PassedOver, ...] = ()
    moved: tuple[Move, ...] = ()
    warnings: tuple[Warned, ...] = ()

    @property
    def lowered(self) -> tuple[Move, ...]:
        """The moves that go down."""
        return tuple(move for move in self.moved if move.lowers)
