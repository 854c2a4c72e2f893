"""`agentpm outdated`: locked agents with newer releases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from agentpm.cli.columns import table
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.wiring import wire
from agentpm.ops.outdated import Newer, Outdated, outdated
from agentpm.permissions.phrases import by_danger, in_words

if TYPE_CHECKING:
    import typer

    from agentpm.cli import options

EPILOG = """\b
Examples:
  agentpm outdated
  agentpm outdated --json --refresh"""


def outdated_(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="The agents; all without one.")
    ] = None,
    offline: options.Offline = False,
    refresh: options.Refresh = False,
    global_: options.Global = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """List agents with newer releases.

    `fits` is the release that `agentpm update` would choose, `newest` the newest of all. Below the
    table stands what a newer release could do that the locked one cannot; `agentpm update` holds
    such a release back until somebody approves it. The exit code is 0 either way.
    """
    flags = Flags(json, quiet, verbose, offline, refresh, global_, directory)
    session = Session("outdated", flags)
    overview = outdated(wire(flags, session.talk, fresh=True), names or [])
    if not overview.agents:
        session.talk.note("no newer releases")
    for text in overview.passed_over:
        session.talk.note(f"note: {text}")
    rows = table(map(_row, overview.agents), ("name", "locked", "fits", "newest"))
    lines = [*rows, *_gains(overview.agents)] if overview.agents else []
    data = {
        "agents": [_data(item) for item in overview.agents],
        "passed_over": list(overview.passed_over),
    }
    session.print(data, lines)


def _row(item: Outdated) -> tuple[str, str, str, str]:
    locked = str(item.locked.version)
    fits = str(item.fits.version) if item.fits else locked
    newest = str(item.newest.version) if item.newest else locked
    return item.locked.name, locked, fits, newest


def _gains(items: tuple[Outdated, ...]) -> Iterator[str]:
    for item in items:
        if item.withdrawn is not None:
            yield f"{item.locked} is withdrawn: {item.withdrawn}"
        for newer in _distinct(item):
            if newer.problem is not None:
                yield f"{item.locked.name} {newer.version}: {newer.problem}"
            elif newer.gains:
                powers = ", ".join(in_words(word) for word in by_danger(newer.gains.words()))
                yield f"{item.locked.name} {newer.version} could also {powers}"


def _distinct(item: Outdated) -> list[Newer]:
    found = [newer for newer in (item.fits, item.newest) if newer is not None]
    return found[:1] if len(found) == 2 and found[0] == found[1] else found


def _data(item: Outdated) -> dict[str, Any]:
    return {
        "name": item.locked.name,
        "package": item.locked.package,
        "source": item.locked.source,
        "locked": str(item.locked.version),
        "fits": _newer(item.fits),
        "newest": _newer(item.newest),
        "withdrawn": item.withdrawn,
    }


def _newer(newer: Newer | None) -> dict[str, Any] | None:
    if newer is None:
        return None
    return {
        "version": str(newer.version),
        "gains": list(newer.gains.words()),
        "problem": newer.problem,
    }
