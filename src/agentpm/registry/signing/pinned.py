"""Whether a registry's list of signers is the one that was seen, gone on with.

The list is trusted when it is first seen, or by a digest that was told on another way. From then on
it only grows.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.model.digest import Digest
from agentpm.registry.documents import SIGNERS_FILE
from agentpm.registry.history import Evidence, RegistryTampered
from agentpm.registry.signing.pin import OtherSigners, Pin, load_pin, save_pin

if TYPE_CHECKING:
    from agentpm.registry.signing import signers
    from agentpm.registry.signing.signers import Signers
else:
    # Most looks find the list as it was, or none.
    signers = lazy.module("agentpm.registry.signing.signers")

_ANOTHER_LIST = (
    "ask the people who keep it which list is theirs; if it is another one now, change `signers` in "
    "the registry's line"
)


def known_signers(
    read: Callable[[str], bytes | None],
    source: str,
    memory: Path,
    told: Digest | None = None,
    called: str = "",
) -> Signers | None:
    """The signers of the registry `source`, None where it has none; remembered in `memory`.

    Args:
        read: gives the files at the top of the registry by name, None for one that is not there.
        source: what messages call it.
        memory: the file that says what was seen before.
        told: the digest of a line that must be in the list.
        called: the name that it has here.

    Raises:
        BadSigners: the list does not hold together.
        RegistryTampered: it is not the one that was seen, gone on with.
        DamagedMemory: the memory holds something else.
    """
    pin, found = load_pin(memory), read_list(read, source)
    other = compare(found, pin)
    if other is not None:
        raise RegistryTampered(
            f"the list of signers of `{source}` {other.words}",
            evidence=Evidence(signers=other),
            called=called,
        )
    if told is not None:
        _refuse_another(found, told, source)
    now = _pin_of(found)
    if now != pin:
        save_pin(memory, source, now)
    return found


def _refuse_another(found: Signers | None, told: Digest, source: str) -> None:
    if found is None:
        raise RegistryTampered(
            f"`{source}` has no list of signers, so not `{told}` in it", hint=_ANOTHER_LIST
        )
    if all(line.digest != told for line in found.lines):
        raise RegistryTampered(
            f"the list of signers of `{source}` is not the one that was asked for, `{told}`",
            hint=_ANOTHER_LIST,
        )


def other_signers(
    read: Callable[[str], bytes | None], source: str, pin: Pin | None
) -> OtherSigners | None:
    """How the list of a registry differs from the one that was seen; None where it does not.

    Raises:
        BadSigners: the list does not hold together.
    """
    if pin is None or _stands(read(SIGNERS_FILE), pin):
        return None
    return compare(read_list(read, source), pin)


def read_list(read: Callable[[str], bytes | None], source: str) -> Signers | None:
    """The list of signers among the files that `read` gives, None where there is none.

    Raises:
        BadSigners: it does not hold together, or belongs to another registry.
    """
    content = read(SIGNERS_FILE)
    if content is None:
        return None
    found = signers.read_signers(content, source)
    if found.registry != registry_id(read("config.json")):
        raise signers.BadSigners(
            f"the signers of `{source}` cannot be trusted: the list is that of another registry",
            hint="ask the people who keep the registry",
        )
    return found


def registry_id(config: bytes | None) -> str | None:
    """The random id in a `config.json`; None where there is none."""
    try:
        found = json.loads(config or b"{}")
    except (ValueError, RecursionError):
        return None
    return found.get("id") if isinstance(found, dict) else None


def compare(found: Signers | None, pin: Pin | None) -> OtherSigners | None:
    """How a list differs from the one that was seen, gone on with; None where it does not."""
    if pin is None:
        return None
    if found is None:
        return OtherSigners("gone", pin, None)
    if pin.lines > len(found.lines):
        return OtherSigners("set-back", pin, _pin_of(found))
    if found.lines[pin.lines - 1].digest != pin.head:
        return OtherSigners("replaced", pin, _pin_of(found))
    return None


def _stands(content: bytes | None, pin: Pin) -> bool:
    """Whether the last line is the one that was seen, so that nobody added or took any.

    The lines before it are read, and verified, when somebody relies on them.
    """
    lines = (content or b"").removesuffix(b"\n").split(b"\n")
    return len(lines) == pin.lines and Digest.of(lines[-1]) == pin.head


def _pin_of(found: Signers | None) -> Pin | None:
    if found is None:
        return None
    holders = (found.holder(key) for key in found.current)
    return Pin(len(found.lines), found.head, tuple(str(who) for who in holders))
