"""The agents directory against the plan: whose each file is, and which names are taken."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError
from agentpm.model.digest import Digest
from agentpm.model.lockfile import Locked, Lockfile
from agentpm.model.manifest import Manifest
from agentpm.model.name import AgentName
from agentpm.model.receipt import Written
from agentpm.ops.apply import explain_conflict, look
from agentpm.ops.content import Ready, make_ready, published_files
from agentpm.ops.parts import Parts
from agentpm.ops.sources import Sources, registry_source
from agentpm.plan import Conflict, Plan, Wanted, make_plan
from agentpm.targets.known import CLAUDE, TARGETS
from agentpm.targets.target import Target
from agentpm.workspace import Workspace

_SHOWN_LINES = 40


class NameCollision(AgentpmError):
    """Two files that claim one agent's name."""

    code = "name-collision"


def survey(parts: Parts, ready: Iterable[Ready], is_ours: Callable[[Wanted, Digest], bool]) -> Plan:
    """The plan for the agents in `ready`, conflicts included."""
    wanted = [item.wanted for item in ready]
    written = parts.workspace.receipt().by_path()
    safe = _inside(parts.workspace, written)
    found = look(parts.workspace, {*(w.path for w in wanted), *safe})
    return make_plan(wanted, safe, found, is_ours)


def _inside(workspace: Workspace, written: Mapping[str, Written]) -> dict[str, Written]:
    """The rows of a receipt that are agent files in the agents directory, which alone are ours."""
    return {path: row for path, row in written.items() if is_agent_file(workspace, row)}


def is_agent_file(workspace: Workspace, row: Written) -> bool:
    """Whether a row of the receipt is about a place where agentpm writes agents."""
    target = TARGETS.get(row.target)
    return target is not None and row.path == target.path(workspace.scope, row.agent)


def ownership(
    parts: Parts, sources: Sources, manifest: Manifest, before: Lockfile | None
) -> Callable[[Wanted, Digest], bool]:
    """A test for bytes that some release of an agent has: those agentpm may replace.

    A team may commit its agents directory, so a file without a receipt can still be agentpm's. The
    registry is asked only when a file is neither recorded nor what is planned.
    """

    def is_ours(wanted: Wanted, digest: Digest) -> bool:
        locked = before.agents.get(wanted.agent) if before is not None else None
        if locked is None:
            return False
        if wanted.target != CLAUDE.name or manifest.overrides_of(wanted.agent):
            return digest == _as_locked(parts, sources, manifest, locked).get(wanted.path)
        return digest == locked.checksum or digest in _released(sources, locked)

    return is_ours


def _as_locked(
    parts: Parts, sources: Sources, manifest: Manifest, locked: Locked
) -> dict[str, Digest]:
    """The files of a locked agent as this manifest renders them, by path; none that cannot be had."""
    if locked.checksum is None:
        return {}
    try:
        files = published_files(parts, sources, manifest, [locked])
        ready = make_ready(parts, manifest, [locked], files)
    except AgentpmError:
        return {}
    return {item.wanted.path: item.wanted.digest for item in ready}


def _released(sources: Sources, locked: Locked) -> set[Digest]:
    source = registry_source(locked)
    if source is None:
        return set()
    return {release.checksum for release in sources.registry(source).releases(locked.package)}


def refuse_conflict(parts: Parts, conflict: Conflict, ready: Iterable[Ready]) -> AgentpmError:
    """The refusal for a person's file, with the difference to what would stand there."""
    file = parts.workspace.file(conflict.path)
    new = next((item.content for item in ready if item.wanted is conflict.wanted), None)
    old = fs.read(file, follow=False) if conflict.reason != "not-a-file" else None
    difference: tuple[str, ...] = ()
    if old is not None and new is not None:
        difference = difference_lines(old, new, conflict.path)
    return explain_conflict(conflict, difference)


