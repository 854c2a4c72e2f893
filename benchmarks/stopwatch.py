"""Whole processes against the clock, in turns.

Each repetition runs every contender of a race once, one after another, so that whatever else the
machine does meets all of them alike. What is compared is the quickest run of each: nothing makes a
process quicker than it is. The median stands beside it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


class BenchmarkFailure(Exception):
    """A process that did not do what it was measured for."""


def nothing() -> None:
    """What most runs need before and after them."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A process to be measured: `command` in `directory`, with `environ` as its whole environment.

    `before` runs, unmeasured, before each run; `after` makes sure that the run did its work, and
    raises a `BenchmarkFailure` where it did not. `target` is how many times the reference's time it
    may take. `note` says what the reader of the table should know.
    """

    name: str
    command: Sequence[str]
    directory: Path
    environ: Mapping[str, str]
    before: Callable[[], None] = nothing
    after: Callable[[], None] = nothing
    target: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Race:
    """Contenders for the same work; the first is the reference.

    With `drained`, the disk is idle before each run, which matters to those that wait for it.
    """

    name: str
    contenders: Sequence[Contender]
    repetitions: int
    drained: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """The times of one contender in seconds, in the order of the repetitions."""

    race: str
    contender: Contender
    times: tuple[float, ...]
    reference: tuple[float, ...] = field(repr=False)

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
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        target = self.contender.target
        return None if target is None else self.ratio <= target


def run(race: Race) -> list[Result]:
    """Measure a race, after one round that does not count.

    Raises:
        BenchmarkFailure: a process failed, or did not do its work.
    """
    times: dict[str, list[float]] = {contender.name: [] for contender in race.contenders}
    for repetition in range(race.repetitions + 1):
        for contender in race.contenders:
            contender.before()
            if race.drained and hasattr(os, "sync"):
                os.sync()
            seconds = _measure(contender)
            contender.after()
            if repetition:
                times[contender.name].append(seconds)
    reference = tuple(times[race.contenders[0].name])
    return [Result(race.name, c, tuple(times[c.name]), reference) for c in race.contenders]


def _measure(contender: Contender) -> float:
    start = time.perf_counter()
    ran = subprocess.run(
        contender.command,
        cwd=contender.directory,
        env=contender.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    seconds = time.perf_counter() - start
    if ran.returncode:
        said = ran.stdout.decode(errors="replace")[-2000:]
        raise BenchmarkFailure(f"{contender.name} ended with {ran.returncode}:\n{said}")
    return seconds
