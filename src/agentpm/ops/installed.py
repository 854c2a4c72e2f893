"""What stands on disk for each locked agent, told without changing or fetching anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from agentpm import fs
from agentpm.errors import AgentpmError
from agentpm.model.agentfile import AgentFile, read_agent
from agentpm.model.digest import Digest
from agentpm.model.lockfile import Locked
from agentpm.model.name import AgentName
from agentpm.model.receipt import Written
from agentpm.ops.apply import look
from agentpm.ops.content import make_ready, read_published
from agentpm.ops.converted import targets_of
from agentpm.ops.direct import read_direct
from agentpm.ops.disk import is_agent_file, ownership
from agentpm.ops.here import Here
from agentpm.ops.parts import Parts
from agentpm.ops.sources import registry_source
from agentpm.permissions.conversion import report_in
from agentpm.permissions.report import Report
from agentpm.plan import Found, Plan, Wanted, make_plan
from agentpm.targets.known import CLAUDE, target_of
from agentpm.targets.target import Target
from agentpm.values import dataclass
from agentpm.workspace import Workspace

OK = "ok"
EDITED = "edited"
STALE = "stale"
MISSING = "missing"
NOT_INSTALLED = "not installed"
FOREIGN = "not agentpm's"
BLOCKED = "blocked"
UNKNOWN = "unknown"

STATES: Mapping[str, str] = {
    OK: "the file is the locked one",
    EDITED: "somebody edited the file since agentpm wrote it",
    STALE: "agentpm wrote the file, from another release than the locked one",
    MISSING: "agentpm wrote the file, and it is gone",
    NOT_INSTALLED: "there is no file yet",
    FOREIGN: "a file stands there that agentpm did not write",
    BLOCKED: "a link or a folder stands there",
    UNKNOWN: "a file stands there, and only `agentpm verify` can find out whether it is the locked one",
}
"""What can be the matter with an agent on disk; everything but `ok` and `unknown` needs `install`."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One agent on disk: its state (one of `STATES`), and where its file is or would be."""

    state: str
    path: str


@dataclass(frozen=True, slots=True)
class Installed:
    """All locked agents on disk, and the files of agents that are not locked any more."""

    standings: Mapping[AgentName, Standing]
    leftovers: tuple[str, ...]


def installed(parts: Parts, here: Here) -> Installed:
    """Look at the disk."""
    expected = {
        **plainly_expected(parts.workspace, here),
        **_rendered_from_what_is_at_hand(parts, here),
    }
    rows = agent_rows(parts.workspace)
    wanted = []
    blind: set[str] = set()
    for place in places_of(parts.workspace, here):
        digest = expected.get(place.path)
        if digest is None:
            blind.add(place.path)
            digest = rows[place.path].digest if place.path in rows else Digest.of(b"")
        wanted.append(Wanted(place.agent, place.target.name, place.path, digest))
    found = look(parts.workspace, {*(want.path for want in wanted), *rows})
    plan = make_plan(wanted, rows, found, _is_ours(parts, here, rows))
    states: dict[AgentName, list[Standing]] = {}
    for want in wanted:
        standing = Standing(_state(plan, want, rows, found, blind), want.path)
        states.setdefault(want.agent, []).append(standing)
    gone = [row.path for row in plan.remove]
    gone += [conflict.path for conflict in plan.conflicts if conflict.wanted is None]
    standings = {name: max(each, key=_gravity) for name, each in states.items()}
    return Installed(standings, tuple(sorted(gone)))


