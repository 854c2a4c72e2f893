"""`agentpm list`: the agents of this project, one by one."""

from __future__ import annotations

from agentpm.model.lockfile import Locked
from agentpm.model.manifest import AgentEntry
from agentpm.model.name import AgentName, PackageName
from agentpm.model.version import Range
from agentpm.ops.graph import graph_of
from agentpm.ops.here import look_here
from agentpm.ops.installed import installed, report_on_disk
from agentpm.ops.parts import Parts
from agentpm.permissions.report import Report
from agentpm.values import dataclass

NOT_LOCKED = "not locked"


@dataclass(frozen=True, slots=True)
class Listed:
    """One agent: what asks for it, what it is locked as, how it stands on disk, what it can do there.

    `requirement` is the manifest's, `needed_by` are the agents that depend on it. `report` is read
    from the installed file, None where there is none that can be read.
    """

    name: AgentName
    package: PackageName
    locked: Locked | None
    requirement: Range | None
    needed_by: tuple[AgentName, ...]
    state: str
    path: str | None = None
    report: Report | None = None


def listing(parts: Parts) -> tuple[Listed, ...]:
    """Every agent that the manifest asks for or the lockfile has, by name."""
    here = look_here(parts)
    graph = graph_of(here)
    disk = installed(parts, here)
    found = []
    for name, locked in here.agents.items():
        standing, entry = disk.standings[name], here.manifest.agents.get(name)
        found.append(
            Listed(
                name=name,
                package=locked.package,
                locked=locked,
                requirement=entry.range if entry is not None else None,
                needed_by=tuple(edge.dependent for edge in graph.needed_by(name)),
                state=standing.state,
                path=standing.path,
                report=report_on_disk(parts, standing.path),
            )
        )
    entries = here.manifest.agents.values()
    found += [_unlocked(entry) for entry in entries if entry.name not in here.agents]
    return tuple(sorted(found, key=lambda item: item.name))


def _unlocked(entry: AgentEntry) -> Listed:
    return Listed(entry.name, entry.package, None, entry.range, (), NOT_LOCKED)
