"""The registry that ships with agentpm, laid out as a git repository of the user's own.

The wheel (or a checkout) holds it as plain files. On first use they become the first commit of a
local repository, the same one everywhere; an upgrade of agentpm appends what is new in one commit.
Between them, the user's own releases stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from agentpm import fs, lazy
from agentpm.errors import AgentpmError
from agentpm.model.name import PackageName
from agentpm.model.release import SHIPPED, Release
from agentpm.registry.access import Access, Places
from agentpm.registry.commit import MAIN, Draft, local_identity, make_commit, name_of
from agentpm.registry.documents import DIGEST_FILE
from agentpm.registry.indexed import IndexedRegistry
from agentpm.registry.view import ViewState
from agentpm.registry.wire import (
    INDEX_LIMIT,
    index_path,
    parse_index,
)

if TYPE_CHECKING:
    from agentpm import git
    from agentpm.registry import advance as stepping
    from agentpm.registry import gitremote, init, layout, trees, unreachable
    from agentpm.registry.edits import Edit
else:
    # What was laid out once is not laid out again before the next upgrade.
    git = lazy.module("agentpm.git")
    stepping = lazy.module("agentpm.registry.advance")
    gitremote = lazy.module("agentpm.registry.gitremote")
    init = lazy.module("agentpm.registry.init")
    layout = lazy.module("agentpm.registry.layout")
    trees = lazy.module("agentpm.registry.trees")
    unreachable = lazy.module("agentpm.registry.unreachable")

_TRIES = 50


class ReservedName(AgentpmError):
    """A name that belongs to an agent which ships with agentpm."""

    code = "reserved-name"


class NotShipped(AgentpmError):
    """An agentpm that came without its registry."""

    code = "not-shipped"


def find_shipped() -> Path:
    """Where the files of the shipped registry are.

    Raises:
        NotShipped: nowhere.
    """
    # The one place that knows how agentpm is laid out: in a wheel, then in a checkout.
    package = Path(__file__).resolve().parents[1]
    for place in (package / "registry-index", package.parents[1] / "registry-index"):
        if fs.stamp(place / DIGEST_FILE) is not None:
            return place
    raise NotShipped(
        "this agentpm came without the registry that ships with it",
        hint="install it again: `pip install --force-reinstall agentpm-cli`",
    )


class ShippedRegistry(IndexedRegistry):
    """The shipped registry, with what its user published into it.

    Args:
        data: the directory for data of the user's that must not be lost; the repository lies in it.
        places: where the view is kept.
        access: on what terms it is read; it needs no network, so that all terms suit it.
        shipped: where the shipped files are, if not where they always are.
    """

    def __init__(
        self, data: Path, places: Places, access: Access, *, shipped: Path | None = None
    ) -> None:
        view = places.cache / "registries" / "shipped" / "view.sqlite3"
        super().__init__(SHIPPED, access, view, data / "shipped.lock")
        self._repository = data / "shipped.git"
        self._laid_out = data / "shipped.digest"
        self._given = shipped
        self._refreshed = True

    @cached_property
    def _place(self) -> Path:
        return self._given or find_shipped()

    def age(self) -> float | None:
        """Never old: nobody else changes it."""
        return 0.0

    def fall_back(self) -> bool:
        """Never: what is on this disk can be looked at, or something is broken."""
        return False

    def is_shared(self, release: Release) -> bool:
        """Whether every agentpm of this version or a later one has the release."""
        return any(
            (known.version, known.checksum) == (release.version, release.checksum)
            for known in self._shipped(release.name)
        )

    def _shipped(self, name: PackageName) -> tuple[Release, ...]:
        path = index_path(name)
        raw = fs.read(self._place / path, limit=INDEX_LIMIT)
        return parse_index(raw, path, SHIPPED).releases if raw is not None else ()

    def _git(self) -> git.Git:
        return git.Git(self._repository)

    def _is_stale(self, state: ViewState) -> bool:
        return not self._is_laid_out() or state.tip is None or state.tip != self._head()

    def _is_laid_out(self) -> bool:
        """Whether the repository has what this agentpm ships, told by two small files."""
        ships = fs.read(self._place / DIGEST_FILE, limit=1024)
        return ships is not None and fs.read(self._laid_out, limit=1024) == ships

    def _head(self) -> str | None:
        """The newest commit, read without a process."""
        raw = fs.read(self._repository / MAIN, limit=1024)
        if raw is not None:
            return raw.decode(errors="replace").strip()
        if fs.stamp(self._repository / "packed-refs") is None:
            return None
        ran = self._git().attempt("rev-parse", "--verify", "--quiet", MAIN)
        return ran.out.decode().strip() or None

    def _bring_up_to_date(self, *, force: bool) -> None:  # noqa: ARG002 # it is here already
        if not self._is_laid_out() or self._head() is None:
            self._lay_out()
        state, tip = self._state(), self._head()
        if tip is None:
            raise git.GitFailure(f"`{self._repository}` has no branch `main`")
        if state.tip == tip:
            return
        shown = state.tip if state.tip and gitremote.has(self._all_objects(), state.tip) else None
        if shown is None:
            self._view.discard()
        step = stepping.Step(SHIPPED, shown, None, tip, self._access.clock())
        _, news = self._advance(step)
        self._learn(news)

    def _lay_out(self) -> None:
        """Bring what agentpm ships into the repository, all of it in one commit."""
        files = layout.shipped_files(self._place)
        for _ in range(_TRIES):
            parent = self._prepared()
            new = files if parent is None else self._news(files, parent)
            if not new:
                break
            message = "The agents that ship with agentpm"
            draft = Draft(MAIN, parent, new, message, layout.author_of(files))
            place = git.Git(self._repository, ("fastimport.unpackLimit=1",))
            if make_commit(place, draft) is not None:
                break
        fs.write(self._laid_out, fs.read(self._place / DIGEST_FILE) or b"", sync=True)

    def _prepared(self) -> str | None:
        """The newest commit of the repository, which is made where there is none."""
        if fs.stamp(self._repository / "HEAD") is None:
            init.prepare_repository(self._repository)
        self._unlock()
        return self._head()

    def _unlock(self) -> None:
        """Remove the lock of a git that was killed; no agentpm but this one is at work here."""
        fs.remove(self._repository / f"{MAIN}.lock")

    def _news(self, files: Mapping[str, bytes], parent: str) -> dict[str, bytes]:
        """What of the shipped files the repository does not have yet."""
        content = self._content()
        places = trees.locate(content.trees, content.root(parent), files)
        blobs = dict(content.blobs(places.values(), INDEX_LIMIT))
        have = {path: blobs[blob] or b"" for path, blob in places.items()}
        return layout.merged(have, files)

    def _obtain(self, ids: Sequence[str]) -> None:
        raise unreachable.CloneLost(f"`{self._repository}` lacks {len(ids)} of its own files")

    def _only_reads(self) -> bool:
        return False

    def _heal(self, wanted: str) -> None:  # noqa: ARG002 # nothing to have again
        raise git.GitFailure(
            f"the repository `{self._repository}` is damaged",
            hint="move it away; agentpm then makes it anew, "
            "without the releases that were published only there",
        )

    def _commit(self, edit: Edit, message: str) -> str:
        for name in edit.names:
            self._refuse_shipped(name)
        author = local_identity()
        for attempt in range(_TRIES):
            if attempt == _TRIES // 2:
                self._unlock()
            self._bring_up_to_date(force=True)
            tip = self._state().tip or ""
            files = edit.files({name: self._records(name) or b"" for name in edit.names})
            if not files:
                return tip
            commit = make_commit(self._git(), Draft(MAIN, tip, files, message, author))
            if commit is not None:
                self._bring_up_to_date(force=True)
                return commit
        raise git.GitFailure(f"another program keeps writing to `{self._repository}`")

    def identity(self) -> str:
        """`Name <mail>` of the user, or of someone where git does not know."""
        return name_of(local_identity())

    def _refuse_shipped(self, name: PackageName) -> None:
        if self._shipped(name):
            raise ReservedName(
                f"`{name}` ships with agentpm, so its releases are agentpm's",
                hint="publish it under a name of your own, or to a registry of your own: "
                "`agentpm registry init`",
            )
