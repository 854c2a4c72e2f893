"""What a registry showed last: remembered where emptying the cache does not reach it."""

from __future__ import annotations

import json
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError, Excerpt, ExitCode
from agentpm.lazy import pattern
from agentpm.values import dataclass

_TIP = pattern(r"[0-9a-f]{40}([0-9a-f]{24})?\Z")


class DamagedMemory(AgentpmError):
    """A note about a registry that cannot be read."""

    code = "damaged-memory"
    exit_code = ExitCode.CORRUPT


@dataclass(frozen=True, slots=True)
class Seen:
    """The index commit that was last seen and found honest, with the registry's own id."""

    tip: str
    id: str


def load_seen(path: Path) -> Seen | None:
    """What is remembered in the file `path`; None where the registry was never seen.

    Raises:
        DamagedMemory: the file holds something else. It is never taken for "never seen", which
            would accept a rewritten registry.
    """
    raw = fs.read(path, limit=65536)
    if raw is None:
        return None
    try:
        found = json.loads(raw)
        seen = Seen(found["tip"], found["id"])
        if not _TIP.match(seen.tip) or not isinstance(seen.id, str):
            raise ValueError("no commit")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DamagedMemory(
            f"`{path}` does not say what was last seen of a registry",
            where=Excerpt.at(raw.decode(errors="replace"), str(path), 1),
            hint="if nobody could have tampered with it, delete it; "
            "the registry is then trusted as on the first day",
        ) from None
    return seen


def save_seen(path: Path, source: str, seen: Seen) -> None:
    """Remember `seen` for the registry at `source`, through a power cut too."""
    record = {"format": 1, "source": source, "tip": seen.tip, "id": seen.id}
    fs.write(path, json.dumps(record, indent=2).encode() + b"\n", sync=True)
