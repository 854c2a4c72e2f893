"""`agentpm add`: ask for agents, without writing their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from agentpm.cli.commands import journeys
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.usage import UsageFailure
from agentpm.model.manifest import GitPlace

if TYPE_CHECKING:
    import typer

    from agentpm.cli import options

EPILOG = """\b
Examples:
  agentpm add code-reviewer@^2
  agentpm add acme/reviewer --registry acme --as auditor
  agentpm add house-style --path agents/house-style.md
  agentpm add legacy --git https://example.org/agents.git --rev v1.4.0 --file agents/legacy.md"""

_HELP = "see `agentpm add --help`"


def add_(
    names: Annotated[list[str], typer.Argument(metavar="NAME[@REQ]...", help="What to ask for.")],
    as_name: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Install the one agent as NAME.")
    ] = None,
    registry: options.RegistryName = None,
    path: Annotated[
        str | None, typer.Option("--path", metavar="FILE", help="The agent is this file.")
    ] = None,
    git: Annotated[
        str | None, typer.Option("--git", metavar="URL", help="The agent is in this repository.")
    ] = None,
    rev: Annotated[
        str, typer.Option("--rev", metavar="REV", help="Its tag, branch or commit; with --git.")
    ] = "HEAD",
    file: Annotated[
        str | None, typer.Option("--file", metavar="PATH", help="Its path there; with --git.")
    ] = None,
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
    """Ask for agents: writes agentpm.toml and agentpm.lock, no agent files.

    `agentpm install` afterwards writes the files; `agentpm install NAME` does both at once.
    """
    flags = Flags(json, quiet, verbose, offline, refresh, global_, directory)
    place = _place(path, git, rev, file)
    if place is not None and len(names) != 1:
        raise UsageFailure("--path and --git go with one name", hint=_HELP)
    wish = {"apply": False, "dry_run": dry_run, "trust_programs": trust_programs}
    session = Session("add", flags)
    journeys.add_only(session, names, as_name=as_name, registry=registry, place=place, wish=wish)


def _place(path: str | None, git: str | None, rev: str, file: str | None) -> str | GitPlace | None:
    if git is None:
        return path
    if file is None:
        raise UsageFailure("--git needs --file, the agent's path in the repository", hint=_HELP)
    return GitPlace(git, rev, file)
