"""`agentpm version`: the version line of an agent file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from agentpm.cli import options
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.wiring import wire
from agentpm.ops.bump import Asked, Step
from agentpm.ops.entries import ConflictingRequest
from agentpm.ops.version_bump import Published, VersionLine, set_version, show_version

EPILOG = """\b
Examples:
  agentpm version reviewer.md                what it says, and what may follow
  agentpm version reviewer.md 1.2.0
  agentpm version reviewer.md --bump minor"""


def version_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The agent's file.")],
    version: Annotated[
        str | None, typer.Argument(metavar="[VERSION]", help="The version to write.")
    ] = None,
    bump: Annotated[
        Step | None, typer.Option("--bump", help="One step on from the version there is.")
    ] = None,
    registry: options.RegistryName = None,
    dry_run: options.DryRun = False,
    offline: options.Offline = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Show or set the version line of an agent file.

    Where a registry has the agent, it says the smallest version that the file may be published as:
    a release that can do more than the one before it cannot be a patch release. Setting changes
    that line, shows it, and leaves every other byte alone.
    """
    flags = Flags(json=json, quiet=quiet, offline=offline, directory=directory)
    session = Session("version", flags)
    if version is not None and bump is not None:
        raise ConflictingRequest(
            "both a version and `--bump` say what to write", hint="leave one of them out"
        )
    parts = wire(flags, session.talk)
    if version is None and bump is None:
        found = show_version(parts, file, registry)
        session.print(_data(found, changed=False), _shown(found))
        return
    found = set_version(parts, file, Asked(version, bump), registry, dry_run=dry_run)
    if found.published is not None and not found.allowed:
        session.talk.warn(f"{found.after} could not be published", f"{_rule(found.published)}")
    changed = bool(found.lines) and not dry_run
    session.print(_data(found, changed=changed), [] if quiet else _written(found, dry_run=dry_run))


def _shown(found: VersionLine) -> Iterator[str]:
    said = found.after if found.after is not None else "no version"
    yield f"{found.name or found.path} {said}"
    published = found.published
    if published is None:
        return
    if published.same is not None:
        yield f"published as {published.same}, with the same bytes"
        return
    yield f"the newest release is {published.newest}"
    yield _rule(published)


def _rule(published: Published) -> str:
    why = ", because it can do more" if published.widens else ""
    return f"the smallest version for this file is {published.smallest}{why}"


def _written(found: VersionLine, *, dry_run: bool) -> Iterator[str]:
    if not found.lines:
        yield f"{found.path} says {found.after} already"
        return
    yield f"{'would change ' if dry_run else ''}{found.path}:{found.line}"
    yield from found.lines


def _data(found: VersionLine, *, changed: bool) -> dict[str, Any]:
    published = found.published
    return {
        "path": str(found.path),
        "name": found.name,
        "before": found.before,
        "version": found.after,
        "line": found.line,
        "changed": changed,
        "difference": list(found.lines),
        "newest": str(published.newest) if published else None,
        "same_as": str(published.same) if published and published.same else None,
        "smallest": str(published.smallest) if published else None,
        "widens": published.widens if published else None,
    }
