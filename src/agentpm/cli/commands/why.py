"""`agentpm why`: why an agent is here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.wiring import wire
from agentpm.credentials import without_credentials
from agentpm.ops.why import Chain, Why, why

if TYPE_CHECKING:
    import typer

    from agentpm.cli import options

EPILOG = """\b
Examples:
  agentpm why test-engineer"""


def why_(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The agent.")],
    global_: options.Global = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Say why an agent is here: every way from agentpm.toml to it."""
    flags = Flags(json, quiet, verbose, False, False, global_, directory)
    session = Session("why", flags)
    found = why(wire(flags, session.talk), name)
    session.print(_data(found), _lines(found))


def _lines(found: Why) -> Iterator[str]:
    locked = found.locked
    if not found.chains:
        yield f"{locked.name} {locked.version} is in the lockfile, and nothing asks for it any more"
        return
    yield f"{locked.name} {locked.version} is here because"
    for chain in found.chains:
        yield f"  {_origin(chain)} asks for {_requirement(chain)}"
        for edge in chain.steps:
            dependent = found.graph.agents[edge.dependent]
            yield f"    {dependent.name} {dependent.version} depends on {edge.requirement}"


def _origin(chain: Chain) -> str:
    where = chain.entry.where
    return f"{where.path}:{where.line}" if where is not None else "agentpm.toml"


def _requirement(chain: Chain) -> str:
    entry = chain.entry
    if entry.path is not None:
        return f"{entry.name}, the file {entry.path}"
    if entry.git is not None:
        return f"{entry.name}, {entry.git.file} at {entry.git.rev} of {without_credentials(entry.git.url)}"
    as_name = "" if str(entry.package) == str(entry.name) else f" as {entry.name}"
    return f"{entry.requirement}{as_name}"


def _data(found: Why) -> dict[str, Any]:
    return {
        "name": found.locked.name,
        "version": str(found.locked.version),
        "chains": [
            {
                "origin": _origin(chain),
                "asks_for": _requirement(chain),
                "steps": [
                    {
                        "dependent": edge.dependent,
                        "version": str(found.graph.agents[edge.dependent].version),
                        "requirement": str(edge.requirement),
                        "target": edge.target,
                    }
                    for edge in chain.steps
                ],
            }
            for chain in found.chains
        ],
    }
