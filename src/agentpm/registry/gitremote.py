"""A bare, partial clone of a remote index, kept in the cache.

It has no work tree, and is shallow and without the agents' bytes where the server can leave them
out. What one command needs is asked for in at most two requests: commits with trees, then the
missing blobs by id, all at once. Git's own lazy fetching, blob by blob, never happens, since only
the fetches themselves are told that this clone is partial.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agentpm import fs, lazy
from agentpm.errors import AgentpmError
from agentpm.git import ENCRYPTED_ONLY, Git, GitFailure, Objects, Ran, failure
from agentpm.leash import leashed
from agentpm.limits import LIMITS, Limits
from agentpm.registry.address import Address
from agentpm.registry.commit import UNSIGNED
from agentpm.registry.ssh import ssh_settings
from agentpm.registry.unreachable import (
    CloneLost,
    is_explained,
    is_race,
    refused,
    silent,
    told,
    unreachable,
)
from agentpm.transfer import Silence, Transfer
from agentpm.values import dataclass, replace

if TYPE_CHECKING:
    from agentpm.registry import proposal
else:
    # Only for one of its errors.
    proposal = lazy.module("agentpm.registry.proposal")

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
    # So that work that takes its time is told from silence.
    "--progress",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--no-show-forced-updates",
)
_PARTIAL = ("remote.agentpm.promisor=true", "remote.agentpm.partialclonefilter=blob:none")
# A clone can be had again, so it need not survive a power cut; a damaged one is noticed.
_CACHE = ("core.fsync=none", "transfer.unpackLimit=1", "fastimport.unpackLimit=1")
_MANY_PACKS = 100
_FEW_COMMITS = 16

# Exit codes of `git fsck`: it could not begin; some of the bits 2, 4 and 8, for what is not reachable,
# for packs, for refs. The bit 1 says that somebody wrote an odd object, which is the server's affair.
_FATAL = 128
_MISSING_OR_UNREADABLE = 2 | 4 | 8


@dataclass(frozen=True, slots=True)
class Mirror:
    """The clone in `directory` of the repository at `address`, which is asked within `limits`.

    `meanwhile` is called whenever it is asked, for what would have to be done after it. The
    methods are to be called under the lock of its registry.
    """

    directory: Path
    address: Address
    limits: Limits = LIMITS
    meanwhile: Callable[[], None] | None = None

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
        settings = (*_CACHE, *self._secure, *ssh_settings(self.address), *partial)
        return Git(self.directory, settings, self.address.login)

    def fetch_tip(self, objects: Objects, seen: str | None) -> str:
        """The newest index commit, now in the clone with its trees, and with the way from `seen`.

        Raises:
            RegistryUnreachable, InsecureRegistry: the repository cannot be asked.
            NotARegistry: it has no commits.
            TooLarge: it sends more than the limits permit; so of all methods that ask it.
            CloneLost: the clone is damaged, which is why it could not be asked.
        """
        self._prepare()
        # So that it is ready when the answer is here.
        objects.start()
        if seen is not None and seen != self._tip() and not has(objects, seen):
            # The cache was emptied. A server that will not give the old commit by its id (or no
            # longer has it) is asked for all commits; whether it is among them is seen then.
            self._fetch(("--depth=1",), [f"+{seen}:refs/agentpm/seen"])
        depth = ("--depth=1",) if seen is None else ()
        ran = self._fetch(depth, [f"+HEAD:{_TIP}"])
        if ran.code:
            raise self._problem(ran.talk)
        tip = self._tip()
        if tip is None:
            raise CloneLost(f"`{self.directory}` has no tip")
        return tip

    def fetch_blobs(self, ids: Sequence[str]) -> None:
        """Get blobs by their ids, all in one request; from a server that gives none so, everything.

        Raises:
            RegistryUnreachable, InsecureRegistry: the repository cannot be asked.
        """
        feed = "".join(f"{blob}\n" for blob in ids).encode()
        # A server told of commits that are here takes their blobs to be here as well.
        anew = "fetch.negotiationAlgorithm=noop"
        remote = self._remote
        git = replace(remote, settings=(*remote.settings, anew))
        ran = self._ask(git, *_FETCH, "--stdin", operands=["agentpm"], feed=feed)
        if ran.code and "unadvertised object" in ran.talk:
            # A host that leaves blobs out, and speaks the old protocol, in which ids are secrets.
            settings = tuple(line for line in remote.settings if line not in _PARTIAL)
            whole = replace(remote, settings=settings)
            options = ("--refetch", "--depth=1")
            ran = self._ask(whole, *_FETCH, *options, operands=["agentpm", f"+HEAD:{_WHOLE}"])
        if ran.code:
            raise self._problem(ran.talk)

    def descends(self, objects: Objects, tip: str, ancestor: str) -> bool:
        """Whether `ancestor` is in the history of `tip`."""
        if _is_near(objects, tip, ancestor):
            return True
        ran = self.git.attempt("merge-base", "--is-ancestor", operands=[ancestor, tip])
        return ran.code == 0

    def branch(self) -> str:
        """The branch that readers of the registry follow (one request).

        Raises:
            RegistryUnreachable, InsecureRegistry: the repository cannot be asked.
        """
        ran = self._ask(self._remote, "ls-remote", "--symref", operands=["agentpm", "HEAD"])
        if ran.code:
            raise self._problem(ran.talk)
        match = re.match(rb"ref: (refs/heads/\S+)\tHEAD\n", ran.out)
        return match[1].decode() if match else "refs/heads/main"

    def push(self, commit: str, branch: str) -> bool:
        """Offer a commit as the next one of `branch`; False where another was quicker.

        Raises:
            PublishRefused: the server does not take it.
            RegistryUnreachable, InsecureRegistry: the repository cannot be asked.
        """
        return self._outcome(*self._push((), f"{commit}:{branch}")) is not None

    def standing(self, branch: str) -> str | None:
        """The commit at which `branch` of the server stands, None where there is none.

        Raises:
            RegistryUnreachable, InsecureRegistry: the repository cannot be asked.
        """
        ran = self._ask(self._remote, "ls-remote", operands=["agentpm", branch])
        if ran.code:
            raise self._problem(ran.talk)
        named = (line.partition("\t") for line in ran.out.decode(errors="replace").splitlines())
        return next((commit for commit, _, name in named if name == branch), None)

    def offer(self, commit: str, branch: str, instead: str | None) -> tuple[str, ...] | None:
        """Make `branch` stand at `commit` if it stands at `instead` (None: nowhere) until then.

        What the server said; None where the branch stands elsewhere by now. Raises as `push` does.

        Raises:
            BranchStands: the server lets no branch be moved away from what is on it.
        """
        lease = f"--force-with-lease={branch}:{instead or ''}"
        ran, refusal = self._push((lease,), f"{commit}:{branch}")
        if refusal is not None and "non-fast-forward" in refusal:
            name = branch.removeprefix("refs/heads/")
            raise proposal.BranchStands(
                f"`{name}` holds another state of this change, and `{self.address.public}` lets "
                "nobody rewrite a branch",
                hint="give another name with `--branch-name`",
            )
        return self._outcome(ran, refusal)

    def get_branch(self, branch: str) -> None:
        """Get the commit at which `branch` of the server stands into the clone.

        Raises:
            RegistryUnreachable, InsecureRegistry: the repository cannot be asked.
        """
        ran = self._fetch((), [f"+{branch}:{_OTHER}"])
        if ran.code:
            raise self._problem(ran.talk)

    def _push(self, options: tuple[str, ...], refs: str) -> tuple[Ran, str | None]:
        """Push; also the server's reason, where it did not take it."""
        ran = self._ask(
            self._remote,
            # Not thin: git would look for the base of a delta among blobs that are not here.
            *("push", "--porcelain", "--no-thin", "--no-verify", *options),
            operands=["agentpm", refs],
        )
        if ran.code == 0:
            return ran, None
        refusal = re.search(r"^!\t[^\t]*\t(.*)$", ran.out.decode(errors="replace"), re.MULTILINE)
        if refusal is None:
            if is_explained(ran.talk):
                raise unreachable(self.address.public, ran.talk)
            raise refused(self.address.public, failure("push", ran.talk).message, ran.talk)
        return ran, refusal[1]

    def _outcome(self, ran: Ran, refusal: str | None) -> tuple[str, ...] | None:
        """What the server said of a push, or None after a lost race."""
        if refusal is None:
            return told(ran.talk)
        if is_race(refusal):
            return None
        raise refused(self.address.public, refusal, ran.talk)

    def is_worn(self) -> bool:
        """Whether so many syncs have left their packs here that reading has become slow."""
        names = fs.entries(self.directory / "objects" / "pack")
        return sum(name.endswith(".pack") for name in names) > _MANY_PACKS

    def tidy(self) -> bool:
        """Put all packs together in one, without asking the server; False where git cannot."""
        # The index for counting objects is for those who serve a repository.
        options = ("-a", "-d", "-q", "-n")
        git = replace(self._remote, settings=(*self._remote.settings, "repack.writeBitmaps=false"))
        with leashed(git) as git:
            return git.attempt("repack", *options).code == 0

    def wipe(self) -> None:
        """Throw the clone away."""
        fs.clear(self.directory)

    def move(self, place: Path) -> None:
        """Put the clone into another place, where nothing is."""
        with fs.explained("move", self.directory):
            self.directory.rename(place)

    def moved(self) -> float:
        """When the newest commit arrived, in seconds since the epoch; 0 where none did."""
        found = fs.stamp(self.directory / _TIP)
        return found.mtime / 1e9 if found else 0.0

    def _fetch(self, options: tuple[str, ...], refs: Sequence[str]) -> Ran:
        return self._ask(self._remote, *_FETCH, *options, operands=["agentpm", *refs])

    def _ask(self, git: Git, *command: str, operands: Sequence[str], feed: bytes = b"") -> Ran:
        """Run a command that talks to the server; one that is ended leaves nothing half done."""
        folder = self.directory / "objects"
        transfer = Transfer(git, self.address.public, folder, self.limits, self.meanwhile)
        try:
            return transfer.attempt(*command, operands=operands, feed=feed)
        except Silence as silence:
            self._sweep()
            raise silent(self.address.public, silence) from None
        except fs.TooLarge:
            self._sweep()
            raise

    def _problem(self, talk: str) -> AgentpmError:
        """Why the server could not be asked: whatever git says, unless it is this clone's fault."""
        if is_explained(talk) or not self._is_damaged():
            return unreachable(self.address.public, talk)
        said = failure("fetch", talk)
        return CloneLost(said.message, details=said.details)

    def _is_damaged(self) -> bool:
        """Whether git finds anything missing or unreadable in the clone, asking nobody."""
        settings = (*_CACHE, *_PARTIAL)
        with leashed(replace(self.git, settings=settings)) as git:
            ran = git.attempt("fsck", "--no-dangling", "--no-progress")
        return ran.code >= _FATAL or bool(ran.code & _MISSING_OR_UNREADABLE)

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
        self._sweep()

    def _sweep(self) -> None:
        """Remove what a killed git left; under the lock nobody else can be at work here."""
        pack = self.directory / "objects" / "pack"
        for name in _LOCKS:
            fs.remove(self.directory / name)
        for name in fs.entries(pack):
            if name.startswith(("tmp_", ".tmp-")) or name.endswith((".temp", ".keep")):
                fs.remove(pack / name)

    def _tip(self) -> str | None:
        """The commit that was fetched last, None before the first."""
        raw = fs.read(self.directory / _TIP, limit=1024)
        if raw is None or not re.fullmatch(rb"[0-9a-f]{40,64}\n?", raw):
            return None
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


def _is_near(objects: Objects, tip: str, ancestor: str) -> bool:
    """Whether `ancestor` is a few steps back from `tip`, in a line: seen without a process for it."""
    commit = tip
    for _ in range(_FEW_COMMITS):
        found = dict(objects.read([commit], limit=1 << 20))[commit]
        if found is None or found.content is None or found.kind != "commit":
            return False
        head = found.content.partition(b"\n\n")[0]
        parents = re.findall(rb"^parent ([0-9a-f]+)$", head, re.MULTILINE)
        if len(parents) != 1:
            return False
        commit = parents[0].decode()
        if commit == ancestor:
            return True
    return False


def has(objects: Objects, commit: str) -> bool:
    """Whether a repository has the commit; one that is damaged, or not there, has none."""
    try:
        return dict(objects.read([commit], limit=1 << 20))[commit] is not None
    except GitFailure:
        return False
