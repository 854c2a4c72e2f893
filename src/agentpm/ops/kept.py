"""Locked releases as their own bytes describe them, where nobody can read their registry's records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.model.lockfile import Locked
from agentpm.model.release import PackageId, Release
from agentpm.ops.parts import Parts

if TYPE_CHECKING:
    from agentpm.registry import record_of
    from agentpm.registry.wire import MalformedIndex
else:
    # Hardly ever is a registry's record one that cannot be read.
    record_of = lazy.module("agentpm.registry.record_of")


class Kept:
    """The releases of `locked`, whose bytes this machine has: they are known by their checksum.

    What one package's records say, or that they cannot be read, is then no matter of all others.
    """

    def __init__(self, parts: Parts, locked: Iterable[Locked]) -> None:
        self._parts = parts
        self._locked = {item.id: item for item in locked}
        self._told: dict[PackageId, str] = {}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What there is to say of those that were needed."""
        return tuple(self._told.values())

    def knows(self, package: PackageId) -> bool:
        """Whether a package is one of them, so that nobody has to have another release of it."""
        return package in self._locked

    def release(self, package: PackageId, problem: MalformedIndex) -> Release | None:
        """The locked release of a package whose records cannot be read, for the reason `problem`.

        None where it is not locked, or its bytes are not here.
        """
        locked = self._locked.get(package)
        if locked is None or locked.checksum is None:
            return None
        raw = self._parts.store.get(locked.checksum)
        if raw is None:
            return None
        self._told[package] = f"`{locked.name}` stays at {locked.version}: {problem.message}"
        called = f"{package.name} {locked.version}"
        return record_of.describe(raw, called, package.name, locked.version, package.source)
