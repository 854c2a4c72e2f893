"""What adopting a directory would mean for each agent file in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError
from agentpm.model.digest import Digest
from agentpm.model.manifest import AgentEntry
from agentpm.model.name import AgentName, PackageName
from agentpm.model.release import Release
from agentpm.model.version import ANY, parse_range
from agentpm.ops.adopt_files import AgentOnDisk
from agentpm.ops.adopt_match import Known, Similar
from agentpm.ops.here import Here
from agentpm.ops.judge import table
from agentpm.ops.parts import Parts
from agentpm.ops.sources import Sources
from agentpm.permissions.report import Report, capabilities
from agentpm.targets import claude, places
from agentpm.values import dataclass, replace
from agentpm.workspace import Workspace

STATES: Mapping[str, str] = {
    "adopt": "a published release, at the place where agentpm keeps it",
    "move": "a published release, to be moved to the place where agentpm keeps it",
    "copy": "a published release outside of the agents directory, to be installed into it",
    "local": "no published release, to be managed as an agent of the project's own",
    "managed": "managed already",
    "similar": "called like a package, with other bytes",
    "unknown": "in no registry that has a name here",
    "left": "something is in the way",
    "refused": "the rules that hold here refuse it",
    "unreadable": "no agent that agentpm could manage",
}
"""What can become of a file; the first four are what adopting does."""

TAKEN = ("adopt", "move", "copy", "local")

OWN_FOLDER = "agents"
"""Where the files of agents of one's own go, beside the manifest."""


