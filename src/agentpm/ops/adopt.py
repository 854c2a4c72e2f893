"""Take over agent files that were there before agentpm: recognise, judge, manage."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError
from agentpm.model.agentfile import AgentFile
from agentpm.model.digest import Digest
from agentpm.model.lockfile import Locked, locked_source
from agentpm.model.manifest import AgentEntry
from agentpm.model.release import SHIPPED
from agentpm.model.tomltext import nearest
from agentpm.model.version import parse_version
from agentpm.ops.adopt_files import AgentOnDisk, agent_files
from agentpm.ops.adopt_plan import LEAVE, TAKEN, Choice, Item, plan_adoption, without_blocked
from agentpm.ops.apply import EditedByHand
from agentpm.ops.claimants import Contested, contested
from agentpm.ops.content import Ready
from agentpm.ops.decision import Wish
from agentpm.ops.direct import UNVERSIONED
from agentpm.ops.disk import NameCollision
from agentpm.ops.fitness import refuse_hidden_text
from agentpm.ops.here import Here, look_here
from agentpm.ops.history import earlier
from agentpm.ops.journey import Outcome, travel
from agentpm.ops.judge import TARGET, Candidate, Court, convene, pass_judgement
from agentpm.ops.lint import NoSuchFile
from agentpm.ops.moves import Move
from agentpm.ops.parts import Parts
from agentpm.ops.trust import Trust
from agentpm.plan import Wanted
from agentpm.targets import places
from agentpm.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be adopted: the files of `directory` (None: the agents directory of this scope).

    `names` are the agents to look at, all where empty; `start` is where the command was started.
    """

    start: Path
    directory: Path | None = None
    names: tuple[str, ...] = ()
    choice: Choice = LEAVE
    trust_programs: bool = False
    allow_hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What adopting would do: to each file, and `further` agents that come with those.

    `contested` are the names that several files claim, in every scope that counts here.
    """

    directory: str
    items: tuple[Item, ...]
    further: tuple[Move, ...]
    contested: tuple[Contested, ...]

    @property
    def taken(self) -> tuple[Item, ...]:
        """The files that would be managed."""
        return tuple(item for item in self.items if item.state in TAKEN)


def propose(parts: Parts, order: Order) -> Proposal:
    """Say what adopting would do, without doing it.

    Raises:
        NoSuchFile: no directory, or no file in it has one of the names.
        AgentpmError: the agents that may be adopted do not fit together, or with those of the
            project.
    """
    here = look_here(parts)
    workspace = parts.workspace
    directory = order.directory or workspace.file(places.directory(workspace.scope))
    files = _files(workspace.shown(directory), directory, order)
    items = _judged(parts, here, order, plan_adoption(parts, here, files, order.choice))
    items = without_blocked(parts, here, items)
    return Proposal(
        directory=workspace.shown(directory),
        items=items,
        further=_further(parts, here, order, items),
        contested=contested(parts, order.start),
    )


def _files(shown: str, directory: Path, order: Order) -> tuple[AgentOnDisk, ...]:
    found = fs.stamp(directory)
    if found is None or not found.is_directory:
        if order.directory is None and found is None:
            return ()
        raise NoSuchFile(f"`{shown}` is not a directory", hint="name one that holds agent files")
    files = tuple(agent_files(directory))
    known = {file.name for file in files}
    for name in order.names:
        if name not in known:
            near = nearest(name, known)
            raise NoSuchFile(
                f"no file in `{shown}` calls itself `{name}`",
                hint=f"did you mean `{near}`?" if near else "`agentpm adopt --dry-run` lists them",
            )
    return tuple(file for file in files if not order.names or file.name in order.names)


class _Silent:
    """A voice for questions whose answers are told otherwise."""

    def warn(self, message: str, hint: str | None = None) -> None:
        """Nothing."""

    def note(self, message: str) -> None:
        """Nothing."""

    def waiting(self, what: str) -> Callable[[], None]:  # noqa: ARG002 # a protocol
        """Nothing, either."""
        return lambda: None

    def progress(
        self,
        what: str,  # noqa: ARG002 # a protocol
        total: int | None = None,  # noqa: ARG002
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Nothing to be seen."""
        return nullcontext(lambda _done: None)


def _judged(parts: Parts, here: Here, order: Order, items: Sequence[Item]) -> tuple[Item, ...]:
    """The items with those refused that an install would refuse, one by one.

    The journey judges them again, all together; this is so that one does not stop the others.
    """
    court = convene(parts, here.manifest)
    quiet = replace(parts, voice=_Silent())
    judged = []
    for item in items:
        refusal = _refusal(quiet, here, order, court, item) if item.state in TAKEN else None
        if refusal is not None:
            reason = "; ".join((refusal.message, *(line.strip() for line in refusal.details)))
            judged.append(item.without("refused", reason, refusal.hint))
        else:
            judged.append(item)
    return tuple(judged)


