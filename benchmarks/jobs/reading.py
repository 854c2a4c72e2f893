"""Asking: what a registry has, what a project has."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.generate import names
from benchmarks.report import Skipped
from benchmarks.stopwatch import Contender, Race

_AGENTS = 30


def reading(bench: Bench) -> Iterator[Race | Skipped]:
    """`search` in a registry that was looked at before, `list` in a project of 30 agents."""
    person = bench.person("reading")
    size = 100 if bench.options.quick else 1000
    registry = bench.registry(size, 1 if bench.options.quick else 5)
    project = person.project("project", registry, names(_AGENTS))
    person.run(project, "install")

    def call(words: str, target: float | None = None) -> Contender:
        command = [*bench.options.agentpm, *words.split()]
        return Contender(f"agentpm {words}", command, project, person.environ, target=target)

    contenders = (
        bench.typer(person),
        call("search billing reviewer", target=1.8),
        call("list"),
        call("outdated"),
    )
    yield Race(f"reading, {size} names", contenders, bench.options.repetitions * 2)
