"""The releases of an agent that a decision about it is about."""

from __future__ import annotations

from dataclasses import dataclass

from agentpm.model.lockfile import Locked
from agentpm.model.manifest import AgentEntry
from agentpm.model.name import AgentName
from agentpm.model.release import Release
from agentpm.model.version import ANY, Range
from agentpm.ops.direct import read_direct
from agentpm.ops.here import Here
from agentpm.ops.judge import report_of, table
from agentpm.ops.lookup import NotFromRegistry, look_up
from agentpm.ops.outdated import fits
from agentpm.ops.parts import Parts
from agentpm.ops.side import newest_in
from agentpm.permissions.report import Report


@dataclass(frozen=True, slots=True)
class Claim:
    """A release with what it can do: `locked` is what it is or would be locked as."""

    locked: Locked
    report: Report


def claims(parts: Parts, here: Here, word: str, wanted: Range) -> tuple[Claim, ...]:
    """The releases in question, oldest first: locked and newest fitting, or the newest in `wanted`.

    `word` is an agent of the project or a package of its default registry.

    Raises:
        NoSuchPackage, NoSuchRelease: there is none; with a did-you-mean.
    """
    try:
        looked = look_up(here, word)
    except NotFromRegistry:
        return (_of_file(parts, here, word),)
    entry = looked.entry
    name = _installed_as(looked.locked, entry, word)
    if not wanted.is_any:
        return (_claim(here, name, newest_in(looked, wanted)),)
    releases = []
    if looked.locked is not None:
        releases.append(looked.release(looked.locked.version))
        fitting = fits(parts, here)[0].get(name)
        releases.append(looked.release(fitting or looked.locked.version))
    else:
        releases.append(newest_in(looked, entry.range if entry is not None else ANY))
    return tuple(_claim(here, name, release) for release in dict.fromkeys(releases))


def _installed_as(locked: Locked | None, entry: AgentEntry | None, word: str) -> AgentName:
    if locked is not None:
        return locked.name
    return entry.name if entry is not None else AgentName(word.rpartition("/")[2])


def _claim(here: Here, name: AgentName, release: Release) -> Claim:
    entry = here.manifest.agents.get(name)
    locked = Locked(name, release.name, release.version, f"registry+{release.id.source}")
    overrides = entry.overrides if entry is not None else None
    return Claim(locked, report_of(release.grants, overrides, table()))


def _of_file(parts: Parts, here: Here, word: str) -> Claim:
    """An agent of the project that comes from a file or from git."""
    entry = next(e for e in here.manifest.agents.values() if word in (e.name, e.package))
    known = here.agents.get(entry.name)
    direct = read_direct(parts, entry, known)
    locked = Locked(entry.name, entry.package, direct.release.version, direct.source)
    return Claim(locked, report_of(direct.release.grants, entry.overrides, table()))
