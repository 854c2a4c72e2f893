"""The releases of an agent that a decision about it is about."""

from __future__ import annotations

from agentpm import fs
from agentpm.model.agentfile import read_agent
from agentpm.model.grants import Grants
from agentpm.model.lockfile import Locked, locked_source
from agentpm.model.manifest import AgentEntry
from agentpm.model.name import AgentName, PackageName
from agentpm.model.release import Release
from agentpm.model.version import ANY, Range, parse_version
from agentpm.ops.direct import AGENT_LIMIT, UNVERSIONED, read_direct
from agentpm.ops.here import Here, NotInManifest
from agentpm.ops.judge import report_of, table
from agentpm.ops.lint import NoSuchFile
from agentpm.ops.lookup import NotFromRegistry, look_up
from agentpm.ops.outdated import fits
from agentpm.ops.parts import Parts
from agentpm.ops.side import newest_in
from agentpm.permissions.report import Report
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """A release with what it can do: `locked` is what it is or would be locked as.

    `grants` is what its file says, before the manifest's overrides.
    """

    locked: Locked
    report: Report
    grants: Grants


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where an agent is that the manifest does not list yet, as the flags of `install` say it.

    `path` is a file, from the project's directory; without it, the agent is in `registry` (the
    project's default where that is None). `as_name` is the name that it is to be installed as.
    """

    as_name: AgentName | None = None
    registry: str | None = None
    path: str | None = None


NOWHERE_ELSE = Elsewhere()


def claims(
    parts: Parts, here: Here, word: str, wanted: Range, elsewhere: Elsewhere = NOWHERE_ELSE
) -> tuple[Claim, ...]:
    """The releases in question, oldest first: locked and newest fitting, or the newest in `wanted`.

    `word` is an agent of the project, or a package of the registry that `elsewhere` names; with a
    path there, it is what the file is to be installed as.

    Raises:
        NoSuchPackage, NoSuchRelease, NoSuchFile: there is none; with a did-you-mean.
    """
    if elsewhere.path is not None:
        return (_of_loose_file(parts, here, AgentName(word), elsewhere.path),)
    try:
        looked = look_up(here, word, elsewhere.registry)
    except NotFromRegistry:
        return (_of_file(parts, here, word),)
    entry = looked.entry
    name = elsewhere.as_name or _installed_as(looked.locked, entry, word)
    if not wanted.is_any:
        return (_claim(here, name, newest_in(looked, wanted)),)
    releases = []
    if looked.locked is not None:
        releases.append(looked.release(looked.locked.version))
        fitting = fits(parts, here).get(name)
        releases.append(looked.release(fitting or looked.locked.version))
    else:
        releases.append(newest_in(looked, entry.range if entry is not None else ANY))
    return tuple(_claim(here, name, release) for release in dict.fromkeys(releases))


def _installed_as(locked: Locked | None, entry: AgentEntry | None, word: str) -> AgentName:
    if locked is not None:
        return locked.name
    return entry.name if entry is not None else AgentName(word.rpartition("/")[2])


def _claim(here: Here, name: AgentName, release: Release) -> Claim:
    locked = Locked(name, release.name, release.version, locked_source(release.id.source))
    report = report_of(release.grants, here.manifest.overrides_of(name), table())
    return Claim(locked, report, release.grants)


def _of_file(parts: Parts, here: Here, word: str) -> Claim:
    """An agent of the project that comes from a file or from git."""
    entries = here.manifest.agents.values()
    entry = next((e for e in entries if word in (e.name, e.package)), None)
    if entry is None:
        raise NotInManifest(
            f"`{word}` is in the lockfile, and the manifest does not ask for it any more",
            hint="run `agentpm lock`, look at the difference, and commit it",
        )
    known = here.agents.get(entry.name)
    direct = read_direct(parts, entry, known)
    locked = Locked(entry.name, entry.package, direct.release.version, direct.source)
    grants = direct.release.grants
    return Claim(locked, report_of(grants, entry.overrides, table()), grants)


def _of_loose_file(parts: Parts, here: Here, name: AgentName, path: str) -> Claim:
    """A file that the manifest may list one day as the agent `name`."""
    raw = fs.read(parts.workspace.home / path, limit=AGENT_LIMIT)
    if raw is None:
        raise NoSuchFile(
            f"`{path}` does not exist", hint="give its path from the directory of the manifest"
        )
    agent = read_agent(raw, path)
    version = parse_version(agent.version or UNVERSIONED)
    locked = Locked(name, PackageName(name), version, f"path+{path}")
    report = report_of(agent.grants, here.manifest.overrides_of(name), table())
    return Claim(locked, report, agent.grants)
