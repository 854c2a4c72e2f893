"""Adding to the index behind a git URL: a commit on the newest one, offered until it is taken."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from agentpm import git
from agentpm.model.name import PackageName
from agentpm.registry import commit as committing
from agentpm.registry import gitremote, proposal, trees, unreachable
from agentpm.registry.content import Content
from agentpm.registry.edits import Edit
from agentpm.registry.wire import INDEX_LIMIT
from agentpm.values import dataclass

_TRIES = 200
"""How often a publisher tries again after a lost race; each round, somebody wins."""

_STILL = 50
"""After so many lost races without a winner there is no race, but a lock that somebody left."""


@dataclass(frozen=True, slots=True)
class Index:
    """The index at `source` as its reader has it, whose lock is held meanwhile.

    `newest` is the newest commit, after a look for it; `records` are the index file of a package at
    that commit, `content` all files of commits, `arrive` has the reader take what is a newer one.
    """

    source: str
    newest: Callable[[], str]
    records: Callable[[PackageName], bytes | None]
    content: Callable[[], Content]
    arrive: Callable[[str], None]


class Publisher:
    """Makes edits in the registry behind `mirror`, on top of what is in its `index`."""

    def __init__(self, index: Index, mirror: gitremote.Mirror) -> None:
        self._index = index
        self._mirror = mirror

    def commit(self, edit: Edit, message: str) -> str:
        """Make an edit on the branch that readers follow; the commit with it.

        Raises:
            PublishRefused: the server does not take it, or others are always quicker.
        """
        author, sign, branch = committing.identity(), committing.signs(), ""
        tips: list[str] = []
        for attempt in range(_TRIES):
            tip = self._index.newest()
            tips.append(tip)
            if len(tips) > _STILL and len(set(tips[-_STILL:])) == 1:
                raise _locked_there(self._index.source)
            commit = self._drafted(edit, message, tip, author, sign=sign)
            if commit == tip:
                return commit
            branch = branch or self._mirror.branch()
            if commit is not None and self._mirror.push(commit, branch):
                self._index.arrive(commit)
                return commit
            # Publishers that lost together would otherwise race again together.
            time.sleep(random.uniform(0, min(0.02 * (attempt + 1), 1.0)))  # noqa: S311
        raise unreachable.PublishRefused(
            f"others published to `{self._index.source}` {_TRIES} times while this was tried",
            hint="run the same command again",
        )

    def propose(self, edit: Edit, message: str, branch: str) -> proposal.Proposal | None:
        """Make an edit on a branch that readers do not follow; see `TakesProposals`.

        The branch is made, or moved where its last commit is by the same person; where that makes
        the same edit, it stays.

        Raises:
            UnusableBranch: it is the branch that readers follow, or another person's.
            PublishRefused: the server does not take it.
        """
        ref, tip = f"refs/heads/{branch}", self._index.newest()
        if ref == self._mirror.branch():
            raise proposal.UnusableBranch(
                f"`{branch}` is the branch that readers of `{self._index.source}` follow",
                hint="leave out `--branch` to publish there, or give another name",
            )
        author, standing = committing.identity(), self._mirror.standing(ref)
        if standing is not None:
            self._refuse_foreign(branch, standing, author)
        commit = self._drafted(edit, message, tip, author, sign=committing.signs())
        if commit is None or commit == tip:
            return None
        if standing is not None and self._proposes(edit, standing):
            return proposal.Proposal(branch, standing, (), is_new=False)
        words = self._mirror.offer(commit, ref, standing)
        if words is None:
            raise _taken(branch, self._index.source)
        return proposal.Proposal(branch, commit, words)

    def _refuse_foreign(self, branch: str, standing: str, author: str) -> None:
        """Refuse to move somebody else's branch."""
        self._mirror.get_branch(f"refs/heads/{branch}")
        found = self._index.content().commit(standing)
        own = b"\nauthor " + committing.name_of(author).encode()
        if found is None or own not in found:
            raise _taken(branch, self._index.source)

    def _proposes(self, edit: Edit, standing: str) -> bool:
        """Whether the files of a commit are as the edit would have them, but for the time."""
        wanted = self._edited(edit)
        try:
            content = self._index.content()
            places = trees.locate(content.trees, content.root(standing), wanted)
            blobs = dict(content.blobs(places.values(), INDEX_LIMIT))
        except git.GitFailure:
            # Some servers give only what is on the branch that readers follow.
            return False
        return all(
            path in places and proposal.same_but_for_time(blobs[places[path]] or b"", raw)
            for path, raw in wanted.items()
        )

    def _edited(self, edit: Edit) -> dict[str, bytes]:
        return edit.files({name: self._index.records(name) or b"" for name in edit.names})

    def _drafted(
        self, edit: Edit, message: str, tip: str, author: str, *, sign: bool
    ) -> str | None:
        """A commit with the edit, on the newest one; that one itself where nothing changes."""
        files = self._edited(edit)
        if not files:
            return tip
        draft = committing.Draft(
            gitremote.OUTGOING, tip, files, message, author, force=True, sign=sign
        )
        return committing.make_commit(self._mirror.git, draft)


def check_branch(branch: str) -> None:
    """Refuse what is no name of a branch.

    Raises:
        UnusableBranch: it is none.
    """
    named = git.Git(None).attempt("check-ref-format", operands=[f"refs/heads/{branch}"])
    if branch.startswith("-") or named.code:
        raise proposal.UnusableBranch(
            f"`{branch}` is not the name of a branch", hint="leave it out"
        )


def _locked_there(source: str) -> unreachable.PublishRefused:
    return unreachable.PublishRefused(
        f"the main branch of `{source}` is locked, though nobody moves it",
        hint="a git that was killed there may have left its lock: whoever keeps the registry can "
        "remove a `.lock` file below `refs/heads`",
    )


def _taken(branch: str, source: str) -> proposal.UnusableBranch:
    return proposal.UnusableBranch(
        f"`{source}` has a branch `{branch}` already, with somebody else's work",
        hint="give another name with `--branch-name`",
    )
