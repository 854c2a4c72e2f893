"""The changing verbs: from what was typed to a journey, from its outcome to what is printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from agentpm.cli.asking import travel_asking
from agentpm.cli.session import Session
from agentpm.cli.show import capability_line, finding_notes, move_line, painted_signs
from agentpm.cli.wiring import wire
from agentpm.model.manifest import GitPlace
from agentpm.model.name import AgentName
from agentpm.model.receipt import Written
from agentpm.model.release import parse_request
from agentpm.ops.decision import Wish
from agentpm.ops.entries import Request
from agentpm.ops.journey import Outcome
from agentpm.ops.verbs import add, drop, plain, update
from agentpm.plan import Wanted


def install(
    session: Session,
    names: Sequence[str],
    *,
    as_name: str | None,
    registry: str | None,
    wish: Mapping[str, Any],
) -> None:
    """`install` and `sync`."""
    parts = wire(session.flags, session.talk)
    if names:
        request = _request(names, as_name, registry)
        outcome = travel_asking(parts, Wish(**wish), lambda it: add(parts, request, it))
    else:
        outcome = travel_asking(parts, Wish(**wish), lambda it: plain(parts, it))
    report(session, outcome)


def add_only(
    session: Session,
    names: Sequence[str],
    *,
    as_name: str | None,
    registry: str | None,
    place: str | GitPlace | None,
    wish: Mapping[str, Any],
) -> None:
    """`add`: the same without files."""
    parts = wire(session.flags, session.talk)
    request = _request(names, as_name, registry, place)
    report(session, travel_asking(parts, Wish(**wish), lambda it: add(parts, request, it)))


def _request(
    names: Sequence[str],
    as_name: str | None,
    registry: str | None,
    place: str | GitPlace | None = None,
) -> Request:
    return Request(
        packages=tuple(parse_request(name) for name in names),
        as_name=AgentName(as_name) if as_name is not None else None,
        registry=registry,
        path=place if isinstance(place, str) else None,
        git=place if isinstance(place, GitPlace) else None,
    )


def take_out(session: Session, names: Sequence[str], *, wish: Mapping[str, Any]) -> None:
    """`remove` and `uninstall`."""
    parts = wire(session.flags, session.talk)
    report(session, travel_asking(parts, Wish(**wish), lambda it: drop(parts, names, it)))


def move(session: Session, names: Sequence[str], *, wish: Mapping[str, Any]) -> None:
    """`update`."""
    parts = wire(session.flags, session.talk, fresh=True)
    report(session, travel_asking(parts, Wish(**wish), lambda it: update(parts, names, it)))


def lock(session: Session, *, wish: Mapping[str, Any]) -> None:
    """`lock`."""
    parts = wire(session.flags, session.talk)
    report(session, travel_asking(parts, Wish(**wish), lambda it: plain(parts, it)))


def report(session: Session, outcome: Outcome) -> None:
    """Print an outcome."""
    for text in outcome.passed_over:
        say = session.talk.note if text in outcome.refused else session.talk.detail
        say(f"note: {text}")
    data = as_data(outcome) if session.flags.json else None
    session.print(data, [] if session.flags.quiet else as_lines(outcome))
    for backup in outcome.backups:
        session.talk.note(f"your version is kept in {backup}")


def as_lines(outcome: Outcome) -> Iterator[str]:
    """An outcome as text: every move with the tools the agent gets, then what stands where."""
    signs = painted_signs()
    # Most agents can do the same as many others.
    reports = {id(view.report): view.report for view in outcome.agents.values()}
    powers = {key: capability_line(report) for key, report in reports.items()}
    notes = {key: list(finding_notes(report)) for key, report in reports.items()}
    for move in outcome.moves:
        view = outcome.agents.get(move.name)
        key = id(view.report) if view is not None else 0
        yield move_line(move, powers.get(key, ""), signs)
        for note in notes.get(key, ()):
            yield f"    {note}"
    yield _summary(outcome)


def _summary(outcome: Outcome) -> str:
    written, removed = _agents(outcome.plan.write), _agents(outcome.plan.remove)
    would = "would be " if outcome.dry_run else ""
    parts = []
    if written:
        parts.append(f"{_count(written)} {would}written to {outcome.directory}")
    if removed:
        parts.append(f"{_count(removed)} {would}removed from {outcome.directory}")
    if outcome.plan.adopt and not written:
        adopted = _count(_agents(outcome.plan.adopt))
        parts.append(f"{adopted} already in {outcome.directory}")
    files = [
        name
        for name, changed in (
            ("agentpm.toml", outcome.manifest_changed),
            ("agentpm.lock", outcome.lockfile_changed),
        )
        if changed
    ]
    if files:
        parts.append(f"{' and '.join(files)} {would}updated")
    if not parts:
        return f"nothing to do: {_count(len(outcome.agents))} up to date"
    return "; ".join(parts)


def _agents(files: Iterable[Wanted | Written]) -> int:
    """How many agents some files are of: in each harness an agent has a file of its own."""
    return len({file.agent for file in files})


def _count(number: int) -> str:
    return f"{number} agent" if number == 1 else f"{number} agents"


def as_data(outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON data."""
    return {
        "dry_run": outcome.dry_run,
        "up_to_date": not (outcome.moves or outcome.plan.changes_files),
        "moves": [
            {
                "name": move.name,
                "before": str(move.before.version) if move.before else None,
                "after": str(move.after.version) if move.after else None,
                "reason": move.reason,
            }
            for move in outcome.moves
        ],
        "agents": [
            {
                "name": view.locked.name,
                "package": view.locked.package,
                "version": str(view.locked.version),
                "source": view.locked.source,
                "checksum": view.locked.checksum,
                "path": view.path,
                "tools": None if view.report.literal is None else list(view.report.literal),
                "effective_tools": list(view.report.effective_tools),
                "capabilities": list(view.report.capabilities.words()),
                "notes": [finding.text for finding in view.report.findings],
            }
            for view in outcome.agents.values()
        ],
        "written": [item.path for item in outcome.plan.write],
        "removed": [item.path for item in outcome.plan.remove],
        "manifest_changed": outcome.manifest_changed,
        "lockfile_changed": outcome.lockfile_changed,
        "passed_over": list(outcome.passed_over),
    }
