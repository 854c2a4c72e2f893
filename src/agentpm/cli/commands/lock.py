"""`agentpm lock`: solve, and write the lockfile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from agentpm.cli.commands import journeys
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags

if TYPE_CHECKING:
    import typer

    from agentpm.cli import options

EPILOG = """\b
Examples:
  agentpm lock
  agentpm lock --lowest        the oldest releases that fit, to test your own bounds"""


def lock_(
    lowest: Annotated[
        bool, typer.Option("--lowest", help="Choose the oldest releases that fit.")
    ] = False,
    dry_run: options.DryRun = False,
    trust_programs: options.TrustPrograms = False,
    offline: options.Offline = False,
    refresh: options.Refresh = False,
    global_: options.Global = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Solve what agentpm.toml asks for, and write agentpm.lock.

    Keeps what is locked wherever that still fits. Reads through an unfinished git merge of the
    lockfile, and solves again.
    """
    flags = Flags(json, quiet, verbose, offline, refresh, global_, directory)
    # What is locked is the newest that fitted once: for the oldest, everybody is asked to move.
    moving = () if lowest else None
    wish: dict[str, Any] = {"apply": False, "dry_run": dry_run, "trust_programs": trust_programs}
    wish |= {"lowest": lowest, "moving": moving}
    journeys.lock(Session("lock", flags), wish=wish)
