"""The powers that need a person's yes, and what is still without one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from agentpm.errors import AgentpmError, Excerpt
from agentpm.model.name import AgentName
from agentpm.permissions.capability import EXEC_KINDS, NOTHING, CapabilitySet, read_word
from agentpm.values import dataclass

HARMLESS_MODES = frozenset(["mode:default", "mode:plan"])
_GATED_KINDS = frozenset([*EXEC_KINDS, "mode", "memory"])


@lru_cache(maxsize=4096)
def needs_approval(capabilities: CapabilitySet) -> CapabilitySet:
    """The powers among `capabilities` that nobody gets without an explicit yes.

    Programs, memory, and every permission mode but default and plan, whatever a policy allows.
    """
    return CapabilitySet(frozenset(word for word in capabilities.members if _is_gated(word)))


def _is_gated(word: str) -> bool:
    return word.partition(":")[0] in _GATED_KINDS and word not in HARMLESS_MODES


def approved(words: Iterable[str], where: Excerpt | None = None) -> CapabilitySet:
    """The powers that a person wrote down as approved.

    Raises:
        UnknownCapability: a word names no power; with the place `where`, and a did-you-mean.
    """
    try:
        return CapabilitySet(frozenset([read_word(word) for word in words]))
    except AgentpmError as error:
        error.where = where
        raise


@dataclass(frozen=True, slots=True)
class Lacking:
    """What one agent still needs a yes for, with the lines that a person decides by.

    `title` says which release it is, and which one it follows.
    """

    agent: AgentName
    title: str
    words: CapabilitySet
    explained: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """What stands between a release and the user's disk.

    `explicit` are the powers that need a yes of their own, `widened` those that the release has
    beyond the one before it; what is approved is in neither.
    """

    explicit: CapabilitySet = NOTHING
    widened: CapabilitySet = NOTHING

    @property
    def open(self) -> bool:
        """Whether nothing is missing."""
        return not self.explicit and not self.widened

    @property
    def missing(self) -> CapabilitySet:
        """Every power that has to be approved first."""
        return self.explicit | self.widened


def gate(old: CapabilitySet | None, new: CapabilitySet, granted: CapabilitySet) -> Gate:
    """What of `new` still needs a yes, where `granted` has been approved already.

    `old` is what the release before it could do, None where there was none: then nothing widens.
    That a power was there before is no yes to it, where one is always needed: a lockfile records
    decisions, it does not make them.
    """
    widened = NOTHING if old is None else (new - old) - granted
    return Gate(needs_approval(new) - granted, widened)
