"""The secrets that web servers of registries ask for, from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from agentpm.errors import AgentpmError
from agentpm.model.config import Config
from agentpm.registry.address import public_url

_PREFIX = "AGENTPM_TOKEN_"


def tokens(config: Config, environ: Mapping[str, str]) -> dict[str, str]:
    """The tokens in the variables `AGENTPM_TOKEN_NAME`, by the URL that they are for.

    What a name stands for is for the user's own configuration to say. A manifest could point any
    name at any server, and would get that name's token sent there.
    """
    found: dict[str, str] = {}
    for name, entry in config.registries.items():
        value = environ.get(_PREFIX + name.upper().replace("-", "_"), "").strip()
        # An address that makes no sense is told to whoever uses that registry.
        with suppress(AgentpmError):
            if value:
                found[public_url(entry.url)] = value
    return found
