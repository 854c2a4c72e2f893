"""One file of any git repository, at a revision: for agents that a manifest names by `git`."""

from __future__ import annotations

import re
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError
from agentpm.git import ENCRYPTED_ONLY, Git, Objects
from agentpm.limits import LIMITS, Limits
from agentpm.registry.address import Address, UnusableAddress, parse_address
from agentpm.registry.ssh import ssh_settings
from agentpm.registry.unreachable import repository_silent, repository_unreachable
from agentpm.transfer import Silence, Transfer
from agentpm.values import dataclass

_REF = "refs/agentpm/wanted"
_CONFIG = b"[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
_FETCH = ("fetch", "--progress", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance")
_SETTINGS = ("core.fsync=none", "transfer.unpackLimit=1")


class NoSuchRevision(AgentpmError):
    """A repository without the revision, or a revision without the file."""

    code = "no-such-revision"


@dataclass(frozen=True, slots=True)
class GitFile:
    """The bytes of a file, with the id of the commit they were read at."""

    commit: str
    content: bytes


def read_git_file(url: str, rev: str, path: str, limits: Limits = LIMITS) -> GitFile:
    """Read `path` in the repository at `url`, at a branch, tag or commit `rev`.

    One commit is fetched where the server can do that, into a directory that is gone afterwards.

    Raises:
        NoSuchRevision: there is no such revision, or no such file in it.
        RepositoryUnreachable, UnusableAddress, InsecureRegistry: the repository cannot be asked.
        TooLarge: it sends more than the limits permit.
    """
    address = parse_address(url)
    if address.is_sparse:
        raise UnusableAddress(
            f"`{address.public}` is read as files, and has no revisions",
            hint="give the address of its git repository",
        )
    # Few manifests name agents by their repositories.
    import tempfile  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="agentpm-") as folder:
        directory = Path(folder) / "clone.git"
        _prepare(directory)
        git = Git(directory, (*_SETTINGS, *ENCRYPTED_ONLY, *ssh_settings(address)), address.login)
        try:
            _fetch(Transfer(git, address.public, directory / "objects", limits), address, rev)
        except Silence as silence:
            raise repository_silent(address.public, silence) from None
        with git.objects() as objects:
            commit = _commit(objects, address, rev)
            return GitFile(commit, _content(objects, address, f"{commit}:{path}"))


def _prepare(directory: Path) -> None:
    """Make a directory what git takes for a repository, without asking git to."""
    fs.make_directory(directory / "objects")
    fs.make_directory(directory / "refs")
    fs.write(directory / "HEAD", b"ref: refs/heads/main\n")
    fs.write(directory / "config", _CONFIG)


def _fetch(transfer: Transfer, address: Address, rev: str) -> None:
    ran = transfer.attempt(*_FETCH, "--depth=1", operands=[address.url, f"+{rev}:{_REF}"])
    if ran.code == 0:
        return
    if not re.search(r"couldn't find remote ref|not our ref|unadvertised", ran.talk):
        raise repository_unreachable(address.public, ran.talk)
    # A short commit id, or a server that gives commits only by name: look through all of them.
    ran = transfer.attempt(*_FETCH, operands=[address.url, "+refs/*:refs/*"])
    if ran.code:
        raise repository_unreachable(address.public, ran.talk)


def _commit(objects: Objects, address: Address, rev: str) -> str:
    for name in (_REF, rev):
        for _, found in objects.read([f"{name}^{{commit}}"], limit=0):
            if found is not None:
                return found.id
    raise NoSuchRevision(
        f"`{address.public}` has no revision `{rev}`", hint="give a branch, a tag or a commit"
    )


def _content(objects: Objects, address: Address, name: str) -> bytes:
    for _, found in objects.read([name], limit=fs.MIB):
        if found is not None and found.kind == "blob" and found.content is not None:
            return found.content
    commit, _, path = name.partition(":")
    raise NoSuchRevision(
        f"`{address.public}` has no file `{path}` at commit {commit[:12]}",
        hint="give the path from the top of the repository",
    )
