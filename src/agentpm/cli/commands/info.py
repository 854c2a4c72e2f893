"""`agentpm info`: describe a package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from agentpm.cli.columns import table
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.show import capability_line, finding_notes
from agentpm.cli.tidy import terminal_width, wrapped
from agentpm.cli.wiring import wire
from agentpm.model.release import Release
from agentpm.ops.info import Described, Info, info
from agentpm.permissions.phrases import by_danger, in_words

if TYPE_CHECKING:
    import typer

    from agentpm.cli import options

EPILOG = """\b
Examples:
  agentpm info backend-engineer
  agentpm info code-reviewer@1.1.0
  agentpm info acme/reviewer@^2 --registry acme"""

_WIDTH = 100


def info_(
    name: Annotated[str, typer.Argument(metavar="NAME[@REQ]", help="The package.")],
    registry: options.RegistryName = None,
    offline: options.Offline = False,
    refresh: options.Refresh = False,
    global_: options.Global = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Describe a package: what it is for, what it can do, its releases.

    The newest release that can be had is described in full; with a requirement, the newest that
    meets it.
    """
    flags = Flags(json, quiet, verbose, offline, refresh, global_, directory)
    session = Session("info", flags)
    found = info(wire(flags, session.talk), name, registry)
    session.print(_data(found), _lines(found))


def _lines(found: Info) -> Iterator[str]:
    release = found.shown.release
    yield f"{release.name} {release.version}"
    if release.description:
        yield from wrapped(release.description, min(terminal_width() or _WIDTH, _WIDTH), "  ")
    yield ""
    for line in table(_facts(found)):
        yield f"  {line}"
    for note in finding_notes(found.shown.report):
        yield f"  {note}"
    yield ""
    yield "releases"
    for line in table(map(_row, found.releases)):
        yield f"  {line}"


def _facts(found: Info) -> Iterator[tuple[str, str]]:
    release, report = found.shown.release, found.shown.report
    powers = by_danger(report.capabilities.words())
    facts = {
        "registry": found.registry + ("" if found.shared else ", on this machine only"),
        "installed": str(found.locked) if found.locked is not None else "",
        "published": _published(release),
        "withdrawn": _withdrawn(release),
        "signed by": str(found.signer or "nobody whose key counts") if found.signed else "",
        "license": release.license or "",
        "repository": release.repository or "",
        "tools": capability_line(report),
        "can": ", ".join(in_words(word) for word in powers) or "nothing",
        "depends on": ", ".join(str(item) for item in release.dependencies),
        "checksum": release.checksum,
    }
    return ((name, text) for name, text in facts.items() if text)


def _published(release: Release) -> str:
    by = f" by {release.publisher}" if release.publisher else ""
    return f"{release.published[:10]}{by}"


def _withdrawn(release: Release) -> str:
    if release.removed is not None:
        return f"removed: {release.removed}"
    return f"yanked: {release.yanked}" if release.yanked is not None else ""


def _row(item: Described) -> tuple[str, ...]:
    release = item.release
    tools, withdrawn = capability_line(item.report), _withdrawn(release)
    return (
        str(release.version),
        release.published[:10],
        f"{tools} ({withdrawn})" if withdrawn else tools,
    )


def _data(found: Info) -> dict[str, Any]:
    return {
        "name": found.shown.release.name,
        "registry": found.registry,
        "source": found.shown.release.id.source,
        "installed": str(found.locked.version) if found.locked is not None else None,
        "shared": found.shared,
        "shown": str(found.shown.release.version),
        "signer": {"name": found.signer.name, "key": found.signer.fingerprint}
        if found.signer is not None
        else None,
        "releases": [_release(item) for item in found.releases],
    }


def _release(item: Described) -> dict[str, Any]:
    release, report = item.release, item.report
    return {
        "version": str(release.version),
        "published": release.published or None,
        "publisher": release.publisher,
        "yanked": release.yanked,
        "removed": release.removed,
        "description": release.description,
        "license": release.license,
        "repository": release.repository,
        "checksum": release.checksum,
        "size": release.size,
        "dependencies": [str(dependency) for dependency in release.dependencies],
        "tools": list(report.literal) if report.literal is not None else None,
        "effective_tools": list(report.effective_tools),
        "capabilities": list(report.capabilities.words()),
        "notes": [finding.text for finding in report.findings],
    }
