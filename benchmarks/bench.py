"""What every job gets: a place to work in, the command to measure, how thoroughly to measure."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.generate import make_registry, plain_rounds
from benchmarks.person import Person
from benchmarks.report import Skipped
from benchmarks.stopwatch import Contender, Race


@dataclass(frozen=True, slots=True)
class Options:
    """How to measure: `agentpm` and the other programs as commands, None where there is none.

    `large` adds sizes that take minutes to prepare, `quick` leaves out those that take seconds. Large
    registries are made in the directory `keep`, and found again there by the next run.
    """

    agentpm: tuple[str, ...]
    repetitions: int
    quick: bool = False
    large: bool = False
    uv: str | None = None
    cargo: str | None = None
    peers: tuple[Path, ...] = ()
    graph: Path | None = None
    keep: Path | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """The bench: `scratch` is a directory that is thrown away at the end."""

    scratch: Path
    options: Options
    made: dict[tuple[int, int], Path] = field(default_factory=dict)

    def person(self, name: str) -> Person:
        """Somebody with an empty home directory."""
        person = Person(self.scratch / name, self.options.agentpm)
        person.forget()
        return person

    def registry(self, names: int, releases: int) -> Path:
        """A registry of a size, made when it is first asked for."""
        key = (names, releases)
        if key not in self.made:
            directory = self.scratch / f"registry-{names}-{releases}"
            self.made[key] = directory
            make_registry(directory, plain_rounds(names, releases))
        return self.made[key]

    def typer(self, person: Person) -> Contender:
        """The time that no program written with typer can stay below."""
        command = (sys.executable, "-c", "import typer")
        return Contender("python -c 'import typer'", command, person.home, person.environ)

    def peer(self, program: str) -> str | None:
        """The path of another program to compare with."""
        for directory in self.options.peers:
            for place in (directory, directory / "bin", directory / "Scripts"):
                found = shutil.which(program, path=str(place))
                if found is not None:
                    return found
        return shutil.which(program)


Job = Callable[[Bench], Iterator[Race | Skipped]]
"""Prepares races one after another; each is run before the next is prepared."""
