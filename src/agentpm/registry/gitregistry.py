"""A registry behind a git URL."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.model.release import Release
from agentpm.registry.access import Access, Places, not_here
from agentpm.registry.address import parse_address
from agentpm.registry.indexed import IndexedRegistry
from agentpm.registry.view import ViewState
from agentpm.values import replace

if TYPE_CHECKING:
    from agentpm import git
    from agentpm.registry import advance as stepping
    from agentpm.registry import gitremote, proposal, publisher
    from agentpm.registry import seen as memory
    from agentpm.registry.edits import Edit
    from agentpm.registry.gitremote import Mirror
    from agentpm.registry.history import Evidence
    from agentpm.registry.signing import pin as pins
else:
    # What talks to the server, follows what it has, and adds to it: a view that is young enough
    # needs none of it.
    git = lazy.module("agentpm.git")
    stepping = lazy.module("agentpm.registry.advance")
    gitremote = lazy.module("agentpm.registry.gitremote")
    publisher = lazy.module("agentpm.registry.publisher")
    memory = lazy.module("agentpm.registry.seen")
    pins = lazy.module("agentpm.registry.signing.pin")


class GitRegistry(IndexedRegistry):
    """The registry at a git URL. A constructor reads nothing.

    Args:
        url: see `address.parse_address`, whose errors it raises.
        places: where clone, view and memory are kept.
        access: on what terms it is read.
        allow_insecure: whether the URL may be an unencrypted one.
    """

    def __init__(
        self, url: str, places: Places, access: Access, *, allow_insecure: bool = False
    ) -> None:
        address = parse_address(url, allow_insecure=allow_insecure)
        cache = places.cache / "registries" / address.key
        state = places.state / "registries" / address.key
        lock = places.lock(address.key)
        super().__init__(address.public, access, cache / "view.sqlite3", lock)
        self._clone, self._address = cache / "clone.git", address
        self._memory = state / "seen.json"
        self._pinned = self._signers_memory = places.signers(address.key)

    def is_shared(self, release: Release) -> bool:  # noqa: ARG002 # true of any
        """Whatever is in a registry with a URL can be had by others."""
        return True

    def refresh(self, *, force: bool = False) -> None:
        """Look for news; with `force`, in any case, and at the signers if they were seen before."""
        if self._access.offline and self._is_settled():
            # Whoever holds the lock changes nothing about that, and may take long.
            self._remain(self._state(), force=force)
            self._fresh = True
            return
        super().refresh(force=force)
        if force and pins.load_pin(self._pinned) is not None:
            self.signers()

    def was_seen(self) -> bool:
        """Whether it was looked at: that is remembered where emptying the cache does not reach."""
        return memory.load_seen(self._memory) is not None

    def accept_rewrite(self, evidence: Evidence) -> None:
        """Take what the registry showed for what it always showed.

        For people who looked at the evidence of a `RegistryTampered`, and know the reason. It holds
        for what the evidence is about, and nothing else: what came later must follow from it, and
        signers of whom it says nothing stay those that were seen.
        """
        with self._locked():
            if evidence.after:
                memory.save_seen(self._memory, self._source, memory.Seen(evidence.after, ""))
            if evidence.signers is not None:
                pins.save_pin(self._pinned, self._source, evidence.signers.now)
            self._bring_up_to_date(force=True)

    @cached_property
    def _mirror(self) -> Mirror:
        return gitremote.Mirror(self._clone, self._address, self._access.limits, _get_ready)

    def _git(self) -> git.Git:
        return self._mirror.git

    def _is_stale(self, state: ViewState) -> bool:
        access = self._access
        if access.offline:
            return state.tip is None
        age = access.clock() - state.looked
        # A look that lies in the future was noted under another clock.
        return access.force or state.tip is None or not 0 <= age < access.max_age

    def _bring_up_to_date(self, *, force: bool) -> None:
        state, seen = self._state(), memory.load_seen(self._memory)
        if state.tip is None or seen is None:
            self._view.discard()
            state = ViewState()
        if state.tip is None and seen is not None and gitremote.has(self._all_objects(), seen.tip):
            # Only the view is lost: what was seen last is here, and can be shown without asking.
            state = self._show_again(seen)
        if self._access.offline:
            self._remain(state, force=force)
            return
        if not force and not self._is_stale(state):
            return
        try:
            self._sync(state, seen)
        except git.GitFailure:
            self._mirror_anew()
            self._sync(self._state(), seen)

    def _remain(self, state: ViewState, *, force: bool) -> None:
        """Leave the view as it is, where that will do."""
        if state.tip is None or force:
            raise not_here(self._source, "the index" if state.tip is None else "a newer index")

    def _is_settled(self) -> bool:
        """Whether nothing that is on this machine would make the view another one."""
        state, seen = self._state(), memory.load_seen(self._memory)
        if seen is None or state.tip is not None:
            return seen is not None or state.tip is None
        return not gitremote.has(self._all_objects(), seen.tip)

    def _show_again(self, seen: memory.Seen) -> ViewState:
        try:
            step = stepping.Step(self._source, None, seen, seen.tip, self._mirror.moved())
            seen, _ = self._advance(step)
            memory.save_seen(self._memory, self._source, seen)
        except git.GitFailure:
            self._mirror_anew()
        return self._state()

    def _sync(self, state: ViewState, seen: memory.Seen | None) -> None:
        known = seen.tip if seen else None
        worn = self._mirror.is_worn()
        if worn:
            self._close_objects()
            worn = not self._mirror.tidy()
        tip = self._renewed(known) if worn else self._mirror.fetch_tip(self._all_objects(), known)
        self._refreshed = True
        if tip == state.tip and seen is not None and seen.tip == tip:
            self._whole(lambda: self._view.looked(self._access.clock()))
        else:
            self._arrive(tip, state, seen)

    def _renewed(self, known: str | None) -> str:
        """The newest commit, in a clone made anew; the old one goes when that is here."""
        place = self._mirror.directory
        fresh = replace(self._mirror, directory=place.with_name("clone-anew.git"))
        fresh.wipe()
        with fresh.git.objects() as objects:
            tip = fresh.fetch_tip(objects, known)
        self._mirror_anew()
        fresh.move(place)
        return tip

    def _arrive(self, tip: str, state: ViewState, seen: memory.Seen | None) -> None:
        objects = self._all_objects()
        known = seen is None or tip == seen.tip or self._mirror.descends(objects, tip, seen.tip)
        shown = state.tip if state.tip and gitremote.has(self._all_objects(), state.tip) else None
        pin, called = pins.load_pin(self._pinned), self._access.called
        now = self._access.clock()
        step = stepping.Step(self._source, shown, seen, tip, now, not known, pin, called)
        seen, news = self._advance(step)
        memory.save_seen(self._memory, self._source, seen)
        self._learn(news)

    def _obtain(self, ids: Sequence[str]) -> None:
        if self._access.offline:
            raise not_here(self._source, "a part")
        self._mirror.fetch_blobs(ids)

    def _only_reads(self) -> bool:
        return self._access.offline

    def _heal(self, wanted: str) -> None:
        if self._access.offline:
            raise not_here(self._source, wanted)
        self._mirror_anew()
        self._sync(self._state(), memory.load_seen(self._memory))

    def _mirror_anew(self) -> None:
        self._close_objects()
        self._mirror.wipe()

    def propose(self, edit: Edit, message: str, branch: str) -> proposal.Proposal | None:
        """Make an edit on a branch that its readers do not follow; see `TakesProposals`.

        Raises:
            UnusableBranch: it is no name of a branch, or that of what readers follow, or another
                person's.
            PublishRefused: the server does not take it.
        """
        publisher.check_branch(branch)
        with self._locked():
            return self._publisher().propose(edit, message, branch)

    def _commit(self, edit: Edit, message: str) -> str:
        return self._publisher().commit(edit, message)

    def _publisher(self) -> publisher.Publisher:
        """Who adds to the registry, which takes the network."""
        if self._access.offline:
            raise not_here(self._source, "the newest index")
        index = publisher.Index(
            self._source, self._newest, self._records, self._content, self._follow
        )
        return publisher.Publisher(index, self._mirror)

    def _newest(self) -> str:
        self._bring_up_to_date(force=True)
        return self._state().tip or ""

    def _follow(self, tip: str) -> None:
        """Show a commit that is here, on top of what is shown."""
        self._arrive(tip, self._state(), memory.load_seen(self._memory))


def _get_ready() -> None:
    """Load what follows what a server has, while it is asked."""
    lazy.load(stepping, pins)
