"""`agentpm verify`: whether the installed files are the locked ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentpm.cli.columns import table
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.wiring import wire
from agentpm.errors import ExitCode
from agentpm.ops.verify import NotAsLocked, Verified, verify

if TYPE_CHECKING:
    from agentpm.cli import options

EPILOG = """\b
Examples:
  agentpm verify                 in CI, after agentpm sync
  agentpm verify --json"""


def verify_(
    offline: options.Offline = False,
    refresh: options.Refresh = False,
    global_: options.Global = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Check that every installed file is, byte for byte, the one that agentpm.lock names.

    Overrides of agentpm.toml are applied to the published file before the two are compared. Files
    that claim the name of a locked agent count as wrong as well. The exit code is 4 if anything is
    wrong.
    """
    flags = Flags(json, quiet, verbose, offline, refresh, global_, directory)
    session = Session("verify", flags)
    found = verify(wire(flags, session.talk))
    violations = found.violations
    rows = [(item.kind, item.text) for item in violations]
    fine = [] if violations or quiet else [f"{_count(found.agents)} as locked"]
    session.print(_data(found), [*table(rows), *fine])
    if violations and json:
        return ExitCode.CORRUPT
    if violations:
        raise _refusal(found)
    return ExitCode.DONE


def _refusal(found: Verified) -> NotAsLocked:
    wrong = len({item.agent for item in found.violations})
    return NotAsLocked(
        f"{wrong} of {_count(found.agents)} {'is' if wrong == 1 else 'are'} not as locked",
        hint="`agentpm install` writes what is missing, and shows what it will not overwrite",
    )


def _count(number: int) -> str:
    return f"{number} agent" if number == 1 else f"{number} agents"


def _data(found: Verified) -> dict[str, Any]:
    return {
        "agents": found.agents,
        "as_locked": not found.violations,
        "violations": [
            {"name": item.agent, "path": item.path, "kind": item.kind, "text": item.text}
            for item in found.violations
        ],
    }
