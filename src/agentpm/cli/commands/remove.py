"""`agentpm remove`: stop asking for agents, without touching their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from agentpm.cli.commands import journeys
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags

if TYPE_CHECKING:
    import typer

    from agentpm.cli import options

EPILOG = """\b
Examples:
  agentpm remove code-reviewer"""


def remove_(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="The agents.")],
    dry_run: options.DryRun = False,
    offline: options.Offline = False,
    refresh: options.Refresh = False,
    global_: options.Global = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Stop asking for agents: changes agentpm.toml and agentpm.lock, no agent files.

    What only they needed leaves the lockfile with them. `agentpm install` then removes the files;
    `agentpm uninstall NAME` does both at once.
    """
    flags = Flags(json, quiet, verbose, offline, refresh, global_, directory)
    wish = {"apply": False, "dry_run": dry_run}
    journeys.take_out(Session("remove", flags), names, wish=wish)
