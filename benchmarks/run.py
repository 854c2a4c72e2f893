"""Measure agentpm beside what it is compared with: `python benchmarks/run.py [--quick] [JOB...]`.

`benchmarks/README.md` says what the jobs are and how to read the table.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.bench import Bench, Options
from benchmarks.jobs import JOBS
from benchmarks.person import ROOT, find_agentpm
from benchmarks.report import Skipped, as_json, as_markdown, table
from benchmarks.stopwatch import BenchmarkFailure, Result, run

_SHARED_GRAPH = ROOT.parent / "shared" / "bench" / "graph.py"


def main() -> int:
    """Read the command line, run the jobs, print the table; 1 where a process failed."""
    given = _parser().parse_args()
    unknown = [name for name in given.jobs if name not in JOBS]
    if unknown:
        sys.stderr.write(f"no such job: {', '.join(unknown)} (there are: {', '.join(JOBS)})\n")
        return 2
    results: list[Result] = []
    skipped: list[Skipped] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="agentpm-bench-", ignore_cleanup_errors=True) as place:
        bench = Bench(Path(place).resolve(), _options(given))
        for name in given.jobs or JOBS:
            try:
                _measure(bench, name, results, skipped)
            except BenchmarkFailure as error:
                sys.stderr.write(f"{name} failed: {error}\n")
                skipped.append(Skipped(name, "it failed, see above"))
                failed = True
    shown = as_json if given.json else as_markdown if given.markdown else table
    print(shown(results, skipped))
    return 1 if failed else 0


def _measure(bench: Bench, job: str, results: list[Result], skipped: list[Skipped]) -> None:
    sys.stderr.write(f"preparing {job}\n")
    for race in JOBS[job](bench):
        if isinstance(race, Skipped):
            skipped.append(race)
            continue
        sys.stderr.write(f"measuring {race.name}, {race.repetitions} times\n")
        results += run(race)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("jobs", nargs="*", metavar="JOB", help=f"what to measure ({', '.join(JOBS)}); all of it")
    add("--quick", action="store_true", help="small sizes, few repetitions: does it run at all?")
    add("--large", action="store_true", help="also sizes that take minutes to prepare")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="print every time that was taken")
    shown.add_argument("--markdown", action="store_true", help="print ratios for a page")
    add("--repetitions", type=int, help="how often each process runs (10)")
    add("--agentpm", help="the agentpm to measure; the one beside this Python, else these sources")
    add("--uv", help="the uv to compare with; the one on PATH")
    add("--peers", type=Path, action="append", default=[], help="a venv with apm-cli, mars-agents")
    add("--graph", type=Path, help="a Python file with functions `graph` and `roots` to lock")
    add("--keep", type=Path, help="where the registries of `scale` are made, for the next run too")
    return parser


def _options(given: argparse.Namespace) -> Options:
    shared = _SHARED_GRAPH if _SHARED_GRAPH.exists() else None
    return Options(
        agentpm=tuple(find_agentpm(given.agentpm)),
        repetitions=given.repetitions or (3 if given.quick else 10),
        quick=given.quick,
        large=given.large,
        uv=given.uv or shutil.which("uv"),
        cargo=_cargo(),
        peers=tuple(directory.resolve() for directory in given.peers),
        graph=given.graph or shared,
        keep=given.keep.resolve() if given.keep else None,
    )


def _cargo() -> str | None:
    """The cargo to compare with: the program itself, where rustup stands before it."""
    rustup, cargo = shutil.which("rustup"), shutil.which("cargo")
    if rustup is None or cargo is None:
        return cargo
    asked: Sequence[str] = (rustup, "which", "cargo")
    ran = subprocess.run(asked, capture_output=True, check=False, text=True)
    return ran.stdout.strip() if ran.returncode == 0 else cargo


if __name__ == "__main__":
    sys.exit(main())
