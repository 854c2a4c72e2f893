"""The file `config.json` of a sparse registry, from which every look at it begins."""

from __future__ import annotations

import json
from contextlib import suppress

from agentpm.errors import AgentpmError
from agentpm.registry.address import public_url
from agentpm.registry.advance import INDEX_FORMAT
from agentpm.registry.unreachable import NotARegistry
from agentpm.values import dataclass

CONFIG = "config.json"


@dataclass(frozen=True, slots=True)
class SparseConfig:
    """What a registry says of itself: its id, and the address to which people publish, if any."""

    id: str
    git: str | None = None


def read_config(raw: bytes | None, source: str) -> SparseConfig:
    """Read the file, None where there is none, of the registry `source`.

    Raises:
        NotARegistry: it is none, or one of an unknown format.
    """
    if raw is None:
        raise NotARegistry(
            f"`{source}` is not a registry: it has no `{CONFIG}`",
            hint="check the address: `agentpm registry list`",
        )
    try:
        found = json.loads(raw)
        number, own, git = found["format"], found["id"], found.get("git")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        number, own, git = None, "", None
    if type(number) is not int or not isinstance(own, str):
        raise NotARegistry(
            f"the `{CONFIG}` of `{source}` does not describe a registry",
            hint="a network that wants a login first may have answered instead: look at the address "
            "with a browser",
        )
    if number != INDEX_FORMAT:
        raise NotARegistry(
            f"`{source}` has the format {number}, which this agentpm does not know",
            hint="upgrade agentpm: `pip install --upgrade agentpm-cli`",
        )
    return SparseConfig(own, _address(git))


def _address(git: object) -> str | None:
    """The address for publishers, fit to be shown."""
    with suppress(AgentpmError):
        return public_url(git) if isinstance(git, str) else None
    return None
