"""`agentpm search`: find agents in a registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from agentpm.cli.columns import table
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.tidy import one_line, room_beside
from agentpm.cli.wiring import wire
from agentpm.ops.search import Hits, search
from agentpm.registry.view import as_version

if TYPE_CHECKING:
    import typer

    from agentpm.cli import options

EPILOG = """\b
Examples:
  agentpm search review
  agentpm search sql performance --registry acme
  agentpm search --limit 1000         everything there is"""


def search_(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TEXT]...", help="Words to look for; everything without."),
    ] = None,
    registry: options.RegistryName = None,
    limit: Annotated[
        int,
        typer.Option("--limit", metavar="N", min=1, max=10**9, help="Show N agents at most."),
    ] = 20,
    offline: options.Offline = False,
    refresh: options.Refresh = False,
    global_: options.Global = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Find agents by words in their names, descriptions or tools.

    Looks in every registry that has a name here, or with --registry in one of them.
    """
    flags = Flags(json, quiet, verbose, offline, refresh, global_, directory)
    session = Session("search", flags)
    text = " ".join(words or [])
    found = search(wire(flags, session.talk), text, registry, limit)
    if not found.hits:
        session.talk.note(f"no agent has the words `{text}`" if text else "no agents")
    if found.more:
        session.talk.note(f"there are more than {limit}; `--limit N` shows more")
    hits = [
        {
            "name": hit.name,
            "version": as_version(hit.version),
            "registry": hit.registry,
            "description": hit.description,
        }
        for hit in found.hits
    ]
    session.print({"agents": hits, "more": found.more}, _lines(found))


def _lines(found: Hits) -> list[str]:
    several = len(found.registries) > 1
    rows = [
        (hit.name, hit.version or "yanked", *([hit.registry] if several else []))
        for hit in found.hits
    ]
    room = room_beside(rows)
    return table(
        (*row, one_line(hit.description, room)) for row, hit in zip(rows, found.hits, strict=True)
    )
