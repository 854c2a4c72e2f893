"""What an agent can do, as text and as JSON data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentpm.cli.columns import table
from agentpm.cli.show import EVERYTHING, NOTHING, finding_notes, short
from agentpm.ops.permission_diff import PermissionDiff
from agentpm.ops.permissions import Powers
from agentpm.permissions.capability import CapabilitySet
from agentpm.permissions.closure import Closure
from agentpm.permissions.phrases import by_danger, in_words
from agentpm.permissions.report import Report
from agentpm.targets.known import CLAUDE, TARGETS


def powers_lines(item: Powers) -> Iterator[str]:
    """One agent: its powers with their grounds, then everything that bears on them."""
    report = item.report
    elsewhere = item.harness != CLAUDE.name
    place = f" in {TARGETS[item.harness].title}" if elsewhere else ""
    yield f"{item.name} {item.origin}{place}"
    rows = [_power(word, report) for word in by_danger(report.capabilities.words())]
    for line in table(rows) or ["can do nothing"]:
        yield f"  {line}"
    facts = [(name, text) for name, text in _facts(item) if text]
    for line in table(facts):
        yield f"  {line}"
    if elsewhere and not report.launchable:
        yield f"  note: {TARGETS[item.harness].title} cannot load this file as it stands"
    for program in report.programs:
        yield f"  runs: {program.command}  ({program.title})"
    for note in (*finding_notes(report), *(f"note: {text}" for text in item.effect.notes)):
        yield f"  {note}"
    yield ""


def _power(word: str, report: Report) -> tuple[str, str, str]:
    """`shell`, `can run any shell command`, the first ground for it."""
    reasons = report.why(word)
    ground = reasons[0].text if reasons else ""
    return short(word), f"can {in_words(word)}", f"({ground})" if ground else ""


def _facts(item: Powers) -> Iterator[tuple[str, str]]:
    report = item.report
    if item.harness == CLAUDE.name:
        yield (
            "lists",
            EVERYTHING if report.literal is None else ", ".join(report.literal) or NOTHING,
        )
    yield "gets", " ".join(report.effective_tools) or NOTHING
    yield "lacks", ", ".join(item.lost)
    if item.effect.outcome != "ok":
        left = " ".join(item.effect.remaining) or NOTHING
        yield "settings", f"{item.effect.outcome}: {left} left"
    yield "refused", "; ".join(str(refusal) for refusal in item.verdict.refusals)
    yield "asks", "; ".join(str(refusal) for refusal in item.verdict.asks)
    yield "approved", _words(item.approved)
    yield "to approve", _words(item.missing)
    yield "to confirm", _words(item.unconfirmed)
    if item.reach is not None:
        yield "reaches", _reach(item.reach)


def _words(capabilities: CapabilitySet) -> str:
    return ", ".join(short(word) for word in capabilities.words())


def _reach(reach: Closure) -> str:
    """What the agent comes to with the agents that it can start."""
    through = [str(name) for name in reach.through] + (
        ["built-in agents"] if reach.builtins else []
    )
    text = f"{_words(reach.reachable)} through {', '.join(through)}" if through else ""
    broken = [edge.broken for edge in reach.edges if edge.broken is not None]
    return "; ".join([*([text] if text else []), *broken])


def powers_data(item: Powers) -> dict[str, Any]:
    """One agent as JSON data."""
    locked, reach = item.locked, item.reach
    return {
        "name": item.name,
        "origin": item.origin,
        "harness": item.harness,
        "lost": list(item.lost),
        "version": str(locked.version) if locked is not None else None,
        "source": locked.source if locked is not None else None,
        **_report(item.report),
        "settings": {
            "outcome": item.effect.outcome,
            "removed": list(item.effect.removed),
            "remaining": list(item.effect.remaining),
            "notes": list(item.effect.notes),
            "unconfigured": list(item.effect.unconfigured),
        },
        "refused": [str(refusal) for refusal in item.verdict.refusals],
        "asks": [str(refusal) for refusal in item.verdict.asks],
        "approved": list(item.approved.words()),
        "missing": list(item.missing.words()),
        "unconfirmed": list(item.unconfirmed.words()),
        "reach": None
        if reach is None
        else {
            "capabilities": list(reach.reachable.words()),
            "through": list(reach.through),
            "undeclared": list(reach.undeclared),
            "builtins": reach.builtins,
            "broken": [edge.broken for edge in reach.edges if edge.broken is not None],
        },
    }


def _report(report: Report) -> dict[str, Any]:
    return {
        "capabilities": list(report.capabilities.words()),
        "reasons": [
            {
                "capability": reason.capability,
                "key": reason.key,
                "token": reason.token,
                "text": reason.text,
            }
            for reason in report.reasons
        ],
        "tools": list(report.literal) if report.literal is not None else None,
        "effective_tools": list(report.effective_tools),
        "launchable": report.launchable,
        "programs": [
            {"capability": p.capability, "title": p.title, "command": p.command}
            for p in report.programs
        ],
        "notes": [finding.text for finding in report.findings],
    }


def diff_lines(found: PermissionDiff) -> Iterator[str]:
    """What changes from one agent to another: what it gains first."""
    yield f"{found.old.title} -> {found.new.title}"
    for line in found.explained:
        yield f"  {line}"
    dropped = by_danger(found.difference.dropped.words())
    if dropped:
        yield f"  can no longer {', '.join(in_words(word) for word in dropped)}"
    if not (dropped or found.difference.added):
        yield "  can do what it could before"


def diff_data(found: PermissionDiff) -> dict[str, Any]:
    """The same as JSON data."""
    return {
        "old": {"name": found.old.name, "origin": found.old.origin, **_report(found.could)},
        "new": {"name": found.new.name, "origin": found.new.origin, **_report(found.can)},
        "gains": list(found.difference.added.words()),
        "loses": list(found.difference.dropped.words()),
        "literal": [
            {"key": change.key, "before": change.before, "after": change.after}
            for change in found.difference.literal
        ],
        "explained": list(found.explained),
    }
