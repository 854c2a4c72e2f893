"""Which registry a word means: names in the manifest, in the user's configuration, the default."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from agentpm.credentials import without_credentials
from agentpm.errors import AgentpmError, Excerpt
from agentpm.model.config import Config
from agentpm.model.lockfile import Locked
from agentpm.model.manifest import AgentEntry, Manifest
from agentpm.model.name import AgentName, PackageName
from agentpm.model.registry_entry import RegistryEntry
from agentpm.model.release import SHIPPED, PackageId
from agentpm.model.tomltext import nearest
from agentpm.ops.parts import Parts
from agentpm.ops.placed import placed
from agentpm.registry.address import public_url
from agentpm.registry.protocol import Registry
from agentpm.values import replace

if TYPE_CHECKING:
    from agentpm.registry.signing.signers import Signers


class UnknownRegistry(AgentpmError):
    """A registry that neither the manifest nor the configuration names."""

    code = "unknown-registry"


class Sources:
    """The registries one command can see, each opened at most once.

    A name never falls through from one registry to another: every lookup says which one it means.
    `offline` is whether none of them may be asked anything.
    """

    def __init__(self, parts: Parts, manifest: Manifest) -> None:
        self._parts = parts
        self.offline = parts.surroundings.offline
        self._open = parts.open_registry
        self._manifest = manifest
        self._config = parts.config
        self._opened: dict[str, Registry] = {}
        self._known: dict[str, str] = {}
        # The project's names come first: a team speaks of a registry by the name it shares.
        self._entries = {**manifest.registries, **_personal(parts.config), **manifest.registries}

    @property
    def default(self) -> str:
        """The source of names without a registry of their own."""
        return self.source_of(self._manifest.registry)

    def source_of(self, name: str | None) -> str:
        """The source that the registry called `name` stands for; None is the project's default.

        Raises:
            UnknownRegistry: nothing is called that; with a did-you-mean.
        """
        if name is None:
            return self.default if self._manifest.registry is not None else SHIPPED
        if name == SHIPPED:
            return SHIPPED
        if name in self._known:
            return self._known[name]
        if name in self._entries:
            with placed(self._place(name)):
                return self._known.setdefault(name, public_url(self._entries[name].url))
        raise self.unknown(name)

    def unknown(self, name: str) -> UnknownRegistry:
        """The error that says that no registry is called `name`; with a did-you-mean."""
        near = nearest(name, [*self._entries, SHIPPED])
        return UnknownRegistry(
            f"there is no registry called `{without_credentials(name)}`",
            hint=f"did you mean `{near}`?" if near else _way_to_name(name),
        )

    def entry(self, name: str) -> RegistryEntry | None:
        """The line that gives the registry `name` its URL."""
        return self._entries.get(name)

    def _place(self, name: str) -> Excerpt:
        """The line that says where the registry called `name` is."""
        if name in self._manifest.registries:
            return self._manifest.place("registries", name)
        return self._config.place("registries", name)

    def terms(self, source: str) -> RegistryEntry | None:
        """The project's line for the registry at `source`, which says which releases count."""
        return next(_at(source, self._manifest.registries), None)

    def own_terms(self, source: str) -> tuple[RegistryEntry, ...]:
        """The user's own lines for it, by whatever names: what they say refuses, and never chooses."""
        return tuple(_at(source, self._config.registries))

    def signers(self, source: str) -> Signers | None:
        """Whose signatures count in it; each line's `signers`, the user's own too, must be met.

        Raises:
            BadSigners, RegistryTampered: the list of signers is not to be trusted.
        """
        lines = (self.terms(source), *self.own_terms(source))
        told = dict.fromkeys(line.signers for line in lines if line is not None and line.signers)
        registry, found = self.registry(source), None
        for digest in told or (None,):
            found = registry.signers(digest)
        return found

    def names(self) -> dict[str, str]:
        """Every registry that has a name here, the shipped one first, with its source."""
        found = {SHIPPED: SHIPPED}
        for name, entry in self._entries.items():
            # A URL that makes no sense is told to whoever uses that registry, and to nobody else.
            with suppress(AgentpmError):
                found[name] = public_url(entry.url)
        return found

    def label(self, source: str) -> str:
        """What to call a source in a message: its name here, or its URL."""
        return next((name for name, known in self.names().items() if known == source), source)

    def registry(self, source: str) -> Registry:
        """The registry at `source`, opened."""
        if source not in self._opened:
            # The entry's own URL may hold credentials, which `source` never does.
            names = [name for name, known in self.names().items() if known == source]
            entry = self._entries.get(names[0]) if names else None
            url = entry.url if entry is not None else source
            insecure, called = entry is not None and entry.allow_insecure, next(iter(names), "")
            with placed(self._place(called) if entry is not None else None):
                self._opened[source] = self._open(url, insecure, called)
        return self._opened[source]

    @cached_property
    def remembered(self) -> Sources:
        """The same registries as they were seen last, for questions that are not worth a look."""
        silent = replace(self._parts, open_registry=self._parts.open_remembered)
        return Sources(silent, self._manifest)

    def has_seen(self, source: str) -> bool:
        """Whether there is something to remember of the registry at `source`."""
        registry = self.remembered.registry(source)
        return (registry.tip if source == SHIPPED else registry.age()) is not None

    def opened(self) -> Iterator[tuple[str, Registry]]:
        """The registries in use so far, by source."""
        yield from self._opened.items()

    def package(self, entry: AgentEntry) -> PackageId:
        """The package that a line of the manifest asks for."""
        return PackageId(entry_source(entry) or self.source_of(entry.registry), entry.package)


def _way_to_name(name: str) -> str:
    """What helps who called a registry `name`, which may be an address."""
    try:
        return f"run `agentpm registry add {AgentName(name)} URL`"
    except AgentpmError:
        return "`agentpm registry list` shows the names, `agentpm registry add NAME URL` gives one"


def _at(source: str, entries: Mapping[str, RegistryEntry]) -> Iterator[RegistryEntry]:
    for entry in entries.values():
        # A URL that makes no sense is told to whoever uses that registry, and to nobody else.
        with suppress(AgentpmError):
            if public_url(entry.url) == source:
                yield entry


def entry_source(entry: AgentEntry) -> str | None:
    """The source of an entry that is not in a registry (a path, a git revision); else None."""
    if entry.path is not None:
        return f"path+{entry.path}"
    if entry.git is not None:
        return f"git+{entry.git.url}#{entry.git.rev}:{entry.git.file}"
    return None


def names_by_source(packages: Iterable[PackageId]) -> dict[str, list[PackageName]]:
    """The names of packages, for each source that any of them is in."""
    found: dict[str, list[PackageName]] = {}
    for source, name in packages:
        found.setdefault(source, []).append(name)
    return found


def registry_source(locked: Locked) -> str | None:
    """The registry that a locked agent comes from; None for a path or a git revision."""
    home = locked.home
    return home if home != locked.source else None


def _personal(config: Config) -> Mapping[str, RegistryEntry]:
    return config.registries
