"""The targets that agentpm can install for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.targets import claude, places
from agentpm.targets.target import Target

if TYPE_CHECKING:
    from agentpm.targets import copilot, opencode
else:
    # Most projects have agents for Claude Code alone.
    copilot = lazy.module("agentpm.targets.copilot")
    opencode = lazy.module("agentpm.targets.opencode")

CLAUDE = Target(
    claude.NAME,
    "Claude Code",
    places.directory,
    claude.file_name,
    claude.render,
    claude.claimed_names,
)

_FOUND: Mapping[str, Callable[[], Target]] = {
    claude.NAME: lambda: CLAUDE,
    "opencode": lambda: opencode.TARGET,
    "copilot": lambda: copilot.TARGET,
}


class _Targets(Mapping[str, Target]):
    """The targets by name; one is loaded when it is asked for."""

    def __getitem__(self, name: str) -> Target:
        return _FOUND[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(_FOUND)

    def __len__(self) -> int:
        return len(_FOUND)


TARGETS: Mapping[str, Target] = _Targets()


def target_of(path: str, scope: str) -> Target:
    """The target whose agents directory holds the file at `path`; Claude Code where none does."""
    held = (t for t in TARGETS.values() if path.startswith(f"{t.directory(scope)}/"))
    return next(held, CLAUDE)
