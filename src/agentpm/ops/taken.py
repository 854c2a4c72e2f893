"""A version that is published already: what there differs from what was to be published."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from agentpm.errors import AgentpmError
from agentpm.model.release import Release
from agentpm.registry.edits import ReleaseExists, differing
from agentpm.registry.protocol import Registry

_SHOWN = 20
"""How many lines of a difference a message spells out."""
_WIDE = 120


def release_exists(
    path: Path, content: bytes, offered: Release, there: Release, registry: Registry
) -> ReleaseExists:
    """The error that says so: which fields of the record differ, and which lines of the file."""
    lines = tuple(_lines(path, _published(there, registry), content))
    more = len(lines) - _SHOWN
    return ReleaseExists(
        f"`{there}` is published already, with other bytes",
        details=(
            *differing(there, offered),
            *lines[:_SHOWN],
            *([f"and {more} more lines"] if more > 0 else []),
        ),
        hint="a release never changes: publish a new version, with `--bump patch`",
    )


def _published(there: Release, registry: Registry) -> bytes | None:
    try:
        return registry.fetch([there])[there.checksum]
    except AgentpmError:
        # Without a network, or after a removal, the record alone has to do.
        return None


def _lines(path: Path, before: bytes | None, after: bytes) -> Iterator[str]:
    """The lines that differ, with their numbers in the file at `path`."""
    if before is None:
        return
    old, new = (text.decode("utf-8", "replace").splitlines() for text in (before, after))
    if old == new:
        yield "the two differ in their line ends only"
        return
    for kind, first, last, start, end in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if kind != "equal":
            place = f"{path}:{start + 1}"
            yield from (f"{place}: - {_shown(line)}" for line in old[first:last])
            yield from (f"{place}: + {_shown(line)}" for line in new[start:end])


def _shown(line: str) -> str:
    text = "".join(c if c.isprintable() else "?" for c in line.replace("\t", " "))
    return text if len(text) <= _WIDE else text[: _WIDE - 3] + "..."
