"""What was seen of a registry's signers, and what may have become of it since.

The list is trusted when it is first seen, or by a digest that was told on another way. From then on
it only grows. The memory lies where emptying the cache does not reach it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from agentpm import fs
from agentpm.errors import Excerpt
from agentpm.model.digest import Digest, InvalidDigest
from agentpm.registry.history import RegistryTampered
from agentpm.registry.seen import DamagedMemory
from agentpm.registry.signing.signers import SIGNERS_FILE, Signers, read_signers
from agentpm.values import dataclass

MEMORY = "signers.json"
"""The name of the file, beside the memory of what else was seen."""


@dataclass(frozen=True, slots=True)
class Pin:
    """How many lines a list had when it was last seen, with the digest of the last of them."""

    lines: int
    head: Digest


def known_signers(
    read: Callable[[str], bytes | None], source: str, memory: Path, told: Digest | None = None
) -> Signers | None:
    """The signers of the registry `source`, None where it has none; remembered in `memory`.

    Args:
        read: gives the files at the top of the registry by name, None for one that is not there.
        source: what messages call it.
        memory: the file that says what was seen before.
        told: the digest of a line that must be in the list.

    Raises:
        BadSigners: the list does not hold together.
        RegistryTampered: it is not the one that was seen, gone on with.
        DamagedMemory: the memory holds something else.
    """
    pin, content = load_pin(memory), read(SIGNERS_FILE)
    if content is None:
        if pin is not None:
            raise RegistryTampered(f"`{source}` has no list of signers any more")
        if told is not None:
            raise RegistryTampered(f"`{source}` has no list of signers, so not `{told}` in it")
        return None
    found = read_signers(content, source)
    if found.registry != registry_id(read("config.json")):
        raise RegistryTampered(f"the list of signers of `{source}` is that of another registry")
    _check(found, pin, told, source)
    now = Pin(len(found.lines), found.head)
    if now != pin:
        save_pin(memory, source, now)
    return found


def registry_id(config: bytes | None) -> str | None:
    """The random id in a `config.json`; None where there is none."""
    try:
        found = json.loads(config or b"{}")
    except (ValueError, RecursionError):
        return None
    return found.get("id") if isinstance(found, dict) else None


def _check(found: Signers, pin: Pin | None, told: Digest | None, source: str) -> None:
    if pin is not None:
        kept = found.lines[pin.lines - 1].digest if pin.lines <= len(found.lines) else None
        if kept != pin.head:
            what = "was set back" if kept is None else "was replaced"
            raise RegistryTampered(f"the list of signers of `{source}` {what} since it was seen")
    if told is not None and all(line.digest != told for line in found.lines):
        raise RegistryTampered(
            f"the list of signers of `{source}` is not the one that was asked for, `{told}`"
        )


def load_pin(path: Path) -> Pin | None:
    """What is remembered in the file `path`; None where no signers were ever seen.

    Raises:
        DamagedMemory: the file holds something else, which is never taken for "never seen".
    """
    raw = fs.read(path, limit=65536)
    if raw is None:
        return None
    try:
        found = json.loads(raw)
        if type(found["lines"]) is not int or found["lines"] < 1:
            raise ValueError("no number of lines")
        return Pin(found["lines"], Digest(found["head"]))
    except (ValueError, KeyError, TypeError, RecursionError, InvalidDigest):
        raise DamagedMemory(
            f"`{path}` does not say what was last seen of a registry's signers",
            where=Excerpt.at(raw.decode(errors="replace"), str(path), 1),
            hint="if nobody could have tampered with it, delete it; "
            "the signers are then trusted as on the first day",
        ) from None


def save_pin(path: Path, source: str, pin: Pin) -> None:
    """Remember `pin` for the registry at `source`, through a power cut too."""
    record = {"format": 1, "source": source, "lines": pin.lines, "head": str(pin.head)}
    fs.write(path, json.dumps(record, indent=2).encode() + b"\n", sync=True)
