"""A bare, partial clone of a remote index, kept in the cache.

It has no work tree, and is shallow and without the agents' bytes where the server can leave them
out. What one command needs is asked for in at most two requests: commits with trees, then the
missing blobs by id, all at once. Git's own lazy fetching, blob by blob, never happens, since only
the fetches themselves are told that this clone is partial.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agentpm import fs
from agentpm.git import ENCRYPTED_ONLY, Git, GitFailure, Objects, Ran
from agentpm.registry.address import Address
from agentpm.registry.commit import UNSIGNED
from agentpm.registry.unreachable import CloneLost, is_race, refused, told, unreachable
from agentpm.values import dataclass

_TIP = "refs/agentpm/tip"
_WHOLE = "refs/agentpm/whole"
_OTHER = "refs/agentpm/other"
OUTGOING = "refs/agentpm/outgoing"
_LOCKS = (
    *("shallow.lock", "HEAD.lock", "packed-refs.lock"),
    *(f"{ref}.lock" for ref in (_TIP, _WHOLE, OUTGOING, UNSIGNED, _OTHER)),
)
_FETCH = (
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--no-show-forced-updates",
)
_PARTIAL = ("remote.agentpm.promisor=true", "remote.agentpm.partialclonefilter=blob:none")
# A clone can be had again, so it need not survive a power cut; a damaged one is noticed.
_CACHE = ("core.fsync=none", "transfer.unpackLimit=1", "fastimport.unpackLimit=1")
_MANY_PACKS = 100


@dataclass(frozen=True, slots=True)
class Mirror:
    """The clone in `directory` of the repository at `address`.

    Its methods are to be called under the lock of its registry.
    """

    directory: Path
    address: Address

    @property
    def git(self) -> Git:
        """For reading what is there, and only that."""
        return Git(self.directory, _CACHE)

    @property
    def _secure(self) -> tuple[str, ...]:
        return () if self.address.url.startswith(("http:", "git:")) else ENCRYPTED_ONLY

    @property
    def _remote(self) -> Git:
        # A local repository loses nothing by being copied whole, in one request instead of three.
        partial = () if self.address.is_local else _PARTIAL
        return Git(self.directory, (*_CACHE, *self._secure, *partial), self.address.login)

    def fetch_tip(self, objects: Objects, seen: str | None) -> str:
        """The newest index commit, now in the clone with its trees, and with the way from `seen`.

        Raises:
            RegistryUnreachable, InsecureRegistry: the repository cannot be asked.
            NotARegistry: it has no commits.
        """
        self._prepare()
        if seen is not None and not has(objects, seen):
            # The cache was emptied. A server that will not give the old commit by its id (or no
            # longer has it) is asked for all commits; whether it is among them is seen then.
            self._fetch(("--depth=1",), [f"+{seen}:refs/agentpm/seen"])
        depth = ("--depth=1",) if seen is None else ()
        ran = self._fetch(depth, [f"+HEAD:{_TIP}"])
        if ran.code:
            raise unreachable(self.address.public, ran.talk)
        return self._read_tip()

    def fetch_blobs(self, ids: Sequence[str]) -> None:
        """Get blobs by their ids, all in one request; from a server that gives none so, everything.

        Raises:
            RegistryUnreachable, InsecureRegistry: the repository cannot be asked.
        """
        feed = "".join(f"{blob}\n" for blob in ids).encode()
        # A server told of commits that are here takes their blobs to be here as well.
        silent = "fetch.negotiationAlgorithm=noop"
        git = replace(self._remote, settings=(*self._remote.settings, silent))
        ran = git.attempt(*_FETCH, "--stdin", operands=["agentpm"], feed=feed)
        if ran.code and "unadvertised object" in ran.talk:
            # A host that leaves blobs out, and speaks the old protocol, in which ids are secrets.
            whole = replace(self._remote, settings=(*_CACHE, *self._secure))
            options = ("--refetch", "--depth=1")
            ran = whole.attempt(*_FETCH, *options, operands=["agentpm", f"+HEAD:{_WHOLE}"])
        if ran.code:
            raise unreachable(self.address.public, ran.talk)

    def descends(self, tip: str, ancestor: str) -> bool:
        """Whether `ancestor` is in the history of `tip`."""
        ran = self.git.attempt("merge-base", "--is-ancestor", operands=[ancestor, tip])
        return ran.code == 0

    def branch(self) -> str:
        """The branch that readers of the registry follow (one request).

        Raises:
            RegistryUnreachable, InsecureRegistry: the repository cannot be asked.
        """
        ran = self._remote.attempt("ls-remote", "--symref", operands=["agentpm", "HEAD"])
        if ran.code:
            raise unreachable(self.address.public, ran.talk)
        match = re.match(rb"ref: (refs/heads/\S+)\tHEAD\n", ran.out)
        return match[1].decode() if match else "refs/heads/main"

    def push(self, commit: str, branch: str) -> bool:
        """Offer a commit as the next one of `branch`; False where another was quicker.

        Raises:
            PublishRefused: the server does not take it.
            RegistryUnreachable, InsecureRegistry: the repository cannot be asked.
        """
        return self._push((), f"{commit}:{branch}") is not None

    def standing(self, branch: str) -> str | None:
        """The commit at which `branch` of the server stands, None where there is none.

        Raises:
            RegistryUnreachable, InsecureRegistry: the repository cannot be asked.
        """
        ran = self._remote.attempt("ls-remote", operands=["agentpm", branch])
        if ran.code:
            raise unreachable(self.address.public, ran.talk)
        named = (line.partition("\t") for line in ran.out.decode(errors="replace").splitlines())
        return next((commit for commit, _, name in named if name == branch), None)

    def offer(self, commit: str, branch: str, instead: str | None) -> tuple[str, ...] | None:
        """Make `branch` stand at `commit` if it stands at `instead` (None: nowhere) until then.

        What the server said; None where the branch stands elsewhere by now. Raises as `push` does.
        """
        return self._push((f"--force-with-lease={branch}:{instead or ''}",), f"{commit}:{branch}")

    def get_branch(self, branch: str) -> None:
        """Get the commit at which `branch` of the server stands into the clone.

        Raises:
            RegistryUnreachable, InsecureRegistry: the repository cannot be asked.
        """
        ran = self._fetch((), [f"+{branch}:{_OTHER}"])
        if ran.code:
            raise unreachable(self.address.public, ran.talk)

    def _push(self, options: tuple[str, ...], refs: str) -> tuple[str, ...] | None:
        """Push; what the server said, or None after a lost race."""
        ran = self._remote.attempt(
            # Not thin: git would look for the base of a delta among blobs that are not here.
            *("push", "--porcelain", "--no-thin", "--no-verify", *options),
            operands=["agentpm", refs],
        )
        if ran.code == 0:
            return told(ran.talk)
        refusal = re.search(r"^!\t[^\t]*\t(.*)$", ran.out.decode(errors="replace"), re.MULTILINE)
        if refusal is None:
            problem = unreachable(self.address.public, ran.talk)
            if not isinstance(problem, CloneLost):
                raise problem
            raise refused(self.address.public, problem.message, ran.talk)
        if is_race(refusal[1]):
            return None
        raise refused(self.address.public, refusal[1], ran.talk)

    def is_worn(self) -> bool:
        """Whether so many syncs have left their packs here that reading has become slow."""
        names = fs.entries(self.directory / "objects" / "pack")
        return sum(name.endswith(".pack") for name in names) > _MANY_PACKS

    def tidy(self) -> bool:
        """Put all packs together in one, without asking the server; False where git cannot."""
        # The index for counting objects is for those who serve a repository.
        options = ("-a", "-d", "-q", "-n")
        git = replace(self._remote, settings=(*self._remote.settings, "repack.writeBitmaps=false"))
        return git.attempt("repack", *options).code == 0

    def wipe(self) -> None:
        """Throw the clone away."""
        fs.clear(self.directory)

    def moved(self) -> float:
        """When the newest commit arrived, in seconds since the epoch; 0 where none did."""
        found = fs.stamp(self.directory / _TIP)
        return found.mtime / 1e9 if found else 0.0

    def _fetch(self, options: tuple[str, ...], refs: Sequence[str]) -> Ran:
        return self._remote.attempt(*_FETCH, *options, operands=["agentpm", *refs])

    def _prepare(self) -> None:
        """Make the clone's directory what git takes for a repository, without asking git to."""
        found = fs.stamp(self.directory)
        if found is not None and not found.is_directory:
            self.wipe()
        pack = self.directory / "objects" / "pack"
        config = _CONFIG.format(url=_quoted(self.address.url)).encode()
        if fs.read(self.directory / "config", limit=65536) != config:
            # The configuration may hold a password: nobody else needs to look in here.
            fs.make_directory(self.directory, private=True)
            fs.make_directory(pack)
            fs.make_directory(self.directory / "refs" / "agentpm")
            fs.write(self.directory / "HEAD", b"ref: refs/heads/agentpm\n")
            fs.write(self.directory / "config", config)
        # What a killed git left; under the lock nobody else can be at work here.
        for name in _LOCKS:
            fs.remove(self.directory / name)
        for name in fs.entries(pack):
            if name.startswith(("tmp_", ".tmp-")):
                fs.remove(pack / name)

    def _read_tip(self) -> str:
        raw = fs.read(self.directory / _TIP, limit=1024)
        if raw is None or not re.fullmatch(rb"[0-9a-f]{40,64}\n?", raw):
            raise CloneLost(f"`{self.directory}` has no tip")
        return raw.decode().strip()


_CONFIG = """\
[core]
\trepositoryformatversion = 0
\tbare = true
\tlogAllRefUpdates = false
[remote "agentpm"]
\turl = {url}
"""


def _quoted(url: str) -> str:
    """A value of git's configuration, whatever it holds (addresses have no control characters)."""
    return '"' + url.replace("\\", "\\\\").replace('"', '\\"') + '"'


def has(objects: Objects, commit: str) -> bool:
    """Whether a repository has the commit; one that is damaged, or not there, has none."""
    try:
        return dict(objects.read([commit], limit=1 << 20))[commit] is not None
    except GitFailure:
        return False
