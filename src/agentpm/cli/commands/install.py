"""`agentpm install`: agents by name, or all that the project asks for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Annotated, Any

from agentpm.cli.quick import up_to_date_line
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags, environment, home_directory, workspace_for
from agentpm.ops.uptodate import up_to_date
from agentpm.targets.places import config_home

if TYPE_CHECKING:
    import typer

    from agentpm.cli import options

EPILOG = """\b
Examples:
  agentpm install backend-engineer            the newest release, written to agentpm.toml as ^1.0
  agentpm install code-reviewer@^1.1          within a range
  agentpm install code-reviewer@1.1.0         exactly this release
  agentpm install                             all that agentpm.toml asks for
  agentpm install --frozen                    exactly agentpm.lock, as in CI
  agentpm install -g technical-writer         for yourself, in ~/.claude/agents
  agentpm install acme/reviewer --as auditor  under another name"""


def install_(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME[@REQ]]...", help="What to install.")
    ] = None,
    as_name: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Install the one agent as NAME.")
    ] = None,
    registry: options.RegistryName = None,
    frozen: options.Frozen = False,
    dry_run: options.DryRun = False,
    force: options.Force = False,
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
    """Install agents, by name or all that the project asks for.

    Resolves versions, checks what every agent can do against what is allowed here, writes the
    published files into the agents directory, and records the result in agentpm.lock.
    """
    flags = Flags(json, quiet, verbose, offline, refresh, global_, directory)
    session = Session("install", flags)
    if not (names or dry_run or force or refresh or frozen) and _nothing_to_do(session):
        return
    journey = _load("agentpm.cli.commands.journeys")
    journey.install(
        session,
        names or [],
        as_name=as_name,
        registry=registry,
        wish={
            "frozen": frozen,
            "dry_run": dry_run,
            "force": force,
            "trust_programs": trust_programs,
            "allow_hidden": tuple(allow_hidden_text or ()),
        },
    )


def _nothing_to_do(session: Session) -> bool:
    """Say so and be done where everything is as the last run left it."""
    environ = environment()
    workspace = workspace_for(session.flags, environ, config_home(environ, home_directory()))
    count = up_to_date(workspace, environ)
    if count is None:
        return False
    data = {"moves": [], "agents": count, "up_to_date": True, "dry_run": False}
    session.print(data, [] if session.flags.quiet else [up_to_date_line(count)])
    return True


def _load(module: str) -> Any:
    """The marked place where the rest of a command loads, once it is known to be needed."""
    return importlib.import_module(module)
