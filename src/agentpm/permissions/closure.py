"""What an agent reaches through the agents it starts.

Delegation does not attenuate: an agent that may start another gets all that the other can do, and
built-in agents with every tool are always there unless settings deny them (observed with Claude
Code 2.1.330). So gates judge an agent's own powers, `delegate` being one, and this is a report.
"""

from __future__ import annotations

from collections.abc import Mapping

from agentpm.model.name import AgentName
from agentpm.permissions.capability import EVERYTHING, NOTHING, CapabilitySet
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """An installed agent: its own powers, and the installed names of what it depends on."""

    capabilities: CapabilitySet
    dependencies: tuple[AgentName, ...] = ()

    @property
    def delegates(self) -> bool:
        """Whether it can start other agents."""
        return self.capabilities.has("delegate")


@dataclass(frozen=True, slots=True)
class Edge:
    """One declared dependency. `widens` is what it reaches that the dependent cannot do itself.

    `broken` says in plain words why the dependent cannot start it, None where it can.
    """

    dependent: AgentName
    dependency: AgentName
    widens: CapabilitySet
    broken: str | None


@dataclass(frozen=True, slots=True)
class Closure:
    """What one agent can do in the end.

    `reachable` holds its own powers too. `through` are the declared, installed agents that it
    reaches, nearest first; `undeclared` are installed ones it could start as well, though nothing
    says that it does. `builtins` is whether built-in agents add to its powers.
    """

    reachable: CapabilitySet
    through: tuple[AgentName, ...] = ()
    undeclared: tuple[AgentName, ...] = ()
    builtins: bool = False
    edges: tuple[Edge, ...] = ()


def closure(
    name: AgentName,
    agents: Mapping[AgentName, Node],
    builtins: CapabilitySet = EVERYTHING,
    *,
    nesting: bool = True,
) -> Closure:
    """What the installed agent `name` reaches.

    `agents` are all that are installed, `name` among them. `builtins` is what the built-in agents
    can do that settings leave. `nesting` is False where agents cannot start agents at all.
    """
    own = agents[name].capabilities
    order = _reached(name, agents) if nesting else (name,)
    edges = tuple(
        _edge(AgentName(dependent), dependency, agents, nesting=nesting)
        for dependent in order
        for dependency in agents[dependent].dependencies
    )
    if not nesting or not agents[name].delegates:
        return Closure(own, edges=edges)
    reachable = own | builtins
    for other in order[1:]:
        reachable |= agents[other].capabilities
    return Closure(
        reachable=reachable,
        through=order[1:],
        undeclared=tuple(sorted(other for other in agents if other not in order)),
        builtins=not own.covers(builtins),
        edges=edges,
    )


def _reached(name: AgentName, agents: Mapping[AgentName, Node]) -> tuple[AgentName, ...]:
    """`name`, then the installed agents it reaches by declared dependencies, nearest first."""
    order = {name: None}
    waiting = [name]
    while waiting:
        current = agents[waiting.pop(0)]
        for dependency in current.dependencies if current.delegates else ():
            if dependency in agents and dependency not in order:
                order[dependency] = None
                waiting.append(dependency)
    return tuple(order)


def _edge(
    dependent: AgentName,
    dependency: AgentName,
    agents: Mapping[AgentName, Node],
    *,
    nesting: bool,
) -> Edge:
    target = agents.get(dependency)
    broken = None
    if not nesting:
        broken = "agents cannot start agents here"
    elif not agents[dependent].delegates:
        broken = f"`{dependent}` has no tool to start other agents with"
    elif target is None:
        broken = f"`{dependency}` is not installed"
    widens = NOTHING if target is None else target.capabilities - agents[dependent].capabilities
    return Edge(dependent, dependency, widens, broken)
