"""The secrets that web servers of registries ask for, from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from agentpm.errors import AgentpmError
from agentpm.model.config import Config
from agentpm.registry.access import token_variable
from agentpm.registry.address import public_url
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Secret:
    """The token of the registry that the user's configuration calls `name`; empty for none."""

    name: str
    token: str


def tokens(config: Config, environ: Mapping[str, str]) -> dict[str, Secret]:
    """The tokens in the variables `AGENTPM_TOKEN_NAME`, by the URL that they are for.

    What a name stands for is for the user's own configuration to say. A manifest could point any
    name at any server, and would get that name's token sent there.
    """
    found: dict[str, Secret] = {}
    for name, entry in config.registries.items():
        value = environ.get(token_variable(name), "").strip()
        # An address that makes no sense is told to whoever uses that registry.
        with suppress(AgentpmError):
            url = public_url(entry.url)
            if value or url not in found:
                found[url] = Secret(name, value)
    return found
