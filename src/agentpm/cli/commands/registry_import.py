"""`agentpm registry import`: build a registry from agent files that exist already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from agentpm.cli import options
from agentpm.cli.columns import table
from agentpm.cli.folders import folders
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags, environment
from agentpm.cli.wiring import wire
from agentpm.model.name import AgentName
from agentpm.model.version import parse_version
from agentpm.ops.registry_import import Import, Into, Order, import_agents
from agentpm.registry.address import public_url
from agentpm.registry.importing.candidate import Choice
from agentpm.registry.importing.numbering import FIRST, Numbered
from agentpm.registry.importing.plan import LeftOut, Origin, Package
from agentpm.registry.importing.reading import Depth

EPILOG = """\b
Examples:
  agentpm registry import ./agents --to agents-index --init
  agentpm registry import https://github.com/acme/agents --to agents-index.git --init --dry-run
  agentpm registry import ../agents --registry acme --owner acme --rename
  agentpm registry import ../agents --to agents-index --prefer 'plugins/python/*'"""


def import_(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="A directory, or a git repository: path or URL.")
    ],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="Into the registry in DIR.")
    ] = None,
    registry: options.RegistryName = None,
    init: Annotated[
        bool,
        typer.Option("--init", help="Make the registry of --to if it is not there; bare as X.git."),
    ] = False,
    single: Annotated[
        bool, typer.Option("--single", help="One release an agent, of the newest state.")
    ] = False,
    history: Annotated[
        bool, typer.Option("--history", help="Number by history, though there are version tags.")
    ] = False,
    first: Annotated[
        str, typer.Option("--first", metavar="V", help="The version of an agent's first release.")
    ] = str(FIRST),
    rename: Annotated[
        bool, typer.Option("--rename", help="Rewrite names that are none: My Agent to my-agent.")
    ] = False,
    prefer: Annotated[
        list[str] | None,
        typer.Option("--prefer", metavar="PATH", help="Of files with one name, take this one."),
    ] = None,
    include: Annotated[
        list[str] | None, typer.Option("--include", metavar="GLOB", help="Only these files.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", metavar="GLOB", help="Not these files.")
    ] = None,
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="OWNER", help="As OWNER/name.")
    ] = None,
    licence: Annotated[
        str | None,
        typer.Option("--license", metavar="SPDX", help="The licence, whatever the files say."),
    ] = None,
    repository: Annotated[
        str | None,
        typer.Option("--repository", metavar="URL", help="Where others find the source."),
    ] = None,
    allow_hidden_text: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-hidden-text",
            metavar="NAME",
            help="Import NAME though its text hides characters.",
        ),
    ] = None,
    dry_run: options.DryRun = False,
    offline: options.Offline = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Build or extend a registry from agent files that exist already, in any layout.

    Version tags become releases; without them, each commit that changed an agent is one. What
    cannot be imported is listed with the reason. Everything arrives in one commit, and a later
    import of the same source adds only what is new.
    """
    flags = Flags(json, quiet, verbose, offline=offline, directory=directory)
    session = Session("registry import", flags)
    order = Order(
        source=source,
        into=Into(registry, to, init),
        choice=Choice(
            include=tuple(include or ()),
            exclude=tuple(exclude or ()),
            prefer=tuple(prefer or ()),
            rename=rename,
            owner=AgentName(owner) if owner is not None else None,
            allow_hidden=tuple(allow_hidden_text or ()),
        ),
        depth=Depth(tags=not (single or history), history=not single),
        origin=Origin(public_url(repository) if repository is not None else None, licence),
        scratch=folders(environment()).cache / "registries" / "imports",
        first=parse_version(first),
        dry_run=dry_run,
    )
    done = import_agents(wire(flags, session.talk), order)
    for name, needed in done.missing:
        session.talk.warn(f"`{name}` depends on `{needed}`, which the registry does not have")
    session.print(_data(done), [] if quiet else _lines(done, verbose=verbose))


def _lines(done: Import, *, verbose: bool) -> Iterator[str]:
    yield from table([_row(package) for package in done.plan.packages if package.added])
    if done.plan.left_out:
        yield "left out:"
        lines = (line for item in done.plan.left_out for line in _why(item))
        yield from (f"  {line}" for line in lines)
    if verbose:
        yield from _details(done)
    else:
        yield from _counts(done)
    yield _sum(done)


