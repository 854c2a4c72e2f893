"""A registry whose index is a git repository on this disk: what all such registries do alike.

Questions are answered from the view. Subclasses say how the repository is kept up to date, where
missing blobs come from, how a commit gets into it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from agentpm import fs, lazy
from agentpm.locks import lock
from agentpm.model.digest import Digest
from agentpm.model.name import PackageName
from agentpm.model.release import Release
from agentpm.model.version import Version
from agentpm.registry.access import Access, age_in_words, as_it_was, named
from agentpm.registry.ahead import Ahead
from agentpm.registry.documents import SIGNERS_FILE, Documents
from agentpm.registry.listing import Listing
from agentpm.registry.records import is_blank, read_records
from agentpm.registry.view import Found, News, View, ViewDamaged, ViewState
from agentpm.registry.wire import INDEX_LIMIT, agent_path
from agentpm.values import replace

if TYPE_CHECKING:
    from agentpm import git
    from agentpm.registry import advance as stepping
    from agentpm.registry import bytes_of, commit, content, edits, record_of, trees
    from agentpm.registry.edits import Edit
    from agentpm.registry.seen import Seen
    from agentpm.registry.signing import pinned
    from agentpm.registry.signing.signers import Signers
else:
    # A view that is young enough answers without the repository.
    git = lazy.module("agentpm.git")
    stepping = lazy.module("agentpm.registry.advance")
    bytes_of = lazy.module("agentpm.registry.bytes_of")
    commit = lazy.module("agentpm.registry.commit")
    content = lazy.module("agentpm.registry.content")
    edits = lazy.module("agentpm.registry.edits")
    record_of = lazy.module("agentpm.registry.record_of")
    trees = lazy.module("agentpm.registry.trees")
    pinned = lazy.module("agentpm.registry.signing.pinned")

Answer = TypeVar("Answer")


class IndexedRegistry(ABC):
    """See `protocol.Registry`, which this fulfils.

    Args:
        source: what lockfiles call it.
        access: on what terms it is read.
        view: the path of the view's database.
        lock: the path of the file that guards repository and view.
    """

    _signers_memory: Path | None = None
    """The file with what was seen of its signers; None for a registry that nobody else writes to."""

    def __init__(self, source: str, access: Access, view: Path, lock: Path) -> None:
        self._source = source
        self._access = access
        self._view = View(view)
        self._ahead = Ahead(
            source, self._view, lambda few: self._whole(lambda: self._view.older(few))
        )
        self._documents = Documents(view.with_name("documents.json"))
        self._lock = lock
        self._objects: git.Objects | None = None
        self._fresh = False
        self._refreshed = self._failed = False
        self._answered: str | None = None
        self._told_age = False
        self._held = False
        self._changed: dict[PackageName, tuple[str | None, str | None]] = {}

    @abstractmethod
    def _git(self) -> git.Git:
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
    def _heal(self, wanted: str) -> None:
        """Make anew what of the repository can be had again, which lacks what was `wanted`."""

    @abstractmethod
    def _only_reads(self) -> bool:
        """Whether nothing can be brought into the repository, whatever is asked."""

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
        self._failed = True
        with self._locked():
            self._bring_up_to_date(force=force)
        self._failed, self._fresh = False, True

    def news(self) -> News:
        """What the looks of this object brought."""
        return self._changed

    def _learn(self, news: News) -> None:
        """Keep what a look brought, on top of what earlier ones did."""
        for name, (before, now) in news.items():
            self._changed[name] = (self._changed.get(name, (before, now))[0], now)

    def look_again(self, names: Sequence[PackageName]) -> bool:  # noqa: ARG002 # all are looked for at once
        """Look for news, if this command has not yet; whether an earlier answer may be another now."""
        if not self._refreshed and not self._access.offline:
            self.refresh(force=True)
        return self.has_moved()

    def has_moved(self) -> bool:
        """Whether the view shows another commit than when the first answer was given, said once."""
        before, self._answered = self._answered, self._state().tip
        if before in (None, self._answered):
            return False
        # Another process may have brought the view on, which nobody else would tell these of.
        self._ahead.forget()
        return True

    def fall_back(self) -> bool:
        """Answer from the view as it is, if it was a look that failed, and there is a view."""
        if self._fresh or not self._failed or self._state().tip is None:
            return False
        self._fresh = self._refreshed = True
        return True

    def age(self) -> float | None:
        """Seconds since the last look; None before the first."""
        state = self._state()
        return max(self._access.clock() - state.looked, 0.0) if state.tip else None

    def was_seen(self) -> bool:
        """Whether there is a view of it."""
        return self._state().tip is not None

    def prefetch(self, names: Sequence[PackageName]) -> None:
        """Read what will be asked for, many packages at a time."""
        self._ask(lambda: self._ahead.read(names))

    def releases(self, name: PackageName) -> tuple[Release, ...]:
        """All releases of a package, oldest first."""
        raw = self._ask(lambda: self._view.records(name))
        if raw is None:
            raw = self._look_again(name)
        if raw is None:
            return ()
        return read_records(raw, name, self._source, self._access)

    def is_empty(self, name: PackageName) -> bool:
        """Whether there is such a package, with nothing in its index file."""
        return is_blank(self._ask(lambda: self._view.records(name)))

    def listing(self, name: PackageName) -> Listing | None:
        """The releases of a package, read one by one when they are asked for."""
        found = self._ahead.held(name) or self._ask(lambda: self._ahead.listing(name))
        if found is None:
            releases = self.releases(name)
            return Listing.of(releases) if releases else None
        return found

    def names(self) -> tuple[PackageName, ...]:
        """All packages, sorted by name."""
        return self._ask(self._view.names)

    def count(self) -> int:
        """How many packages there are."""
        return self._ask(self._view.count)

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
        with self._reading():
            try:
                # Bytes never change, so that an old view does as well, if it knows the releases.
                return self._read(wanted)
            except bytes_of.ContentMissing:
                if self._refreshed or self._access.offline:
                    raise
                self._bring_up_to_date(force=True)
            except git.GitFailure:
                self._heal(named(wanted.values()))
            return self._read(wanted)

    def document(self, name: str) -> bytes | None:
        """A file at the top of the registry, or None."""
        tip = self._ask(self._view.state).tip or ""
        known = self._documents.known(tip)
        if name not in known:
            with self._reading():
                try:
                    known[name] = self._document(tip, name)
                except git.GitFailure:
                    self._heal(f"`{name}`")
                    tip = self._state().tip or ""
                    known = {name: self._document(tip, name)}
                self._documents.keep(tip, known)
        return known[name]

    def _document(self, tip: str, name: str) -> bytes | None:
        there = self._content()
        places = trees.locate(there.trees, there.root(tip), [name])
        for _, raw in there.blobs(places.values(), INDEX_LIMIT):
            if raw is None:
                raise fs.TooLarge(f"`{name}` of `{self._source}` has more than 16 MiB")
            return raw
        return None

    def signers(self, told: Digest | None = None) -> Signers | None:
        """Whose signatures count here."""
        memory = self._signers_memory
        if memory is None:
            return None
        if told is None and self.document(SIGNERS_FILE) is None and fs.stamp(memory) is None:
            # Nobody signs here, and nobody was seen to: most registries are like that.
            return None
        return pinned.known_signers(self.document, self._source, memory, told, self._access.called)

    def identity(self) -> str:
        """`Name <mail>` of whoever publishes here."""
        return commit.name_of(commit.identity())

    def publish(self, entries: Sequence[tuple[Release, bytes]], message: str) -> str:
        """Add releases in one commit."""
        for release, raw in entries:
            record_of.check_faithful(release, raw)
        with self._locked():
            return self._commit(edits.publish_edit(entries), message)

    def yank(self, name: PackageName, version: Version, reason: str | None, message: str) -> str:
        """Yank a release, or take that back."""
        with self._locked():
            return self._commit(edits.yank_edit(name, version, reason), message)

    def amend(self, edit: Edit, message: str) -> str:
        """Make any other change to the registry's files."""
        with self._locked():
            return self._commit(edit, message)

    def close(self) -> None:
        """End the git process, close the database."""
        self._view.close()
        self._close_objects()

    def _close_objects(self) -> None:
        if self._objects is not None:
            self._objects.close()
            self._objects = None

    def _content(self) -> content.Content:
        return content.Content(self._all_objects(), self._obtain)

    def _all_objects(self) -> git.Objects:
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
        """Ask the view, made fresh before if it must be."""
        if not self._fresh:
            if self._is_stale(self._state()):
                self.refresh(force=self._access.force)
            self._fresh = True
            self._tell_age()
        if self._answered is None:
            self._answered = self._state().tip
        return self._whole(question)

    def _whole(self, question: Callable[[], Answer]) -> Answer:
        """Ask the view as it is; a damaged one is made anew, once."""
        try:
            return question()
        except ViewDamaged:
            with self._locked():
                self._view.discard()
                self._bring_up_to_date(force=False)
            return question()

    def _records(self, name: PackageName) -> bytes | None:
        """The index file of a package in the view as it is."""
        return self._whole(lambda: self._view.records(name))

    def _advance(self, step: stepping.Step) -> tuple[Seen, News]:
        """Bring the view on; one that turns out to be damaged is made anew where it was to arrive."""
        try:
            return stepping.advance(self._view, self._content(), step)
        except ViewDamaged:
            self._view.discard()
            return stepping.advance(self._view, self._content(), replace(step, shown=None))

    def _tell_age(self) -> None:
        """Say once how old the view is, where it is too old and nothing newer may be had."""
        age = self.age() or 0.0
        if self._access.offline and age > self._access.max_age and not self._told_age:
            self._told_age = True
            self._access.note(as_it_was(self._access.name(self._source), age))

    def _look_again(self, name: PackageName) -> bytes | None:
        """Ask once more for a package that is not in the view, in case it is new."""
        if self._refreshed:
            return None
        if self._access.offline:
            if not self._told_age:
                called, age = self._access.name(self._source), age_in_words(self.age() or 0.0)
                self._access.note(f"`{name}` is not in the view of `{called}`, {age} old")
            return None
        self.refresh(force=True)
        return self._ask(lambda: self._view.records(name))

    def _read(self, wanted: Mapping[str, Release]) -> dict[Digest, bytes]:
        return bytes_of.bytes_of(wanted, self._content(), self.tip or "", self._source)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        def waiting() -> None:
            called = self._access.name(self._source)
            self._access.waiting(f"waiting for another agentpm that is using `{called}`")

        if self._held:
            yield
            return
        with lock(self._lock, waiting) as held, git.handing_down(held):
            self._held = True
            if self._view.is_gone():
                self._view.close()
                self._close_objects()
            try:
                yield
            finally:
                self._held = False
                self._ahead.forget()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Under the lock; where nothing may be brought here, nobody has to be waited for."""
        if self._only_reads():
            yield
            return
        with self._locked():
            yield
