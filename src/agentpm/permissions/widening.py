"""What one release can do that the one before it could not, for a person to decide on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.grants import GRANT_KEYS, Grants
from agentpm.permissions.approval import Lacking
from agentpm.permissions.capability import CapabilitySet
from agentpm.permissions.phrases import by_danger, in_words
from agentpm.permissions.report import Report, capabilities
from agentpm.permissions.table import ToolTable
from agentpm.values import dataclass
from agentpm.visible import visible


class PermissionWidened(AgentpmError):
    """A release that can do more than the one before it, and nobody said yes to that."""

    code = "permission-widened"
    exit_code = ExitCode.REFUSED
    lacking: tuple[Lacking, ...] = ()
    """What a yes to would let it through."""


def widening(old: CapabilitySet, new: CapabilitySet) -> CapabilitySet:
    """The powers in `new` that `old` does not cover: empty where nothing is gained."""
    return new - old


@dataclass(frozen=True, slots=True)
class LiteralChange:
    """One key that two files write differently; None where a file does not have the line."""

    key: str
    before: str | None
    after: str | None

    def lines(self) -> tuple[str, ...]:
        """The change as the two lines of a difference."""
        return tuple(
            f"{sign} {self.key}: {text}".rstrip()
            if text is not None
            else f"{sign} no {self.key} line"
            for sign, text in (("-", self.before), ("+", self.after))
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """What changes from one file to another: in power, which decides, and in letter."""

    added: CapabilitySet
    dropped: CapabilitySet
    literal: tuple[LiteralChange, ...]

    @property
    def widens(self) -> bool:
        """Whether there is more power than before."""
        return bool(self.added)


def compare(old: Grants, new: Grants, table: ToolTable) -> Difference:
    """The difference between two files under one tool table."""
    before, after = (capabilities(grants, table).capabilities for grants in (old, new))
    return Difference(after - before, before - after, literal_changes(old, new))


def literal_changes(old: Grants, new: Grants) -> tuple[LiteralChange, ...]:
    """The keys whose values differ, in the order of `GRANT_KEYS`."""
    pairs = ((key, _text(old, key), _text(new, key)) for key in GRANT_KEYS)
    return tuple(LiteralChange(*pair) for pair in pairs if pair[1] != pair[2])


def _text(grants: Grants, key: str) -> str | None:
    return _written(grants.get(key)) if key in grants else None


def _written(value: Any) -> str:
    """A value on one line, lists of texts as people write them."""
    if value is None:
        return ""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return visible(", ".join(value))
    return visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def describe_widening(
    added: CapabilitySet, new: Report, literal: Iterable[LiteralChange] = ()
) -> tuple[str, ...]:
    """`added` for the person who decides: the one new power first, then all that belongs to it.

    The order is that of a reader with five seconds: what it can now do, what else, the programs
    with their whole command lines, the lines of the files, where the power comes from.
    """
    return tuple(_description(added, new, literal))


def _description(
    added: CapabilitySet, new: Report, literal: Iterable[LiteralChange]
) -> Iterator[str]:
    first, *rest = by_danger(added.members) or ("",)
    if first:
        yield f"can now {in_words(first)}"
    others = dict.fromkeys(in_words(word) for word in rest)
    others.pop(in_words(first), None)
    if others:
        yield f"can also {', '.join(others)}"
    for program in new.programs:
        if program.capability in added.members:
            yield f"{program.title}: {visible(program.command)}"
    for change in literal:
        yield from change.lines()
    told = {program.capability for program in new.programs}
    for word in (first, *rest):
        if word not in told:
            yield from (f"{word}: from {reason.text}" for reason in new.why(word)[:1])
