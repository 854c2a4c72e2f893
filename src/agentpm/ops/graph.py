"""Which locked agent depends on which: the lockfile as a graph."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping

from agentpm.model.lockfile import Locked
from agentpm.model.manifest import AgentEntry
from agentpm.model.name import AgentName, PackageName
from agentpm.model.release import PackageId, Requirement
from agentpm.ops.answers import Locate, locate_by
from agentpm.ops.here import Here
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Edge:
    """One dependency: `dependent` asks for `requirement`; `target` is None where nothing locked is it."""

    dependent: AgentName
    requirement: Requirement
    target: AgentName | None


@dataclass(frozen=True, slots=True)
class Graph:
    """Locked agents with their dependencies. `roots` are those that the manifest asks for."""

    agents: Mapping[AgentName, Locked]
    roots: tuple[AgentName, ...]
    needs: Mapping[AgentName, tuple[Edge, ...]]

    def needed_by(self, name: AgentName) -> tuple[Edge, ...]:
        """The dependencies that mean `name`, by the name of the dependent."""
        return tuple(e for edges in self.needs.values() for e in edges if e.target == name)


def graph_of(here: Here) -> Graph:
    """The graph of what is locked here."""
    meant = targets(here)
    needs = {
        name: tuple(
            Edge(name, requirement, target)
            for requirement, target in zip(locked.dependencies, meant(locked), strict=True)
        )
        for name, locked in here.agents.items()
    }
    roots = tuple(name for name in here.agents if name in here.manifest.agents)
    return Graph(here.agents, roots, needs)


def targets(here: Here) -> Callable[[Locked], list[AgentName | None]]:
    """Which locked agent each dependency of one means, in their order; None for one that is not."""
    find = locate(here)
    # A tuple is equal to the id with the same parts, and many times as quickly made.
    by_id = {(each.home, each.package): name for name, each in here.agents.items()}
    # A name means the same package to all that come from one source: one of them may ask for all.
    asking: dict[str, PackageId] = {}
    known: dict[tuple[str, PackageName], AgentName | None] = {}

    def meant(locked: Locked) -> list[AgentName | None]:
        source, found = locked.source, []
        for requirement in locked.dependencies:
            place = source, requirement.package
            if place not in known:
                dependent = asking.get(source) or asking.setdefault(source, locked.id)
                known[place] = by_id.get(find(dependent, requirement))
            found.append(known[place])
        return found

    return meant


def locate(here: Here) -> Locate:
    """Where a dependency resolves, as far as the lockfile knows."""

    def package(entry: AgentEntry) -> PackageId:
        locked = here.agents.get(entry.name)
        same = locked is not None and locked.package == entry.package
        return locked.id if locked and same else here.sources.package(entry)

    return locate_by(here.manifest.agents.values(), package, here.sources.default)


def chains(graph: Graph, name: AgentName) -> tuple[tuple[Edge, ...], ...]:
    """How the manifest leads to `name`: the shortest way from each root over each last step.

    An empty chain says that the manifest asks for `name` itself.
    """
    found: list[tuple[Edge, ...]] = [()] if name in graph.roots else []
    last = graph.needed_by(name)
    for root in graph.roots:
        if root == name:
            continue
        ways = _shortest(graph, root, avoid=name)
        found += [(*ways[edge.dependent], edge) for edge in last if edge.dependent in ways]
    return tuple(found)


def _shortest(graph: Graph, root: AgentName, avoid: AgentName) -> dict[AgentName, tuple[Edge, ...]]:
    """The shortest way from `root` to each agent that it leads to without passing `avoid`."""
    ways: dict[AgentName, tuple[Edge, ...]] = {root: ()}
    todo = deque([root])
    while todo:
        here = todo.popleft()
        for edge in graph.needs.get(here, ()):
            if edge.target is not None and edge.target not in ways and edge.target != avoid:
                ways[edge.target] = (*ways[here], edge)
                todo.append(edge.target)
    return ways


@dataclass(frozen=True, slots=True)
class Node:
    """One line of a tree.

    `requirement` is how the line above asks for it (in an inverted tree: how it asks for the line
    above), None at the top. `locked` is None where the agent is not in the lockfile. `mark` is
    `cycle` where the agent stands above itself, `shown` where its branch stands further up.
    """

    name: str
    locked: Locked | None
    requirement: Requirement | None = None
    mark: str = ""
    below: tuple[Node, ...] = ()


def trees(graph: Graph, tops: Iterable[AgentName], *, invert: bool = False) -> tuple[Node, ...]:
    """The tree below each of `tops`: what it depends on, or with `invert` what depends on it."""
    climber = _Climber(graph, invert=invert)
    return tuple(climber.node(name, None, ()) for name in tops)


def tops(graph: Graph, *, invert: bool = False) -> tuple[AgentName, ...]:
    """Where trees begin that show every agent: at the roots, or inverted at what depends on nothing.

    Agents that only lie on cycles are begun at the first of them by name.
    """
    if not invert:
        return graph.roots
    start = [name for name, edges in graph.needs.items() if not edges]
    covered = _above(graph, start)
    for name in graph.agents:
        if name not in covered:
            start.append(name)
            covered |= _above(graph, [name])
    return tuple(start)


def _above(graph: Graph, names: Iterable[AgentName]) -> set[AgentName]:
    """`names`, with everything that depends on one of them."""
    todo = list(names)
    seen: set[AgentName] = set()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += [edge.dependent for edge in graph.needed_by(name)]
    return seen


class _Climber:
    """Builds trees in which every branch is shown once."""

    def __init__(self, graph: Graph, *, invert: bool) -> None:
        self._graph = graph
        self._invert = invert
        self._shown: set[AgentName] = set()

    def node(
        self, name: AgentName, requirement: Requirement | None, path: tuple[AgentName, ...]
    ) -> Node:
        locked = self._graph.agents.get(name)
        edges = self._edges(name)
        if name in path:
            return Node(name, locked, requirement, "cycle")
        if name in self._shown and edges:
            return Node(name, locked, requirement, "shown")
        self._shown.add(name)
        below = tuple(self._below(edge, (*path, name)) for edge in edges)
        return Node(name, locked, requirement, below=below)

    def _edges(self, name: AgentName) -> tuple[Edge, ...]:
        if self._invert:
            return self._graph.needed_by(name)
        return self._graph.needs.get(name, ())

    def _below(self, edge: Edge, path: tuple[AgentName, ...]) -> Node:
        end = edge.dependent if self._invert else edge.target
        if end is None:
            return Node(str(edge.requirement.package), None, edge.requirement)
        return self.node(end, edge.requirement, path)
