"""What stands on disk for each locked agent, told without changing or fetching anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from agentpm import fs
from agentpm.errors import AgentpmError
from agentpm.model.agentfile import read_agent
from agentpm.model.digest import Digest
from agentpm.model.lockfile import Locked
from agentpm.model.name import AgentName
from agentpm.model.receipt import Written
from agentpm.ops.apply import look
from agentpm.ops.content import make_ready
from agentpm.ops.direct import read_direct
from agentpm.ops.disk import ownership
from agentpm.ops.here import Here
from agentpm.ops.judge import TARGET, table
from agentpm.ops.parts import Parts
from agentpm.ops.sources import registry_source
from agentpm.permissions.report import Report, capabilities
from agentpm.plan import Found, Plan, Wanted, make_plan
from agentpm.targets import claude, places
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
    expected = {**plainly_expected(here), **_rendered_from_what_is_at_hand(parts, here)}
    rows = agent_rows(parts.workspace)
    wanted = []
    blind: set[str] = set()
    for name in here.agents:
        path = path_of(parts.workspace, name)
        digest = expected.get(name)
        if digest is None:
            blind.add(path)
            digest = rows[path].digest if path in rows else Digest.of(b"")
        wanted.append(Wanted(name, TARGET, path, digest))
    found = look(parts.workspace, {*(want.path for want in wanted), *rows})
    plan = make_plan(wanted, rows, found, _is_ours(here, rows))
    standings = {
        want.agent: Standing(_state(plan, want, rows, found, blind), want.path) for want in wanted
    }
    gone = [row.path for row in plan.remove]
    gone += [conflict.path for conflict in plan.conflicts if conflict.wanted is None]
    return Installed(standings, tuple(sorted(gone)))


def path_of(workspace: Workspace, name: AgentName) -> str:
    """Where an agent's file is, as the receipt writes it."""
    return f"{places.directory(workspace.scope)}/{claude.file_name(name)}"


def agent_rows(workspace: Workspace) -> dict[str, Written]:
    """The rows of the receipt that are agent files where agentpm puts them."""
    rows = workspace.receipt().by_path()
    return {path: row for path, row in rows.items() if path == path_of(workspace, row.agent)}


def plainly_expected(here: Here) -> dict[AgentName, Digest]:
    """The digests of the agents that are installed as they were published."""
    return {
        name: locked.checksum
        for name, locked in here.agents.items()
        if locked.checksum is not None and _is_as_published(here, locked)
    }


def _is_as_published(here: Here, locked: Locked) -> bool:
    entry = here.manifest.agents.get(locked.name)
    changed = entry is not None and bool(entry.overrides)
    # A registry's file carries the last part of its package's name; other files may have any.
    same_name = registry_source(locked) is not None and locked.package.agent == locked.name
    return same_name and not changed


def rendered(
    parts: Parts, here: Here, agents: Iterable[Locked], raw: Mapping[AgentName, bytes]
) -> dict[AgentName, Digest]:
    """The digests of `agents` as they are installed, given their published bytes."""
    ready = make_ready(parts, here.manifest, agents, raw)
    return {item.locked.name: item.wanted.digest for item in ready}


def _rendered_from_what_is_at_hand(parts: Parts, here: Here) -> dict[AgentName, Digest]:
    plain = plainly_expected(here)
    others = [locked for name, locked in here.agents.items() if name not in plain]
    if not others:
        return {}
    stored = parts.store.get_many([item.checksum for item in others if item.checksum is not None])
    digests: dict[AgentName, Digest] = {}
    for locked in others:
        try:
            raw = _at_hand(parts, here, locked, stored)
            if raw is not None:
                digests |= rendered(parts, here, [locked], {locked.name: raw})
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


def _is_ours(here: Here, rows: Mapping[str, Written]) -> Callable[[Wanted, Digest], bool]:
    """A test for files of earlier releases; a registry is asked only of files without a record."""
    known = ownership(here.sources, here.manifest, here.lockfile)

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
    # Claude Code passes over a file without a name.
    return capabilities(agent.grants, table()) if agent is not None and agent.name else None
