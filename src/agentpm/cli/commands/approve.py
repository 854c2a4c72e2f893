"""`agentpm approve`: approve what an agent asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from agentpm.cli import options
from agentpm.cli.confirm import confirm
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.show import short
from agentpm.cli.wiring import wire
from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.name import AgentName
from agentpm.ops.approve import Approval, Proposal, approve, propose
from agentpm.ops.approve_signer import approve_signer
from agentpm.ops.approving import approve_command, for_whom
from agentpm.ops.claims import Elsewhere
from agentpm.ops.parts import Parts
from agentpm.permissions.capability import CapabilitySet

EPILOG = """\b
Examples:
  agentpm approve code-reviewer shell          this power, for the whole team
  agentpm approve code-reviewer                all that it asks for, shown first
  agentpm approve code-reviewer@2.0.0          all that this release asks for
  agentpm approve code-reviewer --dry-run      only show it
  agentpm approve own --path agents/own.md     a file that agentpm.toml does not list yet
  agentpm approve code-reviewer --signer unsigned"""


class NotApproved(AgentpmError):
    """An approval that somebody has to agree to, and nobody did."""

    code = "not-approved"
    exit_code = ExitCode.REFUSED


def approve_(
    name: Annotated[str, typer.Argument(metavar="NAME[@REQ]", help="The agent.")],
    capabilities: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CAPABILITY]...", help="What to approve; all that lacks a yes without one."
        ),
    ] = None,
    as_name: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="It is to be installed as NAME.")
    ] = None,
    registry: options.RegistryName = None,
    path: Annotated[
        str | None, typer.Option("--path", metavar="FILE", help="The agent is this file.")
    ] = None,
    signer: Annotated[
        str | None,
        typer.Option(
            "--signer", metavar="WHO", help="Let WHO sign it, as the lockfile writes signers."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Agree to what is shown.")] = False,
    dry_run: options.DryRun = False,
    offline: options.Offline = False,
    refresh: options.Refresh = False,
    global_: options.Global = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Approve what an agent asks for, under [permissions.approved] in agentpm.toml.

    Without capabilities: all that the locked release, or the newest that fits, needs a yes for. It
    is shown first; on a terminal you are asked, elsewhere --yes agrees. The decision is the team's:
    commit it. Programs that you approve may run on this machine from then on. --as, --registry and
    --path say where an agent is that agentpm.toml does not list yet.
    """
    flags = Flags(json, quiet, verbose, offline, refresh, global_, directory)
    session = Session("approve", flags)
    parts = wire(flags, session.talk)
    if signer is not None:
        _approve_signer(session, parts, name, signer)
        return
    elsewhere = _elsewhere(as_name, registry, path)
    proposal = propose(parts, name, capabilities or [], elsewhere)
    if not proposal.words:
        session.print(_data(proposal, None), [f"nothing of {proposal.name} needs a yes"])
        return
    for line in _asked(proposal):
        session.talk.note(line)
    if not proposal.releases:
        session.talk.warn(f"no release of `{proposal.name}` that could be installed asks for this")
    if dry_run:
        session.print(_data(proposal, None), [f"would approve: {_words(proposal.words)}"])
        return
    if not (capabilities or yes):
        _ask(parts, proposal)
    done = approve(parts, proposal)
    session.print(_data(proposal, done), [] if quiet else _lines(proposal, done))


def _approve_signer(session: Session, parts: Parts, name: str, signer: str) -> None:
    done = approve_signer(parts, name, signer)
    lines = [f"{done.name} may be signed by {', '.join(done.signers)}"]
    if done.changed:
        lines.append("agentpm.toml updated; commit it")
    data = {"name": done.name, "signers": list(done.signers), "manifest_changed": done.changed}
    session.print(data, [] if session.flags.quiet else lines)


def _asked(proposal: Proposal) -> Iterator[str]:
    releases = f" {', '.join(proposal.releases)}" if proposal.releases else ""
    yield f"{proposal.name}{releases}"
    yield from (f"  {line}" for line in proposal.explained)


def _ask(parts: Parts, proposal: Proposal) -> None:
    """Ask on a terminal; no is the default, and the only answer where nobody can be asked."""
    sentence = f"Approve this{for_whom(parts)}?"
    if parts.surroundings.interactive and confirm(sentence):
        return
    raise NotApproved(
        f"nothing was approved for `{proposal.name}`",
        hint=f"if it is right: `{approve_command(parts, proposal.locked, proposal.words)}`",
    )


def _elsewhere(as_name: str | None, registry: str | None, path: str | None) -> Elsewhere:
    if path is not None and (as_name is not None or registry is not None):
        raise typer.BadParameter("--path goes with the name that the file is to be installed as")
    return Elsewhere(AgentName(as_name) if as_name is not None else None, registry, path)


def _lines(proposal: Proposal, done: Approval) -> Iterator[str]:
    yield f"approved for {done.name}: {_words(proposal.words)}"
    files = [
        name
        for name, changed in (
            ("agentpm.toml", done.manifest_changed),
            ("agentpm.lock", done.lockfile_changed),
        )
        if changed
    ]
    if files:
        yield f"{' and '.join(files)} updated; commit {'it' if len(files) == 1 else 'them'}"


def _words(words: CapabilitySet) -> str:
    return ", ".join(short(word) for word in words.words())


def _data(proposal: Proposal, done: Approval | None) -> dict[str, Any]:
    return {
        "name": proposal.name,
        "releases": list(proposal.releases),
        "capabilities": list(proposal.words.words()),
        "explained": list(proposal.explained),
        "approved": list(done.approved.words()) if done is not None else None,
        "manifest_changed": done is not None and done.manifest_changed,
        "lockfile_changed": done is not None and done.lockfile_changed,
    }
