"""`agentpm cache`: what can be fetched again, and how much room it takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from agentpm import fs
from agentpm.locks import lock
from agentpm.store import Store
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Cache:
    """A cache in `directory`: agents by digest in `store`, clones with views in `registries`.

    `lock` gives the lock of the registry with that name there; `waiting` is called when another
    process holds one.
    """

    directory: Path
    store: Store
    registries: Path
    lock: Callable[[str], Path]
    waiting: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Size:
    """The bytes on disk of the parts of a cache."""

    agents: int
    registries: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.agents + self.registries


def size(cache: Cache) -> Size:
    """How much room a cache takes."""
    return Size(cache.store.size(), fs.disk_usage(cache.registries))


def clean(cache: Cache) -> Size:
    """Empty a cache; the bytes freed.

    Everything in it can be had again from the registries. What a user published into the shipped
    registry is not in it, nor is what was seen last of every other.
    """
    registries = fs.disk_usage(cache.registries)
    for key in fs.entries(cache.registries):
        # Whoever is at work on a registry must not find its clone gone in the middle.
        with lock(cache.lock(key), cache.waiting):
            fs.remove_tree(cache.registries / key)
    fs.remove_tree(cache.registries)
    return Size(cache.store.clean(), registries)
