"""The question whether a rewritten registry is to be trusted again, with the evidence on screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from agentpm.cli.confirm import confirm
from agentpm.cli.session import Session
from agentpm.cli.typed_digest import signers_digest
from agentpm.cli.wiring import wire
from agentpm.errors import AgentpmError, ExitCode
from agentpm.ops.entries import ConflictingRequest
from agentpm.ops.rewrite import Rewritten, accept_rewrite, find_rewrite
from agentpm.registry.history import RegistryTampered
from agentpm.values import dataclass

NO_LIST = "none"
"""What `--signers` says where no list is to count any more."""


class RewriteNotAccepted(AgentpmError):
    """A rewritten registry that somebody has to vouch for, and nobody did."""

    code = "rewrite-not-accepted"
    exit_code = ExitCode.CORRUPT
    problem: RegistryTampered | None = None
    """What somebody has to vouch for."""

    @property
    def facts(self) -> Mapping[str, object]:
        """The evidence, for programs."""
        return self.problem.facts if self.problem is not None else {}


@dataclass(frozen=True, slots=True)
class Consent:
    """What the command line agrees to.

    `yes` is to what is shown, but for another list of signers, from which all other trust comes:
    `signers` is the digest of the one that may count.
    """

    yes: bool
    signers: str | None


def refuse_alone() -> NoReturn:
    """Refuse a list of signers where nothing is to be accepted."""
    raise ConflictingRequest(
        "`--signers` says which list `--accept-rewrite` may trust",
        hint="leave it out, or add `--accept-rewrite NAME`",
    )


def accept(session: Session, name: str, others: list[str], consent: Consent) -> None:
    """Show what is no longer as it was in the registry `name`, then accept it if somebody says so.

    Raises:
        UsageFailure: the list of signers that is agreed to is none.
        RewriteNotAccepted: nobody did.
        ConflictingRequest: `others` were to be updated by the same command.
    """
    if consent.signers != NO_LIST:
        signers_digest(consent.signers)
    if others:
        raise ConflictingRequest(
            "`--accept-rewrite` is about one registry", hint="update the others separately"
        )
    parts = wire(session.flags, session.talk)
    found = find_rewrite(parts, name)
    problem = found.problem
    if problem is not None:
        can_ask = parts.surroundings.interactive and not session.flags.quiet
        _insist_on_consent(name, problem, consent, can_ask=can_ask)
        for line in (problem.message, *_lines(problem)):
            session.talk.insist(line)
        _ask(name, problem, consent)
        accept_rewrite(found)
    data = {
        "name": name,
        "source": found.source,
        "accepted": problem is not None,
        "evidence": problem.evidence.as_data() if problem is not None else None,
    }
    session.print(data, [] if session.flags.quiet else [_sentence(found)])


def _insist_on_consent(
    name: str, problem: RegistryTampered, consent: Consent, *, can_ask: bool
) -> None:
    """Refuse what the command line does not agree to, where nobody can be asked."""
    other = problem.evidence.signers
    if other is not None and consent.signers not in (None, other.digest):
        raise _refused(name, problem, f"`{name}` does not show the list `{consent.signers}`")
    if can_ask:
        return
    if not consent.yes:
        raise _refused(name, problem)
    if other is not None and consent.signers is None:
        raise _refused(name, problem, f"`{name}` has other signers, for whom `--yes` is not enough")


def _ask(name: str, problem: RegistryTampered, consent: Consent) -> None:
    """Ask a person for what the command line does not agree to; no is the default."""
    if not consent.yes and not confirm(f"Trust `{name}` as it is now?"):
        raise _refused(name)
    other = problem.evidence.signers
    if other is None or consent.signers is not None:
        return
    question = (
        "Trust what is signed by nobody you know?"
        if other.now is None
        else "Trust its new signers, though nobody who counted before put them there?"
    )
    if not confirm(question):
        raise _refused(name)


def _lines(problem: RegistryTampered) -> tuple[str, ...]:
    return tuple(f"  {line}" for line in problem.details)


def _refused(
    name: str, problem: RegistryTampered | None = None, message: str = ""
) -> RewriteNotAccepted:
    signers = problem.evidence.signers if problem is not None else None
    command = f"agentpm registry update --accept-rewrite {name} --yes"
    hint = f"ask the people who keep it; if they did this on purpose: `{command}`"
    if signers is not None:
        hint = (
            "ask the people who keep it, on another way than the registry, for the digest of their "
            f"list of signers; if it is the one above: `{command} --signers {signers.digest}`"
        )
    error = RewriteNotAccepted(
        message or f"`{name}` was rewritten, and is not trusted",
        details=(problem.message, *_lines(problem)) if problem is not None else (),
        hint=hint,
    )
    error.problem = problem
    return error


def _sentence(found: Rewritten) -> str:
    if found.problem is None:
        return f"{found.name} shows everything that was seen before; there is nothing to accept"
    return f"{found.name} is trusted as it is now; lockfiles keep their checksums"
