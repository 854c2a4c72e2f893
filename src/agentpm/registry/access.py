"""On what terms registries are read: how fresh, with or without a network, where views are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from agentpm.errors import AgentpmError
from agentpm.limits import LIMITS, Limits
from agentpm.model.release import Release
from agentpm.values import dataclass

MAX_AGE = 300.0
"""Seconds for which a view is fresh, unless the user's configuration says otherwise."""


class OfflineMiss(AgentpmError):
    """Something that only the network could tell, while it may not be used."""

    code = "offline"


def not_here(source: str, what: str) -> OfflineMiss:
    """That `what` of the registry `source` would have to be asked for."""
    return OfflineMiss(
        f"{what} of `{source}` is not on this machine, and `--offline` was asked for",
        hint="run the command once without `--offline`",
    )


def named(releases: Iterable[Release]) -> str:
    """What to call releases in a sentence, of which there is at least one."""
    first, *more = releases
    return f"`{first}`{f' and {len(more)} more' if more else ''}"


def _unheard(_: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Access:
    """The terms on which one command reads a registry.

    `clock` gives seconds since the epoch; a view older than `max_age` seconds is refreshed when it
    is first read, with `force` a younger one too; with `offline` nothing is. `waiting` and `note`
    are told sentences for the user: that another process is being waited for, what is worth knowing.
    `called` is the name that the one registry has here, where it has one and that is known, and
    `token_name` the name that the user's own configuration gives it, which a token goes by. `limits`
    hold for everything that git gets from elsewhere.
    """

    clock: Callable[[], float]
    max_age: float = MAX_AGE
    force: bool = False
    offline: bool = False
    waiting: Callable[[str], None] = _unheard
    note: Callable[[str], None] = _unheard
    called: str = ""
    token_name: str = ""
    limits: Limits = LIMITS

    def name(self, source: str) -> str:
        """What to call the registry at `source` to the user: its name here, or else its address."""
        return self.called or source


@dataclass(frozen=True, slots=True)
class Places:
    """Where registries keep things: `cache` may be emptied at any time, `state` may not."""

    cache: Path
    state: Path

    def signers(self, key: str) -> Path:
        """What was seen of the signers of the registry with that `key`."""
        return self.state / "registries" / key / "signers.json"

    def lock(self, key: str) -> Path:
        """The lock that guards what is kept of the registry whose directory in the cache is `key`."""
        if key == "shipped":
            return self.state / "shipped.lock"
        return self.state / "registries" / key / "lock"


def token_variable(name: str) -> str:
    """The variable with the token of the registry that the user's configuration calls `name`."""
    return "AGENTPM_TOKEN_" + name.upper().replace("-", "_")


def as_it_was(called: str, age: float) -> str:
    """The sentence that says how old an answer of the registry `called` so is, in seconds."""
    return f"`{called}` is shown as it was {age_in_words(age)} ago"


def age_in_words(seconds: float) -> str:
    """A length of time as people say it: `3 hours`."""
    amount, unit = max(seconds, 0.0), "second"
    for size, larger in ((60, "minute"), (60, "hour"), (24, "day")):
        if amount < size:
            break
        amount, unit = amount / size, larger
    return f"{int(amount)} {unit}{'' if int(amount) == 1 else 's'}"