def _refusal(
    parts: Parts, here: Here, order: Order, court: Court, item: Item
) -> AgentpmError | None:
    agent, report, entry = item.file.agent, item.report, item.entry
    if agent is None or report is None or entry is None:
        return None
    trust = Trust(parts.surroundings.trusted, parts.workspace, assumed=order.trust_programs)
    try:
        locked = _locked(item, entry)
        before = earlier(parts.workspace, here.agents, [locked])
        pass_judgement(parts, court, [Candidate(locked, report)], before, trust)
        wanted = Wanted(entry.name, TARGET, "", Digest.of(agent.raw))
        refuse_hidden_text([Ready(locked, agent, agent.raw, wanted)], order.allow_hidden)
    except AgentpmError as refusal:
        return refusal
    return None


def _locked(item: Item, entry: AgentEntry) -> Locked:
    release = item.release
    if release is not None:
        source = locked_source(release.id.source)
        return Locked(entry.name, release.name, release.version, source, release.checksum)
    said = item.file.agent.version if item.file.agent is not None else None
    version = parse_version(said or UNVERSIONED)
    needs = item.file.agent.dependencies if item.file.agent is not None else ()
    # Where it is now, not where it goes: a refusal names a command that looks for it.
    source = f"path+{item.file.path}"
    return Locked(entry.name, entry.package, version, source, dependencies=needs)


def _further(parts: Parts, here: Here, order: Order, items: Sequence[Item]) -> tuple[Move, ...]:
    """What else would be installed or moved; agents of one's own are not asked, they have no file yet."""
    taken = [i.entry for i in items if i.state in TAKEN and i.release is not None and i.entry]
    moves: dict[str, Move] = {}
    for wish in _wishes(here, order, taken):
        # What there is to warn about is said when it is done, or it would be said twice.
        quiet = replace(parts, voice=_Silent())
        outcome = travel(quiet, replace(wish, apply=False, dry_run=True))
        moves |= {move.name: move for move in outcome.moves}
    asked = {entry.name for entry in taken}
    return tuple(move for name, move in moves.items() if name not in asked)


def _wishes(here: Here, order: Order, entries: Collection[AgentEntry]) -> Iterator[Wish]:
    """One wish for all, and one more for each registry that the manifest does not list yet."""
    listed = (None, SHIPPED, *here.manifest.registries)
    shared = tuple(entry for entry in entries if entry.registry in listed)
    groups: dict[str | None, tuple[AgentEntry, ...]] = {None: shared} if shared else {}
    for entry in entries:
        if entry not in shared:
            groups[entry.registry] = (*groups.get(entry.registry, ()), entry)
    for registry, asked in groups.items():
        yield Wish(
            asked=asked,
            registry=registry,
            loosen=True,
            trust_programs=order.trust_programs,
            allow_hidden=order.allow_hidden,
        )


def adopt(parts: Parts, order: Order, proposal: Proposal) -> tuple[Outcome, ...]:
    """Do what `proposal` says: manifest, lockfile and receipt, as an install would write them.

    A file is moved or copied first, byte for byte, and put back where the journey refuses.

    Raises:
        EditedByHand: a file is not any more what it was when it was looked at.
        AgentpmError: the journey refuses; nothing has changed then.
    """
    here = look_here(parts)
    by_entry = {item.entry.name: item for item in proposal.taken if item.entry is not None}
    entries = [item.entry for item in proposal.taken if item.entry is not None]
    outcomes = []
    for wish in _wishes(here, order, entries):
        with _in_place(parts, [by_entry[entry.name] for entry in wish.asked]):
            outcomes.append(travel(parts, wish))
    return tuple(outcomes)


@contextmanager
def _in_place(parts: Parts, items: Sequence[Item]) -> Iterator[None]:
    """Have each file where the manifest will look for it; as it was, where the block fails."""
    undo: list[Callable[[], None]] = []
    try:
        for item in items:
            _refuse_changed(parts, item)
            if item.place is not None and item.file.agent is not None:
                _bring(parts, item.file.agent, item.place, undo)
            if item.goes and item.file.agent is not None:
                undo.append(_writing(item.file.path, item.file.agent.raw))
                fs.remove(item.file.path)
        yield
    except BaseException:
        for step in reversed(undo):
            step()
        raise


def _refuse_changed(parts: Parts, item: Item) -> None:
    agent = item.file.agent
    raw = fs.read(item.file.path, follow=False)
    if agent is None or raw != agent.raw:
        shown = parts.workspace.shown(item.file.path)
        raise EditedByHand(
            f"`{shown}` changed while agentpm was looking at it", hint="run the same command again"
        )


def _bring(parts: Parts, agent: AgentFile, place: Path, undo: list[Callable[[], None]]) -> None:
    """Put an agent's bytes at `place`, where nothing else may stand."""
    workspace = parts.workspace
    top = workspace.root if place.is_relative_to(workspace.root) else workspace.home
    fs.refuse_links(top, place.parent)
    there = fs.read(place, follow=False)
    if there is None:
        undo.append(lambda: _remove_own(place, agent.raw))
        fs.write(place, agent.raw, sync=True)
    elif there != agent.raw:
        raise NameCollision(
            f"`{workspace.shown(place)}` is another file by now", hint="move it away"
        )


def _writing(path: Path, raw: bytes) -> Callable[[], None]:
    return lambda: fs.write(path, raw, sync=True)


def _remove_own(place: Path, raw: bytes) -> None:
    if fs.read(place, follow=False) == raw:
        fs.remove(place)
