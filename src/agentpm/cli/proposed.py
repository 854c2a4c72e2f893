"""How a change reads that waits on a branch for somebody to merge it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from agentpm.cli.talk import Talk
from agentpm.ops.sending import Route
from agentpm.registry.proposal import Proposal

Branch = Annotated[
    bool,
    typer.Option(
        "--branch", help="Push a branch of its own, for somebody to merge, not the main one."
    ),
]
BranchName = Annotated[
    str | None,
    typer.Option("--branch-name", metavar="NAME", help="The same, and what to call the branch."),
]


def route_of(branch: bool, name: str | None) -> Route | None:  # noqa: FBT001 # two flags
    """What `--branch` and `--branch-name` say together."""
    return Route(name) if branch or name is not None else None


def tell(talk: Talk, proposal: Proposal, registry: str) -> None:
    """Say what is left to do, with the server's own words, which often hold an address."""
    if not proposal.is_new:
        talk.note(
            f"`{proposal.branch}` of `{registry}` proposes the same already: nothing was sent"
        )
    if proposal.instead_of is not None:
        talk.note(
            f"`{proposal.instead_of}` holds another state of this, and `{registry}` lets nobody "
            "rewrite a branch: a request for it can be closed"
        )
    for line in proposal.told:
        talk.note(f"  {registry} says: {line}")
    talk.note(
        f"next: open a request to merge `{proposal.branch}` where `{registry}` is hosted; "
        "until it is merged, nobody gets this"
    )


def proposal_lines(proposal: Proposal) -> Iterator[str]:
    """The commit on its branch."""
    yield f"  branch {proposal.branch}, commit {proposal.commit[:12]}"


def proposal_data(proposal: Proposal | None) -> dict[str, Any] | None:
    """The same as JSON data; None where nothing waits."""
    if proposal is None:
        return None
    return {"name": proposal.branch, "commit": proposal.commit, "told": list(proposal.told)}
