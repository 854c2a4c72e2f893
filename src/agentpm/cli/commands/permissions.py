"""`agentpm permissions`: what agents can do, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from agentpm.cli import options
from agentpm.cli.columns import table
from agentpm.cli.powers import diff_data, diff_lines, powers_data, powers_lines
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.wiring import wire
from agentpm.errors import AgentpmError, ExitCode
from agentpm.ops.gate import Checked, check
from agentpm.ops.parts import Parts
from agentpm.ops.permission_diff import permission_diff
from agentpm.ops.permissions import permissions
from agentpm.ops.permissions_elsewhere import permissions_in
from agentpm.targets.known import CLAUDE

EPILOG = """\b
Examples:
  agentpm permissions                                every agent of the project
  agentpm permissions code-reviewer reviewer.md      an agent or package, a file
  agentpm permissions --harness opencode             what they can do there
  agentpm permissions --check                        the gate for CI
  agentpm permissions --diff reviewer@1.0.0 reviewer@2.0.0
  agentpm permissions --diff reviewer reviewer.md    a release, and a file"""


class GateClosed(AgentpmError):
    """Agents that policy, approvals or lockfile do not let through."""

    code = "gate-closed"
    exit_code = ExitCode.REFUSED


def permissions_(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME|FILE]...", help="The agents; all that are locked without one."
        ),
    ] = None,
    check_: Annotated[
        bool,
        typer.Option(
            "--check", help="Exit with 3 if anything is not allowed, approved or as locked."
        ),
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Compare two agents: OLD NEW.")] = False,
    harness: Annotated[
        str,
        typer.Option(
            "--harness", metavar="NAME", help="In which harness: claude, opencode or copilot."
        ),
    ] = CLAUDE.name,
    offline: options.Offline = False,
    refresh: options.Refresh = False,
    global_: options.Global = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Show what agents can do, and why.

    For each agent: its powers with the line that grants each, its list of tools as written, the
    tools it really gets, what Claude Code's settings take away, what is approved, and what it
    reaches through other agents. Overrides in agentpm.toml count. With --harness, agents and
    releases are shown as they would be installed for another one, files as that one reads them.
    """
    flags = Flags(json, quiet, verbose, offline, refresh, global_, directory)
    session = Session("permissions", flags)
    words = names or []
    _refuse_contradictions(words, check=check_, diff=diff)
    if harness != CLAUDE.name and (check_ or diff):
        raise typer.BadParameter("--harness goes with names and files alone")
    parts = wire(flags, session.talk)
    if check_:
        _gate(session, parts)
    elif diff:
        found = permission_diff(parts, *words)
        session.print(diff_data(found), diff_lines(found))
    else:
        here = harness == CLAUDE.name
        agents = permissions(parts, words) if here else permissions_in(parts, words, harness)
        if not agents:
            session.talk.note("no agents here: `agentpm install NAME` installs one")
        lines = (line for item in agents for line in powers_lines(item))
        session.print({"agents": [powers_data(item) for item in agents]}, lines)


def _refuse_contradictions(words: list[str], *, check: bool, diff: bool) -> None:
    if check and (diff or words):
        raise typer.BadParameter("--check looks at the whole project, and goes alone")
    if diff and len(words) != 2:
        raise typer.BadParameter("--diff compares two: OLD NEW")


def _gate(session: Session, parts: Parts) -> None:
    found = check(parts)
    session.print(_data(found), _lines(found, quiet=session.flags.quiet))
    if found.breaches and session.flags.json:
        raise typer.Exit(ExitCode.REFUSED)
    if found.breaches:
        wrong = len({breach.agent for breach in found.breaches})
        raise GateClosed(
            f"{wrong} of {_count(found.agents)} {'is' if wrong == 1 else 'are'} not let through"
        )


def _lines(found: Checked, *, quiet: bool) -> Iterator[str]:
    rows = [(breach.kind, breach.text) for breach in found.breaches]
    for line, breach in zip(table(rows), found.breaches, strict=True):
        yield line
        if breach.hint is not None and not quiet:
            yield f"  hint: {breach.hint}"
    if not found.breaches and not quiet:
        yield f"{_count(found.agents)} allowed, approved, and as locked"


def _count(number: int) -> str:
    return f"{number} agent" if number == 1 else f"{number} agents"


def _data(found: Checked) -> dict[str, Any]:
    return {
        "agents": found.agents,
        "open": not found.breaches,
        "breaches": [
            {"name": item.agent, "kind": item.kind, "text": item.text, "hint": item.hint}
            for item in found.breaches
        ],
    }
