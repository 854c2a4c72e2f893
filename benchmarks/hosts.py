"""Servers on loopback for registries, each a process of its own, and a registry that grows.

What a server does is part of what a user waits for, so it must not share a processor's time with
the runner, nor be made of agentpm's code.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.files_server import CHANGED, COUNT
from benchmarks.generate import add_releases, environ, git
from benchmarks.stopwatch import BenchmarkFailure

_SERVER = Path(__file__).with_name("files_server.py")
_GENERATOR = Path(__file__).with_name("generate.py")
_MADE = "refs/benchmark/made"


@dataclass(slots=True)
class Growing:
    """A registry of `names`, with `releases` of each, that can get more; files have `size` bytes.

    `newest` holds the minor versions of those that got more.
    """

    names: int
    releases: int
    size: int
    newest: dict[int, int] = field(default_factory=dict)

    def minor(self, number: int) -> int:
        """The minor version of an agent's newest release, which is `1.MINOR.0`."""
        return self.newest.get(number, self.releases - 1)

    def publish(self, numbers: Sequence[int]) -> None:
        """Add a release of each of these agents."""
        self.newest |= {number: self.minor(number) + 1 for number in numbers}

    def server(self) -> list[str]:
        """The options of `files_server.py` for it."""
        raise NotImplementedError


@dataclass(slots=True)
class Stored(Growing):
    """A registry in the bare repository `directory`, which is made where there is none."""

    directory: Path = Path()

    def prepare(self) -> None:
        """Make it, by a process of its own; one that is there already becomes what it was at first."""
        if not self.directory.exists():
            sizes = {"names": self.names, "releases": self.releases, "bytes": self.size}
            options = [word for name, value in sizes.items() for word in (f"--{name}", str(value))]
            command = [sys.executable, str(_GENERATOR), str(self.directory), *options]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            git(self.directory, "update-ref", _MADE, "refs/heads/main")
            git(self.directory, "config", "uploadpack.allowFilter", "true")
        git(self.directory, "update-ref", "refs/heads/main", _MADE)

    def publish(self, numbers: Sequence[int]) -> None:
        """Add a release of each of these agents, all in one commit."""
        Growing.publish(self, numbers)
        add_releases(self.directory, [(each, self.minor(each)) for each in numbers], self.size)

    def server(self) -> list[str]:
        """The options of `files_server.py` for it."""
        return ["--repository", str(self.directory)]


@dataclass(slots=True)
class Nowhere(Growing):
    """A registry that its server makes up; `changes` is the file that tells it of changes."""

    changes: Path = Path()

    def prepare(self) -> None:
        """Begin without changes."""
        self.changes.write_text("0")

    def publish(self, numbers: Sequence[int]) -> None:
        """Add a release of each of these agents, which must be the first ones."""
        assert list(numbers) == list(range(CHANGED))
        Growing.publish(self, numbers)
        self.changes.write_text(str(self.minor(0) + 1 - self.releases))

    def server(self) -> list[str]:
        """The options of `files_server.py` for it."""
        sizes = {"names": self.names, "releases": self.releases, "bytes": self.size}
        options = [word for name, value in sizes.items() for word in (f"--{name}", str(value))]
        return [*options, "--changes", str(self.changes)]


@contextmanager
def git_daemon(parent: Path) -> Iterator[str]:
    """Serve the repositories in a directory with partial clones, as git hosts do; the URL of it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = shutil.which("git-daemon") or f"{git(parent, '--exec-path').strip()}/git-daemon"
    words = ("--reuseaddr", "--listen=127.0.0.1", f"--port={port}", "--export-all")
    command = [program, *words, f"--base-path={parent}", str(parent)]
    with _running(command) as _:
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    yield f"git://127.0.0.1:{port}"
                    return
            time.sleep(0.01)
        raise BenchmarkFailure("git daemon does not answer")


@contextmanager
def web_server(registry: Growing) -> Iterator[str]:
    """Serve a registry as files; the URL of it."""
    with _running([sys.executable, str(_SERVER), *registry.server()]) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"


def requests(url: str) -> int:
    """How many requests the web server at `url` has answered."""
    with urllib.request.urlopen(url + COUNT) as answer:
        return int(answer.read())


@contextmanager
def _running(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=quiet, env=environ()) as server:
        try:
            yield server
        finally:
            server.terminate()
