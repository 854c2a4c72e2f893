"""Opening a source: a directory, a git repository on this machine, or one to be cloned."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError
from agentpm.git import ENCRYPTED_ONLY, Git
from agentpm.limits import LIMITS, Limits
from agentpm.registry.address import Address, InsecureRegistry, UnusableAddress, parse_address
from agentpm.registry.ssh import ssh_settings
from agentpm.registry.unreachable import unreachable
from agentpm.transfer import Silence, Transfer
from agentpm.values import dataclass


class UnusableSource(AgentpmError):
    """A place from which no agents can be imported."""

    code = "unusable-source"


@dataclass(frozen=True, slots=True)
class Source:
    """A source that can be read: `git` where it is a repository, else the files in `directory`.

    `repository` is a URL under which others know it, if there is one. No path of this machine is
    one.
    """

    shown: str
    directory: Path
    git: Git | None
    repository: str | None


@contextmanager
def opened(
    where: str, scratch: Path, *, offline: bool = False, limits: Limits = LIMITS
) -> Iterator[Source]:
    """The source at `where`, a path or a URL; a clone lives in `scratch` until it is closed.

    Raises:
        UnusableSource: nothing is there, it is no address, or it cannot be cloned.
        InsecureRegistry: it is an address that is not encrypted.
        TooLarge: it sends more than the limits permit.
    """
    path = Path(where)
    if "://" not in where and fs.stamp(path) is not None:
        yield _local(where, path.resolve())
        return
    address = _address(where)
    if "://" not in where and address.is_local:
        raise UnusableSource(
            f"`{address.public}` does not exist",
            hint="give a directory, or the URL of a repository",
        )
    if offline and not address.is_local:
        raise UnusableSource(
            f"`{address.public}` is not on this machine, and `--offline` was asked for",
            hint="clone it while there is a network, and import the clone",
        )
    fs.make_directory(scratch)
    with tempfile.TemporaryDirectory(dir=scratch, prefix="source-") as temporary:
        clone = Path(temporary) / "clone.git"
        _clone(address, clone, limits)
        yield Source(address.public, clone, Git(clone), address.public)


def _local(where: str, path: Path) -> Source:
    if not path.is_dir():
        raise UnusableSource(
            f"`{where}` is not a directory", hint="`agentpm publish FILE` publishes single files"
        )
    directory = git_directory(path)
    if directory is None:
        return Source(where, path, None, None)
    git = Git(directory)
    ran = git.attempt("config", "--local", "--get", "remote.origin.url")
    return Source(where, path, git, _public(ran.out.decode(errors="replace").strip()))


def git_directory(path: Path) -> Path | None:
    """The directory of the repository whose root `path` is, with a work tree or without."""
    inner = path / ".git"
    if inner.is_dir():
        return inner
    linked = fs.read(inner, limit=4096)
    if linked is not None and linked.startswith(b"gitdir:"):
        return (path / linked[7:].decode(errors="surrogateescape").strip()).resolve()
    bare = ("HEAD", "objects", "refs")
    return path if all(fs.stamp(path / name) is not None for name in bare) else None


def _public(url: str) -> str | None:
    """A remote's URL without a password; None where it means something to this machine only."""
    try:
        address = parse_address(url, allow_insecure=True)
    except UnusableAddress:
        return None
    return None if address.is_local else address.public


def _address(where: str) -> Address:
    try:
        address = parse_address(where)
        if address.is_sparse:
            raise UnusableSource(
                f"`{address.public}` is a registry that is read as files, and has no history",
                hint="give the address of the git repository behind it",
            )
        return address
    except UnusableAddress:
        shown = "".join(c if c.isprintable() else "?" for c in where[:80]).rpartition("@")[2]
        raise UnusableSource(
            f"`{shown}` is neither a directory nor the URL of a repository",
            hint="write a path that exists, an `https://` or `ssh://` URL, or `user@host:path`",
        ) from None
    except InsecureRegistry as error:
        raise InsecureRegistry(
            error.message, hint="use its `https://` or `ssh://` address, or clone it yourself"
        ) from None


def _clone(address: Address, clone: Path, limits: Limits) -> None:
    settings = (*ENCRYPTED_ONLY, *ssh_settings(address), "core.fsync=none")
    transfer = Transfer(Git(None, settings, address.login), address.public, clone, limits)
    command = ("clone", "--bare", "--progress", "--template=", "--no-recurse-submodules")
    try:
        ran = transfer.attempt(*command, operands=[address.url, str(clone)])
    except Silence as silence:
        raise UnusableSource(
            f"could not clone `{address.public}`: {silence}", hint="check the network"
        ) from None
    if ran.code:
        problem = unreachable(address.public, ran.talk)
        if isinstance(problem, InsecureRegistry):
            raise problem
        raise UnusableSource(
            f"could not clone `{address.public}`",
            hint=f"try `git ls-remote {address.public}`: git's credential helper or ssh-agent "
            "must know the login",
            details=problem.details,
        )
