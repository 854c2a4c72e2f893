"""`agentpm list`: the agents of this project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentpm.cli.columns import table
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.show import capability_line
from agentpm.cli.wiring import wire
from agentpm.ops.listing import Listed, listing

if TYPE_CHECKING:
    from agentpm.cli import options

EPILOG = """\b
Examples:
  agentpm list
  agentpm list -g               your own agents
  agentpm list --json"""


def list_(
    global_: options.Global = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """List the agents of this project.

    One line an agent: its version, what asks for it, how its file stands, the tools that the file
    gives it.
    """
    flags = Flags(json, quiet, verbose, False, False, global_, directory)
    session = Session("list", flags)
    agents = listing(wire(flags, session.talk))
    if not agents:
        session.talk.note("no agents here: `agentpm install NAME` installs one")
    session.print({"agents": [_data(agent) for agent in agents]}, table(map(_row, agents)))


def _row(agent: Listed) -> tuple[str, ...]:
    version = str(agent.locked.version) if agent.locked is not None else "-"
    return agent.name, version, _wanted(agent), agent.state, _tools(agent)


def _wanted(agent: Listed) -> str:
    if agent.requirement is not None:
        return str(agent.requirement)
    return f"for {', '.join(agent.needed_by)}" if agent.needed_by else "nothing asks for it"


def _tools(agent: Listed) -> str:
    return capability_line(agent.report) if agent.report is not None else ""


def _data(agent: Listed) -> dict[str, Any]:
    locked, report = agent.locked, agent.report
    return {
        "name": agent.name,
        "package": agent.package,
        "version": str(locked.version) if locked else None,
        "source": locked.source if locked else None,
        "checksum": locked.checksum if locked else None,
        "requirement": str(agent.requirement) if agent.requirement is not None else None,
        "needed_by": list(agent.needed_by),
        "state": agent.state,
        "path": agent.path,
        "tools": list(report.literal) if report and report.literal is not None else None,
        "effective_tools": list(report.effective_tools) if report else None,
        "capabilities": list(report.capabilities.words()) if report else None,
        "locked_capabilities": {k: list(v) for k, v in locked.capabilities.items()}
        if locked
        else {},
    }
