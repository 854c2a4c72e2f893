"""The one place that puts the parts together."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.cli.folders import folders
from agentpm.cli.settings import (
    Flags,
    environment,
    home_directory,
    is_offline,
    max_age,
    read_user_config,
    workspace_for,
)
from agentpm.cli.talk import Talk
from agentpm.cli.tokens import Secret, tokens
from agentpm.location import deciding
from agentpm.model.config import CONFIG_NAME
from agentpm.model.release import SHIPPED
from agentpm.ops.parts import OpenRegistry, Parts, Surroundings
from agentpm.registry.access import Access, Places
from agentpm.registry.address import parse_address
from agentpm.registry.protocol import Registry
from agentpm.store import Store
from agentpm.targets.places import config_home
from agentpm.values import replace

if TYPE_CHECKING:
    from agentpm.cli import fetching
    from agentpm.registry import gitregistry, shipped
    from agentpm.registry.sparse import registry as sparse
else:
    # Of the kinds of registries, a command needs those that the project at hand uses.
    fetching = lazy.module("agentpm.cli.fetching")
    gitregistry = lazy.module("agentpm.registry.gitregistry")
    shipped = lazy.module("agentpm.registry.shipped")
    sparse = lazy.module("agentpm.registry.sparse.registry")


def wire(flags: Flags, talk: Talk, *, fresh: bool = False) -> Parts:
    """The parts of one command, as flags, environment and configuration want them.

    `fresh` looks at the registries however recent the last look is, for commands that are about
    what is new; not where the network is out of bounds.

    Raises:
        MalformedConfig, BadEnvironment: one of those makes no sense.
    """
    environ = environment()
    claude = config_home(environ, home_directory())
    own = folders(environ)
    config = read_user_config(own.config)
    offline = is_offline(flags, environ)
    access = Access(
        clock=time.time,
        max_age=max_age(config, environ),
        force=flags.refresh or (fresh and not offline),
        offline=offline,
        waiting=talk.note,
        note=talk.remark,
    )
    places, secrets = Places(own.cache, own.data), tokens(config, environ)
    return Parts(
        workspace=workspace_for(flags, environ, claude),
        config=config,
        store=Store(own.cache / "content"),
        open_registry=_opener(places, access, secrets),
        open_remembered=_opener(
            places, Access(clock=time.time, offline=True, waiting=talk.note), secrets
        ),
        voice=talk,
        surroundings=Surroundings(
            claude=claude,
            config=own.config / CONFIG_NAME,
            trusted=own.data / "trusted-programs.json",
            locks=own.data / "locks",
            platform=sys.platform,
            now=_now,
            environment=deciding(environ),
            policies=own.data / "policies",
            fetch=_fetch,
            offline=access.offline,
            interactive=sys.stdin.isatty() and sys.stderr.isatty() and not flags.json,
        ),
    )


def _opener(places: Places, terms: Access, secrets: Mapping[str, Secret]) -> OpenRegistry:
    def open_registry(url: str, allow_insecure: bool, called: str = "") -> Registry:  # noqa: FBT001 # a protocol
        if url == SHIPPED:
            return shipped.ShippedRegistry(places.state, places, terms)
        access = replace(terms, called=called)
        address = parse_address(url, allow_insecure=allow_insecure)
        if address.is_sparse:
            secret = secrets.get(address.public, Secret("", ""))
            access = replace(access, token_name=secret.name)
            return sparse.SparseRegistry(
                url, places, access, allow_insecure=allow_insecure, token=secret.token
            )
        return gitregistry.GitRegistry(url, places, access, allow_insecure=allow_insecure)

    return open_registry


def _fetch(url: str, limit: int) -> bytes:
    return fetching.fetch(url, limit)


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