@dataclass(frozen=True, slots=True)
class Item:
    """One file: its state (one of `STATES`), what it is, what it can do, what is to be done.

    `entry` is the line for the manifest; `place` where the file's bytes are put first, None where
    nothing is to be put anywhere; `goes` is whether the file itself is removed after that. `reason` says why the state is what it is where that needs saying, `hint` what helps.
    """

    file: AgentOnDisk
    state: str
    report: Report | None = None
    release: Release | None = None
    similar: Similar | None = None
    entry: AgentEntry | None = None
    place: Path | None = None
    goes: bool = False
    reason: str | None = None
    hint: str | None = None

    def left(self, reason: str, hint: str | None = None) -> Item:
        """The same file, left as it is."""
        return self.without("left", reason, hint)

    def without(self, state: str, reason: str, hint: str | None) -> Item:
        """The same file in a `state` in which nothing is done with it."""
        return Item(
            self.file, state, self.report, self.release, self.similar, reason=reason, hint=hint
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """What the command line leaves to choose.

    `local` takes files that are no release, as agents of the project's own; `move` moves files to
    where agentpm keeps them.
    """

    local: bool = False
    move: bool = False


LEAVE = Choice()
"""Files that are no release are left alone, and no file is moved."""


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every file is held against."""

    workspace: Workspace
    here: Here
    sources: Sources
    choice: Choice
    directory: Path
    claims: Mapping[str, list[Path]]

    def canonical(self, name: str) -> Path:
        return self.directory / claude.file_name(AgentName(name))


def plan_adoption(
    parts: Parts, here: Here, files: Collection[AgentOnDisk], choice: Choice
) -> tuple[Item, ...]:
    """What would become of each of `files`; nothing is asked of rules or resolver yet."""
    workspace = parts.workspace
    directory = workspace.file(places.directory(workspace.scope))
    ground = _Ground(workspace, here, here.sources, choice, directory, _claims(directory, files))
    known = Known(parts, here.sources, {file.name for file in files if file.name})
    items = [_item(ground, known, file) for file in files]
    similar = known.similar([item.file for item in items if item.state == "unknown"])
    return tuple(_settled(ground, item, similar) for item in items)


def _claims(directory: Path, files: Iterable[AgentOnDisk]) -> dict[str, list[Path]]:
    found: dict[str, dict[Path, None]] = defaultdict(dict)
    for file in files:
        if file.name:
            found[file.name][file.path] = None
    for name, path in claude.claimed_names(directory):
        found[name][path] = None
    return {name: list(paths) for name, paths in found.items()}


def _item(ground: _Ground, known: Known, file: AgentOnDisk) -> Item:
    if file.agent is None:
        return Item(file, "unreadable", reason=file.problem)
    item = Item(file, "unknown", capabilities(file.agent.grants, table()))
    if _managed(ground, file):
        return replace(item, state="managed")
    release = known.release(file)
    if release is None:
        return item
    return _contested(ground, item) or _published(ground, replace(item, release=release))


def _managed(ground: _Ground, file: AgentOnDisk) -> bool:
    here, home = ground.here, ground.workspace.home
    if file.name in here.agents and file.path == ground.canonical(file.name):
        return True
    paths = (entry.path for entry in here.manifest.agents.values() if entry.path is not None)
    return any(file.path == home / path for path in paths)


def _contested(ground: _Ground, item: Item) -> Item | None:
    """The item left alone, where another file claims the name as well."""
    others = [path for path in ground.claims[item.file.name] if path != item.file.path]
    if not others:
        return None
    shown = ground.workspace.shown(others[0])
    if _digest(others[0]) == item.file.digest:
        return item.left(
            f"`{shown}` is the same agent, with the same bytes", "delete one of the two files"
        )
    return item.left(
        f"`{shown}` calls itself `{item.file.name}` too", "rename one of the two, or delete it"
    )


def _digest(path: Path) -> Digest | None:
    try:
        raw = fs.read(path)
    except AgentpmError:
        return None
    return None if raw is None else Digest.of(raw)


def _published(ground: _Ground, item: Item) -> Item:
    """What becomes of a file that is a release."""
    release = item.release
    if release is None:
        return item
    withdrawn = release.removed or release.yanked
    if withdrawn is not None:
        return item.left(f"{release} is withdrawn: {withdrawn}", f"`agentpm info {release.name}`")
    listed = _listed(ground, item.file.name, release)
    if listed is not None:
        return item.left(
            f"`{ground.here.manifest.path}` asks for it already, as `{listed}`",
            "`agentpm install` compares them",
        )
    entry = AgentEntry(
        AgentName(item.file.name),
        release.name,
        parse_range(f"=={release.version}"),
        _registry(ground, release.id.source),
    )
    return _placed(ground, replace(item, state="adopt", entry=entry))


def _listed(ground: _Ground, name: str, release: Release) -> str | None:
    """The name under which the manifest has this agent, or this package, already."""
    agents = ground.here.manifest.agents
    if name in agents:
        return name
    same = (e.name for e in agents.values() if ground.sources.package(e) == release.id)
    return next(same, None)


def _registry(ground: _Ground, source: str) -> str | None:
    return None if source == ground.sources.default else ground.sources.label(source)


def _placed(ground: _Ground, item: Item) -> Item:
    """Where a release goes: it stays, it moves within the agents directory, or it is copied."""
    if claude.NAME not in ground.here.manifest.targets:
        return replace(item, state="copy")
    place = ground.canonical(item.file.name)
    if item.file.path == place:
        return item
    if fs.stamp(place) is not None:
        return item.left(f"`{ground.workspace.shown(place)}` stands where agentpm would keep it")
    if not item.file.path.is_relative_to(ground.directory):
        return replace(item, state="copy")
    if not ground.choice.move:
        return item.left(
            f"agentpm keeps it at `{ground.workspace.shown(place)}`", "`--move` moves it there"
        )
    return replace(item, state="move", place=place, goes=True)


def _settled(ground: _Ground, item: Item, similar: Mapping[str, Similar]) -> Item:
    """A file that is no release: like one perhaps, and one's own if that is wanted."""
    if item.state != "unknown":
        return item
    found = similar.get(str(item.file.path))
    item = replace(item, similar=found, state="similar" if found is not None else "unknown")
    return (_contested(ground, item) or _own(ground, item)) if ground.choice.local else item


def _own(ground: _Ground, item: Item) -> Item:
    """A file as an agent of the project's own, with its source beside the manifest.

    A source in the agents directory itself would be removed with what is installed from it.
    """
    try:
        name = AgentName(item.file.name)
    except AgentpmError as error:
        return item.left(error.message, error.hint)
    if name in ground.here.manifest.agents:
        return item.left(f"`{ground.here.manifest.path}` asks for another `{name}` already")
    home, path = ground.workspace.home, item.file.path
    installed = path.is_relative_to(ground.directory)
    place = None if path.is_relative_to(home) and not installed else _source(home, name)
    if place is not None and _digest(place) not in (None, item.file.digest):
        return item.left(f"`{ground.workspace.shown(place)}` is another file")
    elsewhere = installed and path != ground.canonical(name)
    if elsewhere and not ground.choice.move:
        kept = ground.workspace.shown(ground.canonical(name))
        return item.left(f"agentpm keeps it at `{kept}`", "`--move` moves it there")
    source = (place or path).relative_to(home).as_posix()
    entry = AgentEntry(name, PackageName(name), ANY, path=source)
    return replace(item, state="local", entry=entry, place=place, goes=elsewhere)


def _source(home: Path, name: AgentName) -> Path:
    return home / OWN_FOLDER / claude.file_name(name)


def without_blocked(parts: Parts, here: Here, items: Sequence[Item]) -> tuple[Item, ...]:
    """The items, those left alone whose dependency would be installed over somebody's file.

    What an agent needs comes with it, unless a file of the agents directory that is not managed
    has the name: then the agent waits until that is sorted out. One that waits may block another.
    """
    directory = parts.workspace.file(places.directory(parts.workspace.scope))
    claimed = dict(claude.claimed_names(directory))
    for name in here.agents:
        claimed.pop(name, None)
    while True:
        fine = {item.file.name for item in items if item.state in TAKEN}
        after = [_unless_blocked(parts.workspace, item, claimed, fine) for item in items]
        if after == list(items):
            return tuple(after)
        items = after


def _unless_blocked(
    workspace: Workspace, item: Item, claimed: Mapping[str, Path], fine: Collection[str]
) -> Item:
    if item.state not in TAKEN or item.file.agent is None:
        return item
    for wanted in item.file.agent.dependencies:
        name = wanted.package.agent
        if name in claimed and name not in fine:
            return item.left(
                f"it needs `{wanted}`, and `{workspace.shown(claimed[name])}` has that name",
                f"sort out `{name}` first",
            )
    return item
