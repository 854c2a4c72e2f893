"""`agentpm yank` with its opposite `agentpm unyank`: withdraw a release, offer it again."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from agentpm.cli import options
from agentpm.cli.proposed import (
    Branch,
    BranchName,
    proposal_data,
    proposal_lines,
    route_of,
    tell,
)
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.wiring import wire
from agentpm.ops.signing import Terms
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
    branch: Branch = False,
    branch_name: BranchName = None,
    key: options.SigningKey = None,
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
    route = route_of(branch, branch_name)
    terms = Terms(registry, key, route)
    done = yank(wire(flags, session.talk), release, reason, terms)
    what = "is yanked" if done.changed else "was yanked already"
    _report(session, done, what)


def unyank_(
    release: Release,
    registry: options.RegistryName = None,
    branch: Branch = False,
    branch_name: BranchName = None,
    key: options.SigningKey = None,
    offline: options.Offline = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Offer a yanked release again."""
    flags = Flags(json=json, quiet=quiet, offline=offline, directory=directory)
    session = Session("unyank", flags)
    route = route_of(branch, branch_name)
    terms = Terms(registry, key, route)
    done = yank(wire(flags, session.talk), release, None, terms)
    what = "is offered again" if done.changed else "was not yanked"
    _report(session, done, what)


def _report(session: Session, done: Yanked, what: str) -> None:
    if done.proposal is not None:
        lines = [f"{done.release} {what} in {done.registry} once this is merged"]
        lines += proposal_lines(done.proposal)
    else:
        lines = [f"{done.release} {what} in {done.registry}"]
    session.print(_data(done), [] if session.flags.quiet else lines)
    if done.proposal is not None:
        tell(session.talk, done.proposal, done.registry)


def _data(done: Yanked) -> dict[str, Any]:
    return {
        "name": done.release.name,
        "version": str(done.release.version),
        "registry": done.registry,
        "yanked": done.reason,
        "changed": done.changed,
        "branch": proposal_data(done.proposal),
    }
