"""What an operation works with: the parts that the command line wires together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from agentpm.model.config import Config
from agentpm.registry.protocol import Registry
from agentpm.store import Store
from agentpm.values import dataclass
from agentpm.workspace import Workspace


class Voice(Protocol):
    """How an operation speaks while it works."""

    def warn(self, message: str, hint: str | None = None) -> None:
        """Something needs attention though the work goes on."""

    def note(self, message: str) -> None:
        """Something is good to know."""

    def waiting(self, what: str) -> Callable[[], None]:
        """A call for whoever finds itself waiting for `what`."""

    def progress(
        self, what: str, total: int | None = None
    ) -> AbstractContextManager[Callable[[int], None]]:
        """A place to say how many steps of `what` are done."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an operation may know of the machine.

    `claude` is the directory of Claude Code's own configuration, `platform` as in `sys.platform`,
    `now` the current time in UTC as RFC 3339, `config` the path of the
    user's configuration file, `trusted` that of the programs confirmed,
    `locks` the folder for locks of workspaces, `environment` the variables that said all this.
    `policies` is the folder for copies of policies at a URL, `fetch` the way to get the bytes at a
    URL, up to a limit.
    """

    claude: Path
    config: Path
    trusted: Path
    locks: Path
    platform: str
    now: Callable[[], str]
    environment: Mapping[str, str]
    policies: Path
    fetch: Callable[[str, int], bytes]
    offline: bool = False
    interactive: bool = False


class OpenRegistry(Protocol):
    """The way to a registry."""

    def __call__(self, url: str, allow_insecure: bool, called: str = "") -> Registry:  # noqa: FBT001 # as `Sources` calls it
        """The registry at `url`, also over plain HTTP if that is allowed.

        `called` is the name that it has here, for messages that say what to type.
        """
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts, ready to use.

    `open_remembered` opens a registry as it was seen last: no network is used, and not a word is said.
    """

    workspace: Workspace
    config: Config
    store: Store
    open_registry: OpenRegistry
    open_remembered: OpenRegistry
    voice: Voice
    surroundings: Surroundings
