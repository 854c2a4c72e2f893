"""Which tags of a repository are versions of its agents."""

from __future__ import annotations

from agentpm.errors import AgentpmError
from agentpm.lazy import pattern
from agentpm.model.name import AgentName
from agentpm.model.version import Version, parse_version
from agentpm.values import dataclass

_TAG = pattern(
    r"(?:(?P<name>.+?)[-@])?(?P<version>v?[0-9]+\.[0-9]+\.[0-9]+(?:[-.]?[a-z]+[-.]?[0-9]+)?)\Z"
)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that is a version: of the agent `name`, or (None) of all agents in the repository.

    `text` is the tag as it is called.
    """

    text: str
    name: AgentName | None
    version: Version


def read_tag(text: str) -> Tag | None:
    """What a tag says: `v1.2.3`, `1.2.3`, `name-v1.2.3`, `name@1.2.3`; None for any other."""
    match = _TAG.match(text)
    if match is None:
        return None
    try:
        name = AgentName(match["name"]) if match["name"] is not None else None
        return Tag(text, name, parse_version(match["version"]))
    except AgentpmError:
        return None
