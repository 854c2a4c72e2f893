"""`agentpm tree`: the locked agents as trees."""

from __future__ import annotations

from collections.abc import Sequence

from agentpm.ops.graph import Node, graph_of, tops, trees
from agentpm.ops.here import locked_agent, locked_here
from agentpm.ops.parts import Parts


def tree(parts: Parts, names: Sequence[str], *, invert: bool = False) -> tuple[Node, ...]:
    """The trees below the agents in `names`, or of all there are.

    Raises:
        MissingLockfile: the manifest asks for agents, and none is locked.
        NotInManifest: one of `names` is not locked; with a did-you-mean.
    """
    here = locked_here(parts)
    graph = graph_of(here)
    wanted = [locked_agent(here, name).name for name in names]
    return trees(graph, wanted or tops(graph, invert=invert), invert=invert)
