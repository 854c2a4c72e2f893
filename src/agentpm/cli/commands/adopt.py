"""`agentpm adopt`: agent files that were there before agentpm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from agentpm.cli import options
from agentpm.cli.columns import table
from agentpm.cli.confirm import confirm
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.show import capability_line, move_line
from agentpm.cli.tidy import one_line
from agentpm.cli.wiring import wire
from agentpm.ops.adopt import Order, Proposal, adopt, propose
from agentpm.ops.adopt_match import Similar
from agentpm.ops.adopt_plan import STATES, TAKEN, Choice, Item
from agentpm.ops.claimants import Contested
from agentpm.ops.journey import Outcome

EPILOG = """\b
Examples:
  agentpm adopt --dry-run            what is in .claude/agents, and what adopting would do
  agentpm adopt --yes                manage every file that is a published release
  agentpm adopt -g                   the same for ~/.claude/agents
  agentpm adopt --only code-reviewer
  agentpm adopt --local --move       manage your own agents too, wherever they are"""


def adopt_(
    agents: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="The folder; the agents directory without one."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="Look at this agent only; repeatable."),
    ] = None,
    local: Annotated[
        bool,
        typer.Option("--local", help="Manage files of your own too, as `path` agents."),
    ] = False,
    move: Annotated[
        bool, typer.Option("--move", help="Move files to where agentpm keeps agents.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Agree to what is shown.")] = False,
    dry_run: options.DryRun = False,
    trust_programs: options.TrustPrograms = False,
    allow_hidden_text: options.AllowHidden = None,
    offline: options.Offline = False,
    refresh: options.Refresh = False,
    global_: options.Global = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Manage agent files that were there before agentpm.

    A file whose bytes are those of a published release is recognised by its checksum: manifest,
    lockfile and receipt are written as if agentpm had installed that release, and the file stays
    as it is. The same rules hold as for an install. First the plan is shown: on a terminal you are
    asked, elsewhere nothing happens without --yes.
    """
    flags = Flags(json, quiet, verbose, offline, refresh, global_, directory)
    session = Session("adopt", flags)
    parts = wire(flags, session.talk)
    start = (directory or Path.cwd()).resolve()
    order = Order(
        start=start,
        directory=(start / agents).resolve() if agents is not None else None,
        names=tuple(only or ()),
        choice=Choice(local=local, move=move),
        trust_programs=trust_programs,
        allow_hidden=tuple(allow_hidden_text or ()),
    )
    proposal = propose(parts, order)
    wanted = bool(proposal.taken) and not dry_run
    asked = wanted and not yes and parts.surroundings.interactive
    agreed = _ask(session, proposal) if asked else wanted and yes
    done = adopt(parts, order, proposal) if agreed else ()
    shown = () if quiet or asked else _lines(proposal)
    session.print(_data(proposal, done), [*shown, *_end(proposal, done, dry_run=dry_run)])


def _ask(session: Session, proposal: Proposal) -> bool:
    for line in _lines(proposal):
        session.talk.note(line)
    count = _count(len(proposal.taken))
    return confirm(f"Manage {count} with agentpm?")


def _lines(proposal: Proposal) -> Iterator[str]:
    states = Counter(item.state for item in proposal.items)
    tally = ", ".join(f"{states[state]} {state}" for state in STATES if states[state])
    yield f"{proposal.directory} holds {_count(len(proposal.items), 'agent file')}" + (
        f": {tally}" if tally else ""
    )
    yield from table([_row(item) for item in _sorted(proposal.items)])
    for item in _sorted(proposal.items):
        yield from _remarks(item)
    for change in proposal.further:
        yield f"comes with them: {move_line(change, '')}"
    for name in proposal.contested:
        yield from _contested(name)


def _sorted(items: tuple[Item, ...]) -> list[Item]:
    rank = {state: number for number, state in enumerate(STATES)}
    return sorted(items, key=lambda item: rank[item.state])


def _row(item: Item) -> tuple[str, str, str, str, str]:
    can = capability_line(item.report) if item.report is not None else ""
    release = str(item.release.version) if item.release is not None else "-"
    name = one_line(item.file.name, 64) or "-"
    return item.state, name, release, one_line(item.file.path.name, 80), can


def _remarks(item: Item) -> Iterator[str]:
    name = item.file.name or item.file.path.name
    if item.place is not None:
        verb = "moves to" if item.goes else "is copied to"
        yield f"{name}: {item.file.path} {verb} {item.place}"
    if item.similar is not None:
        yield f"{name}: {_difference(item.similar)}"
    if item.reason is not None:
        yield f"{name}: {item.reason}"
        yield from (f"  hint: {line}" for line in (item.hint or "").splitlines())


def _difference(similar: Similar) -> str:
    release = similar.release
    if similar.added is None or similar.removed is None:
        return f"not any release of `{release.name}`"
    lines = f"{similar.added} lines more and {similar.removed} fewer"
    if not (similar.added or similar.removed):
        lines = "other line ends"
    return f"not any release of `{release.name}`; against {release.version} it has {lines}"


def _contested(name: Contested) -> Iterator[str]:
    shown = name.name
    if name.winner is None:
        yield f"`{shown}` is claimed twice in one directory, and the file system decides:"
    else:
        yield f"`{shown}` is claimed by several files, and the first one wins:"
    yield from (f"  {claim.scope}: {claim.path}" for claim in name.claimants)


def _end(proposal: Proposal, done: tuple[Outcome, ...], *, dry_run: bool) -> Iterator[str]:
    count = _count(len(proposal.taken))
    if done:
        yield f"{count} adopted; agentpm.toml and agentpm.lock updated"
    elif not proposal.taken:
        yield "nothing to adopt"
    elif dry_run:
        yield f"{count} would be adopted"
    else:
        yield f"nothing was changed; `agentpm adopt --yes` adopts {count}"


def _count(number: int, what: str = "agent") -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _data(proposal: Proposal, done: tuple[Outcome, ...]) -> dict[str, Any]:
    return {
        "directory": proposal.directory,
        "adopted": bool(done),
        "files": [_file(item) for item in proposal.items],
        "further": [
            {"name": m.name, "version": str(m.after.version) if m.after else None}
            for m in proposal.further
        ],
        "contested": [
            {
                "name": item.name,
                "winner": str(item.winner.path) if item.winner is not None else None,
                "files": [{"scope": c.scope, "path": str(c.path)} for c in item.claimants],
            }
            for item in proposal.contested
        ],
    }


def _file(item: Item) -> dict[str, Any]:
    release, report, similar = item.release, item.report, item.similar
    return {
        "path": str(item.file.path),
        "name": item.file.name or None,
        "state": item.state,
        "taken": item.state in TAKEN,
        "package": release.name if release is not None else None,
        "version": str(release.version) if release is not None else None,
        "source": release.id.source if release is not None else None,
        "moves_to": str(item.place) if item.place is not None else None,
        "keeps_file": not item.goes,
        "tools": None if report is None or report.literal is None else list(report.literal),
        "capabilities": list(report.capabilities.words()) if report is not None else [],
        "similar_to": f"{similar.release.name} {similar.release.version}" if similar else None,
        "lines_added": similar.added if similar else None,
        "lines_removed": similar.removed if similar else None,
        "reason": item.reason,
        "hint": item.hint,
    }
