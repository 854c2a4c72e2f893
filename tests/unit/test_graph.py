"""The lockfile as a graph: chains, trees, cycles."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentpm.cli.settings import Flags
from agentpm.cli.talk import Talk
from agentpm.cli.wiring import wire
from agentpm.model.lockfile import Locked, Lockfile
from agentpm.model.name import AgentName, PackageName
from agentpm.model.release import parse_requirement
from agentpm.model.version import parse_version
from agentpm.ops.graph import Edge, Graph, Node, chains, locate, targets, tops, trees
from agentpm.ops.here import Here
from agentpm.ops.sources import Sources
from agentpm.values import replace


def graph(*roots: str, **needs: str) -> Graph:
    """A graph of agents by the names of what each needs: `graph("a", a="b c", b="", c="b")`."""
    agents, edges = {}, {}
    for word, wanted in sorted(needs.items()):
        name = AgentName(word)
        agents[name] = Locked(name, PackageName(word), parse_version("1.0.0"), "registry+shipped")
        edges[name] = tuple(
            Edge(name, parse_requirement(item), AgentName(item) if item in needs else None)
            for item in wanted.split()
        )
    return Graph(agents, tuple(AgentName(root) for root in roots), edges)


def ways(found: Graph, name: str) -> list[str]:
    return [
        " ".join([*(edge.dependent for edge in chain), name])
        for chain in chains(found, AgentName(name))
    ]


def drawn(nodes: tuple[Node, ...]) -> str:
    def one(node: Node) -> str:
        below = f"({drawn(node.below)})" if node.below else ""
        return f"{node.name}{'*' if node.mark == 'shown' else ''}{'!' if node.mark == 'cycle' else ''}{below}"

    return " ".join(map(one, nodes))


def tree(found: Graph, *names: str, invert: bool = False) -> str:
    wanted = [AgentName(name) for name in names] or tops(found, invert=invert)
    return drawn(trees(found, wanted, invert=invert))


def test_each_last_step_is_shown_from_each_root() -> None:
    """To get rid of an agent, one has to know everything that holds it."""
    found = graph("a", "d", a="b c", b="x", c="x", d="b", x="")
    assert ways(found, "x") == ["a b x", "a c x", "d b x"]


def test_what_the_manifest_asks_for_itself_has_an_empty_chain() -> None:
    """It would stay, whatever else went."""
    assert ways(graph("a", "x", a="x", x=""), "x") == ["x", "a x"]


def test_a_way_does_not_pass_the_agent_it_leads_to() -> None:
    """In a circle there would be no end of ways."""
    assert ways(graph("a", a="b", b="c", c="b"), "b") == ["a b"]


def test_an_agent_that_nothing_asks_for_has_no_chain() -> None:
    """A lockfile may hold one after a merge."""
    assert ways(graph("a", a="", x=""), "x") == []


def test_a_circle_is_marked_and_ends() -> None:
    """Two agents that delegate to one another are ordinary."""
    assert tree(graph("a", a="b", b="a")) == "a(b(a!))"


def test_a_branch_is_shown_once() -> None:
    """Otherwise ten agents could make a thousand lines."""
    found = graph("a", a="b c", b="d", c="b d", d="")
    assert tree(found) == "a(b(d) c(b* d))"


def test_a_missing_dependency_is_a_leaf() -> None:
    """A merge can lose one, and the tree is where it shows."""
    (top,) = trees(graph("a", a="gone"), [AgentName("a")])
    assert [(node.name, node.locked) for node in top.below] == [("gone", None)]


def test_inverted_trees_begin_at_what_needs_nothing() -> None:
    """Read upward, they end at what the manifest asks for."""
    assert tree(graph("a", "b", a="x", b="x y", x="", y=""), invert=True) == "x(a b) y(b)"


def test_inverted_trees_cover_circles() -> None:
    """Where everything needs something, the first by name has to do."""
    assert tree(graph("a", a="b", b="a", c="d", d="c"), invert=True) == "a(b(a!)) c(d(c!))"


worlds = st.integers(1, 7).flatmap(
    lambda size: st.lists(
        st.sets(st.integers(0, size - 1)).map(sorted), min_size=size, max_size=size
    )
)


def world(edges: list[list[int]]) -> Graph:
    names = "abcdefg"
    needs = {names[i]: " ".join(names[j] for j in row) for i, row in enumerate(edges)}
    return graph("a", **needs)


def everything_in(nodes: tuple[Node, ...]) -> list[str]:
    return [name for node in nodes for name in [node.name, *everything_in(node.below)]]


@settings(deadline=None)
@given(worlds)
def test_inverted_trees_show_every_agent(edges: list[list[int]]) -> None:
    """Whatever the shape of the world, nobody is left out."""
    found = world(edges)
    shown = everything_in(trees(found, tops(found, invert=True), invert=True))
    assert set(shown) == set(found.agents)


@settings(deadline=None)
@given(worlds)
def test_a_tree_has_no_more_lines_than_there_are_edges(edges: list[list[int]]) -> None:
    """Each dependency stands in it once at most."""
    found = world(edges)
    shown = everything_in(trees(found, found.roots))
    assert len(shown) <= 1 + sum(len(row) for row in edges)


@settings(deadline=None)
@given(worlds)
def test_there_is_a_chain_exactly_to_what_the_roots_lead_to(edges: list[list[int]]) -> None:
    """`why` and the tree never contradict each other."""
    found = world(edges)
    reached = set(everything_in(trees(found, found.roots)))
    assert {name for name in found.agents if chains(found, name)} == reached


@settings(deadline=None)
@given(worlds)
def test_every_chain_is_a_way_without_a_circle(edges: list[list[int]]) -> None:
    """Each step begins where the one before it ended."""
    found = world(edges)
    for name in found.agents:
        for chain in chains(found, name):
            steps = [edge.dependent for edge in chain] + [name]
            assert steps[0] in found.roots
            assert len(set(steps)) == len(steps)
            assert all(e.target == after for e, after in zip(chain, steps[1:], strict=True))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Here:
    """A project that takes one agent from another registry, and gives one another name."""
    home: Path = tmp_path_factory.mktemp("project")
    (home / "agentpm.toml").write_text(
        '[registries]\nother = "https://example.org/agents"\n'
        '[agents]\na = { version = "*", registry = "other" }\nx = { package = "b", version = "*" }\n'
    )
    parts = wire(Flags(directory=home), Talk(quiet=True))
    manifest = parts.workspace.manifest()
    return Here(manifest, None, Sources(parts, manifest))


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcx"),
            st.sampled_from("abc"),
            st.sampled_from(["registry+shipped", "registry+https://example.org/agents", "path+y"]),
            st.lists(st.sampled_from(["a", "b", "c", "a ^1.0", "d"]), max_size=4),
        ),
        max_size=5,
        unique_by=lambda row: row[0],
    )
)
def test_what_a_dependency_means_is_asked_once_and_true_of_all(
    project: Here, rows: list[tuple[str, str, str, list[str]]]
) -> None:
    """The same name means other agents to those from another registry, and to no others."""
    agents = [
        Locked(
            AgentName(name), PackageName(package), parse_version("1.0.0"), source,
            dependencies=tuple(map(parse_requirement, needs)),
        )
        for name, package, source, needs in rows
    ]  # fmt: skip
    here = replace(project, lockfile=Lockfile.of(agents, "table"))
    meant, find = targets(here), locate(here)
    by_id = {agent.id: agent.name for agent in here.agents.values()}
    for agent in agents:
        assert meant(agent) == [by_id.get(find(agent.id, need)) for need in agent.dependencies]
