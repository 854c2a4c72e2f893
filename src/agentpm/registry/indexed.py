"""A registry whose index is a git repository on this disk: what all such registries do alike.

Questions are answered from the view. Subclasses say how the repository is kept up to date, where
missing blobs come from, how a commit gets into it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self, TypeVar

from agentpm import fs
from agentpm.errors import AgentpmError, ExitCode
from agentpm.git import Git, GitFailure, Objects
from agentpm.model.digest import Digest
from agentpm.model.name import PackageName
from agentpm.model.release import Release
from agentpm.model.version import Version
from agentpm.registry.access import Access, OfflineMiss, age_in_words
from agentpm.registry.commit import identity, name_of
from agentpm.registry.content import Content
from agentpm.registry.edits import Edit, publish_edit, yank_edit
from agentpm.registry.record_of import check_bytes, check_faithful
from agentpm.registry.trees import locate
from agentpm.registry.view import Found, View, ViewDamaged, ViewState
from agentpm.registry.wire import AGENT_LIMIT, agent_path, index_path, parse_index

Answer = TypeVar("Answer")


class ContentMissing(AgentpmError):
    """A release whose bytes its registry does not have."""

    code = "content-missing"
    exit_code = ExitCode.CORRUPT


class IndexedRegistry(ABC):
    """See `protocol.Registry`, which this fulfils.

    Args:
        source: what lockfiles call it.
        access: on what terms it is read.
        view: the path of the view's database.
        lock: the path of the file that guards repository and view.
    """

    def __init__(self, source: str, access: Access, view: Path, lock: Path) -> None:
        self._source = source
        self._access = access
        self._view = View(view)
        self._lock = lock
        self._objects: Objects | None = None
        self._fresh = False
        self._refreshed = False

    @abstractmethod
    def _git(self) -> Git:
        """The repository, for reading."""

    @abstractmethod
    def _bring_up_to_date(self, *, force: bool) -> None:
        """Bring repository and view up to date, under the lock."""

    @abstractmethod
    def _is_stale(self, state: ViewState) -> bool:
        """Whether the view must be brought up to date before it answers."""

    @abstractmethod
    def _obtain(self, ids: Sequence[str]) -> None:
        """Get missing blobs into the repository, under the lock."""

    @abstractmethod
    def _commit(self, edit: Edit, message: str) -> str:
        """Make an edit on top of the newest index commit, for all to see; the commit with it."""

    @abstractmethod
    def _heal(self) -> None:
        """Make anew what of the repository can be had again, under the lock."""

    @abstractmethod
    def is_shared(self, release: Release) -> bool:
        """Whether others can get the release from this registry too."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def source(self) -> str:
        """What lockfiles call it."""
        return self._source

    @property
    def tip(self) -> str | None:
        """The index commit that the view shows."""
        return self._state().tip

    def refresh(self, *, force: bool = False) -> None:
        """Look for news, unless the last look is recent; with `force`, in any case."""
        with self._locked():
            self._bring_up_to_date(force=force)
            self._fresh = True

    def age(self) -> float | None:
        """Seconds since the last look; None before the first."""
        state = self._state()
        return max(self._access.clock() - state.looked, 0.0) if state.tip else None

    def releases(self, name: PackageName) -> tuple[Release, ...]:
        """All releases of a package, oldest first."""
        raw = self._ask(lambda: self._view.records(name))
        if raw is None:
            raw = self._look_again(name)
        if raw is None:
            return ()
        found = parse_index(raw, index_path(name), self._source)
        if found.skipped:
            self._access.note(
                f"`{self._source}` has {found.skipped} releases of `{name}` "
                "that only a newer agentpm can read"
            )
        return found.releases

    def names(self) -> tuple[PackageName, ...]:
        """All packages, sorted by name."""
        return self._ask(self._view.names)

    def names_like(self, name: str) -> tuple[PackageName, ...]:
        """At most three packages with a name near to `name`."""
        return self._ask(lambda: self._view.names_like(name))

    def search(self, text: str, limit: int = 50) -> tuple[Found, ...]:
        """The packages that have every word of `text`, the best match first."""
        return self._ask(lambda: self._view.search(text, limit))

    def fetch(self, releases: Iterable[Release]) -> dict[Digest, bytes]:
        """The bytes of releases, by checksum."""
        wanted = {agent_path(r.name, r.version): r for r in releases}
        if not wanted:
            return {}
        if self._state().tip is None:
            self.refresh(force=True)
        with self._locked():
            try:
                # Bytes never change, so that an old view does as well, if it knows the releases.
                return self._read(wanted)
            except ContentMissing:
                if self._refreshed or self._access.offline:
                    raise
                self._bring_up_to_date(force=True)
            except GitFailure:
                self._heal()
            return self._read(wanted)

    def identity(self) -> str:
        """`Name <mail>` of whoever publishes here."""
        return name_of(identity())

    def publish(self, entries: Sequence[tuple[Release, bytes]], message: str) -> str:
        """Add releases in one commit."""
        for release, raw in entries:
            check_faithful(release, raw)
        with self._locked():
            return self._commit(publish_edit(entries), message)

    def yank(self, name: PackageName, version: Version, reason: str | None, message: str) -> str:
        """Yank a release, or take that back."""
        with self._locked():
            return self._commit(yank_edit(name, version, reason), message)

    def close(self) -> None:
        """End the git process, close the database."""
        self._view.close()
        if self._objects is not None:
            self._objects.close()
            self._objects = None

    def _content(self) -> Content:
        return Content(self._all_objects(), self._obtain)

    def _all_objects(self) -> Objects:
        if self._objects is None:
            self._objects = self._git().objects()
        return self._objects

    def _state(self) -> ViewState:
        """How far the view is; a damaged one is no view."""
        try:
            return self._view.state()
        except ViewDamaged:
            return ViewState()

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        """Ask the view, made fresh before if it must be; a damaged one is made anew, once."""
        if not self._fresh:
            if self._is_stale(self._state()):
                self.refresh(force=self._access.force)
            self._fresh = True
        try:
            return question()
        except ViewDamaged:
            with self._locked():
                self._view.discard()
                self._bring_up_to_date(force=False)
            return question()

    def _look_again(self, name: PackageName) -> bytes | None:
        """Ask once more for a package that is not in the view, in case it is new."""
        if self._access.offline:
            age = age_in_words(self.age() or 0.0)
            self._access.note(f"`{name}` is not in the view of `{self._source}`, {age} old")
        elif not self._refreshed:
            self.refresh(force=True)
            return self._ask(lambda: self._view.records(name))
        return None

    def _read(self, wanted: dict[str, Release]) -> dict[Digest, bytes]:
        content = self._content()
        root = content.root(self.tip or "")
        places = locate(content.trees, root, wanted)
        for path, release in wanted.items():
            if path not in places or release.removed is not None:
                raise _missing(release, self._source)
        sought: dict[str, list[Release]] = {}
        for path, blob in places.items():
            sought.setdefault(blob, []).append(wanted[path])
        result = {}
        for blob, raw in content.blobs(sought, AGENT_LIMIT):
            for release in sought[blob]:
                if raw is None:
                    raise fs.TooLarge(f"the file of `{release}` has more than 1 MiB")
                check_bytes(release, raw)
                result[release.checksum] = raw
        return result

    @contextmanager
    def _locked(self) -> Iterator[None]:
        def waiting() -> None:
            self._access.waiting(f"waiting for another agentpm that is using `{self._source}`")

        with fs.lock(self._lock, waiting):
            yield

    def _offline(self, what: str) -> OfflineMiss:
        return OfflineMiss(
            f"{what} of `{self._source}` is not on this machine, and `--offline` was asked for",
            hint="run the command once without `--offline`",
        )


def _missing(release: Release, source: str) -> ContentMissing:
    if release.removed is not None:
        return ContentMissing(f"`{release}` was removed from `{source}`: {release.removed}")
    return ContentMissing(
        f"`{source}` lists `{release}`, but does not have its file",
        hint="tell the people who keep the registry",
    )
