"""Results as a table for people, as Markdown for a page, or as JSON for programs."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.stopwatch import Result

_HEAD = (
    *("job", "process", "best", "median", "ratio", "of medians"),
    *("of processor", "memory", "disk", "target", ""),
)


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was not measured, and why."""

    race: str
    reason: str


def table(results: Sequence[Result], skipped: Sequence[Skipped]) -> str:
    """One line a process; the reference of each job comes first, with the ratio 1."""
    rows = [_HEAD]
    shown = ""
    for result in results:
        target, met = result.contender.target, result.met
        rows.append(
            (
                result.race if result.race != shown else "",
                result.contender.name,
                _time(result.best),
                _time(result.median),
                f"{result.ratio:.2f}",
                f"{result.median_ratio:.2f}",
                _ratio(result.processor_ratio),
                _bytes(result.peak),
                _bytes(result.disk),
                "" if target is None else f"{target:.2f}",
                {True: "met", False: "MISSED", None: result.contender.note}[met],
            )
        )
        shown = result.race
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["  ".join(_cell(row[c], widths[c], c) for c in range(len(_HEAD))) for row in rows]
    lines += [f"skipped {item.race}: {item.reason}" for item in skipped]
    return "\n".join(line.rstrip() for line in lines)


def as_markdown(results: Sequence[Result], skipped: Sequence[Skipped]) -> str:
    """A table for a page: ratios and sizes, since seconds are those of one machine."""
    rows = [
        "| job | process | ratio | of medians | of processor | memory | disk | target |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for result in results:
        target = "" if result.contender.target is None else f"{result.contender.target:.1f}"
        cells = (result.race, f"`{result.contender.name}`", f"{result.ratio:.2f}")
        sizes = (_ratio(result.processor_ratio), _bytes(result.peak), _bytes(result.disk))
        rows.append(f"| {' | '.join((*cells, f'{result.median_ratio:.2f}', *sizes, target))} |")
    return "\n".join([*rows, *(f"\nSkipped {item.race}: {item.reason}." for item in skipped)])


def _cell(text: str, width: int, column: int) -> str:
    return text.ljust(width) if column in (0, 1, len(_HEAD) - 1) else text.rjust(width)


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 10 else f"{seconds:.1f} s"


def _ratio(found: float | None) -> str:
    return "" if found is None else f"{found:.2f}"


def _bytes(count: int | None) -> str:
    if count is None:
        return ""
    return f"{count / 1e6:.1f} MB" if count < 1e7 else f"{count / 1e6:.0f} MB"


def as_json(results: Sequence[Result], skipped: Sequence[Skipped]) -> str:
    """Every time that was taken, in seconds."""
    document = {
        "format": 1,
        "machine": machine(),
        "results": [
            {
                "job": result.race,
                "process": result.contender.name,
                "seconds": [round(seconds, 6) for seconds in result.times],
                "best": round(result.best, 6),
                "median": round(result.median, 6),
                "ratio": round(result.ratio, 4),
                "median-ratio": round(result.median_ratio, 4),
                "target": result.contender.target,
                "met": result.met,
                "processor-seconds": result.processor,
                "memory-bytes": result.peak,
                "disk-bytes": result.disk,
                "note": result.contender.note,
            }
            for result in results
        ],
        "skipped": [{"job": item.race, "reason": item.reason} for item in skipped],
    }
    return json.dumps(document, indent=2)


def machine() -> dict[str, object]:
    """What the figures depend on, without saying whose machine it is."""
    git = subprocess.run(["git", "--version"], capture_output=True, check=True)
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "processor": platform.machine(),
        "processors": os.cpu_count(),
        "git": git.stdout.decode().strip().removeprefix("git version "),
    }
