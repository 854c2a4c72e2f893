"""Names that several agent files claim, over every scope that Claude Code reads.

Identity is the `name` inside a file, whatever its path. The order of the scopes is the one on its
page on sub-agents: managed, then the project's directories from the current one up to the root of
the repository, the nearest first, then the user's own. Within one tree the file system decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from agentpm.ops.parts import Parts
from agentpm.targets import claude, places
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Claimant:
    """A file that claims a name, in the agents `directory` of a scope."""

    scope: str
    directory: Path
    path: Path


@dataclass(frozen=True, slots=True)
class Contested:
    """A name with every file that claims it, the one that wins first.

    `winner` is None where the first ones stand in one tree, so that the file system decides.
    """

    name: str
    claimants: tuple[Claimant, ...]

    @property
    def winner(self) -> Claimant | None:
        """The file that Claude Code takes, where that can be told."""
        first, second = self.claimants[:2]
        return None if first.directory == second.directory else first


def agent_directories(parts: Parts, start: Path) -> tuple[tuple[str, Path], ...]:
    """Every agents directory that counts for somebody who starts in `start`, strongest first."""
    surroundings = parts.surroundings
    own = surroundings.claude / places.GLOBAL_DIRECTORY
    found = [("managed", _managed(surroundings.platform) / places.PROJECT_DIRECTORY)]
    found += [
        ("project", folder / places.PROJECT_DIRECTORY)
        for folder in _upward(start)
        if folder / places.PROJECT_DIRECTORY != own
    ]
    return (*found, ("user", own))


def _managed(platform: str) -> Path:
    files = places.MANAGED_SETTINGS
    return Path(files.get(platform, files["linux"])).parent


def _upward(start: Path) -> Iterator[Path]:
    """`start` and its parents up to the root of the repository; `start` alone outside of one."""
    every = (start, *start.parents)
    root = next((folder for folder in every if (folder / ".git").exists()), start)
    for folder in every:
        yield folder
        if folder == root:
            return


def contested(parts: Parts, start: Path) -> tuple[Contested, ...]:
    """Every name that more than one file claims, sorted."""
    claims: dict[str, list[Claimant]] = defaultdict(list)
    for scope, directory in agent_directories(parts, start):
        for name, path in claude.claimed_names(directory):
            claims[name].append(Claimant(scope, directory, path))
    return tuple(
        Contested(name, tuple(found)) for name, found in sorted(claims.items()) if len(found) > 1
    )
