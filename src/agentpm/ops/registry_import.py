"""`agentpm registry import`: build or extend a registry from agent files that exist already."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError, ExitCode
from agentpm.lint.check import lint
from agentpm.lint.finding import Finding, Severity
from agentpm.model.grants import Grants
from agentpm.model.name import PackageName
from agentpm.model.release import SHIPPED, Requirement
from agentpm.model.version import Version
from agentpm.ops.judge import table
from agentpm.ops.parts import Parts
from agentpm.ops.sources import Sources
from agentpm.permissions.widening import compare
from agentpm.registry.importing.candidate import Choice
from agentpm.registry.importing.plan import ImportPlan, Origin, Ways, names_in, plan_import
from agentpm.registry.importing.reading import Depth, read_source
from agentpm.registry.importing.source import Source, opened
from agentpm.registry.importing.target import DirectoryRegistry, OpenRegistry, Target
from agentpm.registry.init import init_registry
from agentpm.values import dataclass


class NoTarget(AgentpmError):
    """An import that does not say where to, or says it twice."""

    code = "no-target"
    exit_code = ExitCode.USAGE


class NoAgents(AgentpmError):
    """A source in which nothing is an agent."""

    code = "no-agents"


@dataclass(frozen=True, slots=True)
class Into:
    """Where an import goes: a registry by its name, or the one in a directory.

    `init` is whether to make that one where there is nothing yet.
    """

    registry: str | None = None
    directory: Path | None = None
    init: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What was typed. `scratch` is a directory for clones, which are removed afterwards.

    `first` is the version of a first release (None: the usual one), `origin` what was said of the
    source, None where the source itself is asked.
    """

    source: str
    into: Into
    choice: Choice
    depth: Depth
    origin: Origin
    scratch: Path
    first: Version
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Import:
    """What one import did, or with `dry_run` would do; `commit` is the index commit, if any.

    `findings` are what lint has to say about the newest release of each agent, short of refusing
    it; `missing` are dependencies that neither the registry nor the import has, by agent. `exists` is
    whether there is a registry now: a new one is made for something to put into it.
    """

    source: str
    repository: str | None
    target: str
    plan: ImportPlan
    commit: str | None
    dry_run: bool
    findings: tuple[Finding, ...]
    missing: tuple[tuple[PackageName, Requirement], ...]
    exists: bool


def import_agents(parts: Parts, order: Order) -> Import:
    """Read a source, decide, and add everything to the registry in one commit.

    Raises:
        NoTarget, UnknownRegistry, NotARegistry: there is no registry to import into.
        UnusableSource, InsecureRegistry: the source cannot be read.
        NoAgents: nothing in it is an agent.
        RegistryExists, DirtyRegistry, PublishRefused, GitFailure: the registry takes nothing.
    """
    label, target = _target(parts, order.into)
    offline = parts.surroundings.offline
    with (
        parts.voice.progress(f"reading {order.source}") as progress,
        opened(order.source, order.scratch, offline=offline) as source,
    ):
        material = read_source(source, order.choice, order.depth, progress)
        origin = _origin(order.origin, source)
    with parts.voice.progress("comparing releases"):
        names = names_in(material, order.choice)
        existing = target.releases(names) if target is not None else {}
        ways = Ways(origin, _widens, order.first)
        plan = plan_import(material, order.choice, existing, ways)
        missing = _missing(plan, target)
        findings = tuple(finding for raw, path in _newest(plan) for finding in _linted(raw, path))
    if not (plan.packages or plan.left_out):
        raise NoAgents(
            f"`{order.source}` has no agents: none of its {plan.others} Markdown files is one",
            hint="an agent begins with `---`, `name: …`, `description: …`, `---`",
        )
    commit = None
    if plan.added and not order.dry_run:
        target = target if target is not None else _made(order.into)
        with parts.voice.progress(f"adding {len(plan.added)} releases"):
            commit = target.add(plan.added, _message(plan, origin))
    return Import(
        source=order.source,
        repository=origin.repository,
        target=label,
        plan=plan,
        commit=commit,
        dry_run=order.dry_run,
        findings=findings,
        missing=missing,
        exists=target is not None,
    )


def _target(parts: Parts, into: Into) -> tuple[str, Target | None]:
    """What to call the registry, with the registry; None for one that is yet to be made."""
    if (into.registry is None) == (into.directory is None):
        both = into.registry is not None
        raise NoTarget(
            "`--registry` and `--to` both say where to" if both else "nothing says where to",
            hint="write `--registry NAME`, or `--to DIRECTORY`, with `--init` for a new one",
        )
    if into.directory is not None:
        directory = into.directory.resolve()
        fresh = into.init and not fs.entries(directory)
        return str(into.directory), None if fresh else DirectoryRegistry(directory)
    sources = Sources(parts, parts.workspace.manifest())
    source = sources.source_of(into.registry)
    if into.init or source == SHIPPED:
        raise NoTarget(
            "`--init` makes a registry in a directory, which `--to` names"
            if into.init
            else "the registry that ships with agentpm takes no collections",
            hint="`--to DIRECTORY --init` makes one of your own",
        )
    return sources.label(source), OpenRegistry(sources.registry(source))


def _made(into: Into) -> Target:
    """The new registry: bare where its directory is called as bare repositories are."""
    directory = (into.directory or Path()).resolve()
    init_registry(directory, bare=directory.suffix == ".git")
    return DirectoryRegistry(directory)


def _origin(said: Origin, source: Source) -> Origin:
    return Origin(said.repository or source.repository, said.licence)


@lru_cache(maxsize=4096)
def _widens(before: Grants, after: Grants) -> bool:
    return compare(before, after, table()).widens


def _newest(plan: ImportPlan) -> Iterator[tuple[bytes, str]]:
    for package in plan.packages:
        if package.added:
            agent = package.added[-1].step.agent
            yield agent.raw, agent.path


def _linted(raw: bytes, path: str) -> list[Finding]:
    return [f for f in lint(raw, path, table()) if f.severity is not Severity.NOTE]


def _missing(
    plan: ImportPlan, target: Target | None
) -> tuple[tuple[PackageName, Requirement], ...]:
    """What the newest releases depend on, and nobody could install."""
    wanted = [
        (package.name, needed)
        for package in plan.packages
        for item in package.added[-1:]
        for needed in item.release.dependencies
    ]
    if not wanted:
        return ()
    names = sorted({needed.package for _, needed in wanted})
    offered = dict(target.releases(names)) if target is not None else {}
    for package in plan.packages:
        new = tuple(item.release for item in package.added)
        offered[package.name] = (*offered.get(package.name, ()), *new)
    return tuple(
        (name, needed)
        for name, needed in wanted
        if not any(release.version in needed.range for release in offered.get(needed.package, ()))
    )


def _message(plan: ImportPlan, origin: Origin) -> str:
    """The commit's message, with no path of this machine in it."""
    releases, packages = len(plan.added), [p for p in plan.packages if p.added]
    what = f"Import {releases} releases of {len(packages)} agents"
    listed = (
        f"{p.name} {p.added[0].release.version}..{p.added[-1].release.version}" for p in packages
    )
    return "\n".join(
        [what + (f" from {origin.repository}" if origin.repository else ""), "", *listed]
    )
