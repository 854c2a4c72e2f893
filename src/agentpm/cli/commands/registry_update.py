"""`agentpm registry update`: look at registries now, and say what is new."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from agentpm import lazy
from agentpm.cli.envelope import described
from agentpm.cli.screen import paint
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.wiring import wire
from agentpm.errors import ExitCode
from agentpm.ops.refresh import News, refresh
from agentpm.registry.history import RegistryTampered
from agentpm.registry.view import as_version

if TYPE_CHECKING:
    import typer

    from agentpm.cli import options, rewritten
else:
    # Few registries are ever rewritten.
    rewritten = lazy.module("agentpm.cli.rewritten")

EPILOG = """\b
Examples:
  agentpm registry update
  agentpm registry update acme
  agentpm registry update --accept-rewrite acme    after its keepers told you why"""


def update_(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Which; all without one.")
    ] = None,
    accept_rewrite: options.AcceptRewrite = None,
    signers: options.TheirSigners = None,
    yes: options.Yes = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Look at registries now, however fresh the last look, and say what is new.

    Nothing is installed or locked by this: `agentpm update` does that. The exit code is 1 if a
    registry could not be asked. A registry in which something changed that may never change is not
    used until --accept-rewrite says so; what changed is shown first, and you are asked. That another
    list of signers is to count is asked for by itself, and --yes does not cover it.
    """
    session = Session("registry update", Flags(json, quiet, verbose, directory=directory))
    if accept_rewrite is not None:
        consent = rewritten.Consent(yes, signers)
        rewritten.accept(session, accept_rewrite, names or [], consent)
        return ExitCode.DONE
    if signers is not None:
        rewritten.refuse_alone()
    parts = wire(session.flags, session.talk)
    news = refresh(parts, names or [])
    for item in news:
        if item.problem is not None:
            session.talk.warn(f"`{item.name}`: {item.problem.message}", item.problem.hint)
            # Evidence must be seen; what git said besides is for who asks for more.
            seen = isinstance(item.problem, RegistryTampered)
            say = session.talk.insist if seen else session.talk.detail
            for line in item.problem.details:
                say(f"  {line}")
    problems = [item.problem for item in news if item.problem is not None]
    worst = max(problems, key=lambda problem: problem.exit_code, default=None)
    data = {"registries": [_news(item) for item in news]}
    session.print(data, (line for item in news for line in _told(item, quiet=quiet)), worst)
    return ExitCode.DONE if worst is None else worst.exit_code


def _told(item: News, *, quiet: bool) -> Iterator[str]:
    if item.changes is None:
        return
    if item.first:
        yield f"{item.name}: {_packages(item)}, looked at for the first time"
        return
    if item.changes or not quiet:
        yield f"{item.name}: {_packages(item)}{'' if item.changes else ', nothing new'}"
    for package, (before, after) in item.changes.items():
        yield f"  {_change(package, before, after)}"


def _packages(item: News) -> str:
    return f"{item.packages} package{'' if item.packages == 1 else 's'}"


def _change(package: str, before: str | None, after: str | None) -> str:
    if before is None:
        return f"{paint('+', sys.stdout)} {package} {after or 'yanked'}"
    if after is None:
        return f"- {package} {before}"
    return f"~ {package} {before or 'yanked'} -> {after or 'yanked'}"


def _news(item: News) -> dict[str, Any]:
    return {
        "name": item.name,
        "source": item.source,
        "first_look": item.first,
        "packages": item.packages,
        "changes": [
            {"package": package, "before": as_version(before), "after": as_version(after)}
            for package, (before, after) in (item.changes or {}).items()
        ],
        "problem": item.problem.message if item.problem is not None else None,
        "error": described(item.problem) if item.problem is not None else None,
    }
