"""What agents can do here, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from agentpm.model.lockfile import Locked
from agentpm.model.name import AgentName
from agentpm.ops.content import make_ready, published_files
from agentpm.ops.graph import graph_of
from agentpm.ops.here import Here, locked_here
from agentpm.ops.judge import TARGET, Court, convene, report_of
from agentpm.ops.parts import Parts
from agentpm.ops.side import Side, read_side
from agentpm.ops.trust import Trust
from agentpm.permissions.approval import needs_approval
from agentpm.permissions.capability import NOTHING, CapabilitySet
from agentpm.permissions.closure import Closure, Node, closure
from agentpm.permissions.judge import Verdict, judge
from agentpm.permissions.report import Report
from agentpm.permissions.settings import Effect, judge_settings, reachable_builtins
from agentpm.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class Powers:
    """What one agent can do here.

    `origin` says which release or file it is. `report` counts the manifest's overrides. `locked`
    is None for an agent that is not of this project; then nothing is known of its `reach`.
    `approved` is what the manifest approves, `missing` what still needs a yes, `unconfirmed` what
    this machine has to confirm. `harness` is where all of that holds, `lost` what the agent has to do
    without there.
    """

    name: str
    origin: str
    report: Report
    effect: Effect
    verdict: Verdict
    approved: CapabilitySet
    missing: CapabilitySet
    unconfirmed: CapabilitySet
    locked: Locked | None = None
    reach: Closure | None = None
    harness: str = TARGET
    lost: tuple[str, ...] = ()


def permissions(parts: Parts, names: Iterable[str]) -> tuple[Powers, ...]:
    """What the agents called `names` can do; all that are locked where there are no names.

    A name that is no agent of the project is a package (`NAME`, `NAME@REQ`) or a file.

    Raises:
        MissingLockfile: nothing is locked, and no name is given.
        NoSuchPackage, NoSuchRelease, NoSuchFile: a name leads nowhere.
    """
    here = locked_here(parts)
    court = convene(parts, here.manifest)
    words = list(names)
    if not words:
        return tuple(powers_of_locked(parts, here, court))
    mine = [here.agents[AgentName(w)] for w in words if w in here.agents]
    found = {item.name: item for item in powers_of_locked(parts, here, court, mine)}
    result = []
    for word in words:
        known = found.get(word)
        result.append(known or _of_other(parts, court, read_side(here, word)))
    return tuple(result)


def powers_of_locked(
    parts: Parts, here: Here, court: Court, agents: Iterable[Locked] | None = None
) -> Iterator[Powers]:
    """What locked agents can do: those in `agents`, or all of them.

    Raises:
        AgentpmError: published bytes are needed that cannot be had.
    """
    wanted = list(here.agents.values() if agents is None else agents)
    reports = reports_of(parts, here, court, wanted)
    nodes = _nodes(here, reports)
    builtins = reachable_builtins(court.settings, court.table)
    for locked in wanted:
        powers = _powers(parts, court, locked.name, reports[locked.name])
        reach = closure(locked.name, nodes, builtins, nesting=court.table.nesting)
        yield replace(powers, origin=str(locked.version), locked=locked, reach=reach)


def reports_of(
    parts: Parts, here: Here, court: Court, agents: Iterable[Locked]
) -> dict[AgentName, Report]:
    """What locked agents can do, by their published bytes with the manifest's overrides.

    Raises:
        AgentpmError: bytes are needed that cannot be had.
    """
    agents = list(agents)
    files = published_files(parts, here.sources, here.manifest, agents)
    reports = {}
    for ready in make_ready(parts, here.manifest, agents, files):
        overrides = here.manifest.overrides_of(ready.locked.name)
        reports[ready.locked.name] = report_of(ready.published.grants, overrides, court.table)
    return reports


def _nodes(here: Here, reports: Mapping[AgentName, Report]) -> dict[AgentName, Node]:
    """Every locked agent as the closure sees it: by its report, else by what the lockfile says."""
    graph = graph_of(here)
    nodes = {}
    for name, locked in here.agents.items():
        report = reports.get(name)
        words = CapabilitySet.from_words(locked.capabilities.get(TARGET, ()))
        needs = tuple(edge.target or edge.requirement.package.agent for edge in graph.needs[name])
        nodes[name] = Node(report.capabilities if report is not None else words, needs)
    return nodes


def _powers(parts: Parts, court: Court, name: str, report: Report) -> Powers:
    agent = AgentName(name)
    approved = court.approved.get(agent, NOTHING)
    used = [word for word in report.capabilities.words() if word in approved.words()]
    trust = Trust(parts.surroundings.trusted, parts.workspace)
    return Powers(
        name=name,
        origin="",
        report=report,
        effect=judge_settings(court.settings, name, report, court.table),
        verdict=judge(court.policy, agent, report, approved),
        approved=approved,
        missing=needs_approval(report.capabilities) - approved,
        unconfirmed=trust.untrusted(agent, CapabilitySet.from_words(used)),
    )


def _of_other(parts: Parts, court: Court, side: Side) -> Powers:
    report = report_of(side.grants, None, court.table)
    return replace(_powers(parts, court, side.name, report), origin=side.origin)
