"""`agentpm doctor`: what is wrong here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from agentpm.cli import options
from agentpm.cli.folders import folders
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags, environment
from agentpm.cli.tidy import one_line
from agentpm.cli.wiring import wire
from agentpm.errors import ExitCode
from agentpm.ops.doctor_agents import look_at_agents
from agentpm.ops.doctor_machine import look_at_machine
from agentpm.ops.finding import Finding

EPILOG = """\b
Examples:
  agentpm doctor
  agentpm doctor --offline --verbose
  agentpm doctor --json"""


def doctor_(
    offline: options.Offline = False,
    global_: options.Global = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Find what is wrong on this machine and in this project; change nothing.

    Looks at git, SQLite, agentpm's folders, registries, the settings of Claude Code, locks and
    interrupted work, installed files, names that several files claim, and agents that never load.
    The exit code is 1 if something is wrong. With --verbose also what is in order is shown.
    """
    flags = Flags(json, quiet, verbose, offline, False, global_, directory)
    session = Session("doctor", flags)
    parts = wire(flags, session.talk)
    own = folders(environment())
    start = (directory or Path.cwd()).resolve()
    found = (
        *look_at_machine(parts, (own.config, own.cache, own.data, parts.workspace.root)),
        *look_at_agents(parts, start),
    )
    wrong = [item for item in found if item.level == "problem"]
    session.print(
        {
            "healthy": not wrong,
            "findings": [
                {"check": f.check, "level": f.level, "message": f.message, "hint": f.hint}
                for f in found
            ],
        },
        _lines(found, wrong, flags),
    )
    if wrong:
        raise typer.Exit(ExitCode.FAILED)


def _lines(found: Sequence[Finding], wrong: Sequence[Finding], flags: Flags) -> Iterator[str]:
    for item in found:
        if item.level == "problem" or flags.verbose or (item.level == "note" and not flags.quiet):
            yield f"{item.level}: {item.message}"
            if item.hint is not None:
                yield f"  hint: {one_line(item.hint)}"
    if wrong:
        yield "1 problem" if len(wrong) == 1 else f"{len(wrong)} problems"
    elif not flags.quiet:
        yield f"nothing is wrong ({len(found)} things looked at)"