def _sum(done: Import) -> str:
    """The last line: how much came of it."""
    there = sum(package.there for package in done.plan.packages)
    if not done.plan.packages:
        lost = "" if done.exists else f", so that {done.target} was not made"
        agents = _count(sum(len(item.paths) for item in done.plan.left_out), "file")
        return f"nothing imported into {done.target}: {agents} left out, and none remains{lost}"
    if not done.plan.added:
        return f"nothing new for {done.target}; {_count(there, 'release')} there already"
    agents = _count(sum(1 for package in done.plan.packages if package.added), "agent")
    verb = "would be imported" if done.dry_run else "imported"
    what = f"{_count(len(done.plan.added), 'release')} of {agents} {verb} into {done.target}"
    return f"{what}; {there} there already" if there else what


def _row(package: Package) -> tuple[str, ...]:
    first, last = package.added[0].release, package.added[-1].release
    span = str(first.version) if first is last else f"{first.version} .. {last.version}"
    return f"+ {package.name}", span, _count(len(package.added), "release")


def _why(item: LeftOut) -> Iterator[str]:
    if len(item.paths) > 1:
        yield f"{item.message} [{item.reason}]"
        yield from (f"- {path}" for path in item.paths)
    else:
        place = f"{item.paths[0]}:{item.line}" if item.line else item.paths[0]
        yield f"{place}: {item.message} [{item.reason}]"


def _details(done: Import) -> Iterator[str]:
    for passed in done.plan.passed:
        yield f"{passed.package} at {(passed.commit or '')[:12]}: {passed.reason}"
    for finding in done.findings:
        yield f"{finding.where.location}: {finding.message} [{finding.code}]"
    for package in done.plan.packages:
        if package.unreleased:
            yield f"{package.path}: changed since its last tag"


def _counts(done: Import) -> Iterator[str]:
    passed = Counter(item.reason for item in done.plan.passed)
    if passed:
        listed = ", ".join(f"{count} {reason}" for reason, count in sorted(passed.items()))
        yield f"{_count(passed.total(), 'earlier state')} made no release: {listed}"
    unreleased = sum(package.unreleased for package in done.plan.packages)
    if unreleased:
        yield f"{_count(unreleased, 'agent')} changed since the last tag"
    if done.findings:
        severities = Counter(finding.severity.value for finding in done.findings)
        listed = ", ".join(_count(count, kind) for kind, count in sorted(severities.items()))
        yield f"lint: {listed}; `--verbose` lists them"
    if done.plan.others:
        one = done.plan.others == 1
        yield f"{_count(done.plan.others, 'Markdown file')} {'is no agent' if one else 'are no agents'}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _data(done: Import) -> dict[str, Any]:
    return {
        "source": done.source,
        "repository": done.repository,
        "registry": done.target,
        "commit": done.commit,
        "dry_run": done.dry_run,
        "packages": [_package(package) for package in done.plan.packages],
        "left_out": [
            {
                "paths": list(item.paths),
                "name": item.name or None,
                "reason": item.reason,
                "message": item.message,
                "line": item.line or None,
            }
            for item in done.plan.left_out
        ],
        "passed_over": [
            {"name": item.package, "commit": item.commit, "reason": item.reason}
            for item in done.plan.passed
        ],
        "other_files": done.plan.others,
        "findings": [
            {
                "path": f.where.path,
                "line": f.where.line,
                "severity": f.severity.value,
                "code": f.code,
                "message": f.message,
            }
            for f in done.findings
        ],
        "missing_dependencies": [
            {"name": name, "dependency": str(needed)} for name, needed in done.missing
        ],
    }


def _package(package: Package) -> dict[str, Any]:
    return {
        "name": package.name,
        "path": package.path,
        "already_there": package.there,
        "unreleased": package.unreleased,
        "releases": [_numbered(item) for item in package.added],
    }


def _numbered(item: Numbered) -> dict[str, Any]:
    release = item.release
    return {
        "version": str(release.version),
        "checksum": release.checksum,
        "published": release.published or None,
        "license": release.license,
        "provenance": dict(release.provenance or {}),
    }
