"""The receipt `.agentpm/receipt.json`: what was written where (`docs/reference/receipt.md`).

Local to one machine, never committed. It makes removal honest, since only what agentpm wrote is
ever removed, as well as a second `install` cheap, since it holds the state of everything that the
first one's decision looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agentpm.errors import AgentpmError, Excerpt
from agentpm.model.digest import Digest
from agentpm.model.name import AgentName
from agentpm.values import dataclass, field

RECEIPT_VERSION = 1


class MalformedReceipt(AgentpmError):
    """A receipt (or journal) that cannot be read."""

    code = "malformed-receipt"


@dataclass(frozen=True, slots=True)
class Stat:
    """The outside of a file or folder: size in bytes, time of last change in nanoseconds."""

    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Written:
    """One file that agentpm wrote: `path` relative to the workspace's root, with forward slashes."""

    agent: AgentName
    target: str
    path: str
    digest: Digest
    stat: Stat


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the last command left behind.

    `manifest` and `lockfile` are the digests of those two files, None where there was none;
    `inputs` the state of every other file or folder that the decision looked at, by path, None
    where it did not exist; `environment` the variables that said where to look; `agentpm` the
    version that wrote it.
    """

    written: tuple[Written, ...] = ()
    manifest: Digest | None = None
    lockfile: Digest | None = None
    inputs: Mapping[str, Stat | None] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    agentpm: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def by_path(self) -> dict[str, Written]:
        """The files by path."""
        return {written.path: written for written in self.written}


_KEYS = (
    "receipt-version", "agentpm", "manifest", "lockfile", "environment", "inputs", "written",
)  # fmt: skip


def read_receipt(text: str, path: str) -> Receipt:
    """Read a receipt.

    Raises:
        MalformedReceipt: it is not what `write_receipt` makes.
    """
    data = load_json(text, path)
    try:
        if data["receipt-version"] > RECEIPT_VERSION:
            raise MalformedReceipt(
                f"`{path}` was written by a newer agentpm", hint="upgrade agentpm"
            )
        return Receipt(
            written=tuple(_written(item) for item in data["written"]),
            manifest=_digest(data["manifest"]),
            lockfile=_digest(data["lockfile"]),
            inputs={name: _stat(value) for name, value in data["inputs"].items()},
            environment={str(k): str(v) for k, v in data.get("environment", {}).items()},
            agentpm=str(data["agentpm"]),
            extra={key: value for key, value in data.items() if key not in _KEYS},
        )
    except MalformedReceipt:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, AgentpmError) as error:
        raise malformed(text, path, f"{error}") from None


def write_receipt(receipt: Receipt) -> str:
    """The text of a receipt."""
    data: dict[str, Any] = {
        "receipt-version": RECEIPT_VERSION,
        "agentpm": receipt.agentpm,
        "manifest": receipt.manifest,
        "lockfile": receipt.lockfile,
        "environment": dict(sorted(receipt.environment.items())),
        "inputs": {name: _pair(stat) for name, stat in sorted(receipt.inputs.items())},
        "written": [
            [w.agent, w.target, w.path, w.digest, w.stat.size, w.stat.mtime_ns]
            for w in sorted(receipt.written, key=lambda w: w.path)
        ],
    }
    return json.dumps({**receipt.extra, **data}, indent=1) + "\n"


def load_json(text: str, path: str) -> dict[str, Any]:
    """The object that `text` holds.

    Raises:
        MalformedReceipt: it is not JSON, or no object; with the place.
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise MalformedReceipt(
            f"`{path}` is not valid JSON: {error.msg.lower()}",
            hint=_HINT,
            where=Excerpt.at(text, path, error.lineno, error.colno),
        ) from None
    if not isinstance(data, dict):
        raise malformed(text, path, "not an object")
    return data


_HINT = (
    "delete the file and run `agentpm install`: files whose bytes are those of a locked release "
    "are recognised"
)


def malformed(text: str, path: str, reason: str) -> MalformedReceipt:
    """The error that says why the whole of a receipt (or journal) makes no sense."""
    return MalformedReceipt(
        f"`{path}` is not a receipt of agentpm: {reason}",
        hint=_HINT,
        where=Excerpt.at(text, path, 1),
    )


def _written(item: list[Any]) -> Written:
    agent, target, path, digest, size, mtime = item
    return Written(
        AgentName(agent), str(target), str(path), Digest(digest), Stat(int(size), int(mtime))
    )


def _digest(value: Any) -> Digest | None:
    return None if value is None else Digest(value)


def _stat(value: Any) -> Stat | None:
    return None if value is None else Stat(int(value[0]), int(value[1]))


def _pair(stat: Stat | None) -> list[int] | None:
    return None if stat is None else [stat.size, stat.mtime_ns]
