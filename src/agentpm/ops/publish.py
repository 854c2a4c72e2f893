"""Send agents to a registry: everything is checked, for every file, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError, ExitCode
from agentpm.lint.check import lint
from agentpm.lint.finding import Finding, Severity
from agentpm.model.agentfile import AgentFile, edit_agent, read_agent
from agentpm.model.name import AgentName, PackageName
from agentpm.model.release import SHIPPED, Release
from agentpm.model.version import Version
from agentpm.ops.bump import Asked, version_of
from agentpm.ops.entries import ConflictingRequest
from agentpm.ops.judge import table
from agentpm.ops.lint import LIMIT, NoSuchFile
from agentpm.ops.parts import Parts
from agentpm.ops.publishing import (
    Shelf,
    refuse_missing_dependencies,
    refuse_widening_patch,
)
from agentpm.ops.sending import Route, propose
from agentpm.ops.signing import Pen, pen, pen_if_signed
from agentpm.ops.sources import Sources
from agentpm.ops.taken import release_exists
from agentpm.registry.edits import publish_edit
from agentpm.registry.proposal import Proposal, branch_for
from agentpm.registry.protocol import Registry
from agentpm.registry.record_of import describe
from agentpm.registry.shipped import ReservedName
from agentpm.registry.since import Change, change_since
from agentpm.values import dataclass, replace


class LintErrors(AgentpmError):
    """A file with findings that keep it from being published."""

    code = "lint-errors"


class WrongPackage(AgentpmError):
    """A package name that does not end in the name of the agent."""

    code = "wrong-package"
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Order:
    """What was typed.

    `package` is the name with an owner, `allow_hidden` the agents whose hidden text is let through,
    `route` whether the releases are proposed on a branch instead of being published at once. `key`
    is the file of the key to sign with, `sign` whether a registry without signers is a mistake.
    """

    asked: Asked
    registry: str | None = None
    package: str | None = None
    dry_run: bool = False
    allow_hidden: tuple[str, ...] = ()
    route: Route | None = None
    key: str | None = None
    sign: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """One file as it went to the registry.

    `said` is the version that the file said before, where `--bump` changed it (empty where it said
    none); None where the file was left alone. `there` is whether the registry had it already, byte
    for byte. `findings` are lint's warnings.
    """

    path: Path
    content: bytes
    release: Release
    change: Change | None
    said: str | None
    there: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Publication:
    """What one command published, or with `dry_run` would have; `commit` is the index commit.

    `proposal` is the branch on which the releases wait, where they were not published at once.
    """

    registry: str
    source: str
    agents: tuple[Published, ...]
    commit: str | None
    dry_run: bool
    proposal: Proposal | None = None


def publish(parts: Parts, files: Sequence[Path], order: Order) -> Publication:
    """Publish `files`, all in one commit.

    With `--bump` the new `version` line is written to the files once the registry has them.

    Raises:
        NoSuchFile, MalformedAgent, LintErrors, WrongPackage: a file cannot be published at all.
        NoVersion, VersionMismatch, ReleaseExists: it has no version, the wrong one, a used one.
        MissingDependency: it depends on what the registry does not have.
        WideningPatch: it can do more than a patch release may.
        ReservedName: its name belongs to agentpm.
        PublishRefused: the registry's server does not take it.
        NoBranches, UnusableBranch: it cannot be proposed on that branch.
        NotASigner, NoSigningKey, NotSigned, SigningFailed: it cannot be signed.
    """
    _refuse_contradictions(files, order)
    sources = Sources(parts, parts.workspace.manifest())
    source = sources.source_of(order.registry)
    registry = sources.registry(source)
    agents = tuple(_prepared(path, order, registry, parts) for path in files)
    _refuse_twice(agents)
    batch = [item.release for item in agents]
    shelf = Shelf(registry, sources.label(source), batch, partial(_elsewhere, sources, source))
    for item in agents:
        refuse_missing_dependencies(item.path, item.content, item.release, shelf)
        refuse_widening_patch(item.path, item.release, item.change)
    own = (pen if order.sign else pen_if_signed)(sources, source, order.key)
    if own is not None and not order.dry_run:
        agents = tuple(_signed(item, own, registry) for item in agents)
    done = Publication(sources.label(source), source, agents, None, order.dry_run)
    if not order.dry_run:
        done = _sent(done, registry, order.route)
        for item in agents:
            if item.said is not None:
                fs.write(item.path, item.content)
    if source == SHIPPED:
        _warn_unshared(parts, batch, "would be" if order.dry_run else None)
    return done


def _signed(item: Published, own: Pen, registry: Registry) -> Published:
    if item.there:
        return item
    return replace(item, release=own.release(item.release, registry.releases(item.release.name)))


def _sent(order: Publication, registry: Registry, route: Route | None) -> Publication:
    """The publication with what became of it: published, or proposed on a branch."""
    entries = [(item.release, item.content) for item in order.agents]
    batch = [release for release, _ in entries]
    if route is None:
        return replace(order, commit=registry.publish(entries, _message(batch)))
    branches = route.branches(branch_for("publish", batch))
    proposal = propose(registry, order.registry, publish_edit(entries), _message(batch), branches)
    return replace(order, commit=proposal.commit if proposal else registry.tip, proposal=proposal)


def _elsewhere(sources: Sources, here: str, name: PackageName) -> list[str]:
    """The other registries, by the names they have here, that offer the package `name`."""
    found = []
    for label, source in sources.names().items():
        # A registry that cannot be asked is no help, and not what the user should hear of now.
        with suppress(AgentpmError):
            if source != here and sources.registry(source).releases(name):
                found.append(label)
    return found


def _refuse_contradictions(files: Sequence[Path], order: Order) -> None:
    if order.asked.version is not None and order.asked.step is not None:
        raise ConflictingRequest("`--version` and `--bump` both say which version", hint="use one")
    if order.package is not None and len(files) != 1:
        raise ConflictingRequest(
            "`--package` names one agent", hint="publish the others separately"
        )


def _prepared(path: Path, order: Order, registry: Registry, parts: Parts) -> Published:
    """One file, checked as far as it can be alone."""
    raw = _read(path)
    findings = _linted(path, raw, order.allow_hidden)
    agent = read_agent(raw, str(path))
    name = _package(agent, order.package)
    there = registry.releases(name)
    _refuse_shipped(name, registry, there)
    version = version_of(agent, order.asked, (release.version for release in there))
    content = edit_agent(raw, {"version": str(version)}, str(path)) if order.asked.step else raw
    release = _release(path, content, name, version, registry)
    same = next((item for item in there if item.version == version), None)
    if same is not None and same.checksum != release.checksum:
        raise release_exists(path, content, release, same, registry)
    return Published(
        path=path,
        content=content,
        release=replace(release, published=parts.surroundings.now(), publisher=registry.identity()),
        change=change_since(release, there, table()),
        said=(agent.version or "") if order.asked.step else None,
        there=same is not None,
        findings=findings,
    )


def _read(path: Path) -> bytes:
    found = fs.stamp(path)
    if found is not None and found.is_directory:
        raise NoSuchFile(
            f"`{path}` is a directory", hint=f"name the files: `agentpm publish {path / '*.md'}`"
        )
    raw = fs.read(path, limit=LIMIT)
    if raw is None:
        raise NoSuchFile(f"`{path}` does not exist", hint="give the agent's file")
    return raw


def _linted(path: Path, raw: bytes, allow_hidden: Iterable[str]) -> tuple[Finding, ...]:
    """What lint has to say short of errors.

    Raises:
        LintErrors: there are errors.
    """
    findings = lint(raw, str(path), table())
    errors = [f for f in findings if f.severity is Severity.ERROR]
    if any(f.code == "hidden-text" for f in errors):
        allowed = read_agent(raw, str(path)).name in tuple(allow_hidden)
        errors = [f for f in errors if not (allowed and f.code == "hidden-text")]
    if not errors:
        return tuple(f for f in findings if f.severity is Severity.WARNING)
    first, *rest = errors
    raise LintErrors(
        f"`{path}` cannot be published: {first.message}",
        where=first.where,
        details=tuple(f"{f.where.location}: {f.message} [{f.code}]" for f in rest),
        hint=f"{first.hint}\n`agentpm lint {path}` shows everything"
        if first.hint
        else f"`agentpm lint {path}` shows everything",
    )


def _package(agent: AgentFile, wanted: str | None) -> PackageName:
    """The name to publish under; lint has made sure that the agent has a good one."""
    name = AgentName(agent.name or "")
    package = PackageName(wanted if wanted is not None else name)
    if package.agent != name:
        raise WrongPackage(
            f"`{package}` does not end in `{name}`, which is what `{agent.path}` calls itself",
            hint=f"write `--package {package.owner or 'owner'}/{name}`",
        )
    return package


def _refuse_shipped(name: PackageName, registry: Registry, there: Iterable[Release]) -> None:
    """Say so before a version is asked for, and in a dry run, what the registry would say."""
    if registry.source == SHIPPED and any(registry.is_shared(release) for release in there):
        raise ReservedName(
            f"`{name}` ships with agentpm, so its releases are agentpm's",
            hint="give the agent another name, or publish it to a registry of your own: "
            "`agentpm registry init` makes one",
        )


def _release(
    path: Path, content: bytes, name: PackageName, version: Version, registry: Registry
) -> Release:
    release = describe(content, str(path), name, version, registry.source)
    front = read_agent(content, str(path)).front
    said = {key: front.get(key) for key in ("license", "repository")}
    texts = {key: value for key, value in said.items() if isinstance(value, str) and value}
    return replace(release, license=texts.get("license"), repository=texts.get("repository"))


def _refuse_twice(agents: Iterable[Published]) -> None:
    seen: dict[tuple[PackageName, Version], Path] = {}
    for item in agents:
        key = (item.release.name, item.release.version)
        if key in seen:
            raise ConflictingRequest(
                f"`{seen[key]}` and `{item.path}` are both `{item.release}`",
                hint="publish one of them",
            )
        seen[key] = item.path


def _message(releases: Sequence[Release]) -> str:
    if len(releases) == 1:
        return f"Publish {releases[0]}"
    return "\n".join([f"Publish {len(releases)} agents", "", *map(str, releases)])


def _warn_unshared(parts: Parts, releases: Sequence[Release], verb: str | None) -> None:
    one = len(releases) == 1
    what = f"`{releases[0]}`" if one else f"these {len(releases)} agents"
    parts.voice.warn(
        f"{what} {verb or ('is' if one else 'are')} in your own registry on this machine, "
        "where nobody else can install from",
        hint="share it: `agentpm registry add NAME URL`, then "
        "`agentpm publish FILE --registry NAME`",
    )
