"""Git trees as values: what they hold, how two of them differ.

A tree is read as its raw bytes, mode, name and binary id one after another
(<https://git-scm.com/book/en/v2/Git-Internals-Git-Objects>). Trees are asked for level by level, so
that a whole difference costs a handful of questions, and only the parts that differ are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from agentpm.errors import AgentpmError, ExitCode
from agentpm.lazy import pattern
from agentpm.values import dataclass

Load = Callable[[Iterable[str]], Mapping[str, bytes]]
"""Answers with the raw bytes of the trees whose ids it is given; all of them are there."""


_Piece = tuple[bytes, bytes, bytes]
"""Mode, name and binary id."""

_SHORT = pattern(rb"(?s)([0-9]+) ([^\0]+)\0(.{20})")
_LONG = pattern(rb"(?s)([0-9]+) ([^\0]+)\0(.{32})")


class MalformedTree(AgentpmError):
    """A directory of a registry that is none: a trouble of all packages, as a bad record is of one."""

    code = "malformed-index"
    exit_code = ExitCode.CORRUPT


@dataclass(frozen=True, slots=True)
class Entry:
    """What a name in a tree stands for: the id of a blob, or of a tree below it."""

    id: str
    is_tree: bool
    is_file: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A file that differs between two trees: its blob before, its blob after; None is no file."""

    path: str
    before: str | None
    after: str | None


def parse_tree(raw: bytes, id_size: int = 20) -> dict[str, Entry]:
    """The entries of a raw tree; names that are not UTF-8 keep their bytes as surrogates.

    Raises:
        MalformedTree: the bytes are no tree.
    """
    return _named(_pieces(raw, id_size))


def _pieces(raw: bytes, id_size: int) -> list[_Piece]:
    """The entries of a raw tree as they stand there."""
    found: list[_Piece] = (_LONG if id_size == 32 else _SHORT).findall(raw)
    if sum(len(mode) + len(name) + id_size + 2 for mode, name, _ in found) != len(raw):
        raise MalformedTree("the index holds a directory that git itself could not have made")
    return found


def _named(pieces: Iterable[_Piece]) -> dict[str, Entry]:
    return {
        name.decode(errors="surrogateescape"): Entry(
            blob.hex(), mode == b"40000", mode in (b"100644", b"100755")
        )
        for mode, name, blob in pieces
    }


def changes(load: Load, before: str | None, after: str, below: str) -> Iterator[Change]:
    """The files below the directory `below` that differ between two trees, by path in each level.

    Links and submodules count as no file.

    Args:
        load: reads trees.
        before: the id of a root tree, or None to be told every file of `after`.
        after: the id of a root tree.
        below: the name of a directory at the root.
    """
    roots = _read(load, [tree for tree in (before, after) if tree])
    old = roots[before].get(below) if before else None
    pending = [(below, old, roots[after].get(below))]
    while pending:
        asked = (e.id for _, *sides in pending for e in sides if e and e.is_tree)
        trees = load(dict.fromkeys(asked))
        deeper = []
        for path, one, other in pending:
            left, right = _differing(trees, one, other)
            for name in sorted(left.keys() | right.keys()):
                pair = left.get(name), right.get(name)
                if pair[0] == pair[1]:
                    continue
                yield from _file_change(f"{path}/{name}", *pair)
                if any(entry and entry.is_tree for entry in pair):
                    deeper.append((f"{path}/{name}", *pair))
        pending = deeper


def _differing(
    trees: Mapping[str, bytes], one: Entry | None, other: Entry | None
) -> tuple[dict[str, Entry], dict[str, Entry]]:
    """What two trees do not have in common; of large ones that differ in little, that is little."""
    before, after = (
        _pieces(trees[side.id], len(side.id) // 2) if side and side.is_tree else []
        for side in (one, other)
    )
    common = set(before) & set(after)
    return (
        _named(piece for piece in before if piece not in common),
        _named(piece for piece in after if piece not in common),
    )


def _file_change(path: str, one: Entry | None, other: Entry | None) -> Iterator[Change]:
    before = one.id if one and one.is_file else None
    after = other.id if other and other.is_file else None
    if before != after:
        yield Change(path, before, after)


def locate(load: Load, root: str, paths: Iterable[str]) -> dict[str, str]:
    """The blobs at `paths` below the root tree `root`; paths where there is no file are left out."""
    found = {}
    pending = [(root, path, path.split("/")) for path in paths]
    while pending:
        trees = _read(load, (tree for tree, _, _ in pending))
        deeper = []
        for tree, path, (name, *rest) in pending:
            entry = trees[tree].get(name)
            if entry and entry.is_file and not rest:
                found[path] = entry.id
            elif entry and entry.is_tree and rest:
                deeper.append((entry.id, path, rest))
        pending = deeper
    return found


def _read(load: Load, ids: Iterable[str]) -> dict[str, dict[str, Entry]]:
    return {tree: parse_tree(raw, len(tree) // 2) for tree, raw in load(dict.fromkeys(ids)).items()}
