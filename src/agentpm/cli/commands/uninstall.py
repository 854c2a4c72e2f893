"""`agentpm uninstall`: remove agents from the project and from disk."""

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
  agentpm uninstall code-reviewer
  agentpm uninstall -g technical-writer"""


def uninstall_(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="The agents.")],
    force: options.Force = False,
    dry_run: options.DryRun = False,
    offline: options.Offline = False,
    refresh: options.Refresh = False,
    global_: options.Global = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Remove agents from the project and from disk, with what only they needed.

    A file that was edited since agentpm wrote it is not removed unless --force says so.
    """
    flags = Flags(json, quiet, verbose, offline, refresh, global_, directory)
    wish = {"apply": True, "dry_run": dry_run, "force": force}
    journeys.take_out(Session("uninstall", flags), names, wish=wish)
