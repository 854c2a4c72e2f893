"""`agentpm status`: manifest, lockfile, receipt and files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from agentpm.cli.columns import table
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.wiring import wire
from agentpm.ops.installed import OK, STATES
from agentpm.ops.status import Status, status

if TYPE_CHECKING:
    from agentpm.cli import options

EPILOG = """\b
Examples:
  agentpm status
  agentpm status --json"""


def status_(
    global_: options.Global = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Compare agentpm.toml, agentpm.lock, the receipt of the last install, and the files.

    Says what the next `agentpm install` would have to do, and changes nothing. The exit code is 0
    whatever it finds; `agentpm verify` is the check.
    """
    flags = Flags(json, quiet, verbose, False, False, global_, directory)
    session = Session("status", flags)
    found = status(wire(flags, session.talk))
    session.print(_data(found), _lines(found))


def _lines(found: Status) -> Iterator[str]:
    yield f"agentpm.toml asks for {_count(found.asked)}"
    yield from _lockfile(found)
    yield from _files(found)
    if found.pending:
        yield "an interrupted command left work: the next `agentpm install` finishes it"
    if found.clean:
        yield "nothing to do"
    else:
        yield "`agentpm install` has something to do"


def _lockfile(found: Status) -> Iterator[str]:
    if found.unanswered is None:
        yield "agentpm.lock is not there"
        return
    locked = _count(len(found.standings))
    if not found.unanswered:
        yield f"agentpm.lock has {locked}, and answers it"
        return
    yield f"agentpm.lock has {locked}, and does not answer it:"
    yield from (f"  {reason}" for reason in found.unanswered)


def _files(found: Status) -> Iterator[str]:
    states = Counter(item.state for item in found.standings.values())
    shown = ", ".join(f"{states[state]} {state}" for state in STATES if states[state])
    if shown:
        yield f"{found.directory} holds {_count(len(found.standings))}: {shown}"
    rows = [
        (item.state, item.path, STATES[item.state])
        for item in found.standings.values()
        if item.state != OK
    ]
    rows += [("left over", path, "nothing asks for it any more") for path in found.leftovers]
    rows += [("yours", path, f"`{name}`, not agentpm's") for path, name in found.own.items()]
    rows += [("changed", path, "since the last install") for path in found.unlike_last_time]
    yield from (f"  {line}" for line in table(rows))


def _count(number: int) -> str:
    return f"{number} agent" if number == 1 else f"{number} agents"


def _data(found: Status) -> dict[str, Any]:
    return {
        "scope": found.scope,
        "directory": found.directory,
        "asked": found.asked,
        "locked": found.unanswered is not None,
        "unanswered": list(found.unanswered or ()),
        "agents": [
            {"name": name, "state": item.state, "path": item.path}
            for name, item in found.standings.items()
        ],
        "left_over": list(found.leftovers),
        "own": [{"name": name, "path": path} for path, name in found.own.items()],
        "changed_since_last_install": list(found.unlike_last_time),
        "pending": found.pending,
        "clean": found.clean,
    }
