"""The targets that agentpm can install for."""

from __future__ import annotations

from collections.abc import Mapping

from agentpm.targets import claude, copilot, opencode, places
from agentpm.targets.target import Target

CLAUDE = Target(
    claude.NAME,
    "Claude Code",
    places.directory,
    claude.file_name,
    claude.render,
    claude.claimed_names,
)

TARGETS: Mapping[str, Target] = {
    target.name: target for target in (CLAUDE, opencode.TARGET, copilot.TARGET)
}


def target_of(path: str, scope: str) -> Target:
    """The target whose agents directory holds the file at `path`; Claude Code where none does."""
    held = (t for t in TARGETS.values() if path.startswith(f"{t.directory(scope)}/"))
    return next(held, CLAUDE)
