"""`agentpm why`: how the manifest leads to an agent."""

from __future__ import annotations

from agentpm.model.lockfile import Locked
from agentpm.model.manifest import AgentEntry
from agentpm.ops.graph import Edge, Graph, chains, graph_of
from agentpm.ops.here import locked_agent, locked_here
from agentpm.ops.parts import Parts
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Chain:
    """One way from the manifest's line `entry` to an agent, step by step."""

    entry: AgentEntry
    steps: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """Why `locked` is here; no chains where nothing asks for it any more."""

    locked: Locked
    chains: tuple[Chain, ...]
    graph: Graph


def why(parts: Parts, name: str) -> Why:
    """Every root from which the agent `name` is reached, with the shortest way over each last step.

    Raises:
        MissingLockfile: the manifest asks for agents, and none is locked.
        NotInManifest: it is not locked; with a did-you-mean.
    """
    here = locked_here(parts)
    locked = locked_agent(here, name)
    graph = graph_of(here)
    found = []
    for steps in chains(graph, locked.name):
        first = steps[0].dependent if steps else locked.name
        found.append(Chain(here.manifest.agents[first], steps))
    return Why(locked, tuple(found), graph)
