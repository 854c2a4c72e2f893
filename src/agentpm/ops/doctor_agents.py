"""What may be wrong with the agents of a project or a user: files, names, work left undone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from agentpm import fs
from agentpm.locks import lock
from agentpm.model.receipt import Receipt
from agentpm.ops.adopt_files import LINK, agent_files
from agentpm.ops.claimants import Contested, agent_directories, contested
from agentpm.ops.finding import Finding, explained, ok
from agentpm.ops.installed import OK, STATES, UNKNOWN
from agentpm.ops.parts import Parts
from agentpm.ops.status import Status, status
from agentpm.targets.places import config_home
from agentpm.workspace import Workspace


def look_at_agents(parts: Parts, start: Path) -> Iterator[Finding]:
    """Every finding about the agents that count for somebody who starts in `start`."""
    workspace = parts.workspace
    yield ok("scope", f"the {workspace.scope} agents of `{workspace.home}`")
    yield from explained("lock", partial(_locks, workspace))
    yield from explained("journal", partial(_journal, workspace))
    yield from explained("agents", lambda: _standing(workspace, status(parts)))
    yield from explained("receipt", partial(_orphans, parts))
    yield from explained("names", partial(_names, parts, start))
    yield from explained("files", partial(_unloaded, parts, start))


class _Held(Exception):
    """The lock is another's."""


def _locks(workspace: Workspace) -> Iterator[Finding]:
    path = workspace.local / "lock"
    if fs.stamp(path) is None:
        return

    def held() -> None:
        raise _Held

    try:
        with lock(path, held, patience=0):
            pass
    except _Held:
        text = f"another agentpm is at work in `{workspace.home}`"
        hint = "wait for it, or end that process: the lock ends with it"
        yield Finding("lock", "problem", text, hint)
    else:
        yield ok("lock", "no other agentpm is at work here")


def _journal(workspace: Workspace) -> Iterator[Finding]:
    if workspace.journal() is not None:
        yield Finding(
            "journal",
            "problem",
            "a command was interrupted, and its work waits to be finished",
            "`agentpm install` finishes it",
        )


def _standing(workspace: Workspace, found: Status) -> Iterator[Finding]:
    if found.clean:
        yield ok("agents", f"{len(found.standings)} agents are as locked in `{found.directory}`")
    elif found.unanswered is None and found.asked:
        name = workspace.shown(workspace.lockfile_path)
        yield Finding("agents", "problem", f"there is no `{name}`", "`agentpm lock` writes it")
    for reason in found.unanswered or ():
        yield Finding("agents", "problem", reason, "`agentpm install` solves again")
    for standing in found.standings.values():
        if standing.state not in (OK, UNKNOWN):
            text = f"`{standing.path}`: {STATES[standing.state]}"
            yield Finding("agents", "problem", text, "`agentpm install` shows what it would do")
    for path in found.leftovers:
        text = f"`{path}` is left over: nothing asks for it any more"
        yield Finding("agents", "problem", text, "`agentpm install` removes it if it is unchanged")


def _orphans(parts: Parts) -> Iterator[Finding]:
    """Agents of the user's own in a folder that Claude Code does not read any more.

    The receipt holds the variables under which it was written, so it tells where that was.
    """
    workspace = parts.workspace
    if workspace.scope != "global":
        return
    receipt = workspace.receipt()
    before = _root(receipt)
    if not receipt.written or before is None or before == workspace.root:
        return
    there = [item for item in receipt.written if fs.stamp(before.joinpath(*item.path.split("/")))]
    if there:
        count = f"{len(there)} agent" if len(there) == 1 else f"{len(there)} agents"
        yield Finding(
            "receipt",
            "problem",
            f"{count} of yours in `{before}` will not be updated or removed: "
            f"Claude Code now reads `{workspace.root}`",
            "set `CLAUDE_CONFIG_DIR` as it was, and `agentpm uninstall -g` them there; "
            "or delete those files",
        )


def _root(receipt: Receipt) -> Path | None:
    """Where the agents of a global receipt were written."""
    variables = receipt.environment
    home = variables.get("HOME") or variables.get("USERPROFILE")
    if home is None and "CLAUDE_CONFIG_DIR" not in variables:
        return None
    return config_home(variables, Path(home or "/").resolve())


def _names(parts: Parts, start: Path) -> Iterator[Finding]:
    for item in contested(parts, start):
        yield _claimed(item)


def _claimed(item: Contested) -> Finding:
    paths = ", ".join(f"`{claim.path}`" for claim in item.claimants)
    hint = "rename one in its `name:` line, or delete it"
    if item.winner is None:
        text = f"{len(item.claimants)} files call themselves `{item.name}`, and only one loads"
        return Finding("names", "problem", f"{text}: {paths}", hint)
    text = f"`{item.name}` is in several places, and the first one wins"
    return Finding("names", "note", f"{text}: {paths}", hint)


def _unloaded(parts: Parts, start: Path) -> Iterator[Finding]:
    for _, directory in agent_directories(parts, start):
        for file in agent_files(directory):
            if file.problem is not None and file.problem != LINK:
                text = f"`{file.path}` never loads: {file.problem}"
                hint = f"`agentpm lint {file.path}` shows the place"
                yield Finding("files", "problem", text, hint)
