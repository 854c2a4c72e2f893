"""One commit on top of another, written by one git process without a work tree."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from agentpm.errors import AgentpmError
from agentpm.git import Git, failure

MAIN = "refs/heads/main"
"""The branch of the registries that agentpm makes."""


class NoIdentity(AgentpmError):
    """A commit without a name to put on it."""

    code = "no-identity"


@dataclass(frozen=True, slots=True)
class Draft:
    """A commit to be made: on which one (None: the first), with which files changed, by whom.

    `author` is a line as git writes it, `Name <mail> seconds +zone`. `force` lets the ref move to
    a commit that does not follow from where it stands; otherwise the ref moves only from `parent`.
    """

    ref: str
    parent: str | None
    files: Mapping[str, bytes]
    message: str
    author: str
    force: bool = False


def identity() -> str:
    """Who git says the user is, with the time, as `Draft.author` wants it.

    Raises:
        NoIdentity: nobody told git.
    """
    ran = Git(None).attempt("var", "GIT_AUTHOR_IDENT")
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
        now = int(datetime.now(UTC).timestamp())
        return f"someone <someone@localhost> {now} +0000"


def name_of(author: str) -> str:
    """`Name <mail>`, without the time."""
    return author[: author.rindex(">") + 1]


def make_commit(git: Git, draft: Draft) -> str | None:
    """Write the commit, then move its ref to it; the commit's id, None where the ref had moved.

    The ref moves last, in one step: whatever happens before, nothing of it is visible. (`git
    fast-import`, <https://git-scm.com/docs/git-fast-import>.)

    Raises:
        GitFailure: the commit cannot be written.
    """
    force = ("--force",) if draft.force else ()
    ran = git.attempt("fast-import", "--quiet", "--done", *force, feed=_stream(draft))
    commit = ran.out.decode(errors="replace").strip()
    if ran.code and re.search(r"Not updating|cannot lock ref", ran.talk):
        return None
    if ran.code or not re.fullmatch(r"[0-9a-f]{40,64}", commit):
        raise failure("fast-import", ran.talk)
    return commit


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
