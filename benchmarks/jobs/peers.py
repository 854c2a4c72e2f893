"""Other package managers for agents, with the nearest thing to the same work that they do offline.

Neither reads a registry: each gets one folder with 30 agent files in it, and copies them. agentpm
gets the same files as 30 packages of a git registry, and resolves, checks and locks them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.generate import names, plain_rounds
from benchmarks.person import Person
from benchmarks.report import Skipped
from benchmarks.stopwatch import BenchmarkFailure, Contender, Race, nothing

_AGENTS = 30


@dataclass(frozen=True, slots=True)
class _Peer:
    """A program that installs: `install` are its words, `files` what a project of it begins with.

    `leaves` are the names in a project that a fresh one has not.
    """

    program: str
    package: str
    install: Sequence[str]
    files: Mapping[str, str]
    leaves: Sequence[str]


_APM = _Peer(
    "apm",
    "apm-cli",
    ("install",),
    {
        "apm.yml": "name: project\nversion: 1.0.0\ntargets:\n  - claude\n"
        "dependencies:\n  apm:\n    - ../pack\n  mcp: []\nincludes: auto\nscripts: {}\n"
    },
    ("apm_modules", "apm.lock.yaml", ".gitignore", ".claude"),
)
_MARS = _Peer(
    "mars",
    "mars-agents",
    ("sync", "--no-refresh-models", "--no-upgrade-hint"),
    {
        "mars.toml": '[dependencies.pack]\npath = "../pack"\n\n'
        '[settings]\nmodels_cache_ttl_hours = 24\ntargets = [".claude"]\n'
    },
    (".mars", "mars.lock", ".claude"),
)


def peers(bench: Bench) -> Iterator[Race | Skipped]:
    """Start-up, a cold install of 30 agents, and the same again with nothing to do."""
    pack = bench.scratch / "peers" / "pack"
    _write_pack(pack)
    present = []
    for peer in (_APM, _MARS):
        program = bench.peer(peer.program)
        if program is None:
            why = f"it is not here (`pip install {peer.package}`, `--peers VENV`)"
            yield Skipped(f"{peer.package}", why)
        else:
            present.append((peer, program))
    count = bench.options.repetitions
    starts = [_start(bench, "agentpm", bench.options.agentpm)]
    starts += [_start(bench, peer.package, (program,)) for peer, program in present]
    yield Race("peers: --version", starts, count)
    for title, again in (("cold", False), ("nothing to do", True)):
        contenders = [_agentpm(bench, again=again)]
        contenders += [_install(bench, peer, program, again=again) for peer, program in present]
        yield Race(f"peers: {_AGENTS} agents, {title}", contenders, count, drained=not again)


def _write_pack(pack: Path) -> None:
    """One folder that both take for a package of theirs."""
    (pack / ".apm" / "agents").mkdir(parents=True)
    (pack / "agents").mkdir()
    (pack / "mars.toml").write_text('[package]\nname = "pack"\nversion = "1.0.0"\n')
    (pack / "apm.yml").write_text("name: pack\nversion: 1.0.0\ndescription: Thirty agents\n")
    (released,) = plain_rounds(_AGENTS, 1)
    for item in released:
        (pack / "agents" / f"{item.name}.md").write_bytes(item.content)
        (pack / ".apm" / "agents" / f"{item.name}.agent.md").write_bytes(item.content)


def _start(bench: Bench, name: str, program: Sequence[str]) -> Contender:
    person = bench.person(f"peers-start-{name}")
    return Contender(f"{name} --version", [*program, "--version"], person.home, person.environ)


def _agentpm(bench: Bench, *, again: bool) -> Contender:
    person = bench.person(f"peers-agentpm-{again}")
    project = person.project("project", bench.registry(_AGENTS, 1), names(_AGENTS))
    leaves = (".agentpm", "agentpm.lock", ".claude")
    command = [*bench.options.agentpm, "install"]
    found = Contender("agentpm install", command, project, person.environ, after=_has_all(project))
    return _cold_or_again(found, person, _forgetting(project, leaves), again=again)


def _install(bench: Bench, peer: _Peer, program: str, *, again: bool) -> Contender:
    person = bench.person(f"peers-{peer.package}-{again}")
    project = bench.scratch / "peers" / f"{peer.program}-{again}"
    project.mkdir()
    for name, text in peer.files.items():
        (project / name).write_text(text, "utf-8")
    # Both take the nearest git repository upwards for the project.
    (project / ".git").mkdir()
    contender = Contender(
        f"{peer.package}: {peer.program} {peer.install[0]}",
        [program, *peer.install],
        project,
        person.environ,
        after=_has_all(project),
        note="copies one folder",
    )
    return _cold_or_again(contender, person, _forgetting(project, peer.leaves), again=again)


def _cold_or_again(
    contender: Contender, person: Person, forget: Callable[[], None], *, again: bool
) -> Contender:
    def cold() -> None:
        forget()
        person.forget()

    # Where there is to be nothing to do, the first run, which does not count, did it.
    before = nothing if again else cold
    return Contender(
        contender.name,
        contender.command,
        contender.directory,
        contender.environ,
        before=before,
        after=contender.after,
        note=contender.note,
    )


def _forgetting(project: Path, leaves: Sequence[str]) -> Callable[[], None]:
    def forget() -> None:
        for name in leaves:
            shutil.rmtree(project / name, ignore_errors=True)
            (project / name).unlink(missing_ok=True)

    return forget


def _has_all(project: Path) -> Callable[[], None]:
    def check() -> None:
        found = len(list((project / ".claude" / "agents").glob("*.md")))
        if found != _AGENTS:
            raise BenchmarkFailure(f"{found} agents are in {project.name}, not {_AGENTS}")

    return check
