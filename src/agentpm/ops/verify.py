"""`agentpm verify`: whether the installed files are, byte for byte, what the lockfile says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from agentpm import fs
from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.agentfile import read_agent
from agentpm.model.digest import Digest
from agentpm.model.lockfile import Locked
from agentpm.model.name import AgentName
from agentpm.ops.answers import MissingLockfile
from agentpm.ops.apply import look
from agentpm.ops.content import published_files
from agentpm.ops.converted import targets_of
from agentpm.ops.disk import claims
from agentpm.ops.here import Here, look_here
from agentpm.ops.installed import Place, not_plain, places_of, plainly_expected, rendered
from agentpm.ops.parts import Parts
from agentpm.permissions.conversion import report_in
from agentpm.permissions.harnesses import load_table
from agentpm.plan import Found
from agentpm.values import dataclass


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
    places = places_of(parts.workspace, here)
    found = look(parts.workspace, [place.path for place in places])
    violations = [
        violation
        for place in places
        for violation in _agent(parts, here, place, (expected[place.path], found))
    ]
    violations += _shadows(parts, here, places)
    return Verified(len(here.agents), tuple(violations))


def _expected(parts: Parts, here: Here) -> dict[str, Digest]:
    others = not_plain(parts.workspace, here)
    files = published_files(parts, here.sources, here.manifest, others)
    return {**plainly_expected(parts.workspace, here), **rendered(parts, here, others, files)}


def _agent(
    parts: Parts, here: Here, place: Place, disk: tuple[Digest, Mapping[str, Found]]
) -> Iterator[Violation]:
    locked, path = here.agents[place.agent], place.path
    digest, found = disk
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
        yield from _capabilities(parts, here, locked, place)


def _capabilities(parts: Parts, here: Here, locked: Locked, place: Place) -> Iterator[Violation]:
    label = load_table(place.target.name).label
    if here.lockfile is None or label not in (
        here.lockfile.tool_table,
        *here.lockfile.other_tables,
    ):
        return  # written with another table of tools, under which the words may differ rightly
    content = fs.read(parts.workspace.file(place.path), follow=False) or b""
    report = report_in(read_agent(content, place.path).front, place.target.name)
    can, says = report.capabilities.words(), locked.capabilities.get(place.target.name, ())
    if set(can) != set(says):
        text = (
            f"the lockfile says that `{locked.name}` can do {_words(says)}, but it can do "
            f"{_words(can)}"
        )
        yield Violation(locked.name, place.path, "capabilities", text)


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(f"`{word}`" for word in words) or "nothing"


def _shadows(parts: Parts, here: Here, places: Iterable[Place]) -> Iterator[Violation]:
    """Files that claim the name of a locked agent: the harness would use one of the two."""
    by_name = {(place.target.name, str(place.agent)): place for place in places}
    for target in targets_of(here.manifest):
        for name, file in claims(parts.workspace, target):
            place = by_name.get((target.name, name))
            relative = file.relative_to(parts.workspace.root).as_posix()
            if place is not None and relative != place.path:
                text = f"`{relative}` calls itself `{name}` too, and may be used instead"
                yield Violation(place.agent, relative, "shadowed", text)
