"""`agentpm publish`: send agents to a registry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
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
from agentpm.cli.show import capability_line
from agentpm.cli.wiring import wire
from agentpm.ops.bump import Asked, Step
from agentpm.ops.judge import table
from agentpm.ops.publish import Order, Publication, Published, publish
from agentpm.permissions.report import capabilities

EPILOG = """\b
Examples:
  agentpm publish reviewer.md --version 1.0.0       the first release
  agentpm publish reviewer.md --bump minor          the next one; changes the file's version line
  agentpm publish agents/*.md --registry acme       several at once, to your team's registry
  agentpm publish reviewer.md --package acme/reviewer --registry acme
  agentpm publish reviewer.md --registry acme --branch   where the main branch is protected
  agentpm publish reviewer.md --dry-run"""


def publish_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="The agents' files.")],
    version: Annotated[
        str | None,
        typer.Option("--version", metavar="V", help="The version of a file that states none."),
    ] = None,
    bump: Annotated[
        Step | None, typer.Option("--bump", help="One step on from the version there is.")
    ] = None,
    package: Annotated[
        str | None,
        typer.Option(
            "--package", metavar="OWNER/NAME", help="Publish the one file under an owner."
        ),
    ] = None,
    registry: options.RegistryName = None,
    branch: Branch = False,
    branch_name: BranchName = None,
    sign: Annotated[
        bool,
        typer.Option("--sign", help="Fail if the registry has no signers; where it has, always."),
    ] = False,
    key: options.SigningKey = None,
    dry_run: options.DryRun = False,
    allow_hidden_text: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-hidden-text",
            metavar="NAME",
            help="Publish NAME though its text hides characters.",
        ),
    ] = None,
    offline: options.Offline = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Send agents to a registry.

    Every file is checked first: by agentpm lint, whose errors refuse; its dependencies must be in
    the registry; and a release that can do more than the one before it cannot be a patch release.
    A release never changes afterwards. Without --registry it goes to the project's registry, or
    to your own on this machine. With --branch it waits on a branch until somebody merges it, which
    is the way into a registry whose main branch is protected.
    """
    flags = Flags(json=json, quiet=quiet, offline=offline, directory=directory)
    session = Session("publish", flags)
    order = Order(
        asked=Asked(version, bump),
        registry=registry,
        package=package,
        dry_run=dry_run,
        allow_hidden=tuple(allow_hidden_text or ()),
        route=route_of(branch, branch_name),
        key=key,
        sign=sign,
    )
    done = publish(wire(flags, session.talk), files, order)
    for item in done.agents:
        for finding in item.findings:
            session.talk.note(f"{finding.where.location}: {finding.message} [{finding.code}]")
    session.print(_data(done), [] if quiet else _lines(done))
    if done.proposal is not None:
        tell(session.talk, done.proposal, done.registry)


def _lines(done: Publication) -> Iterator[str]:
    for item in done.agents:
        report = capabilities(item.release.grants, table())
        yield f"+ {item.release}  {capability_line(report)}"
        if item.there:
            yield "  is published already, with the same bytes"
        if item.said is not None:
            said = item.said or "(none)"
            changed = "would change" if done.dry_run else "changed"
            yield f"  {changed} {item.path}: version {said} -> {item.release.version}"
        yield from (f"  {line}" for line in _change(item))
    new = sum(not item.there for item in done.agents)
    count = "1 agent" if new == 1 else f"{new} agents"
    would = "would be " if done.dry_run else ""
    if done.proposal is not None:
        yield f"{count} proposed to {done.registry}"
        yield from proposal_lines(done.proposal)
    else:
        yield f"{count} {would}published to {done.registry}"


def _change(item: Published) -> Iterator[str]:
    if item.change is None:
        return
    since, difference = item.change.since.version, item.change.difference
    if difference.widens:
        yield f"more power than {since}:"
        yield from (f"  {line}" for line in item.change.explained)
    elif difference.dropped:
        yield f"less power than {since}: without {difference.dropped}"
    else:
        yield f"can do what {since} could"


def _data(done: Publication) -> dict[str, Any]:
    return {
        "registry": done.registry,
        "source": done.source,
        "commit": done.commit,
        "branch": proposal_data(done.proposal),
        "dry_run": done.dry_run,
        "agents": [_agent(item) for item in done.agents],
    }


def _agent(item: Published) -> dict[str, Any]:
    change = item.change
    return {
        "path": str(item.path),
        "name": item.release.name,
        "version": str(item.release.version),
        "checksum": item.release.checksum,
        "already_there": item.there,
        "said": item.said,
        "since": str(change.since.version) if change else None,
        "gains": list(change.difference.added.words()) if change else [],
        "loses": list(change.difference.dropped.words()) if change else [],
        "findings": [
            {"code": f.code, "message": f.message, "line": f.where.line, "column": f.where.column}
            for f in item.findings
        ],
    }
