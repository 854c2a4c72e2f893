"""Carry out a plan: journal, content, agents, manifest, lockfile, receipt, in that order.

A process killed at any point leaves the journal, from which the next command that changes anything
finishes the job (`finish`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from agentpm import __version__, fs
from agentpm.errors import AgentpmError
from agentpm.location import stat_of
from agentpm.model.digest import Digest
from agentpm.model.journal import Journal, Removing, Writing
from agentpm.model.receipt import Receipt, Stat, Written
from agentpm.ops.parts import Parts
from agentpm.plan import Conflict, Found, Plan
from agentpm.values import dataclass, field
from agentpm.workspace import Workspace


class EditedByHand(AgentpmError):
    """A file that agentpm would have to write over, and must not."""

    code = "edited-by-hand"


@dataclass(frozen=True, slots=True)
class Change:
    """Everything one command is about to change: files by the plan, texts where not None.

    `contents` holds the bytes of every file the plan writes, by digest. `inputs` is the state of
    the files that the decision looked at, taken before it was made; `folders` are the directories
    it looked at, whose state is taken afterwards, since carrying it out changes them.
    """

    plan: Plan
    contents: Mapping[Digest, bytes] = field(default_factory=dict)
    manifest: str | None = None
    lockfile: str | None = None
    inputs: Mapping[str, Stat | None] = field(default_factory=dict)
    folders: tuple[Path, ...] = ()


def look(workspace: Workspace, paths: Iterable[str]) -> dict[str, Found]:
    """What stands at each of `paths`; those with nothing on them are left out.

    Raises:
        LinkInTheWay: a folder on the way is a link, so the path leads out of the workspace.
    """
    found: dict[str, Found] = {}
    for path in paths:
        file = workspace.file(path)
        stamp = fs.stamp(file)
        if stamp is None:
            continue
        fs.refuse_links(workspace.root, file.parent)
        content = fs.read(file, follow=False) if stamp.is_file else None
        found[path] = Found("else") if content is None else Found("file", Digest.of(content))
    return found


def carry_out(parts: Parts, change: Change) -> None:
    """Make `change` true on disk.

    Nothing is lost if it is interrupted. The receipt is written last, so whatever it says has
    happened.
    """
    workspace, plan = parts.workspace, change.plan
    for wanted in (*plan.write, *plan.adopt):
        fs.refuse_links(workspace.root, workspace.file(wanted.path).parent)
    if not _does_something(change):
        _write_receipt(parts, _rows(plan), _inputs(change))
        return
    touched = [*(w.path for w in plan.write), *(w.path for w in plan.remove)]
    before = look(workspace, touched)
    journal = Journal(
        write=tuple(
            Writing(w.agent, w.target, w.path, w.digest, _digest(before.get(w.path)))
            for w in plan.write
        ),
        kept=_rows(plan)[len(plan.write) :],
        # An edited file that `--force` gives up goes with the bytes that stand there now.
        remove=tuple(
            Removing(w.path, _digest(before.get(w.path)) or w.digest) for w in plan.remove
        ),
        manifest=change.manifest,
        lockfile=change.lockfile,
    )
    if plan.write:
        parts.store.put_many({w.digest: change.contents[w.digest] for w in plan.write})
    workspace.write_journal(journal)
    try:
        _perform(workspace, journal, change.contents)
    except AgentpmError:
        if _untouched(workspace, journal):
            workspace.clear_journal()  # nothing happened, so nothing waits to be finished
        raise
    _write_receipt(parts, _rows(plan), _inputs(change))
    workspace.clear_journal()


def _untouched(workspace: Workspace, journal: Journal) -> bool:
    """Whether every file of a plan is still as it was before."""
    removed = [item.path for item in journal.remove]
    found = look(workspace, [*(item.path for item in journal.write), *removed])
    written = all(_digest(found.get(item.path)) == item.before for item in journal.write)
    return written and all(path in found for path in removed)


def write_texts(parts: Parts, change: Change) -> None:
    """Write manifest and lockfile alone; the receipt does not know of it, so `install` will look."""
    workspace = parts.workspace
    if change.manifest is None or change.lockfile is None:
        # One file is replaced at once: nothing could be left for somebody to finish.
        _perform(workspace, Journal(manifest=change.manifest, lockfile=change.lockfile), {})
        return
    journal = Journal(
        kept=_as_recorded(workspace), manifest=change.manifest, lockfile=change.lockfile
    )
    workspace.write_journal(journal)
    _perform(workspace, journal, {})
    workspace.clear_journal()


def _as_recorded(workspace: Workspace) -> tuple[Writing, ...]:
    """The rows of today's receipt, for a journal that leaves the agents alone."""
    rows = workspace.receipt().written
    return tuple(Writing(w.agent, w.target, w.path, w.digest, None) for w in rows)


def _inputs(change: Change) -> dict[str, Stat | None]:
    return {**change.inputs, **{str(folder): stat_of(folder) for folder in change.folders}}


