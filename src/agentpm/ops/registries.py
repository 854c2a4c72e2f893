"""`agentpm registry add|list|remove`: the names that registries have here."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError
from agentpm.model.digest import Digest
from agentpm.model.name import AgentName
from agentpm.model.registry_entry import RegistryEntry
from agentpm.model.release import SHIPPED
from agentpm.model.tomltext import nearest
from agentpm.ops.naming import ManifestNames, NamingFile, PersonalNames
from agentpm.ops.parts import Parts
from agentpm.ops.shareable import refuse_login
from agentpm.ops.sources import UnknownRegistry
from agentpm.registry.access import OfflineMiss
from agentpm.registry.address import parse_address, public_url
from agentpm.values import dataclass, field


class RegistryNameTaken(AgentpmError):
    """A name that stands for another registry already."""

    code = "registry-name-taken"


@dataclass(frozen=True, slots=True)
class Named:
    """A registry that has a name here.

    `where` is the file that gives it the name, None for the shipped one. `default` is whether it is
    the registry of names without one. `age` is how many seconds ago it was looked at last, None for
    never, `tip` the index commit seen then; `problem` says why its URL cannot be used.
    """

    name: str
    url: str
    where: str | None
    default: bool
    age: float | None = None
    tip: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """A name that was given, in the file `path`.

    `named` is False where it stood there already, with the same URL; `terms` are those of its line
    that were set. `checked` is whether the registry answered, `local` whether only this machine can
    reach it.
    """

    name: str
    url: str
    path: str
    named: bool
    checked: bool
    local: bool
    terms: Mapping[str, object] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether the file is another one than before."""
        return self.named or bool(self.terms)


def registries(parts: Parts) -> tuple[Named, ...]:
    """Every registry that has a name here, the shipped one first; none of them is asked anything."""
    manifest = parts.workspace.manifest()
    default = manifest.registry or SHIPPED
    found = [_named(parts, RegistryEntry(SHIPPED, SHIPPED), None, default)]
    for name, entry in {**parts.config.registries, **manifest.registries}.items():
        path = manifest.path if name in manifest.registries else parts.config.path
        found.append(_named(parts, entry, path, default))
    return tuple(found)


def _named(parts: Parts, entry: RegistryEntry, where: str | None, default: str) -> Named:
    is_default = entry.name == default
    try:
        registry = parts.open_registry(entry.url, entry.allow_insecure)
        try:
            age, tip = registry.age(), registry.tip
        finally:
            registry.close()
    except AgentpmError as error:
        return Named(entry.name, _shown(entry.url), where, is_default, problem=error.message)
    return Named(entry.name, registry.source, where, is_default, age, tip)


def _shown(url: str) -> str:
    """The URL without a password, also where it is not one that can be used."""
    try:
        return public_url(url)
    except AgentpmError:
        return "(unusable)"


@dataclass(frozen=True, slots=True)
class Vouching:
    """What a registry is taken for: `required` leaves out releases that nobody signed.

    `signers` is the digest of its list of signers, as somebody told it on another way.
    """

    required: bool = False
    signers: Digest | None = None

    @property
    def terms(self) -> dict[str, object]:
        """The same as keys of the registry's line."""
        wanted = {
            "require-signatures": self.required,
            "signers": self.signers and str(self.signers),
        }
        return {key: value for key, value in wanted.items() if value}

    def beyond(self, entry: RegistryEntry | None) -> dict[str, object]:
        """The terms that the line `entry` does not have yet."""
        have = entry.shared_terms if entry is not None else {}
        return {key: value for key, value in self.terms.items() if have.get(key) != value}


def add_registry(
    parts: Parts, name: str, url: str, *, personal: bool, vouching: Vouching | None = None
) -> Added:
    """Give the registry at `url` a name: in the manifest, or for all projects of this user.

    Where it has that name already, the terms in `vouching` are added to its line.

    Raises:
        RegistryNameTaken: the name stands for another URL.
        CredentialsInManifest: the URL holds a password, and would be committed.
        AgentpmError: the URL is no address, or nothing there answers as a registry.
    """
    _check_name(name)
    url = _absolute(url)
    address = parse_address(url)
    url = address.url
    if not personal:
        refuse_login(name, address)
    file = _file(parts, personal=personal)
    _refuse_taken(file, name, url)
    vouching = vouching or Vouching()
    checked = _answers(parts, name, url, vouching)
    with file.hold():
        # Asking took its time, in which somebody else may have given the name away.
        new = _refuse_taken(file, name, url)
        terms = vouching.beyond(file.entries().get(name))
        if new or terms:
            file.add(name, url, terms)
    return Added(name, address.public, file.shown, new, checked, address.is_local, terms)


def remove_registry(parts: Parts, name: str, *, personal: bool) -> str:
    """Forget a name; the file that had it.

    Raises:
        UnknownRegistry: the file does not have it.
        RegistryInUse: the manifest's agents come from there.
    """
    file = _file(parts, personal=personal)
    with file.hold():
        entries = file.entries()
        if name not in entries:
            raise _unknown(parts, name, entries, personal=personal)
        file.remove(name)
    return file.shown


def _file(parts: Parts, *, personal: bool) -> NamingFile:
    return PersonalNames(parts) if personal else ManifestNames(parts)


def _check_name(name: str) -> None:
    AgentName(name)
    if name == SHIPPED:
        raise RegistryNameTaken(
            f"`{SHIPPED}` is the registry that comes with agentpm", hint="choose another name"
        )


def _refuse_taken(file: NamingFile, name: str, url: str) -> bool:
    """Whether the name is free; it may stand for `url` already, but for no other."""
    old = file.entries().get(name)
    if old is not None and old.url != url:
        raise RegistryNameTaken(
            f"`{name}` is `{_shown(old.url)}` already",
            hint=f"choose another name, or `agentpm registry remove {name}` first",
        )
    return old is None


def _absolute(url: str) -> str:
    """A directory that was named from here becomes an absolute path; everything else stays."""
    path = Path(url)
    if not url or "://" in url or path.is_absolute():
        return url
    # What the system takes for no path at all, such as one with a NUL in it, is none from here.
    with suppress(fs.DiskFailure, ValueError):
        if fs.stamp(path) is not None:
            return str(path.resolve())
    return url


def _answers(parts: Parts, name: str, url: str, vouching: Vouching) -> bool:
    """Whether the registry answered; without a network it cannot.

    Raises:
        AgentpmError: it should have answered, and did not, or is none.
    """
    registry = parts.open_registry(url, False, name)  # noqa: FBT003 # a protocol
    try:
        with parts.voice.progress(f"asking {registry.source}"):
            registry.refresh(force=True)
            found = registry.signers(vouching.signers)
        if found is not None and not vouching.required:
            parts.voice.note(
                "releases are signed there: `require-signatures = true` leaves out what is not"
            )
    except OfflineMiss:
        return False
    finally:
        registry.close()
    return True


def _unknown(
    parts: Parts, name: str, entries: Mapping[str, RegistryEntry], *, personal: bool
) -> UnknownRegistry:
    file, elsewhere = _file(parts, personal=personal), _file(parts, personal=not personal)
    near = nearest(name, entries)
    hint = f"did you mean `{near}`?" if near else "`agentpm registry list` shows them"
    if name in elsewhere.entries():
        flag = "without" if personal else "with"
        hint = f"it is named in `{elsewhere.shown}`: run the same command {flag} `--global`"
    return UnknownRegistry(f"no registry is called `{name}` in `{file.shown}`", hint=hint)
