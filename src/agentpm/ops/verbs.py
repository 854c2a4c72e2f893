"""The changing verbs, each as a wish for the journey."""

from __future__ import annotations

from collections.abc import Sequence

from agentpm.errors import AgentpmError
from agentpm.model.name import AgentName
from agentpm.ops.decision import Wish
from agentpm.ops.entries import Request, entries, listed
from agentpm.ops.here import no_agent
from agentpm.ops.journey import Outcome, travel
from agentpm.ops.parts import Parts
from agentpm.values import replace


class NothingToInstall(AgentpmError):
    """No manifest where one should say what to install."""

    code = "no-manifest"


def add(parts: Parts, request: Request, wish: Wish) -> Outcome:
    """Ask for packages: `add`, and `install NAME` where `wish.apply` is set."""
    asked = entries(parts.workspace.manifest(), request)
    return travel(parts, replace(wish, asked=asked, registry=request.registry))


def plain(parts: Parts, wish: Wish) -> Outcome:
    """What the manifest asks for, as it is: `install`, `sync`, `lock`.

    Raises:
        NothingToInstall: there is no manifest.
    """
    workspace = parts.workspace
    if not workspace.manifest_path.exists() and workspace.journal() is None:
        raise NothingToInstall(
            f"there is no `agentpm.toml` in `{workspace.home}`",
            hint="`agentpm install NAME` installs an agent and writes one; `agentpm search` finds agents",
        )
    return travel(parts, wish)


def drop(parts: Parts, names: Sequence[str], wish: Wish) -> Outcome:
    """Stop asking for agents: `remove`, and `uninstall` where `wish.apply` is set."""
    return travel(parts, replace(wish, dropped=listed(parts.workspace.manifest(), names)))


def update(parts: Parts, names: Sequence[str], wish: Wish) -> Outcome:
    """Let agents move: those named, or all of them.

    Raises:
        NotInManifest: one of `names` is neither locked nor in the manifest.
    """
    lockfile = parts.workspace.lockfile()
    known = {*parts.workspace.manifest().agents, *(lockfile.agents if lockfile is not None else ())}
    for name in names:
        if name not in known:
            raise no_agent(name, known)
    moving = tuple(AgentName(name) for name in names)
    return plain(parts, replace(wish, moving=moving, hold_back=not moving))
