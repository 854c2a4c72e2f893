"""`agentpm verify`: whether the installed files are, byte for byte, what the lockfile says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agentpm import fs
from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.agentfile import read_agent
from agentpm.model.digest import Digest
from agentpm.model.lockfile import Locked
from agentpm.model.name import AgentName
from agentpm.ops.answers import MissingLockfile
from agentpm.ops.apply import look
from agentpm.ops.content import published_bytes
from agentpm.ops.here import Here, look_here
from agentpm.ops.installed import path_of, plainly_expected, rendered
from agentpm.ops.judge import TARGET, table
from agentpm.ops.parts import Parts
from agentpm.permissions.report import capabilities
from agentpm.plan import Found
from agentpm.targets import claude, places


class NotAsLocked(AgentpmError):
    """Installed files that are not what the lockfile says."""

    code = "not-as-locked"
    exit_code = ExitCode.CORRUPT


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is not as locked.

    `kind` is `missing`, `edited`, `not-a-file`, `capabilities` (the lockfile understates or
    overstates what the file can do) or `shadowed` (another file claims the agent's name). `text` is
    a sentence.
    """

    agent: AgentName
    path: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Verified:
    """How many agents were checked, with everything that is wrong."""

    agents: int
    violations: tuple[Violation, ...]


def verify(parts: Parts) -> Verified:
    """Check every locked agent on disk.

    Agents with overrides are rendered from their published bytes, which are fetched where this
    machine does not have them.

    Raises:
        MissingLockfile: there is nothing to check against.
        AgentpmError: published bytes are needed and cannot be had.
    """
    here = look_here(parts)
    if here.lockfile is None:
        path = parts.workspace.shown(parts.workspace.lockfile_path)
        raise MissingLockfile(
            f"there is no `{path}` to check against", hint="run `agentpm lock`, and commit it"
        )
    expected = _expected(parts, here)
    paths = {name: path_of(parts.workspace, name) for name in here.agents}
    found = look(parts.workspace, paths.values())
    violations = [
        violation
        for name, locked in here.agents.items()
        for violation in _agent(parts, here, locked, (paths[name], expected[name], found))
    ]
    violations += _shadows(parts, paths)
    return Verified(len(here.agents), tuple(violations))


def _expected(parts: Parts, here: Here) -> dict[AgentName, Digest]:
    plain = plainly_expected(here)
    others = [locked for name, locked in here.agents.items() if name not in plain]
    raw = published_bytes(parts, here.sources, here.manifest, others)
    return {**plain, **rendered(parts, here, others, raw)}


def _agent(
    parts: Parts, here: Here, locked: Locked, where: tuple[str, Digest, Mapping[str, Found]]
) -> Iterator[Violation]:
    path, digest, found = where
    there = found.get(path)
    if there is None:
        yield Violation(locked.name, path, "missing", f"`{path}` is missing")
    elif there.digest is None:
        text = f"`{path}` is a link or a folder, not an agent's file"
        yield Violation(locked.name, path, "not-a-file", text)
    elif there.digest != digest:
        text = f"`{path}` is not `{locked.name}` {locked.version} as it is locked"
        yield Violation(locked.name, path, "edited", text)
    else:
        yield from _capabilities(parts, here, locked, path)


def _capabilities(parts: Parts, here: Here, locked: Locked, path: str) -> Iterator[Violation]:
    tools = table()
    if here.lockfile is None or here.lockfile.tool_table != tools.label:
        return  # written with another table of tools, under which the words may differ rightly
    content = fs.read(parts.workspace.file(path), follow=False) or b""
    can = capabilities(read_agent(content, path).grants, tools).capabilities.words()
    says = locked.capabilities.get(TARGET, ())
    if set(can) != set(says):
        text = (
            f"the lockfile says that `{locked.name}` can do {_words(says)}, but it can do "
            f"{_words(can)}"
        )
        yield Violation(locked.name, path, "capabilities", text)


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(f"`{word}`" for word in words) or "nothing"


def _shadows(parts: Parts, paths: Mapping[AgentName, str]) -> Iterator[Violation]:
    """Files that claim the name of a locked agent: Claude Code would use one of the two."""
    workspace = parts.workspace
    by_name = {str(name): (name, path) for name, path in paths.items()}
    for name, file in claude.claimed_names(workspace.file(places.directory(workspace.scope))):
        agent, path = by_name.get(name, (None, ""))
        relative = file.relative_to(workspace.root).as_posix()
        if agent is not None and relative != path:
            text = f"`{relative}` calls itself `{name}` too, and may be used instead"
            yield Violation(agent, relative, "shadowed", text)
