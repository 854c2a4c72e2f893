"""Changes to a registry that somebody else is to merge: commits on a branch of their own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.release import Release
from agentpm.values import dataclass

if TYPE_CHECKING:
    from agentpm.registry.edits import Edit


class UnusableBranch(AgentpmError):
    """A branch on which nothing can be proposed."""

    code = "unusable-branch"
    exit_code = ExitCode.USAGE


class BranchStands(UnusableBranch):
    """A branch with another state of the same person's change, which may not be moved."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that waits on `branch` as the commit `commit`.

    `told` is what the server said, a line each; there, git hosts print the address at which a
    request for the branch is opened. `is_new` is False where the change stood there already.
    `instead_of` is the branch with another state of the change that could not be moved, if any.
    """

    branch: str
    commit: str
    told: tuple[str, ...]
    is_new: bool = True
    instead_of: str | None = None


@runtime_checkable
class TakesProposals(Protocol):
    """A registry with branches beside the one that its readers follow."""

    def propose(self, edit: Edit, message: str, branch: str) -> Proposal | None:
        """Make an edit on `branch`; None where the registry says all of it already.

        Raises `UnusableBranch`, `PublishRefused`, and whatever the edit raises.
        """
        ...


def branch_for(verb: str, releases: Sequence[Release]) -> str:
    """The branch for a change, the same for the same change: `publish/lead-1.0.0`."""
    first, more = releases[0], len(releases) - 1
    name = f"{verb}/{first.name}-{first.version}"
    return f"{name}-and-{more}-more" if more else name


def same_but_for_time(one: bytes, other: bytes) -> bool:
    """Whether two files of an index say the same, but for when it was published and signed."""
    if one == other:
        return True
    try:
        return _timeless(one) == _timeless(other)
    except (ValueError, RecursionError):
        return False


def _timeless(content: bytes) -> list[Any]:
    records = [json.loads(line) for line in content.splitlines() if line.strip()]
    return [
        record | {"published": None, "signature": "signature" in record}
        if isinstance(record, dict)
        else record
        for record in records
    ]
