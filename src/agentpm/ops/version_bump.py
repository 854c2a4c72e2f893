"""The `version` line of an agent file: what it says, what it may say next, setting it."""

from __future__ import annotations

import difflib
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.agentfile import AgentFile, edit_agent, read_agent
from agentpm.model.digest import Digest
from agentpm.model.name import PackageName
from agentpm.model.release import Release
from agentpm.model.version import InvalidVersion, Version, parse_version
from agentpm.ops.bump import Asked, Step, bumped, version_of
from agentpm.ops.judge import table
from agentpm.ops.lint import NoSuchFile
from agentpm.ops.parts import Parts
from agentpm.ops.sources import Sources
from agentpm.permissions.widening import compare
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """What a registry knows of an agent: its `newest` release, and what may follow that.

    `same` is the release whose bytes the file has, None where it has none's. `smallest` is the
    lowest version that the file could be published as, and `widens` whether that is a minor one
    because the file can do more than `newest`.
    """

    newest: Version
    same: Version | None
    smallest: Version
    widens: bool


@dataclass(frozen=True, slots=True)
class VersionLine:
    """The version of a file: `before` as it said, `after` as it says now (None: no line).

    `lines` are the changed ones, as a difference shows them; `published` is None where no registry
    that could be asked has the agent.
    """

    path: Path
    name: str | None
    before: str | None
    after: str | None
    line: int | None
    lines: tuple[str, ...]
    published: Published | None

    @property
    def allowed(self) -> bool:
        """Whether the file could be published under the version that it says."""
        if self.published is None or self.after is None:
            return True
        version = parse_version(self.after)
        return version == self.published.same or version >= self.published.smallest


def show_version(parts: Parts, path: Path, registry: str | None) -> VersionLine:
    """What a file says, beside what its registry knows.

    Raises:
        NoSuchFile: there is no such file.
        MalformedAgent, InvalidVersion: it is no agent, or its version is none.
    """
    agent = _read(path)
    if agent.version is not None:
        parse_version(agent.version)
    return _told(path, agent, agent, _published(parts, agent, registry))


def set_version(
    parts: Parts, path: Path, asked: Asked, registry: str | None, *, dry_run: bool
) -> VersionLine:
    """Write the version line that is asked for: that version, or a step on from the one there is.

    A step goes from the newest published release where the file says no version. Every other byte
    of the file stays.

    Raises:
        NoVersion: there is nothing to step on from.
        NoSuchFile, MalformedAgent, InvalidVersion: as for `show_version`.
    """
    agent = _read(path)
    published = _published(parts, agent, registry)
    wanted = _wanted(agent, asked, published)
    raw = agent.raw
    if not _says(agent, wanted):
        raw = edit_agent(agent.raw, {"version": str(wanted)}, str(path))
    if raw != agent.raw and not dry_run:
        # A link stays one: the file that it leads to is the one that is edited.
        fs.write(path.resolve(), raw, sync=True)
    return _told(path, agent, read_agent(raw, str(path)), published)


def _says(agent: AgentFile, version: Version) -> bool:
    """Whether the file says this very version, however it writes it."""
    try:
        return agent.version is not None and parse_version(agent.version) == version
    except InvalidVersion:
        return False  # what is no version is replaced by one


def _wanted(agent: AgentFile, asked: Asked, published: Published | None) -> Version:
    if asked.version is not None:
        return parse_version(asked.version)
    return version_of(agent, asked, [published.newest] if published is not None else [])


def _read(path: Path) -> AgentFile:
    raw = fs.read(path, limit=fs.MIB)
    if raw is None:
        raise NoSuchFile(f"`{path}` does not exist", hint="correct the path")
    return read_agent(raw, str(path))


def _published(parts: Parts, agent: AgentFile, registry: str | None) -> Published | None:
    """What the registry knows; a name that could be no package, nobody has published.

    Raises:
        UnknownRegistry: nothing is called `registry`.
        AgentpmError: the registry is corrupt or tampered with.
    """
    sources = Sources(parts, parts.workspace.manifest())
    source = sources.source_of(registry)
    try:
        releases = sources.registry(source).releases(PackageName(agent.name or ""))
    except AgentpmError as error:
        if error.exit_code in (ExitCode.CORRUPT, ExitCode.REFUSED):
            raise
        return None
    usable = [r for r in releases if r.yanked is None and r.removed is None]
    return _compared(agent, usable) if usable else None


def _compared(agent: AgentFile, releases: list[Release]) -> Published:
    newest = max(releases, key=lambda release: release.version)
    digest = Digest.of(agent.raw)
    widens = compare(newest.grants, agent.grants, table()).widens
    step = Step.MINOR if widens else Step.PATCH
    same = (release.version for release in releases if release.checksum == digest)
    return Published(newest.version, next(same, None), bumped(newest.version, step), widens)


def _told(path: Path, old: AgentFile, new: AgentFile, published: Published | None) -> VersionLine:
    before, after = (agent.raw.decode("utf-8", "replace").splitlines() for agent in (old, new))
    changed = list(difflib.unified_diff(before, after, lineterm="", n=0))[2:]
    place = new.places.get("version")
    return VersionLine(
        path=path,
        name=new.name,
        before=old.version,
        after=new.version,
        line=place.line if place is not None else None,
        lines=tuple(line for line in changed if not line.startswith("@@")),
        published=published,
    )
