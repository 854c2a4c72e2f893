"""What one agent file can do that another cannot."""

from __future__ import annotations

from agentpm.ops.here import look_here
from agentpm.ops.judge import table
from agentpm.ops.parts import Parts
from agentpm.ops.side import Side, read_side
from agentpm.permissions.report import Report, capabilities
from agentpm.permissions.widening import Difference, compare, describe_widening
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class PermissionDiff:
    """Two agents as published, without overrides; `explained` says what is gained in plain words."""

    old: Side
    new: Side
    could: Report
    can: Report
    difference: Difference
    explained: tuple[str, ...]


def permission_diff(parts: Parts, old: str, new: str) -> PermissionDiff:
    """Compare two releases, two files, or one of each (see `read_side`).

    Raises:
        NoSuchFile, NoSuchPackage, NoSuchRelease, MalformedAgent: a side cannot be had.
    """
    here = look_here(parts)
    before, after = read_side(here, old), read_side(here, new)
    tools = table()
    difference = compare(before.grants, after.grants, tools)
    could, can = (capabilities(side.grants, tools) for side in (before, after))
    explained = describe_widening(difference.added, can, difference.literal)
    return PermissionDiff(before, after, could, can, difference, explained)
