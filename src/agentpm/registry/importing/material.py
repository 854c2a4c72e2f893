"""What was read of a source, before anything is decided about it."""

from __future__ import annotations

from collections.abc import Mapping

from agentpm.registry.importing.tags import Tag
from agentpm.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Moment:
    """One state of a source, told as what changed since the moment before.

    `changes` are paths with the id of their bytes, None where the file went. `commit` is the git
    commit (None for a plain directory), `when` its time in seconds since the epoch, `tag` the
    version that people gave this moment. In a plain directory each file has a time of its own, in
    `times` by path.
    """

    commit: str | None
    when: int | None
    changes: tuple[tuple[str, str | None], ...]
    tag: Tag | None = None
    times: Mapping[str, int] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True, slots=True)
class Material:
    """A source as it was read.

    `tip` is the newest state, told as one moment. `history` are the states of the main line,
    oldest first, `tagged` those with a version for a tag; each list begins with nothing. `commits`
    are the ids of the main line, read or not. `contents` has the bytes for each id in the moments,
    None where there are more than an agent may have, or they could not be read.
    """

    tip: Moment
    history: tuple[Moment, ...] = ()
    tagged: tuple[Moment, ...] = ()
    commits: frozenset[str] = frozenset()
    contents: Mapping[str, bytes | None] = field(default_factory=dict, repr=False)
