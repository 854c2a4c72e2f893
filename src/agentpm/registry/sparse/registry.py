"""A registry behind a web server that knows nothing of registries.

Only what is asked for is read: `config.json`, the index files of the packages that come up, the
agents that are installed. See `docs/adr/0009-sparse-http.md`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import NoReturn, Self, TypeVar
from urllib.parse import unquote

from agentpm import fs
from agentpm.http.client import Client
from agentpm.http.document import Ask, DocumentTooLarge, HttpFailure, Response, Token, origin
from agentpm.locks import lock
from agentpm.model.digest import Digest
from agentpm.model.name import PackageName
from agentpm.model.release import Release
from agentpm.model.version import Version
from agentpm.registry.access import Access, Places, named, not_here
from agentpm.registry.address import Address, parse_address
from agentpm.registry.bytes_of import ContentMissing
from agentpm.registry.documents import SIGNERS_FILE
from agentpm.registry.edits import Edit
from agentpm.registry.history import Evidence, RegistryTampered
from agentpm.registry.listing import Listing
from agentpm.registry.record_of import check_bytes
from agentpm.registry.records import is_blank, read_records
from agentpm.registry.signing.pin import load_pin, save_pin
from agentpm.registry.signing.pinned import known_signers, other_signers
from agentpm.registry.signing.signers import Signers
from agentpm.registry.sparse.failures import explained
from agentpm.registry.sparse.files import Files, Place
from agentpm.registry.sparse.memory import Memory
from agentpm.registry.unreachable import PublishRefused
from agentpm.registry.view import Found, News, View, ViewDamaged, ViewState
from agentpm.registry.wire import (
    AGENT_LIMIT,
    agent_path,
    index_path,
)
from agentpm.values import replace

Answer = TypeVar("Answer")


class SparseRegistry:
    """The registry whose files are at a `sparse+https://` URL. A constructor reads nothing.

    See `protocol.Registry`, which this fulfils, as far as a place that only shows files can.

    Args:
        url: see `address.parse_address`, whose errors it raises.
        places: where what was seen, and the view for searching it, are kept.
        access: on what terms it is read.
        allow_insecure: whether the URL may be an unencrypted one.
        token: the secret that its server asks for; it is sent to no other.
    """

    tip = None
    """Files that are read one by one have no index commit."""

    def __init__(
        self,
        url: str,
        places: Places,
        access: Access,
        *,
        allow_insecure: bool = False,
        token: str | None = None,
    ) -> None:
        address = parse_address(url, allow_insecure=allow_insecure)
        state = places.state / "registries" / address.key
        self._source = address.public
        self._access = access
        self._place = Place(address.public, address.web)
        self._memory = Memory(state / "files.sqlite3")
        self._signers_memory = places.signers(address.key)
        self._view = View(places.cache / "registries" / address.key / "view.sqlite3")
        self._lock = places.lock(address.key)
        self._client = Client(token=_token(address, token), allow_insecure=allow_insecure)
        self._files = Files(self._place, self._memory, self._client, access)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def source(self) -> str:
        """What lockfiles call it."""
        return self._source

    def refresh(self, *, force: bool = False) -> None:
        """Look at `config.json`; with `force`, also at every file that was seen here before."""
        if self._access.offline and (force or self._files.age() is None):
            what = "a newer index" if self._files.age() is not None else "the index"
            raise not_here(self._source, what)
        pin = load_pin(self._signers_memory) if force else None
        try:
            self._files.bring(self._memory.paths() if force else (), force=force)
            self._files.raise_problems()
        except RegistryTampered as error:
            # Whoever is to judge it has to see the root of trust first, if anybody can.
            seen = pin if self._files.can_show(SIGNERS_FILE) else None
            signers = other_signers(self._files.shown, self._source, seen)
            if signers is None:
                raise
            evidence = replace(error.evidence, signers=signers)
            raise RegistryTampered(
                error.message, evidence=evidence, called=self._access.called
            ) from None
        if pin is not None:
            self.signers()

    def accept_rewrite(self, evidence: Evidence) -> None:
        """Take what the registry showed for what it always showed.

        For people who looked at the evidence of a `RegistryTampered`, and know the reason. What was
        refused before is taken as it was then, and signers of whom the evidence says nothing stay
        those that were seen.
        """
        self._files.accept()
        if evidence.signers is not None:
            save_pin(self._signers_memory, self._source, evidence.signers.now)

    def news(self) -> News:
        """What changed since the packages seen here were last counted or searched."""
        with lock(self._lock, self._waiting):
            return self._bring_view()

    def look_again(self, names: Sequence[PackageName]) -> bool:
        """Look for news of packages that this command has not asked for yet; whether there were any."""
        return self._files.look_again([index_path(name) for name in names])

    def has_moved(self) -> bool:
        """Never: each file is as it was at its own last look (`docs/adr/0009-sparse-http.md`)."""
        return False

    def fall_back(self) -> bool:
        """Answer from what is remembered, if it was a look that failed, and anything is."""
        return self._files.fall_back()

    def age(self) -> float | None:
        """Seconds since the server was last asked; None before the first time."""
        return self._files.age()

    def was_seen(self) -> bool:
        """Whether the server was ever asked."""
        return self._files.age() is not None

    def prefetch(self, names: Sequence[PackageName]) -> None:
        """Ask for the records of packages that will be wanted, side by side."""
        self._files.bring([index_path(name) for name in names])

    def releases(self, name: PackageName) -> tuple[Release, ...]:
        """All releases of a package, oldest first."""
        path = index_path(name)
        self._files.bring([path])
        raw = self._files.content(path)
        if raw is None:
            return ()
        return read_records(raw, name, self._source, self._access)

    def is_empty(self, name: PackageName) -> bool:
        """Whether there is such a package, with nothing in its index file."""
        path = index_path(name)
        self._files.bring([path])
        return is_blank(self._files.content(path))

    def listing(self, name: PackageName) -> Listing | None:
        """The releases of a package; None for none."""
        found = self.releases(name)
        return Listing.of(found) if found else None

    def names(self) -> tuple[PackageName, ...]:
        """The packages that were seen here, sorted by name."""
        return tuple(sorted(self._memory.known()))

    def count(self) -> int:
        """How many packages were seen here."""
        return self._ask(lambda view: view.count())

    def names_like(self, name: str) -> tuple[PackageName, ...]:
        """At most three of the packages that were seen here, with a name near to `name`."""
        return self._ask(lambda view: view.names_like(name))

    def search(self, text: str, limit: int = 50) -> tuple[Found, ...]:
        """Those of the packages seen here that have every word of `text`."""
        if self._files.age() is None:
            self.refresh()
        self._files.tell_age()
        if text:
            self._access.note(
                f"`{self._access.name(self._source)}` is read name by name, so only what came up on this machine "
                f"was searched ({len(self.names())} so far)"
            )
        return self._ask(lambda view: view.search(text, limit))

    def document(self, name: str) -> bytes | None:
        """A file at the top of the registry, or None."""
        self._files.bring([name])
        return self._files.content(name)

    def signers(self, told: Digest | None = None) -> Signers | None:
        """Whose signatures count here."""
        self._files.bring([SIGNERS_FILE])
        memory, called = self._signers_memory, self._access.called
        found = known_signers(self._shown, self._source, memory, told, called)
        # Not what was remembered, but what is pinned, says whether a list is the one that was seen.
        self._files.settle(SIGNERS_FILE)
        return found

    def fetch(self, releases: Iterable[Release]) -> dict[Digest, bytes]:
        """The bytes of releases, by checksum, asked for side by side."""
        wanted = {agent_path(r.name, r.version): r for r in releases}
        for release in wanted.values():
            if release.removed is not None:
                raise ContentMissing(
                    f"`{release}` was removed from `{self._source}`: {release.removed}"
                )
        if wanted and self._access.offline:
            raise not_here(self._source, named(wanted.values()))
        asks = [Ask(self._place.url(path), AGENT_LIMIT) for path in wanted]
        answers = self._client.get_many(asks)
        found: dict[Digest, bytes] = {}
        for release, answer in zip(wanted.values(), answers, strict=True):
            raw = self._bytes(release, answer)
            check_bytes(release, raw)
            found[release.checksum] = raw
        return found

    def is_shared(self, release: Release) -> bool:  # noqa: ARG002 # true of any
        """Whatever is in a registry with a URL can be had by others."""
        return True

    def identity(self) -> str:
        """Refused: nobody publishes here."""
        self._refuse_writing()

    def publish(self, entries: Sequence[tuple[Release, bytes]], message: str) -> str:  # noqa: ARG002 # it refuses
        """Refused: nobody publishes here."""
        self._refuse_writing()

    def yank(self, name: PackageName, version: Version, reason: str | None, message: str) -> str:  # noqa: ARG002 # it refuses
        """Refused: nobody yanks here."""
        self._refuse_writing()

    def amend(self, edit: Edit, message: str) -> str:  # noqa: ARG002 # it refuses
        """Refused: nobody changes anything here."""
        self._refuse_writing()

    def close(self) -> None:
        """Close connections and databases."""
        self._client.close()
        self._memory.close()
        self._view.close()

    def _bytes(self, release: Release, answer: Response | HttpFailure) -> bytes:
        if isinstance(answer, DocumentTooLarge):
            raise fs.TooLarge(f"the file of `{release}` has more than 1 MiB")
        if isinstance(answer, HttpFailure):
            known = self._client.has_login
            raise explained(answer, self._source, self._access, known=known)
        if answer.body is None:
            raise ContentMissing(
                f"`{self._source}` lists `{release}`, but does not have its file",
                hint="tell the people who keep the registry",
            )
        return answer.body

    def _shown(self, name: str) -> bytes | None:
        """A file at the top of the registry as it shows it, be it trusted or not."""
        self._files.bring([name])
        return self._files.shown(name)

    def _ask(self, question: Callable[[View], Answer]) -> Answer:
        """Ask a view of what was seen here; it is made anew when that has changed."""
        with suppress(ViewDamaged):
            # Nobody needs a lock for a look at what is there.
            if self._view.state().tip == self._seen():
                return question(self._view)
        with lock(self._lock, self._waiting):
            try:
                self._bring_view()
                return question(self._view)
            except ViewDamaged:
                self._view.discard()
                self._bring_view()
                return question(self._view)

    def _bring_view(self) -> News:
        if self._view.is_gone():
            self._view.close()
        state = ViewState(self._seen(), self._access.clock())
        if self._view.state().tip == state.tip:
            return {}
        return self._view.apply(self._memory.known().items(), state, anew=True)

    def _seen(self) -> str:
        """What a view must show to show everything that was seen here."""
        return str(self._memory.changes())

    def _waiting(self) -> None:
        called = self._access.name(self._source)
        self._access.waiting(f"waiting for another agentpm that is using `{called}`")

    def _refuse_writing(self) -> NoReturn:
        self._files.bring(())
        raise PublishRefused(
            f"`{self._source}` is made of files that can only be read",
            hint=f"publish to the git repository behind it{self._git_hint()}",
        )

    def _git_hint(self) -> str:
        config = self._files.config()
        return f": `{config.git}`" if config is not None and config.git else ""


def _token(address: Address, token: str | None) -> Token | None:
    """The secret for a registry's server: the one that was given, else the login in its address."""
    if token:
        # Whoever writes the scheme too knows what the server wants.
        return Token(origin(address.web), token if " " in token else f"Bearer {token}")
    if address.login:
        plain = unquote(address.login.removesuffix("@")).encode()
        return Token(origin(address.web), f"Basic {base64.b64encode(plain).decode()}")
    return None
