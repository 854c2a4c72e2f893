"""One commit on top of another, written without a work tree."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.errors import AgentpmError
from agentpm.values import dataclass, replace

if TYPE_CHECKING:
    from agentpm import git
    from agentpm.git import Git
else:
    git = lazy.module("agentpm.git")

MAIN = "refs/heads/main"
"""The branch of the registries that agentpm makes."""

UNSIGNED = "refs/agentpm/unsigned"
"""Where a commit stands until it has its signature; nobody fetches or pushes that."""


class NoIdentity(AgentpmError):
    """A commit without a name to put on it."""

    code = "no-identity"


class CommitNotSigned(AgentpmError):
    """A commit that git is configured to sign, and could not sign."""

    code = "commit-not-signed"


@dataclass(frozen=True, slots=True)
class Draft:
    """A commit to be made: on which one (None: the first), with which files changed, by whom.

    `author` is a line as git writes it, `Name <mail> seconds +zone`. `force` lets the ref move to
    a commit that does not follow from where it stands; otherwise the ref moves only from `parent`.
    With `sign` the commit is signed, by whatever `gpg.format` and `user.signingKey` say.
    """

    ref: str
    parent: str | None
    files: Mapping[str, bytes]
    message: str
    author: str
    force: bool = False
    sign: bool = False


def signs() -> bool:
    """Whether the user's git is configured to sign every commit (`commit.gpgSign`)."""
    ran = git.Git(None).attempt("config", "--type=bool", "--get", "commit.gpgSign")
    return ran.out.strip() == b"true"


def identity() -> str:
    """Who git says the user is, with the time, as `Draft.author` wants it.

    Raises:
        NoIdentity: nobody told git.
    """
    ran = git.Git(None).attempt("var", "GIT_AUTHOR_IDENT")
    if ran.code:
        raise NoIdentity(
            "a release carries its publisher's name, but git does not know yours",
            hint="`git config --global user.name 'Your Name'` and "
            "`git config --global user.email you@example.org`",
        )
    return ran.out.decode(errors="replace").strip()


def local_identity() -> str:
    """The same for commits that stay on this machine: there, a nameless user will do."""
    try:
        return identity()
    except NoIdentity:
        return f"someone <someone@localhost> {int(time.time())} +0000"


def name_of(author: str) -> str:
    """`Name <mail>`, without the time."""
    return author[: author.rindex(">") + 1]


def make_commit(repository: Git, draft: Draft) -> str | None:
    """Write the commit, then move its ref to it; the commit's id, None where the ref had moved.

    The ref moves last, in one step: whatever happens before, nothing of it is visible.

    Raises:
        GitFailure: the commit cannot be written.
        CommitNotSigned: it is to be signed, and cannot be.
    """
    if not draft.sign:
        return _import(repository, draft)
    # `git fast-import` writes trees quickly, but knows no signatures.
    unsigned = _import(repository, replace(draft, ref=UNSIGNED, force=True))
    if unsigned is None:
        raise git.GitFailure(f"`{UNSIGNED}` cannot be moved")
    commit = _signed(repository, draft, unsigned)
    before = () if draft.force else (draft.parent or "0" * len(commit),)
    moved = repository.attempt("update-ref", operands=[draft.ref, commit, *before])
    if moved.code and not re.search(r"cannot lock ref", moved.talk):
        raise git.failure("update-ref", moved.talk)
    repository.run("update-ref", "-d", operands=[UNSIGNED])
    return None if moved.code else commit


def _import(repository: Git, draft: Draft) -> str | None:
    """Make the commit by `git fast-import` (<https://git-scm.com/docs/git-fast-import>)."""
    force = ("--force",) if draft.force else ()
    ran = repository.attempt("fast-import", "--quiet", "--done", *force, feed=_stream(draft))
    commit = ran.out.decode(errors="replace").strip()
    if ran.code and re.search(r"Not updating|cannot lock ref", ran.talk):
        return None
    if ran.code or not re.fullmatch(r"[0-9a-f]{40,64}", commit):
        raise git.failure("fast-import", ran.talk)
    return commit


def _signed(repository: Git, draft: Draft, unsigned: str) -> str:
    """The same commit once more, with the user's signature."""
    parents = ["-p", draft.parent] if draft.parent is not None else []
    ran = repository.attempt(
        *("commit-tree", "-S", *parents, "-F", "-"),
        operands=[f"{unsigned}^{{tree}}"],
        feed=draft.message.encode(),
    )
    commit = ran.out.decode(errors="replace").strip()
    if ran.code == 0 and re.fullmatch(r"[0-9a-f]{40,64}", commit):
        return commit
    said = git.failure("commit-tree", ran.talk)
    raise CommitNotSigned(
        "git is configured to sign commits, and could not sign this one",
        details=said.details,
        hint="the key must be usable without a question, as `ssh-add` or a gpg agent makes it; "
        "`git config --global commit.gpgSign false` turns signing off",
    )


def _stream(draft: Draft) -> bytes:
    message = draft.message.encode()
    parts = [
        f"commit {draft.ref}\nmark :1\nauthor {draft.author}\ncommitter {draft.author}\n".encode(),
        b"data %d\n%s\n" % (len(message), message),
    ]
    if draft.parent is not None:
        parts.append(f"from {draft.parent}\n".encode())
    for path, content in sorted(draft.files.items()):
        parts.append(f"M 100644 inline {path}\ndata {len(content)}\n".encode())
        parts += [content, b"\n"]
    parts.append(b"\nget-mark :1\ndone\n")
    return b"".join(parts)
