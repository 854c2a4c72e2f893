"""Whole processes against the clock, in turns.

Each repetition runs every contender of a race once, one after another, so that whatever else the
machine does meets all of them alike. What is compared is the quickest run of each: nothing makes a
process quicker than it is. The median stands beside it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_METER = Path(__file__).with_name("meter.py")


class BenchmarkFailure(Exception):
    """A process that did not do what it was measured for."""


def nothing() -> None:
    """What most runs need before and after them."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A process to be measured: `command` in `directory`, with `environ` as its whole environment.

    `before` runs, unmeasured, before each run; `after` makes sure that the run did its work, and
    raises a `BenchmarkFailure` where it did not; `says` must stand in what the run prints. `target`
    is how many times the reference's time it may take. `note` says what the reader of the table
    should know. How many bytes lie in the directories `keeps` after the last run is shown too.
    """

    name: str
    command: Sequence[str]
    directory: Path
    environ: Mapping[str, str]
    before: Callable[[], None] = nothing
    after: Callable[[], None] = nothing
    target: float | None = None
    note: str = ""
    says: str = ""
    keeps: Sequence[Path] = ()


@dataclass(frozen=True, slots=True)
class Race:
    """Contenders for the same work; the first is the reference.

    With `drained`, the disk is idle before each run, which matters to those that wait for it. Without
    `rehearsed`, there is no round that does not count, for runs that take minutes.
    """

    name: str
    contenders: Sequence[Contender]
    repetitions: int
    drained: bool = False
    rehearsed: bool = True


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run took: seconds, seconds of a processor with those of its children, peak of memory.

    The peak, in bytes, is that of the largest of its processes. The latter two are None where the
    system does not tell.
    """

    seconds: float
    processor: float | None = None
    peak: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The times of one contender in seconds, in the order of the repetitions.

    `peak` is the most memory that one of its processes took, `disk` how much it keeps; in bytes.
    """

    race: str
    contender: Contender
    times: tuple[float, ...]
    reference: tuple[float, ...] = field(repr=False)
    processor: float | None = None
    reference_processor: float | None = field(default=None, repr=False)
    peak: int | None = None
    disk: int | None = None

    @property
    def best(self) -> float:
        """The quickest run."""
        return min(self.times)

    @property
    def median(self) -> float:
        """The run in the middle."""
        return statistics.median(self.times)

    @property
    def ratio(self) -> float:
        """The quickest run against the reference's quickest."""
        return self.best / min(self.reference)

    @property
    def median_ratio(self) -> float:
        """The median against the reference's."""
        return self.median / statistics.median(self.reference)

    @property
    def processor_ratio(self) -> float | None:
        """The least time of a processor against the reference's; None where no system told."""
        if self.processor is None or not self.reference_processor:
            return None
        return self.processor / self.reference_processor

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        target = self.contender.target
        return None if target is None else self.ratio <= target


def run(race: Race) -> list[Result]:
    """Measure a race, after one round that does not count.

    Raises:
        BenchmarkFailure: a process failed, or did not do its work.
    """
    taken: dict[str, list[Taken]] = {contender.name: [] for contender in race.contenders}
    for repetition in range(race.repetitions + race.rehearsed):
        for contender in race.contenders:
            contender.before()
            if race.drained and hasattr(os, "sync"):
                os.sync()
            run_took = _measure(contender)
            contender.after()
            if repetition or not race.rehearsed:
                taken[contender.name].append(run_took)
    reference = taken[race.contenders[0].name]
    return [_result(race, c, taken[c.name], reference) for c in race.contenders]


def _result(
    race: Race, contender: Contender, taken: Sequence[Taken], reference: Sequence[Taken]
) -> Result:
    peaks = [each.peak for each in taken if each.peak is not None]
    return Result(
        race.name,
        contender,
        tuple(each.seconds for each in taken),
        tuple(each.seconds for each in reference),
        _least_processor(taken),
        _least_processor(reference),
        max(peaks, default=None),
        sum(map(_size, contender.keeps)) if contender.keeps else None,
    )


def _least_processor(taken: Sequence[Taken]) -> float | None:
    return min((each.processor for each in taken if each.processor is not None), default=None)


def _size(directory: Path) -> int:
    """How many bytes the files below a directory have."""
    return sum(path.lstat().st_size for path in directory.rglob("*") if path.is_file())


def _measure(contender: Contender) -> Taken:
    metered = hasattr(os, "posix_spawnp") and hasattr(os, "wait4")
    with tempfile.TemporaryDirectory(prefix="agentpm-meter-") as scratch:
        place = Path(scratch, "taken")
        meter = [sys.executable, "-I", "-S", str(_METER), str(place)] if metered else []
        start = time.perf_counter()
        ran = subprocess.run(
            [*meter, *contender.command],
            cwd=contender.directory,
            env=contender.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        seconds = time.perf_counter() - start
        said = ran.stdout.decode(errors="replace")
        if ran.returncode:
            name = contender.name
            raise BenchmarkFailure(f"{name} ended with {ran.returncode}:\n{said[-2000:]}")
        if contender.says not in said:
            raise BenchmarkFailure(
                f"{contender.name} did not say `{contender.says}`:\n{said[-2000:]}"
            )
        if not metered:
            return Taken(seconds)
        measured, processor, peak = place.read_text().split()
        return Taken(float(measured), float(processor), int(peak))
