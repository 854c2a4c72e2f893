"""A tool table: what one version of a harness makes of the words in an agent file."""

from __future__ import annotations

from collections.abc import Mapping

from agentpm.model.grants import Grants
from agentpm.values import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class ToolTable:
    """What was observed of one version of one harness. Data only; the modules beside it read it.

    `harness` is agentpm's word for it, `title` its own name, `program` and `version` what was run.
    `tools`: every tool that an agent can be given, with the capability words it brings; an empty
    tuple is a tool that gives no power of its own. `pool`: those that an agent gets in a plain
    session when it lists nothing; `beside` says which tool keeps another one away, `elsewhere` on
    which platform alone a tool exists. `never`: tools that no agent is given. `dead`: names that
    the harness forgot, each with the tool that does its work now. `aliases`: old names that still
    count. `takes_along`: what else goes when a tool is taken away. `lookalikes`: names of other
    harnesses, lower case, with the tool that was probably meant. `ignored_keys`: keys that look
    like a restriction and are none, with the one that is. `events`: the hook events it runs.
    `builtin_agents`: the agents that come with it, each with its grants.
    """

    harness: str
    title: str
    program: str
    version: str
    tools: Mapping[str, tuple[str, ...]]
    pool: frozenset[str]
    never: frozenset[str]
    dead: Mapping[str, str | None]
    aliases: Mapping[str, str]
    takes_along: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    lookalikes: Mapping[str, str] = field(default_factory=dict)
    ignored_keys: Mapping[str, str] = field(default_factory=dict)
    modes: Mapping[str, str] = field(default_factory=dict)
    scopes: frozenset[str] = frozenset()
    memory_tools: tuple[str, ...] = ()
    events: frozenset[str] = frozenset()
    builtin_agents: Mapping[str, Grants] = field(default_factory=dict)
    nesting: bool = True

    @property
    def label(self) -> str:
        """How lockfiles and messages name the table: `claude-code 2.1.330`."""
        return f"{self.program} {self.version}"

    def resolve(self, name: str) -> str:
        """The tool that `name` stands for: the one an alias points to, or `name` itself."""
        return self.aliases.get(name, name)

    def without(self, tools: frozenset[str]) -> frozenset[str]:
        """`tools`, with all that goes when they are taken away."""
        return tools.union(*(self.takes_along.get(tool, ()) for tool in tools))
