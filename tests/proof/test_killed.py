"""`kill -9` at random moments of sync, publish and install: the next run succeeds, nothing is lost.

Each kind of command is killed until as many kills have landed in the middle of it as were asked
for: fifty of each kind with `-m proof`, a few in every run of the tests. The moments are drawn from
a fixed seed, as a share of how long the same command takes when nobody kills it. With every second
kill, the git processes that the command had started die too, as in a power cut.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path

import pytest

from support.agent_text import agent_text
from support.index_repo import IndexRepo
from support.project import Project

MANIFEST = '[project]\nregistry = "acme"\n\n[agents]\n\n[registries]\nacme = "{url}"\n'
FEW, MANY = 4, 50


class Kind(ABC):
    """A kind of command, run again and again, each time with something new to do."""

    seed = 0

    def __init__(self, tmp_path: Path) -> None:
        self.index = IndexRepo(tmp_path, "acme").publish("reviewer", "1.0.0", tools="Read")
        self.project = Project(tmp_path)
        self.project.environ["AGENTPM_MAX_AGE"] = "0"
        self.project.write("agentpm.toml", MANIFEST.format(url=self.index.url))

    @abstractmethod
    def prepare(self, number: int) -> tuple[str, ...]:
        """Make something new for the command to do; the command."""

    @abstractmethod
    def check(self, number: int) -> None:
        """Insist that what the command was to do is done, once and whole."""

    @abstractmethod
    def check_all(self, rounds: int) -> None:
        """Insist that nothing of what all commands did was lost."""


class Sync(Kind):
    """A look at a registry with a new release in it; every fourth one with an empty cache."""

    seed = 1

    def prepare(self, number: int) -> tuple[str, ...]:
        self.index.publish("reviewer", f"1.{number + 1}.0", tools="Read")
        if number % 4 == 0:
            shutil.rmtree(self.project.home / "cache", ignore_errors=True)
        return ("registry", "update", "acme")

    def check(self, number: int) -> None:
        self.project.environ["AGENTPM_OFFLINE"] = "1"
        found = self.project.run("info", "reviewer", "--json").data["releases"]
        del self.project.environ["AGENTPM_OFFLINE"]
        assert [r["version"] for r in reversed(found)] == [f"1.{n}.0" for n in range(number + 2)]

    def check_all(self, rounds: int) -> None:
        """The memory of what was seen survived as well: an older registry is noticed."""
        self.index.git("update-ref", "refs/heads/main", "main~1")
        self.project.run("registry", "update", "acme").failed(4)


class Publish(Kind):
    """A new release for a registry with a URL."""

    seed = 2
    registry = "acme"

    def prepare(self, number: int) -> tuple[str, ...]:
        text = agent_text(f"version: 1.{number}.0", "tools: Read", name="mine")
        self.project.write("mine.md", text)
        return ("publish", "mine.md", "--registry", self.registry)

    def check(self, number: int) -> None:
        command = ("info", "mine", "--registry", self.registry, "--json")
        found = self.project.run(*command).data["releases"]
        assert [r["version"] for r in reversed(found)] == [f"1.{n}.0" for n in range(number + 1)]

    def check_all(self, rounds: int) -> None:
        """One commit a release, one after another; every byte of every release is there."""
        repository = self.repository()
        log = git(repository, "log", "--format=%p %s", "main").splitlines()
        published = [line for line in log if "Publish mine" in line]
        assert len(published) == rounds
        assert all(len(line.split(" Publish")[0].split()) == 1 for line in published)
        assert git(repository, "fsck", "--full", "--strict", "--no-dangling") == ""
        for number in range(rounds):
            path = f"agents/mi/ne/mine/1.{number}.0.md"
            assert f"version: 1.{number}.0" in git(repository, "show", f"main:{path}")

    def repository(self) -> Path:
        return self.index.bare


class PublishHere(Publish):
    """A new release for the user's own copy of the shipped registry."""

    seed = 3
    registry = "shipped"

    def repository(self) -> Path:
        return self.project.home / "data" / "shipped.git"


class Install(Kind):
    """An agent more for a project; every third time nothing is in the cache."""

    seed = 4

    def prepare(self, number: int) -> tuple[str, ...]:
        name = f"agent-{number}"
        self.index.publish(name, "1.0.0", "reviewer ^1", tools="Read, Agent")
        if number % 3 == 0:
            shutil.rmtree(self.project.home / "cache", ignore_errors=True)
        return ("install", name)

    def check(self, number: int) -> None:
        self.project.run("verify").done()
        name = f"agent-{number}"
        assert self.project.agent(name).read_bytes() == self.index.agent(name, "1.0.0")
        assert not self.project.exists(".agentpm/pending.json")
        assert not list(self.project.root.rglob("*.tmp"))

    def check_all(self, rounds: int) -> None:
        installed = {p.stem for p in self.project.agent("x").parent.glob("*.md")}
        assert installed == {"reviewer", *(f"agent-{number}" for number in range(rounds))}
        for number in range(rounds):
            assert f"\nagent-{number} = " in self.project.manifest


def git(repository: Path, *command: str) -> str:
    whole = ["git", f"--git-dir={repository}", *command]
    return subprocess.run(whole, check=True, capture_output=True).stdout.decode()


def duration(kind: Kind, number: int) -> float:
    """How long the command takes when it is left alone, in seconds."""
    command = kind.prepare(number)
    began = time.monotonic()
    kind.project.run_process(*command).done()
    return time.monotonic() - began


def children(pid: int) -> list[int]:
    """The processes that a process has started, where the system tells (Linux)."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    except OSError:
        return []
    return [int(word) for word in text.split()]


def killed(project: Project, after: float, *command: str, whole: bool) -> bool:
    """Run a command, and kill it `after` seconds; whether that was before its end.

    With `whole`, what it has started is killed with it.
    """
    process = project.start(*command)
    try:
        process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        victims = children(process.pid) if whole else []
        process.kill()
        for victim in victims:
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        process.communicate()
    return process.returncode == -signal.SIGKILL


def kill_many(kind: Kind, wanted: int) -> None:
    """Kill commands of this kind until `wanted` kills have landed, and check after each."""
    usual = duration(kind, 0)
    kind.check(0)
    moments, landed, number = random.Random(kind.seed), 0, 1
    while landed < wanted:
        assert number <= 5 * wanted, "too few kills landed for this to prove anything"
        command = kind.prepare(number)
        after = usual * moments.uniform(0.2, 1.0)
        landed += killed(kind.project, after, *command, whole=number % 2 == 0)
        ran = kind.project.run(*command)
        assert ran.code == 0, f"round {number}, killed after {after:.3f} s: {ran.err}"
        kind.check(number)
        number += 1
    kind.check_all(number)


KINDS = [Sync, Publish, PublishHere, Install]


@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_command_leaves_nothing_that_the_next_cannot_finish(
    tmp_path: Path, kind: type[Kind]
) -> None:
    """Machines lose power, and people lose patience."""
    kill_many(kind(tmp_path), FEW)


@pytest.mark.proof
@pytest.mark.parametrize("kind", KINDS)
def test_fifty_kills_of_each_kind_lose_nothing(tmp_path: Path, kind: type[Kind]) -> None:
    """Two hundred together: rare moments are only met by many tries."""
    kill_many(kind(tmp_path), MANY)
