"""`agentpm diff`: what changes between two releases."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from agentpm.cli import options
from agentpm.cli.screen import paint
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.wiring import wire
from agentpm.ops.difference import Compared, compare_releases
from agentpm.permissions.phrases import by_danger, in_words

EPILOG = """\b
Examples:
  agentpm diff code-reviewer                the locked release, and the newest that fits
  agentpm diff code-reviewer 2.0.0          the locked release, and this one
  agentpm diff code-reviewer 1.0.0 2.0.0    any two"""


def diff_(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The agent or package.")],
    versions: Annotated[
        list[str] | None, typer.Argument(metavar="[OLD] [NEW]", help="Which releases.")
    ] = None,
    registry: options.RegistryName = None,
    offline: options.Offline = False,
    refresh: options.Refresh = False,
    global_: options.Global = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Show what changes between two releases: first what the agent can do, then its text.

    Overrides in agentpm.toml count for what the agent can do; the text is that of the published
    files.
    """
    flags = Flags(json, quiet, verbose, offline, refresh, global_, directory)
    session = Session("diff", flags)
    old, new = _versions(versions or [])
    found = compare_releases(wire(flags, session.talk), name, old, new, registry)
    if found.old.version == found.new.version:
        reason = "the same release twice" if versions else "no newer release fits"
        session.talk.note(f"nothing to compare `{found.old}` with: {reason}")
    session.print(_data(found), _lines(found))


def _versions(given: list[str]) -> tuple[str | None, str | None]:
    if len(given) > 2:
        raise typer.BadParameter("name two releases at most, the old one first")
    old, new = ([None] * (2 - len(given)) + given) if given else (None, None)
    return old, new


def _lines(found: Compared) -> Iterator[str]:
    if found.old.version == found.new.version:
        return
    yield f"{found.old.name} {found.old.version} -> {found.new.version}"
    yield from (f"  {line}" for line in found.explained)
    if found.loses:
        powers = ", ".join(in_words(word) for word in by_danger(found.loses.words()))
        yield f"  can no longer {powers}"
    if not (found.gains or found.loses):
        yield "  can do what it could before"
    yield ""
    yield from map(_painted, found.lines)


def _painted(line: str) -> str:
    sign = line[:1]
    return paint(sign, sys.stdout) + line[1:] if sign in "+-" else line


def _data(found: Compared) -> dict[str, Any]:
    return {
        "name": found.old.name,
        "old": str(found.old.version),
        "new": str(found.new.version),
        "gains": list(found.gains.words()),
        "loses": list(found.loses.words()),
        "explained": list(found.explained),
        "diff": list(found.lines),
    }