def difference_lines(old: bytes, new: bytes, path: str) -> tuple[str, ...]:
    """The difference of two agent files as a person reads one, cut after some lines."""
    # Only a refusal shows one.
    import difflib  # noqa: PLC0415

    before, after = (raw.decode("utf-8", "replace").splitlines() for raw in (old, new))
    lines = list(
        difflib.unified_diff(
            before, after, f"{path} (yours)", f"{path} (agentpm's)", lineterm="", n=1
        )
    )
    if not lines:
        return ("(the two differ in their line ends only)",)
    more = len(lines) - _SHOWN_LINES
    cut = (f"… {more} more lines",) if more > 0 else ()
    return (*lines[:_SHOWN_LINES], *cut)


def back_up(workspace: Workspace, conflicts: Iterable[Conflict]) -> tuple[str, ...]:
    """Copy each file that is about to be replaced into the backup folder; where to, each."""
    kept = []
    for conflict in conflicts:
        content = fs.read(workspace.file(conflict.path), follow=False)
        if content is None:
            continue
        stem = conflict.path.rpartition("/")[2].removesuffix(".md")
        target = workspace.backup / f"{stem}.{Digest.of(content).hex[:8]}.md"
        fs.write(target, content, sync=True)
        kept.append(workspace.shown(target))
    return tuple(kept)


def with_force(plan: Plan, written: Mapping[str, Written]) -> Plan:
    """The plan in which edited and foreign files give way; links and folders never do."""
    forced = [c for c in plan.conflicts if c.reason != "not-a-file"]
    return Plan(
        write=(*plan.write, *(c.wanted for c in forced if c.wanted is not None)),
        remove=(*plan.remove, *(written[c.path] for c in forced if c.wanted is None)),
        keep=plan.keep,
        adopt=plan.adopt,
        forget=plan.forget,
        conflicts=tuple(c for c in plan.conflicts if c.reason == "not-a-file"),
    )


def refuse_taken_names(workspace: Workspace, ready: Iterable[Ready], ours: Container[str]) -> None:
    """Refuse to install an agent whose name another file of the directory claims already.

    A harness would use one of the two, in an order that nobody chose.

    Raises:
        NameCollision: with the other file.
    """
    wanted: dict[str, set[AgentName]] = {}
    for item in ready:
        wanted.setdefault(item.wanted.target, set()).add(item.locked.name)
    for target in map(TARGETS.__getitem__, wanted):
        for name, path in claims(workspace, target):
            relative = path.relative_to(workspace.root).as_posix()
            if name in wanted[target.name] and relative not in ours:
                raise NameCollision(
                    f"`{workspace.shown(path)}` calls itself `{name}` too, "
                    f"and {target.title} would load only one of the two",
                    hint=f"rename that agent, or install this one under another name: "
                    f"`agentpm install {name} --as OTHER-NAME`",
                )


def claims(workspace: Workspace, target: Target) -> Iterator[tuple[str, Path]]:
    """Each agent name that a file claims in a harness, with the file."""
    for directory in (target.directory(workspace.scope), *target.also):
        yield from target.claims(workspace.file(directory))


def agent_folders(workspace: Workspace, targets: Iterable[Target]) -> tuple[Path, ...]:
    """Every folder in which a name may be claimed, of all `targets`."""
    names = (d for t in targets for d in (t.directory(workspace.scope), *t.also))
    return tuple(folder for name in names for folder in folders_below(workspace.file(name)))


def shown_directories(workspace: Workspace, targets: Iterable[Target]) -> str:
    """The agents directories of `targets`, as messages show them."""
    files = (workspace.file(target.directory(workspace.scope)) for target in targets)
    return ", ".join(workspace.shown(file) for file in files)


def folders_below(directory: Path) -> tuple[Path, ...]:
    """An agents directory and every folder in it, each a place where a name may be claimed."""
    found = [directory]
    for name, stamp in fs.entries(directory).items():
        if stamp.is_directory:
            found += folders_below(directory / name)
    return tuple(found)
