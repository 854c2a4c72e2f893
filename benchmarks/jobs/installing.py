"""Installing many agents from a local git registry, against copying the same files with git.

The reference clones the registry without its history, copies the agents out of it, and waits for
the disk. It resolves nothing, checks nothing, and forgets what it did. The registries hold one
release of each agent, so that it copies no file which agentpm does not install.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.generate import names, plain_rounds
from benchmarks.person import Person
from benchmarks.report import Skipped
from benchmarks.stopwatch import BenchmarkFailure, Contender, Race

_SIZES = (10, 100, 1000)
_TARGET_FROM = 1000
"""With fewer agents the start of the interpreter decides, so there is no target for those."""
_BY_HAND = 'git clone --quiet --depth 1 "$1" clone && cp -r clone/agents copy && sync'


def installing(bench: Bench) -> Iterator[Race | Skipped]:
    """Cold installs and restores of 10, 100 and 1,000 agents."""
    shell = shutil.which("sh")
    if shell is None:
        yield Skipped("install", "the reference needs a POSIX shell")
        return
    for size in _SIZES[:2] if bench.options.quick else _SIZES:
        yield _Site(bench, size).race(shell)


@dataclass(frozen=True, slots=True)
class _Project:
    """A project of `person` in which the agents with these digests are to be installed."""

    person: Person
    directory: Path
    digests: Mapping[str, str]

    def forget(self, *, lockfile: bool, cache: bool) -> None:
        """Make the project one where nothing was installed."""
        for name in (".claude", ".agentpm"):
            shutil.rmtree(self.directory / name, ignore_errors=True)
        if lockfile:
            (self.directory / "agentpm.lock").unlink(missing_ok=True)
        if cache:
            self.person.forget()

    def check(self) -> None:
        """Make sure that exactly the agents are installed, byte for byte."""
        found = {
            path.stem: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (self.directory / ".claude" / "agents").iterdir()
        }
        if found != self.digests:
            raise BenchmarkFailure(f"what is in {self.directory} is not what was to be installed")


class _Site:
    """Where `size` agents are installed over and over."""

    def __init__(self, bench: Bench, size: int) -> None:
        self._bench = bench
        self._size = size
        self._registry = bench.registry(size, 1)
        (released,) = plain_rounds(size, 1)
        self._digests = {a.name: hashlib.sha256(a.content).hexdigest() for a in released}

    def race(self, shell: str) -> Race:
        """The race of cold installs, restores, and git."""
        count = self._bench.options.repetitions
        contenders = (self._by_hand(shell), self._cold(), self._restored(), self._warm())
        repetitions = count if self._size < 1000 else max(count // 2, 3)
        return Race(f"install {self._size}", contenders, repetitions, drained=True)

    def _by_hand(self, shell: str) -> Contender:
        place = self._bench.person(f"by-hand-{self._size}")

        def check() -> None:
            copied = len(list((place.home / "copy").rglob("*.md")))
            if copied != self._size:
                raise BenchmarkFailure(f"{copied} files were copied, not {self._size}")

        command = (shell, "-c", _BY_HAND, shell, self._registry.as_uri())
        return Contender(
            "git clone --depth 1, cp -r, sync",
            command,
            place.home,
            place.environ,
            before=place.forget,
            after=check,
        )

    def _cold(self) -> Contender:
        project = self._project("cold")
        return self._install(
            "agentpm install, nothing cached",
            project,
            (),
            lambda: project.forget(lockfile=True, cache=True),
        )

    def _restored(self) -> Contender:
        project = self._project("restored")
        project.person.run(project.directory, "lock")
        return self._install(
            "agentpm install --frozen, nothing cached",
            project,
            ("--frozen",),
            lambda: project.forget(lockfile=False, cache=True),
        )

    def _warm(self) -> Contender:
        project = self._project("warm")
        project.person.run(project.directory, "install")
        return self._install(
            "agentpm install --frozen --offline, cached",
            project,
            ("--frozen", "--offline"),
            lambda: project.forget(lockfile=False, cache=False),
        )

    def _project(self, name: str) -> _Project:
        person = self._bench.person(f"{name}-{self._size}")
        directory = person.project("project", self._registry, names(self._size))
        return _Project(person, directory, self._digests)

    def _install(
        self, name: str, project: _Project, flags: tuple[str, ...], before: Callable[[], None]
    ) -> Contender:
        return Contender(
            name,
            [*self._bench.options.agentpm, "install", *flags],
            project.directory,
            project.person.environ,
            before=before,
            after=project.check,
            target=2.0 if self._size >= _TARGET_FROM else None,
        )
