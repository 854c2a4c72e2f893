"""`agentpm registry check`: the gate of a registry, for hooks and CI."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from agentpm.cli import options
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.errors import ExitCode
from agentpm.ops.entries import ConflictingRequest
from agentpm.ops.registry_check import Inquiry, Verdict, check_push, check_registry
from agentpm.registry.gate.refusal import Kind, Refusal

EPILOG = """\b
Examples:
  agentpm registry check
  agentpm registry check origin/main..HEAD
  agentpm registry check origin/main..HEAD --pusher ada@example.org
  agentpm registry check --pre-receive                      in the hook of that name"""


def check_(
    span: Annotated[
        str | None,
        typer.Argument(metavar="[OLD..NEW]", help="Commits; without them, the whole registry."),
    ] = None,
    pre_receive: Annotated[
        bool, typer.Option("--pre-receive", help="Check a push, as git tells its hook of it.")
    ] = False,
    pusher: Annotated[
        str | None,
        typer.Option("--pusher", metavar="WHO", help="Who pushes: an account or a mail address."),
    ] = None,
    reviewed: Annotated[
        list[str] | None,
        typer.Option("--reviewed", metavar="NAME", help="Let NAME pass where it needs a review."),
    ] = None,
    late: Annotated[
        bool, typer.Option("--late", help="Releases may have been published a while ago.")
    ] = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Check that commits change a registry in honest ways only, or that all of it is sound.

    Every commit on the way is held against the one before it. All that is wrong is listed, each
    with its file and line. The exit code is 1 where something is refused, 3 where an administrator
    has to look at a name first, 4 where what was published would change.
    """
    session = Session("registry check", Flags(json, quiet, directory=directory))
    inquiry = Inquiry(datetime.now(UTC), pusher, late, frozenset(reviewed or ()))
    if pre_receive and span is not None:
        raise ConflictingRequest(
            "`--pre-receive` is told by git which commits to check", hint="leave the range out"
        )
    if pre_receive:
        place = Path(os.environ.get("GIT_DIR") or directory or ".").resolve()
        verdict = check_push(place, sys.stdin, os.environ, inquiry)
    else:
        verdict = check_registry((directory or Path()).resolve(), span, inquiry)
    session.print(_data(verdict), _lines(verdict, quiet=quiet))
    if verdict.exit_code is not ExitCode.DONE:
        raise typer.Exit(verdict.exit_code)


def _lines(verdict: Verdict, *, quiet: bool) -> Iterator[str]:
    for refusal in verdict.refusals:
        yield from _told(refusal)
    if not quiet or verdict.refusals:
        yield _summary(verdict)


def _told(refusal: Refusal) -> Iterator[str]:
    problem = refusal.problem
    yield f"{refusal.kind.value}[{refusal.code}]: {problem.message}"
    at = f" in {refusal.commit[:12]}" if refusal.commit else ""
    yield f"  --> {refusal.location}{at}"
    yield from (f"  {line}" for line in problem.details)
    if problem.hint is not None:
        yield f"hint: {problem.hint}"
    yield ""


def _summary(verdict: Verdict) -> str:
    counts = {kind: sum(r.kind is kind for r in verdict.refusals) for kind in Kind}
    words = {Kind.TAMPERED: "tampered with", Kind.REFUSED: "refused", Kind.REVIEW: "to be reviewed"}
    found = ", ".join(f"{counts[kind]} {word}" for kind, word in words.items() if counts[kind])
    return f"{', '.join(verdict.checked) or 'nothing'}: {found or 'all is well'}"


def _data(verdict: Verdict) -> dict[str, Any]:
    return {
        "checked": list(verdict.checked),
        "commits": verdict.commits,
        "accepted": not verdict.refusals,
        "refusals": [_refusal(refusal) for refusal in verdict.refusals],
    }


def _refusal(refusal: Refusal) -> dict[str, Any]:
    problem = refusal.problem
    return {
        "code": refusal.code,
        "kind": refusal.kind.value,
        "message": problem.message,
        "path": problem.path,
        "line": problem.line,
        "commit": refusal.commit,
        "hint": problem.hint,
        "details": list(problem.details),
    }
