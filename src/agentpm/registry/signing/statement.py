"""What is signed: the exact bytes that stand for a release, or for what became of one.

A statement names its registry by the random id in `config.json`, so that a signature says nothing
in any other registry. It is compact JSON with sorted keys, in ASCII.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agentpm.model.release import Release

RELEASE = "agentpm-release"
"""The namespace of signatures over releases."""

YANK = "agentpm-yank"
"""The namespace of signatures over yanks, and over taking one back."""

SIGNERS = "agentpm-signers"
"""The namespace of signatures over lists of signers."""


def release_statement(registry: str, release: Release) -> bytes:
    """That these bytes are this version of this package, in the registry with that id."""
    return canonical(_about(registry, release) | {"kind": "release"})


def yank_statement(registry: str, release: Release, turn: int, reason: str | None) -> bytes:
    """That a release is yanked for `reason`, or no longer is (None), from its `turn`-th change on.

    The number makes every change another statement, so that an earlier one cannot be put back.
    """
    told = {"kind": "yank", "turn": turn, "reason": reason}
    return canonical(_about(registry, release) | told)


def canonical(value: Mapping[str, Any]) -> bytes:
    """The one text of a JSON object."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def _about(registry: str, release: Release) -> dict[str, Any]:
    return {
        "checksum": str(release.checksum),
        "name": str(release.name),
        "registry": registry,
        "version": str(release.version),
    }
