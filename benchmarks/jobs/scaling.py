"""Registries of 1,000 to 1,000,000 names: what grows with them, and what must not.

Git registries are behind a `git daemon`, sparse ones behind a web server with the same files, both
on loopback and processes of their own. The largest sparse one exists only in its server.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

from benchmarks.bench import Bench
from benchmarks.files_server import CHANGED
from benchmarks.generate import names, release_of
from benchmarks.hosts import Growing, Nowhere, Stored, git_daemon, requests, web_server
from benchmarks.person import Person
from benchmarks.prose import name_of
from benchmarks.report import Skipped
from benchmarks.stopwatch import BenchmarkFailure, Contender, Race, nothing

_RELEASES = 5
_FILE_BYTES = 1000
"""Little is read of the files, so they are small; the records are those of larger ones."""

_AGENTS = 10
_LIMIT = 100
"""More requests than this for ten agents would mean that somebody reads the registry."""

_SEARCHES = ("billing reviewer", "reviewer")
"""Words of one name in a thousand, and of one in twenty."""

_LONG = 10_000
"""The first sync of a larger registry takes a minute."""

_SHELL_CLONE = (
    'git clone --quiet --bare --depth 1 --filter=blob:none "$1" clone && cd clone && '
    "git ls-tree -r --format='%(objectname)' HEAD index | "
    "git -c fetch.negotiationAlgorithm=noop fetch --quiet --no-tags --no-write-fetch-head "
    "--stdin origin"
)
"""The same objects as agentpm gets, got by git alone."""


def scaling(bench: Bench) -> Iterator[Race | Skipped]:
    """First sync, sync after 10 changes, warm install of 10 agents, search; for both transports."""
    stored = [_stored(bench, size) for size in _sizes(bench)]
    yield from _over_git(bench, stored)
    yield from _sparse(bench, [*stored, *_simulated(bench)])
    if not bench.options.large:
        yield Skipped("scale, larger registries", "`--large` measures them too")


def _sizes(bench: Bench) -> Sequence[int]:
    if bench.options.quick:
        return (50, 100)
    return (1000, 10_000, 100_000)[: 2 + bench.options.large]


def _stored(bench: Bench, size: int) -> Stored:
    place = (bench.options.keep or bench.scratch) / "scale"
    place.mkdir(parents=True, exist_ok=True)
    registry = Stored(size, _RELEASES, _FILE_BYTES, directory=place / f"{size}.git")
    registry.prepare()
    return registry


def _simulated(bench: Bench) -> list[Nowhere]:
    if not (bench.options.large or bench.options.quick):
        return []
    size = 1000 if bench.options.quick else 1_000_000
    registry = Nowhere(size, _RELEASES, _FILE_BYTES, changes=bench.scratch / f"changes-{size}")
    registry.prepare()
    return [registry]


def _over_git(bench: Bench, stored: Sequence[Stored]) -> Iterator[Race]:
    with git_daemon(stored[0].directory.parent) as url:
        sites = [_GitSite(bench, each, f"{url}/{each.directory.name}") for each in stored]
        for site in sites:
            yield site.first_sync()
        yield from _warm("git", bench, sites)
        for site in sites:
            yield site.after_changes()


def _sparse(bench: Bench, registries: Sequence[Growing]) -> Iterator[Race]:
    with ExitStack() as stack:
        sites = []
        for registry in registries:
            url = stack.enter_context(web_server(registry))
            sites.append(_SparseSite(bench, registry, url))
        count = max(bench.options.repetitions // 2, 3)
        first = [site.first_install() for site in sites]
        yield Race("scale: first install of 10, sparse", first, count)
        yield from _warm("sparse", bench, sites)
        changed = [site.after_changes() for site in sites]
        yield Race("scale: after 10 changes, sparse", changed, count)


def _warm(kind: str, bench: Bench, sites: Sequence[_Site]) -> Iterator[Race]:
    """What costs as much in a large registry as in a small one; the smallest is the reference."""
    count = bench.options.repetitions
    installs = [site.install(1.3 if site is not sites[0] else None) for site in sites]
    yield Race(f"scale: warm install of 10, {kind}", installs, count)
    typer = bench.typer(sites[0].person)
    for words in _SEARCHES:
        searches = [site.search(words, 1.3 if site is not sites[0] else None) for site in sites]
        yield Race(f"scale: search {words}, {kind}", searches, count * 2)
    searches = [site.search(words, 1.8) for words in _SEARCHES for site in sites]
    yield Race(f"scale: search, {kind}", [typer, *searches], count * 2)


class _Site:
    """Where somebody works with one registry, which is at `url`."""

    kind = ""

    def __init__(self, bench: Bench, registry: Growing, url: str) -> None:
        self._bench = bench
        self._registry = registry
        self.label = f"{registry.names:,} names"
        self.person: Person = bench.person(f"scale-{self.kind}-{registry.names}")
        self._project = self.person.project("project", url, names(_AGENTS))

    def install(self, target: float | None) -> Contender:
        """A project without a lockfile, on a machine that knows the registry and the agents."""
        return self._call(
            f"agentpm install, {self.label}",
            ("install",),
            before=self._forget_project,
            after=self._check_installed,
            target=target,
        )

    def search(self, words: str, target: float | None) -> Contender:
        """Words that some of the names have, of the agents that are installed too."""
        command = ("search", *words.split(), "--registry", "bench")
        name = f"agentpm search {words}, {self.label}"
        return self._call(name, command, target=target, says="-reviewer ")

    def _call(
        self,
        name: str,
        words: Sequence[str],
        *,
        before: Callable[[], None] = nothing,
        after: Callable[[], None] = nothing,
        target: float | None = None,
        says: str = "",
    ) -> Contender:
        return Contender(
            name,
            [*self._bench.options.agentpm, *words],
            self._project,
            self.person.environ,
            before=before,
            after=after,
            target=target,
            says=says,
            keeps=(self.person.home / "cache", self.person.home / "data"),
        )

    def _forget_project(self) -> None:
        for name in (".claude", ".agentpm"):
            shutil.rmtree(self._project / name, ignore_errors=True)
        (self._project / "agentpm.lock").unlink(missing_ok=True)

    def _check_installed(self) -> None:
        """Make sure that exactly the agents are installed, byte for byte."""
        wanted = {
            f"{name_of(number)}.md": release_of(
                number, self._registry.minor(number), _FILE_BYTES
            ).content
            for number in range(_AGENTS)
        }
        directory = self._project / ".claude" / "agents"
        if {path.name: path.read_bytes() for path in directory.iterdir()} != wanted:
            raise BenchmarkFailure(f"what is in {directory} is not what was to be installed")

    def _check_known(self, numbers: Sequence[int]) -> None:
        """Make sure that the newest releases of these agents are known on this machine."""
        for number in (numbers[0], numbers[-1]):
            name, version = name_of(number), f"1.{self._registry.minor(number)}.0"
            words = ("search", name, "--registry", "bench", "--offline", "--json")
            found = json.loads(self.person.run(self._project, *words))["data"]["agents"]
            if not found or (found[0]["name"], found[0]["version"]) != (name, version):
                raise BenchmarkFailure(f"`{name} {version}` was not found after the sync")


class _GitSite(_Site):
    kind = "git"

    def __init__(self, bench: Bench, registry: Growing, url: str) -> None:
        super().__init__(bench, registry, url)
        self._url = url
        self._by_hand: Person = bench.person(f"scale-by-hand-{registry.names}")
        self._round = 0

    def first_sync(self) -> Race:
        """From nothing to a view of all names."""
        name, last = f"scale: first sync, git, {self.label}", self._registry.names - 1
        shell = shutil.which("sh") or "sh"
        by_hand = Contender(
            "git clone, the same objects",
            (shell, "-c", _SHELL_CLONE, shell, self._url),
            self._by_hand.home,
            self._by_hand.environ,
            before=self._by_hand.forget,
            keeps=(self._by_hand.home,),
        )
        sync = self._call(
            "agentpm registry update",
            ("registry", "update", "bench"),
            before=self.person.forget,
            after=lambda: self._check_known([0, last]),
            says=f"{self._registry.names} packages",
        )
        if self._registry.names > _LONG:
            return Race(name, (by_hand, sync), 2, rehearsed=False)
        return Race(name, (by_hand, sync), max(self._bench.options.repetitions // 3, 3))

    def after_changes(self) -> Race:
        """The next ten releases of ten agents from all over the registry, for both to get."""
        clone = self._by_hand.home / "clone"
        by_hand = Contender(
            "git fetch",
            ("git", "fetch", "--quiet", "origin", "+HEAD:refs/heads/main"),
            clone,
            self._by_hand.environ,
            before=self._change,
            after=self._check_fetched,
        )
        sync = self._call(
            "agentpm registry update",
            ("registry", "update", "bench"),
            after=lambda: self._check_known(self._changed()),
            target=3.0,
        )
        name = f"scale: after 10 changes, git, {self.label}"
        return Race(name, (by_hand, sync), self._bench.options.repetitions)

    def _changed(self) -> list[int]:
        """The agents that change in this round, others than in the last."""
        count = self._registry.names
        return [(each * count // CHANGED + self._round) % count for each in range(CHANGED)]

    def _change(self) -> None:
        self._round += 1
        self._registry.publish(self._changed())

    def _check_fetched(self) -> None:
        assert isinstance(self._registry, Stored)
        tips = [
            (place / "refs" / "heads" / "main").read_text()
            for place in (self._registry.directory, self._by_hand.home / "clone")
        ]
        if tips[0] != tips[1]:
            raise BenchmarkFailure("git did not fetch the newest commit")


class _SparseSite(_Site):
    kind = "sparse"

    def __init__(self, bench: Bench, registry: Growing, url: str) -> None:
        super().__init__(bench, registry, f"sparse+{url}")
        self._web = url
        self._asked = 0

    def first_install(self) -> Contender:
        """From nothing to ten installed agents: a sparse registry is never read as a whole."""

        def forget() -> None:
            self.person.forget()
            self._forget_project()
            self._asked = requests(self._web)

        def check() -> None:
            self._check_installed()
            count = requests(self._web) - self._asked
            if count > _LIMIT:
                raise BenchmarkFailure(f"{count} requests were made for {_AGENTS} agents")

        name = f"agentpm install, {self.label}"
        return self._call(name, ("install",), before=forget, after=check)

    def after_changes(self) -> Contender:
        """The next release of each installed agent."""
        numbers = range(CHANGED)
        return self._call(
            f"agentpm registry update, {self.label}",
            ("registry", "update", "bench"),
            before=lambda: self._registry.publish(numbers),
            after=lambda: self._check_known(numbers),
        )
