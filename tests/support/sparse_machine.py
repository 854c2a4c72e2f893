"""A machine on which a sparse registry is read, with a clock that tests turn.

How to use it:

    with Machine(server, tmp_path / "machine") as machine:
        assert machine.versions(PackageName("reviewer")) == ["1.0.0"]
        machine.now += 400

- `registry()` is the registry as a new command sees it; `versions(name)` what that says of a package.
- `asked()` is what the server was asked for since the last call of it, `notes` what the user was told.
- Behind a `FaultProxy`, `Machine(proxy, ...)` reads through that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

from agentpm.model.name import PackageName
from agentpm.registry.access import Access, Places
from agentpm.registry.sparse.registry import SparseRegistry


class Server(Protocol):
    """What offers the registry."""

    @property
    def address(self) -> str:
        """The registry's address."""
        ...

    @property
    def requests(self) -> list[tuple[str, int]]:
        """The paths that were asked for, with the status of each answer."""
        ...


@dataclass
class Machine:
    """One machine on which the registry at `server` is read; its own files are in `place`."""

    server: Server
    place: Path
    now: float = 1_800_000_000.0
    notes: list[str] = field(default_factory=list)
    opened: list[SparseRegistry] = field(default_factory=list)
    before: int = 0
    login: str = ""
    token: str | None = None

    def registry(self, *, offline: bool = False, force: bool = False) -> SparseRegistry:
        """The registry, as a new command sees it."""
        access = Access(lambda: self.now, 300, force, offline, note=self.notes.append)
        places = Places(self.place / "cache", self.place / "state")
        url = self.server.address.replace("://", f"://{self.login}")
        registry = SparseRegistry(url, places, access, allow_insecure=True, token=self.token)
        self.opened.append(registry)
        return registry

    def versions(self, name: PackageName, **terms: bool) -> list[str]:
        """The versions of a package, as a new command sees them."""
        return [str(release.version) for release in self.registry(**terms).releases(name)]

    def asked(self) -> list[tuple[str, int]]:
        """What the server was asked for since this was called last, in the order of names."""
        found = self.server.requests[self.before :]
        self.before += len(found)
        return sorted(found)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for registry in self.opened:
            registry.close()
