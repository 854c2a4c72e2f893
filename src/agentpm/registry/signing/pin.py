"""What is remembered of a registry's signers, and how a later list may differ from it.

The memory lies where emptying the cache does not reach it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from agentpm import fs
from agentpm.errors import Excerpt
from agentpm.model.digest import Digest, InvalidDigest
from agentpm.registry.seen import DamagedMemory
from agentpm.values import dataclass

_WORDS = {
    "replaced": "was replaced since it was seen",
    "set-back": "was set back to an earlier state",
    "gone": "is gone",
}


@dataclass(frozen=True, slots=True)
class Pin:
    """A list of signers as it was last seen: how many lines, and the digest of the last of them.

    `holders` are those who counted then, each a name with a fingerprint; empty where the memory is
    from before they were noted.
    """

    lines: int
    head: Digest
    holders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OtherSigners:
    """A list of signers that is not the one that was seen, gone on with.

    `now` is the list that is shown instead, None where there is none any more.
    """

    kind: Literal["replaced", "set-back", "gone"]
    before: Pin
    now: Pin | None

    @property
    def digest(self) -> str:
        """What the list that is shown is called, `none` where there is none."""
        return str(self.now.head) if self.now is not None else "none"

    @property
    def words(self) -> str:
        """What became of the list, to follow its name in a sentence."""
        return _WORDS[self.kind]

    @property
    def came(self) -> tuple[str, ...]:
        """Who counts now, and did not before."""
        old = self.before.holders
        return tuple(who for who in (self.now.holders if self.now else ()) if who not in old)

    @property
    def went(self) -> tuple[str, ...]:
        """Who counted before, and does not now."""
        new = self.now.holders if self.now else ()
        return tuple(who for who in self.before.holders if who not in new)

    def lines(self) -> Iterator[str]:
        """The difference, for a person to judge."""
        yield f"the list of signers {self.words}:"
        yield from (f"  - {who} counts no longer" for who in self.went)
        if not self.before.holders:
            yield "  who counted before was not noted on this machine"
        yield from (f"  + {who} counts now" for who in self.came)
        if self.now is None:
            yield "  nothing is signed there any more"
        yield f"  the list was {self.before.head}, and is {self.digest}"

    def as_data(self) -> Mapping[str, object]:
        """The same for programs."""
        return {
            "kind": self.kind,
            "went": list(self.went),
            "came": list(self.came),
            "before": str(self.before.head),
            "after": str(self.now.head) if self.now is not None else None,
        }


def load_pin(path: Path) -> Pin | None:
    """What is remembered in the file `path`; None where no signers were ever seen.

    Raises:
        DamagedMemory: the file holds something else, which is never taken for "never seen".
    """
    raw = fs.read(path, limit=_LIMIT)
    if raw is None:
        return None
    try:
        found = json.loads(raw)
        if type(found["lines"]) is not int or found["lines"] < 1:
            raise ValueError("no number of lines")
        holders = tuple(str(who) for who in found.get("signers", ()))
        return Pin(found["lines"], Digest(found["head"]), holders)
    except (ValueError, KeyError, TypeError, RecursionError, InvalidDigest):
        raise DamagedMemory(
            f"`{path}` does not say what was last seen of a registry's signers",
            where=Excerpt.at(raw.decode(errors="replace"), str(path), 1),
            hint="if nobody could have tampered with it, delete it; "
            "the signers are then trusted as on the first day",
        ) from None


_LIMIT = 4 * 1024 * 1024


def save_pin(path: Path, source: str, pin: Pin | None) -> None:
    """Remember `pin` for the registry at `source`, through a power cut too; None forgets it."""
    if pin is None:
        fs.remove(path)
        return
    record = {
        "format": 1,
        "source": source,
        "lines": pin.lines,
        "head": str(pin.head),
        "signers": list(pin.holders),
    }
    fs.write(path, json.dumps(record, indent=2).encode() + b"\n", sync=True)
