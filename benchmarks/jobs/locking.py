"""Solving a large graph from scratch, against other package managers with the same graph.

Everybody has the index on this disk already and no lockfile, and each is run as a whole process.
"""

from __future__ import annotations

import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.generate import make_registry
from benchmarks.report import Skipped
from benchmarks.stopwatch import BenchmarkFailure, Contender, Race
from benchmarks.worlds import World, layered, world_of, write_for_cargo, write_for_uv

_LARGE = 10_000


def locking(bench: Bench) -> Iterator[Race | Skipped]:
    """`agentpm lock` of 50 roots among 1,000 packages of 10 versions with 3 dependencies."""
    for size in (200,) if bench.options.quick else (1000, _LARGE)[: 1 + bench.options.large]:
        source = bench.options.graph
        world = layered(size) if source is None else world_of(source, size)
        place = bench.scratch / f"lock-{size}"
        place.mkdir()
        with _served(place / "site") as url:
            contenders = []
            for name, make in _solvers(bench, world, place, url).items():
                found = make()
                if isinstance(found, str):
                    yield Skipped(f"lock {size} with {name}", found)
                else:
                    contenders.append(found)
            yield Race(f"lock {size} x 10", contenders, bench.options.repetitions)


Making = Callable[[], Contender | str]


def _solvers(bench: Bench, world: World, place: Path, url: str) -> Mapping[str, Making]:
    """The solvers, each to be prepared; the reason where one cannot be. The first is the reference."""
    return {
        "uv": lambda: _uv(bench, world, place, url),
        "uv offline": lambda: _uv(bench, world, place, url, offline=True),
        "cargo": lambda: _cargo(bench, world, place),
        "agentpm": lambda: _agentpm(bench, world, place),
    }


def _agentpm(bench: Bench, world: World, place: Path) -> Contender:
    person = bench.person(f"lock-{place.name}-agentpm")
    registry = place / "registry"
    make_registry(registry, world.rounds())
    project = person.project("project", registry, ())
    with (project / "agentpm.toml").open("a", encoding="utf-8") as manifest:
        manifest.writelines(f'{name} = ">=1,<2"\n' for name in world.roots)
    command = [*bench.options.agentpm, "lock"]
    large = len(world.graph) >= 1000 and bench.options.uv is not None
    return _solver(
        Contender(
            "agentpm lock",
            command,
            project,
            person.environ,
            before=_without(project / "agentpm.lock"),
            after=_locked(project / "agentpm.lock", "[[agent]]", world),
            target=1.0 if large else None,
        )
    )


def _uv(
    bench: Bench, world: World, place: Path, url: str, *, offline: bool = False
) -> Contender | str:
    """The contender uv with a warm cache; `offline` also spares it the server, and looking for a Python."""
    if bench.options.uv is None:
        return "there is no uv (`--uv PATH` names one)"
    kind = "offline" if offline else "online"
    home = bench.person(f"lock-{place.name}-uv-{kind}")
    asked, answer = place / "requirements.in", place / f"requirements-{kind}.txt"
    if not asked.exists():
        write_for_uv(world, place / "site", asked)
    command = [bench.options.uv, "pip", "compile", "--quiet", str(asked), "-o", str(answer)]
    command += ["--index-url", f"{url}/simple", "--no-config"]
    environ = {**home.environ, "UV_CACHE_DIR": str(place / "uv-cache")}
    environ["UV_PYTHON_DOWNLOADS"] = "never"
    _once([*command, "--python", sys.executable], place, environ)
    more = ["--offline", "--python", sys.executable] if offline else []
    return _solver(
        Contender(
            "uv pip compile --offline --python" if offline else "uv pip compile, cached",
            [*command, *more],
            place,
            environ,
            before=_without(answer),
            after=_locked(answer, "==", world),
        )
    )


def _cargo(bench: Bench, world: World, place: Path) -> Contender | str:
    cargo = bench.options.cargo
    if cargo is None:
        return "there is no cargo"
    index, project = place / "cargo-index", place / "cargo-project"
    write_for_cargo(world, index, project)
    home = bench.person(f"lock-{place.name}-cargo")
    environ = {**home.environ, "CARGO_HOME": str(place / "cargo-home")}
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    for words in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        (*who, "commit", "--quiet", "--message=All"),
    ):
        _once(["git", *words], index, environ)
    _once([cargo, "generate-lockfile"], project, environ)
    lockfile = project / "Cargo.lock"
    return _solver(
        Contender(
            "cargo generate-lockfile --offline",
            [cargo, "generate-lockfile", "--offline"],
            project,
            environ,
            before=_without(lockfile),
            after=_locked(lockfile, "checksum = ", world),
        )
    )


def _solver(contender: Contender) -> Contender:
    """The contender once it has run, so that everything it can keep is warm."""
    contender.before()
    _once(contender.command, contender.directory, contender.environ)
    contender.after()
    return contender


def _once(command: object, directory: Path, environ: Mapping[str, str]) -> None:
    assert isinstance(command, list)
    ran = subprocess.run(
        command, cwd=directory, env=environ, capture_output=True, check=False, text=True
    )
    if ran.returncode:
        raise BenchmarkFailure(f"{' '.join(command)}:\n{ran.stderr[-2000:]}")


def _without(path: Path) -> Callable[[], None]:
    return lambda: path.unlink(missing_ok=True)


def _locked(path: Path, mark: str, world: World) -> Callable[[], None]:
    """A check that `path` locks at least the roots; a line with `mark` stands for each package."""

    def check() -> None:
        locked = sum(mark in line for line in path.read_text("utf-8").splitlines())
        if locked < len(world.roots):
            raise BenchmarkFailure(f"{path.name} locks {locked} of {len(world.roots)} roots")

    return check


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, without a word."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def _served(site: Path) -> Iterator[str]:
    """Serve the directory `site` on loopback as long as the block runs; its URL."""
    handler = functools.partial(_Quiet, directory=os.fspath(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
