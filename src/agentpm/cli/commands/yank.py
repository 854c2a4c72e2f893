"""`agentpm yank` with its opposite `agentpm unyank`: withdraw a release, offer it again."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from agentpm.cli import options
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.wiring import wire
from agentpm.ops.yank import Yanked, yank

EPILOG = """\b
Examples:
  agentpm yank reviewer@1.2.0 --reason "approves its own changes"
  agentpm yank reviewer@1.2.0 --reason "leaks secrets" --registry acme
  agentpm unyank reviewer@1.2.0"""

Release = Annotated[str, typer.Argument(metavar="NAME@VERSION", help="The release.")]


def yank_(
    release: Release,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; everybody who asks is told.")
    ],
    registry: options.RegistryName = None,
    offline: options.Offline = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Withdraw a release from new solutions.

    Nothing is deleted: who has the release locked can install it still, and is told the reason;
    nobody new gets it. Not for secrets that were published by mistake: change those.
    """
    flags = Flags(json=json, quiet=quiet, offline=offline, directory=directory)
    session = Session("yank", flags)
    done = yank(wire(flags, session.talk), release, reason, registry)
    what = "is yanked" if done.changed else "was yanked already"
    session.print(_data(done), [] if quiet else [f"{done.release} {what} in {done.registry}"])


def unyank_(
    release: Release,
    registry: options.RegistryName = None,
    offline: options.Offline = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Offer a yanked release again."""
    flags = Flags(json=json, quiet=quiet, offline=offline, directory=directory)
    session = Session("unyank", flags)
    done = yank(wire(flags, session.talk), release, None, registry)
    what = "is offered again" if done.changed else "was not yanked"
    session.print(_data(done), [] if quiet else [f"{done.release} {what} in {done.registry}"])


def _data(done: Yanked) -> dict[str, Any]:
    return {
        "name": done.release.name,
        "version": str(done.release.version),
        "registry": done.registry,
        "yanked": done.reason,
        "changed": done.changed,
    }
