"""One side of a comparison: a release, a locked agent or a file, whatever a word means."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentpm import fs
from agentpm.model.agentfile import read_agent
from agentpm.model.grants import Grants
from agentpm.model.name import AgentName, suggest_name
from agentpm.model.release import Release, parse_request
from agentpm.model.version import Range
from agentpm.ops.here import Here
from agentpm.ops.lint import LIMIT, NoSuchFile
from agentpm.ops.lookup import Looked, look_up
from agentpm.registry.edits import NoSuchRelease
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Side:
    """An agent as something other than an installed file: `origin` says what it was read from.

    `front` is the whole front matter of a file, None for a release, of which only `grants` are known.
    """

    name: str
    origin: str
    grants: Grants
    front: Mapping[str, Any] | None = None

    @property
    def title(self) -> str:
        """What to call it beside the other side."""
        return self.origin if self.origin.endswith(".md") else f"{self.name} {self.origin}"


def read_side(here: Here, word: str) -> Side:
    """What `word` means: a file, an agent of the project, `NAME` or `NAME@REQ` in a registry.

    A name alone is the locked release, else the newest that can be had.

    Raises:
        NoSuchFile, NoSuchPackage, NoSuchRelease, MalformedAgent: there is no such thing.
    """
    if _is_path(word):
        return _from_file(Path(word))
    request = parse_request(word)
    looked = look_up(here, request.package, wanted=[request.range])
    if request.range.is_any and looked.locked is not None:
        release = looked.release(looked.locked.version)
    else:
        release = newest_in(looked, request.range)
    name = looked.locked.name if looked.locked is not None else release.name.agent
    return Side(name, str(release.version), release.grants)


def _is_path(word: str) -> bool:
    return word.endswith(".md") or word.startswith((".", "/", "~")) or "\\" in word


def _from_file(path: Path) -> Side:
    raw = fs.read(path.expanduser(), limit=LIMIT)
    if raw is None:
        raise NoSuchFile(f"`{path}` does not exist", hint="give an agent's file, or `NAME@VERSION`")
    agent = read_agent(raw, str(path))
    name = agent.name or path.stem
    return Side(AgentName(suggest_name(name) or name), str(path), agent.grants, agent.front)


def newest_in(looked: Looked, wanted: Range) -> Release:
    """The newest release in a range: one that can be had before one that is withdrawn.

    Raises:
        NoSuchRelease: none is in it.
    """
    found = [item for item in looked.releases if item.version in wanted]
    if not found:
        versions = ", ".join(str(item.version) for item in reversed(looked.releases))
        raise NoSuchRelease(
            f"there is no `{looked.package.name}` {wanted}", hint=f"there are {versions}"
        )
    return max(found, key=lambda item: (_can_be_had(item, wanted), item.version))


def _can_be_had(release: Release, wanted: Range) -> bool:
    withdrawn = release.yanked is not None or release.removed is not None
    return not withdrawn and (not release.version.is_prerelease or wanted.names_prerelease)
