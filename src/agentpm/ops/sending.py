"""Changes for a registry that go onto a branch of their own, for somebody to merge."""

from __future__ import annotations

from agentpm.errors import AgentpmError
from agentpm.registry.edits import Edit
from agentpm.registry.proposal import Proposal, TakesProposals
from agentpm.registry.protocol import Registry
from agentpm.values import dataclass


class NoBranches(AgentpmError):
    """A registry that has no branches to propose anything on."""

    code = "no-branches"


@dataclass(frozen=True, slots=True)
class Route:
    """That a change is to be proposed on a branch, called `branch` (None: named for the change)."""

    branch: str | None = None


def propose(
    registry: Registry, label: str, edit: Edit, message: str, branch: str
) -> Proposal | None:
    """Put an edit on `branch` of the registry called `label`; None where it says all of it already.

    Raises:
        NoBranches: the registry takes changes in no such way.
        UnusableBranch, PublishRefused, NoIdentity: the registry refuses.
    """
    if not isinstance(registry, TakesProposals):
        raise NoBranches(
            f"`{label}` takes no proposals: there is nobody to merge them",
            hint="leave out `--branch`, or name a registry behind a git URL with `--registry`",
        )
    return registry.propose(edit, message, branch)
