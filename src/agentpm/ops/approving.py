"""The command that approves what one agent asks for, as a refusal shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.model.lockfile import Locked
from agentpm.ops.parts import Parts
from agentpm.ops.sources import Sources, registry_source

if TYPE_CHECKING:
    import shlex
else:
    shlex = lazy.module("shlex")


def approve_command(parts: Parts, locked: Locked, words: Iterable[str]) -> str:
    """What to type so that the manifest approves `words` for an agent that is about to be locked.

    A refusal writes nothing. So the manifest may not know the agent, and the command has to say
    where it is, as the refused one did.
    """
    manifest = parts.workspace.manifest()
    known = locked.name in manifest.agents
    if locked.source.startswith("git+") and not known:
        listed = ", ".join(f'"{word}"' for word in words)
        return f"{locked.name} = [{listed}]  # under [permissions.approved] in `{manifest.path}`"
    place = () if known else tuple(_place(parts, locked))
    scope = () if parts.workspace.scope == "project" else ("--global",)
    word = place[0] if place else str(locked.name)
    return shlex.join(["agentpm", "approve", word, *words, *place[1:], *scope])


def _place(parts: Parts, locked: Locked) -> Iterator[str]:
    """The word for an agent that the manifest does not list, then the flags that say where it is."""
    source = registry_source(locked)
    if source is None:
        path = parts.workspace.home / locked.source.removeprefix("path+")
        inside = path.is_relative_to(parts.workspace.home)
        yield str(locked.name)
        yield "--path"
        yield path.relative_to(parts.workspace.home).as_posix() if inside else str(path)
        return
    sources = Sources(parts, parts.workspace.manifest())
    yield str(locked.package)
    if source != sources.default:
        yield from ("--registry", sources.label(source))
    if locked.name != locked.package.agent:
        yield from ("--as", str(locked.name))


def for_whom(parts: Parts) -> str:
    """Whom an approval is for, as the end of a sentence."""
    return " for the whole team" if parts.workspace.scope == "project" else ""
