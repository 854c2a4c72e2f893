"""`agentpm init`: begin a project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agentpm.cli import options
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags, environment, home_directory, workspace_for
from agentpm.ops.init import begin
from agentpm.targets.places import config_home
from agentpm.workspace import Workspace

EPILOG = """\b
Examples:
  agentpm init                         here, for Claude Code
  agentpm init --name storefront       with a name for the project"""


def init_(
    name: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help="What the project is called.")
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            metavar="HARNESS",
            help="Install for HARNESS: claude (default), opencode, copilot.",
        ),
    ] = None,
    global_: options.Global = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Begin a project: write agentpm.toml into this directory.

    The file explains itself in comments. An existing one is never replaced. `agentpm install NAME`
    writes one as well, so this is only for who wants to look at it first.
    """
    flags = Flags(json, quiet, verbose, False, False, global_, directory)
    session = Session("init", flags)
    environ = environment()
    around = workspace_for(flags, environ, config_home(environ, home_directory()))
    begun = begin(_place(around, directory), name, target or [], around)
    if begun.above is not None:
        session.talk.note(
            f"note: this is a project of its own now, apart from the one of `{begun.above}`"
        )
    session.print({"path": begun.path, "text": begun.text}, [f"wrote {begun.path}"])


def _place(around: Workspace, directory: Path | None) -> Workspace:
    """The very directory that the command runs in, unless that is the home directory."""
    if around.scope == "global":
        return around
    here = (directory or Path.cwd()).resolve()
    return Workspace("project", here, here)