def _gravity(standing: Standing) -> int:
    """How much a state asks for attention: of several files of an agent, the worst one is told."""
    return {OK: 0, UNKNOWN: 1}.get(standing.state, 2)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the file of an agent is in one harness, as the receipt writes it."""

    agent: AgentName
    target: Target
    path: str


def places_of(workspace: Workspace, here: Here) -> tuple[Place, ...]:
    """The place of every locked agent in every harness that the project installs for."""
    targets = targets_of(here.manifest)
    return tuple(
        Place(name, target, target.path(workspace.scope, name))
        for name in here.agents
        for target in targets
    )


def agent_rows(workspace: Workspace) -> dict[str, Written]:
    """The rows of the receipt that are agent files where agentpm puts them."""
    rows = workspace.receipt().by_path()
    return {path: row for path, row in rows.items() if is_agent_file(workspace, row)}


def plainly_expected(workspace: Workspace, here: Here) -> dict[str, Digest]:
    """The digests of the files that are installed as they were published, by path."""
    return {
        CLAUDE.path(workspace.scope, name): locked.checksum
        for name, locked in here.agents.items()
        if locked.checksum is not None
        and CLAUDE.name in here.manifest.targets
        and _is_as_published(here, locked)
    }


def not_plain(workspace: Workspace, here: Here) -> tuple[Locked, ...]:
    """The agents that have to be rendered to know what their files should be."""
    plain = plainly_expected(workspace, here)
    others = {p.agent for p in places_of(workspace, here) if p.path not in plain}
    return tuple(locked for name, locked in here.agents.items() if name in others)


def _is_as_published(here: Here, locked: Locked) -> bool:
    # A registry's file carries the last part of its package's name; other files may have any.
    same_name = registry_source(locked) is not None and locked.package.agent == locked.name
    return same_name and not here.manifest.overrides_of(locked.name)


def rendered(
    parts: Parts, here: Here, agents: Iterable[Locked], files: Mapping[AgentName, AgentFile]
) -> dict[str, Digest]:
    """The digests of `agents` as they are installed, by path, given their published files."""
    ready = make_ready(parts, here.manifest, agents, files)
    return {item.wanted.path: item.wanted.digest for item in ready}


def _rendered_from_what_is_at_hand(parts: Parts, here: Here) -> dict[str, Digest]:
    others = not_plain(parts.workspace, here)
    if not others:
        return {}
    stored = parts.store.get_many([item.checksum for item in others if item.checksum is not None])
    digests: dict[str, Digest] = {}
    for locked in others:
        try:
            raw = _at_hand(parts, here, locked, stored)
            if raw is not None:
                digests |= rendered(
                    parts, here, [locked], {locked.name: read_published(locked, raw)}
                )
        except AgentpmError:
            continue  # a file that cannot be read any more: what it should be is not known here
    return digests


def _at_hand(
    parts: Parts, here: Here, locked: Locked, stored: Mapping[Digest, bytes]
) -> bytes | None:
    if locked.checksum is not None:
        return stored.get(locked.checksum)
    entry = here.manifest.agents.get(locked.name)
    if entry is None or entry.path is None:
        return None
    return read_direct(parts, entry, locked).content


def _is_ours(
    parts: Parts, here: Here, rows: Mapping[str, Written]
) -> Callable[[Wanted, Digest], bool]:
    """A test for files of earlier releases; a registry is asked only of files without a record."""
    known = ownership(parts, here.sources, here.manifest, here.lockfile)

    def is_ours(wanted: Wanted, digest: Digest) -> bool:
        try:
            return wanted.path not in rows and known(wanted, digest)
        except AgentpmError:
            return False  # a registry that cannot be asked: the file counts as somebody's own

    return is_ours


def _state(
    plan: Plan,
    want: Wanted,
    rows: Mapping[str, Written],
    found: Mapping[str, Found],
    blind: set[str],
) -> str:
    there = found.get(want.path)
    if there is None:
        return MISSING if want.path in rows else NOT_INSTALLED
    if want.path in blind and want.path not in rows and there.digest is not None:
        return UNKNOWN
    conflict = next((item for item in plan.conflicts if item.wanted is want), None)
    if conflict is not None:
        return {"edited": EDITED, "foreign": FOREIGN, "not-a-file": BLOCKED}[conflict.reason]
    return STALE if want in plan.write else OK


def report_on_disk(parts: Parts, path: str) -> Report | None:
    """What the file at `path` can do as it stands there; None where there is no agent."""
    try:
        content = fs.read(parts.workspace.file(path), follow=False)
        agent = read_agent(content, path) if content is not None else None
    except AgentpmError:
        return None
    target = target_of(path, parts.workspace.scope)
    # Claude Code passes over a file without a name.
    if agent is None or (target is CLAUDE and not agent.name):
        return None
    return report_in(agent.front, target.name)
