"""What every registry can do, whatever carries it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from agentpm.model.digest import Digest
from agentpm.model.name import PackageName
from agentpm.model.release import Release
from agentpm.model.version import Version

if TYPE_CHECKING:
    from agentpm.registry.edits import Edit
    from agentpm.registry.listing import Listing
    from agentpm.registry.signing.signers import Signers
    from agentpm.registry.view import Found, News


class Registry(Protocol):
    """A place that offers releases. Nothing is read before the first question.

    Every question may raise `RegistryUnreachable`, `RegistryTampered`, `NotARegistry`,
    `InsecureRegistry`, `OfflineMiss`, `GitMissing` or `DiskFailure`.
    """

    @property
    def source(self) -> str:
        """Its public URL, or `shipped`: what lockfiles call it."""
        ...

    @property
    def tip(self) -> str | None:
        """The index commit that is being shown; None before the first look, or where there are none."""
        ...

    def refresh(self, *, force: bool = False) -> None:
        """Look for news, unless the last look is recent; with `force`, in any case."""
        ...

    def news(self) -> News:
        """What the looks of this object changed, as far as packages have another newest release.

        Where no index says what there was, what changed since the packages were last counted.
        """
        ...

    def look_again(self, names: Sequence[PackageName]) -> bool:
        """Look for news of packages where what was said of them may be old; whether there was any.

        Nobody is asked where this command has looked already, so that this may be asked of anything
        that is missing, nor where the network is out of bounds. News is also what another process
        brought here since the first answer was given.
        """
        ...

    def has_moved(self) -> bool:
        """Whether the answers given so far are of several index commits, or of an earlier one.

        Nobody is asked. It is said once: what is asked for after that is read anew. Never where there
        are no index commits.
        """
        ...

    def fall_back(self) -> bool:
        """After a look that failed: answer from what was seen last; False where there is nothing.

        Also False where no look failed, so that it was something else that went wrong.
        """
        ...

    def age(self) -> float | None:
        """Seconds since the last look; None before the first."""
        ...

    def was_seen(self) -> bool:
        """Whether this machine ever looked at it, also where the cache was emptied since."""
        ...

    def prefetch(self, names: Sequence[PackageName]) -> None:
        """Be told what `releases` will be asked for next, to get it in one go where that helps."""
        ...

    def releases(self, name: PackageName) -> tuple[Release, ...]:
        """All releases of a package, oldest first, yanked and removed ones too; () for none.

        Raises `MalformedIndex` where its records cannot be read.
        """
        ...

    def listing(self, name: PackageName) -> Listing | None:
        """The releases of a package, read one by one when they are asked for; None for none.

        Asking for one raises `MalformedIndex` where its record cannot be read.
        """
        ...

    def is_empty(self, name: PackageName) -> bool:
        """Whether there is such a package, with nothing in its index file."""
        ...

    def names(self) -> tuple[PackageName, ...]:
        """All packages, sorted by name."""
        ...

    def count(self) -> int:
        """How many packages there are."""
        ...

    def names_like(self, name: str) -> tuple[PackageName, ...]:
        """At most three packages with a name near to `name`, the nearest first."""
        ...

    def search(self, text: str, limit: int = 50) -> tuple[Found, ...]:
        """The packages that have every word of `text`, the best match first."""
        ...

    def document(self, name: str) -> bytes | None:
        """A file at the top of the registry as its index is shown, such as `config.json`, or None."""
        ...

    def signers(self, told: Digest | None = None) -> Signers | None:
        """Whose signatures count here; None in a registry where nothing is signed.

        What was seen of them before is held against it, and remembered. `told` is the digest of a
        line that must be in the list. Raises `BadSigners`, `DamagedMemory` too.
        """
        ...

    def fetch(self, releases: Iterable[Release]) -> dict[Digest, bytes]:
        """The bytes of releases, all in one request, each as its checksum promises.

        Raises `UnfaithfulRecord` where they are others, `ContentMissing` where there are none.
        """
        ...

    def is_shared(self, release: Release) -> bool:
        """Whether others can get the release from this registry too."""
        ...

    def identity(self) -> str:
        """`Name <mail>` of whoever publishes here; raises `NoIdentity`."""
        ...

    def publish(self, entries: Sequence[tuple[Release, bytes]], message: str) -> str:
        """Add releases in one commit; the index commit that has them.

        Raises `ReleaseExists`, `PublishRefused`, `ReservedName`, `NoIdentity`.
        """
        ...

    def yank(self, name: PackageName, version: Version, reason: str | None, message: str) -> str:
        """Yank a release for `reason`, or take that back (None); the index commit that says so.

        Raises `NoSuchRelease`, `PublishRefused`, `ReservedName`, `NoIdentity`.
        """
        ...

    def amend(self, edit: Edit, message: str) -> str:
        """Make any other change to the registry's files; the index commit that has it.

        Raises `PublishRefused`, `ReservedName`, `NoIdentity`, and whatever the edit raises.
        """
        ...

    def close(self) -> None:
        """End what was started; the next question starts it again."""
        ...
