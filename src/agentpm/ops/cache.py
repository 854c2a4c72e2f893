"""`agentpm cache`: what can be fetched again, and how much room it takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agentpm import fs
from agentpm.store import Store


@dataclass(frozen=True, slots=True)
class Cache:
    """A cache in `directory`: agents by digest in `store`, clones with views in `registries`."""

    directory: Path
    store: Store
    registries: Path


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
    fs.remove_tree(cache.registries)
    return Size(cache.store.clean(), registries)
