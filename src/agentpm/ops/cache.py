"""`agentpm cache`: what can be fetched again, and how much room it takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agentpm import fs


@dataclass(frozen=True, slots=True)
class Size:
    """The bytes on disk of a cache: agents by digest, clones with views of registries."""

    content: int
    registries: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.content + self.registries


@dataclass(frozen=True, slots=True)
class Cache:
    """Where the parts of a cache are."""

    directory: Path
    content: Path
    registries: Path


def size(cache: Cache) -> Size:
    """How much room a cache takes."""
    return Size(fs.disk_usage(cache.content), fs.disk_usage(cache.registries))


def clean(cache: Cache) -> int:
    """Empty a cache; the bytes freed.

    What is in it can be had again from the registries. What was published into the user's own
    registry is not in it, nor what was seen last of every other.
    """
    before = size(cache).total
    for part in (cache.content, cache.registries):
        fs.remove_tree(part)
    return before - size(cache).total
