"""Changes for a registry that go onto a branch of their own, for somebody to merge."""

from __future__ import annotations

from collections.abc import Sequence

from agentpm.errors import AgentpmError
from agentpm.registry.edits import Edit
from agentpm.registry.proposal import BranchStands, Proposal, TakesProposals
from agentpm.registry.protocol import Registry
from agentpm.values import dataclass, replace

STATES = 9
"""How many states of one change get branches of their own where none can be moved."""


class NoBranches(AgentpmError):
    """A registry that has no branches to propose anything on."""

    code = "no-branches"


@dataclass(frozen=True, slots=True)
class Route:
    """That a change is to be proposed on a branch, called `branch` (None: named for the change)."""

    branch: str | None = None

    def branches(self, default: str) -> tuple[str, ...]:
        """The branches for a change, of which each is for a state that the one before cannot take.

        `default` is what the change is called after; a name that somebody gave is the only one.
        """
        if self.branch is not None:
            return (self.branch,)
        return (default, *(f"{default}-{state}" for state in range(2, STATES + 1)))


def propose(
    registry: Registry, label: str, edit: Edit, message: str, branches: Sequence[str]
) -> Proposal | None:
    """Put an edit on a branch of the registry called `label`; None where it says all of it already.

    That is the first of `branches` that can be had: some servers let nobody move a branch.

    Raises:
        NoBranches: the registry takes changes in no such way.
        UnusableBranch, PublishRefused, NoIdentity: the registry refuses.
    """
    if not isinstance(registry, TakesProposals):
        raise NoBranches(
            f"`{label}` takes no proposals: there is nobody to merge them",
            hint="leave out `--branch`, or name a registry behind a git URL with `--registry`",
        )
    for branch in branches[:-1]:
        try:
            return _instead(registry.propose(edit, message, branch), branches[0])
        except BranchStands:
            continue
    return _instead(registry.propose(edit, message, branches[-1]), branches[0])


def _instead(proposal: Proposal | None, wanted: str) -> Proposal | None:
    if proposal is None or proposal.branch == wanted:
        return proposal
    return replace(proposal, instead_of=wanted)
