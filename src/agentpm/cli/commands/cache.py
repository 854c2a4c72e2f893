"""`agentpm cache`: look at the cache, or empty it."""

from __future__ import annotations

import typer

from agentpm.cli import options
from agentpm.cli.folders import folders
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags, environment
from agentpm.cli.tidy import size_in_words
from agentpm.ops.cache import Cache, clean, size
from agentpm.registry.access import Places
from agentpm.store import Store

app = typer.Typer(
    epilog="""\b
Examples:
  agentpm cache dir
  agentpm cache size
  agentpm cache clean"""
)


@app.command("dir", short_help="Print where the cache is.")
def dir_(json: options.Json = False) -> None:
    """Print where the cache is.

    AGENTPM_CACHE_DIR puts it elsewhere.
    """
    session = Session("cache dir", Flags(json))
    path = str(_cache(session).directory)
    session.print({"path": path}, [path])


@app.command("size", short_help="Print how much room the cache takes.")
def size_(json: options.Json = False) -> None:
    """Print how much room the cache takes, on disk."""
    session = Session("cache size", Flags(json))
    found = size(_cache(session))
    data = {"bytes": found.total, "agents": found.agents, "registries": found.registries}
    agents, registries = size_in_words(found.agents), size_in_words(found.registries)
    line = f"{size_in_words(found.total)}: {agents} of agents, {registries} of registries"
    session.print(data, [line])


@app.command("clean", short_help="Empty the cache.")
def clean_(json: options.Json = False, quiet: options.Quiet = False) -> None:
    """Empty the cache: agents by digest, clones and views of registries.

    All of it comes back when it is needed. Installed agents stay, and so does what you published
    into the shipped registry.
    """
    session = Session("cache clean", Flags(json, quiet))
    freed = clean(_cache(session))
    lines = [] if quiet else [f"freed {size_in_words(freed.total)}"]
    session.print({"freed": freed.total}, lines)


def _cache(session: Session) -> Cache:
    own = folders(environment())
    return Cache(
        directory=own.cache,
        store=Store(own.cache / "content"),
        registries=own.cache / "registries",
        lock=Places(own.cache, own.data).lock,
        waiting=session.talk.waiting("another agentpm that is using a registry"),
    )
