"""Starting agentpm: to say its version, or to find that there is nothing to do."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.generate import names
from benchmarks.report import Skipped
from benchmarks.stopwatch import BenchmarkFailure, Contender, Race

_AGENTS = 30


def start_up(bench: Bench) -> Iterator[Race | Skipped]:
    """`agentpm --version` against the import of the library that its command line is made with."""
    person = bench.person("start-up")
    agentpm = bench.options.agentpm

    def call(flag: str, target: float | None) -> Contender:
        command = [*agentpm, flag]
        return Contender(f"agentpm {flag}", command, person.home, person.environ, target=target)

    contenders = (bench.typer(person), call("--version", 1.3), call("--help", None))
    yield Race("start-up", contenders, bench.options.repetitions * 2)


def nothing_to_do(bench: Bench) -> Iterator[Race | Skipped]:
    """`agentpm install` in a project that has everything, against the same import."""
    person = bench.person("no-op")
    registry = bench.registry(_AGENTS, 1)
    project = person.project("project", registry, names(_AGENTS))
    person.run(project, "install")

    def untouched() -> None:
        installed = len(list((project / ".claude" / "agents").glob("*.md")))
        if installed != _AGENTS:
            raise BenchmarkFailure(f"{installed} agents are installed, not {_AGENTS}")

    def call(*words: str, target: float | None = None) -> Contender:
        command = [*bench.options.agentpm, *words]
        return Contender(
            f"agentpm {' '.join(words)}",
            command,
            project,
            person.environ,
            after=untouched,
            target=target,
        )

    contenders = (
        bench.typer(person),
        call("install", target=1.8),
        call("install", "--frozen"),
        call("verify"),
    )
    yield Race(f"no-op of {_AGENTS}", contenders, bench.options.repetitions * 2)
