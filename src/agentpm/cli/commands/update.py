"""`agentpm update`: move agents to newer releases."""

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
  agentpm update                     all of them
  agentpm update code-reviewer       this one, and only what must follow"""


def update_(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="The agents; all without one.")
    ] = None,
    force: options.Force = False,
    dry_run: options.DryRun = False,
    trust_programs: options.TrustPrograms = False,
    allow_hidden_text: options.AllowHidden = None,
    offline: options.Offline = False,
    refresh: options.Refresh = False,
    global_: options.Global = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Move agents to the newest releases that agentpm.toml allows, and install them.

    A release that could do more than the locked one is held back and named; `agentpm update NAME`
    stops there with the difference, and says how to approve it.
    """
    flags = Flags(json, quiet, verbose, offline, refresh, global_, directory)
    wish = {
        "force": force,
        "dry_run": dry_run,
        "trust_programs": trust_programs,
        "allow_hidden": tuple(allow_hidden_text or ()),
    }
    journeys.move(Session("update", flags), names or [], wish=wish)
