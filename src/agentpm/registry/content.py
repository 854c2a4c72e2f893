"""The files of an index at one commit, whichever of them are on this disk already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from agentpm.git import Objects
from agentpm.registry.unreachable import CloneLost

_TREE_LIMIT = 256 * 1024 * 1024
_COMMIT_LIMIT = 1024 * 1024

Obtain = Callable[[Sequence[str]], None]
"""Brings the blobs with these ids into the repository, all in one request."""


class Content:
    """Trees that are there, with blobs that are there or can be obtained.

    Args:
        objects: the repository's objects.
        obtain: gets the blobs that are missing.
    """

    def __init__(self, objects: Objects, obtain: Obtain) -> None:
        self._objects = objects
        self._obtain = obtain

    def root(self, commit: str) -> str:
        """The id of a commit's root tree.

        Raises:
            CloneLost: the repository does not have it.
        """
        for _, found in list(self._objects.read([f"{commit}^{{tree}}"], limit=_TREE_LIMIT)):
            if found is not None and found.kind == "tree":
                return found.id
        raise CloneLost(f"the index commit {commit} is not in the cache")

    def commit(self, commit: str) -> bytes | None:
        """A commit as git keeps it; None where it is not here, or is none that a person made."""
        found = dict(self._objects.read([commit], limit=_COMMIT_LIMIT))[commit]
        return found.content if found is not None else None

    def trees(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """The raw bytes of trees, for `trees.changes`.

        Raises:
            CloneLost: one is missing.
        """
        result = {}
        for asked, found in self._objects.read(ids, limit=_TREE_LIMIT):
            if found is None or found.kind != "tree" or found.content is None:
                raise CloneLost(f"the tree {asked} is not in the cache")
            result[asked] = found.content
        return result

    def blobs(self, ids: Iterable[str], limit: int) -> Iterator[tuple[str, bytes | None]]:
        """Blobs with their bytes, in any order; those with more bytes than `limit` give None.

        What is missing is obtained once, all of it together, after the rest has been given.

        Raises:
            CloneLost: one is missing still.
        """
        missing = []
        for asked, found in self._objects.read(dict.fromkeys(ids), limit=limit):
            if found is None:
                missing.append(asked)
            else:
                yield asked, found.content
        if not missing:
            return
        self._obtain(missing)
        for asked, found in self._objects.read(missing, limit=limit):
            if found is None:
                raise CloneLost(f"the blob {asked} could not be obtained")
            yield asked, found.content