def _does_something(change: Change) -> bool:
    texts = change.manifest is not None or change.lockfile is not None
    return change.plan.changes_files or texts


def _rows(plan: Plan) -> tuple[Writing, ...]:
    """Every file that will be agentpm's, those written first."""
    every = (*plan.write, *plan.keep, *plan.adopt)
    return tuple(Writing(w.agent, w.target, w.path, w.digest, None) for w in every)


def _digest(found: Found | None) -> Digest | None:
    return found.digest if found is not None else None


def _perform(workspace: Workspace, journal: Journal, contents: Mapping[Digest, bytes]) -> None:
    fs.write_many((workspace.file(item.path), contents[item.digest]) for item in journal.write)
    for item in journal.remove:
        fs.remove(workspace.file(item.path))
    if journal.manifest is not None:
        workspace.write_manifest(journal.manifest)
    if journal.lockfile is not None:
        workspace.write_lockfile(journal.lockfile)


def _write_receipt(
    parts: Parts, rows: Iterable[Writing], inputs: Mapping[str, Stat | None] | None
) -> None:
    """Record what is there; without `inputs` (after a crash) so that the next run checks it all."""
    workspace = parts.workspace
    written = []
    for row in rows:
        stat = stat_of(workspace.file(row.path))
        if stat is not None:
            written.append(Written(row.agent, row.target, row.path, row.digest, stat))
    complete = inputs is not None
    receipt = Receipt(
        written=tuple(written),
        manifest=_digest_of(workspace.manifest_path) if complete else None,
        lockfile=_digest_of(workspace.lockfile_path) if complete else None,
        inputs=inputs or {},
        environment=parts.surroundings.environment,
        agentpm=__version__ if complete else "",
    )
    workspace.write_receipt(receipt)


def _digest_of(path: Path) -> Digest | None:
    content = fs.read(path)
    return None if content is None else Digest.of(content)


def finish(parts: Parts) -> bool:
    """Finish what a killed command began; False where none did.

    Where its contents are gone from the store there is nothing to finish with: the files it did
    write are those of releases, so the next plan recognises them.

    Raises:
        EditedByHand: somebody edited one of its files since.
    """
    workspace = parts.workspace
    fs.sweep(workspace.local)
    journal = workspace.journal()
    if journal is None:
        return False
    contents = parts.store.get_many([item.digest for item in journal.write])
    if len(contents) == len({item.digest for item in journal.write}):
        _refuse_edited(workspace, journal)
        _sweep(workspace, journal)
        _perform(workspace, _without_gone(workspace, journal), contents)
        _write_receipt(parts, (*journal.write, *journal.kept), None)
        parts.voice.note("finished what an interrupted agentpm had begun")
    workspace.clear_journal()
    return True


def _without_gone(workspace: Workspace, journal: Journal) -> Journal:
    """The journal with only those removals whose file still is what it was."""
    found = look(workspace, [item.path for item in journal.remove])
    remove = tuple(i for i in journal.remove if _digest(found.get(i.path)) == i.digest)
    return Journal(journal.write, journal.kept, remove, journal.manifest, journal.lockfile)


def _sweep(workspace: Workspace, journal: Journal) -> None:
    folders = {workspace.file(item.path).parent for item in journal.write}
    for folder in sorted({*folders, workspace.home, workspace.local}):
        fs.sweep(folder)


def _refuse_edited(workspace: Workspace, journal: Journal) -> None:
    found = look(workspace, [item.path for item in journal.write])
    for item in journal.write:
        there = found.get(item.path)
        if there is not None and there.digest not in (item.digest, item.before):
            raise EditedByHand(
                f"`{item.path}` was edited after an agentpm that was to write it was interrupted",
                hint=f"move your version away, or delete `{workspace.shown(workspace.journal_path)}` "
                "to forget the interrupted command",
            )


def explain_conflict(conflict: Conflict, difference: tuple[str, ...]) -> EditedByHand:
    """The refusal to touch a person's file, with what would change and the ways out."""
    path, agent = conflict.path, conflict.agent
    if conflict.reason == "not-a-file":
        return EditedByHand(
            f"`{path}` is a link or a folder, which agentpm did not put there",
            hint="move it away, and run the same command again",
        )
    who = {
        "edited": f"`{path}` was edited since agentpm wrote it",
        "foreign": f"`{path}` is there already, and agentpm did not write it",
    }[conflict.reason]
    fate = "would be removed" if conflict.wanted is None else "would change"
    undo = {
        "edited": f"`agentpm remove {agent}` lets go of the published one",
        "foreign": "`--as OTHER-NAME` installs the published one beside it",
    }[conflict.reason]
    return EditedByHand(
        f"{who}; it {fate}" if not difference else f"{who}; what would change:",
        details=difference,
        hint=(
            "`--force` goes on, and keeps your version in `.agentpm/backup/`\n"
            f"or keep your version as an agent of your own: move it elsewhere, give it another name, "
            f"and\nadd it with `agentpm add NAME --path FILE`; {undo}"
        ),
    )
