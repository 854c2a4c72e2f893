"""A machine on which somebody reads registries and publishes to them.

How to use it:

    ada = Machine(tmp_path, "ada")
    registry = ada.registry(index.url)
    with ada.counting() as git:
        registry.releases(PackageName("reviewer"))
    assert git.commands == ["cat-file", "fetch"]

- Each machine has a cache, a state and a data directory of its own, and a clock: `ada.now += 400`.
- `ada.registry(url, offline=True)` opens a registry anew, as the next command would; keywords are
  the terms of `Access`. `ada.shipped()` opens the shipped one.
- `ada.notes` and `ada.waits` is what the user was told.
- `ada.clean_cache()` is `agentpm cache clean`. `ada.close()` at the end.
- `entry("lead", "1.0.0", "reviewer ^1", tools="Read")` is an agent ready for `registry.publish`.
- `identity(monkeypatch, tmp_path)` gives git a person to name in commits, and nothing of the
  configuration of the machine that runs the tests.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from agentpm.git import processes
from agentpm.model.name import PackageName
from agentpm.model.release import Release
from agentpm.model.version import parse_version
from agentpm.registry.access import Access, Places
from agentpm.registry.gitregistry import GitRegistry
from agentpm.registry.record_of import describe
from agentpm.registry.shipped import ShippedRegistry
from support.index_repo import PUBLISHED, agent_text

NOON = 1_790_000_000.0


@dataclass
class Counted:
    """The git commands that were started."""

    commands: list[str] = field(default_factory=list)


class Machine:
    """The directories of one person, below `tmp_path / person`."""

    def __init__(self, tmp_path: Path, person: str = "ada") -> None:
        self.home = tmp_path / person
        self.places = Places(self.home / "cache", self.home / "state")
        self.now = NOON
        self.notes: list[str] = []
        self.waits: list[str] = []
        self._opened: list[GitRegistry | ShippedRegistry] = []

    def registry(self, url: str, *, allow_insecure: bool = False, **terms: Any) -> GitRegistry:
        """The registry at `url`, as a new command opens it."""
        registry = GitRegistry(url, self.places, self._access(terms), allow_insecure=allow_insecure)
        self._opened.append(registry)
        return registry

    def shipped(self, files: Path | None = None, **terms: Any) -> ShippedRegistry:
        """The registry that ships with agentpm, or would with the files in `files`."""
        registry = ShippedRegistry(
            self.home / "data", self.places, self._access(terms), shipped=files
        )
        self._opened.append(registry)
        return registry

    def _access(self, terms: dict[str, Any]) -> Access:
        return Access(
            clock=lambda: self.now, note=self.notes.append, waiting=self.waits.append, **terms
        )

    @contextmanager
    def counting(self) -> Iterator[Counted]:
        """The git commands that start inside."""
        before, counted = len(processes()), Counted()
        yield counted
        counted.commands = list(processes()[before:])

    def clean_cache(self) -> None:
        """Empty the cache."""
        self.close()
        shutil.rmtree(self.places.cache)

    def cached(self, pattern: str) -> Path:
        """The one path in the cache that matches."""
        (found,) = self.places.cache.rglob(pattern)
        return found

    def close(self) -> None:
        """Close whatever was opened."""
        for registry in self._opened:
            registry.close()


def entry(name: str, version: str, *needs: str, tools: str | None = None) -> tuple[Release, bytes]:
    """An agent ready to be published."""
    raw = agent_text(name, version, *needs, tools=tools)
    release = describe(raw, f"{name}.md", PackageName(name), parse_version(version))
    return replace(release, published=PUBLISHED, publisher="Ada <ada@example.org>"), raw


def identity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str = "Ada") -> None:
    """Make `name` the person who commits, and forget the configuration of this machine."""
    config = tmp_path / "gitconfig"
    mail = f"{name.lower()}@example.org"
    config.write_text(f"[user]\n\tname = {name}\n\temail = {mail}\n" if name else "", "utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for variable in ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"):
        monkeypatch.delenv(f"GIT_{variable}", raising=False)
    monkeypatch.delenv("EMAIL", raising=False)
