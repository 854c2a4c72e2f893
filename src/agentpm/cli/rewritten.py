"""The question whether a rewritten registry is to be trusted again, with the evidence on screen."""

from __future__ import annotations

from typing import Annotated

import typer

from agentpm.cli.confirm import confirm
from agentpm.cli.session import Session
from agentpm.cli.tidy import one_line
from agentpm.cli.wiring import wire
from agentpm.errors import AgentpmError, ExitCode
from agentpm.ops.entries import ConflictingRequest
from agentpm.ops.rewrite import Rewritten, accept_rewrite, find_rewrite
from agentpm.registry.history import RegistryTampered

AcceptRewrite = Annotated[
    str | None,
    typer.Option(
        "--accept-rewrite",
        metavar="NAME",
        help="Trust NAME as it is now, though what was seen before has changed.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Accept the rewriting that is shown.")]


class RewriteNotAccepted(AgentpmError):
    """A rewritten registry that somebody has to vouch for, and nobody did."""

    code = "rewrite-not-accepted"
    exit_code = ExitCode.CORRUPT


def accept(session: Session, name: str, others: list[str], *, yes: bool) -> None:
    """Show what is no longer as it was in the registry `name`, then accept it if somebody says so.

    Raises:
        RewriteNotAccepted: nobody did.
        ConflictingRequest: `others` were to be updated by the same command.
    """
    if others:
        raise ConflictingRequest(
            "`--accept-rewrite` is about one registry", hint="update the others separately"
        )
    parts = wire(session.flags, session.talk)
    found = find_rewrite(parts, name)
    if found.evidence is not None:
        can_ask = parts.surroundings.interactive and not session.flags.quiet
        if not (yes or can_ask):
            raise _refused(name, found.evidence)
        for line in (found.evidence.message, *_lines(found.evidence)):
            session.talk.note(line)
        # No is the default.
        if not yes and not confirm(f"Trust `{name}` as it is now?"):
            raise _refused(name)
        accept_rewrite(found)
    data = {"name": name, "source": found.source, "accepted": found.evidence is not None}
    session.print(data, [] if session.flags.quiet else [_sentence(found)])


def _lines(evidence: RegistryTampered) -> tuple[str, ...]:
    return tuple(f"  {one_line(line)}" for line in evidence.details)


def _refused(name: str, evidence: RegistryTampered | None = None) -> RewriteNotAccepted:
    return RewriteNotAccepted(
        f"`{name}` was rewritten, and is not trusted",
        details=(evidence.message, *_lines(evidence)) if evidence is not None else (),
        hint="ask the people who keep it; if they did this on purpose: "
        f"`agentpm registry update --accept-rewrite {name} --yes`",
    )


def _sentence(found: Rewritten) -> str:
    if found.evidence is None:
        return f"{found.name} shows everything that was seen before; there is nothing to accept"
    return f"{found.name} is trusted as it is now; lockfiles keep their checksums"
