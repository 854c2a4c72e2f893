"""The manifest `agentpm.toml`: what a project asks for (`docs/reference/manifest.md`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from agentpm.errors import AgentpmError, Excerpt
from agentpm.model.name import AgentName, PackageName
from agentpm.model.registry_entry import RegistryEntry, read_age, read_registries
from agentpm.model.release import SHIPPED, Requirement
from agentpm.model.tomltext import TomlText
from agentpm.model.version import ANY, Range, parse_range
from agentpm.values import dataclass, field

MANIFEST_NAME = "agentpm.toml"
DEFAULT_TARGETS = ("claude",)

_TOP = ("project", "agents", "permissions", "registries", "signers")
_PROJECT = (
    "name", "targets", "registry", "requires-agentpm",
    "minimum-release-age", "minimum-release-age-exclude",
)  # fmt: skip
_AGENT = (
    "package", "version", "registry", "path", "git", "rev", "file",
    "tools", "disallowed-tools", "model",
)  # fmt: skip

_Name = TypeVar("_Name", AgentName, PackageName)


class MalformedManifest(AgentpmError):
    """A manifest that cannot be read, with the place that is wrong."""

    code = "malformed-manifest"


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the manifest changes in an agent; None leaves the published line alone."""

    tools: tuple[str, ...] | None = None
    disallowed_tools: tuple[str, ...] | None = None
    model: str | None = None

    def __bool__(self) -> bool:
        return self != _NO_OVERRIDES


_NO_OVERRIDES = Overrides()


@dataclass(frozen=True, slots=True)
class GitPlace:
    """A file in a git repository at a revision (a tag, a branch, a commit)."""

    url: str
    rev: str
    file: str


@dataclass(frozen=True, slots=True)
class AgentEntry:
    """One line of `[agents]`: an agent that the project asks for by itself.

    At most one of `path` and `git` is set; without them the agent is `package` in `registry`
    (the project's default registry where that is None). `where` is the entry's place.
    """

    name: AgentName
    package: PackageName
    range: Range = ANY
    registry: str | None = None
    path: str | None = None
    git: GitPlace | None = None
    overrides: Overrides = _NO_OVERRIDES
    where: Excerpt | None = field(default=None, compare=False)

    @property
    def requirement(self) -> Requirement:
        """The entry as a requirement."""
        return Requirement(self.package, self.range)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A whole manifest. `text` is the file as read, with which every edit begins.

    `minimum_release_age`, in seconds, leaves out younger releases of all packages except those that
    are `release_age_exempt`. `signers` are, for some agents, the only ones who may have signed them.
    """

    text: str = ""
    path: str = MANIFEST_NAME
    name: str | None = None
    targets: tuple[str, ...] = DEFAULT_TARGETS
    registry: str | None = None
    requires_agentpm: Range = ANY
    agents: Mapping[AgentName, AgentEntry] = field(default_factory=dict)
    permissions: Mapping[str, Any] = field(default_factory=dict)
    registries: Mapping[str, RegistryEntry] = field(default_factory=dict)
    signers: Mapping[AgentName, tuple[str, ...]] = field(default_factory=dict)
    minimum_release_age: int | None = None
    release_age_exempt: frozenset[PackageName] = frozenset()

    def overrides_of(self, name: AgentName) -> Overrides:
        """What it changes in the agent installed as `name`; nothing where it has no line for that."""
        entry = self.agents.get(name)
        return entry.overrides if entry is not None else _NO_OVERRIDES

    def place(self, *keys: str) -> Excerpt:
        """Where the key at the end of the path `keys` is written."""
        return TomlText(self.text, self.path, MalformedManifest).place(*keys)

    def permission_place(self, *keys: str, value: str | None = None) -> Excerpt:
        """Where a key of `[permissions]` is written, or a text in quotes in its `value`."""
        toml = TomlText(self.text, self.path, MalformedManifest)
        return toml.place("permissions", *keys, value=value)


def read_manifest(text: str, path: str = MANIFEST_NAME) -> Manifest:
    """Read a manifest.

    Raises:
        MalformedManifest: not TOML, an unknown key, or a value of the wrong kind; with its place.
    """
    toml = TomlText(text.removeprefix("\ufeff"), path, MalformedManifest)
    toml.only(_TOP)
    toml.only(_PROJECT, "project")
    registries = read_registries(toml)
    entries = [_agent(toml, key, registries) for key in toml.table("agents")]
    default = toml.string("project", "registry")
    if default is not None:
        _known_registry(toml, default, registries, "project", "registry")
    wanted = toml.string("project", "requires-agentpm")
    return Manifest(
        text=text,
        path=path,
        name=toml.string("project", "name"),
        targets=_targets(toml),
        registry=default,
        requires_agentpm=_range(toml, wanted, "project", "requires-agentpm") if wanted else ANY,
        agents={entry.name: entry for entry in entries},
        permissions=toml.table("permissions"),
        registries=registries,
        signers=_signers(toml),
        minimum_release_age=read_age(toml, "project", "minimum-release-age"),
        release_age_exempt=_exempt(toml),
    )


def _exempt(toml: TomlText) -> frozenset[PackageName]:
    keys = ("project", "minimum-release-age-exclude")
    return frozenset(_name(toml, PackageName, name, *keys) for name in toml.strings(*keys) or ())


def _targets(toml: TomlText) -> tuple[str, ...]:
    targets = toml.strings("project", "targets")
    if targets is None:
        return DEFAULT_TARGETS
    if not targets:
        raise toml.refuse_value("`targets` is empty", "project", "targets", hint='write ["claude"]')
    return tuple(dict.fromkeys(targets))


def _known_registry(
    toml: TomlText, name: str, registries: Mapping[str, RegistryEntry], *keys: str
) -> None:
    # A registry of the user's own configuration would not be known to the team.
    if name != SHIPPED and name not in registries:
        raise toml.refuse_value(
            f"registry `{name}` is not listed under `[registries]`",
            *keys,
            text=name,
            hint=f"run `agentpm registry add {name} URL`, so that your team has it too",
        )


def _signers(toml: TomlText) -> dict[AgentName, tuple[str, ...]]:
    found = {}
    for key in toml.table("signers"):
        name = _name(toml, AgentName, key, "signers", key)
        listed = toml.strings("signers", key)
        if not listed:
            raise toml.refuse(
                f"`{key}` lists nobody", "signers", key,
                hint=f"`agentpm approve {key} --signer …` writes the line",
            )  # fmt: skip
        found[name] = listed
    return found


def _agent(toml: TomlText, key: str, registries: Mapping[str, RegistryEntry]) -> AgentEntry:
    keys = ("agents", key)
    name = _name(toml, AgentName, key, *keys)
    where = toml.place(*keys)
    value = toml.table("agents")[key]
    if isinstance(value, str):
        return AgentEntry(name, PackageName(name), _range(toml, value, *keys), where=where)
    if not isinstance(value, dict):
        raise toml.refuse(
            f"`{key}` must be a range in quotes or a table", *keys, hint=f'{key} = "^1.0"'
        )
    toml.only(_AGENT, *keys)
    package = toml.string(*keys, "package") or name
    version, registry = toml.string(*keys, "version"), toml.string(*keys, "registry")
    path, git = toml.string(*keys, "path"), _git(toml, *keys)
    _one_source(toml, value, keys)
    if registry is not None:
        _known_registry(toml, registry, registries, *keys, "registry")
    return AgentEntry(
        name=name,
        package=_name(toml, PackageName, package, *keys, "package"),
        range=_range(toml, version, *keys, "version") if version is not None else ANY,
        registry=registry,
        path=path,
        git=git,
        overrides=Overrides(
            toml.strings(*keys, "tools"),
            toml.strings(*keys, "disallowed-tools"),
            toml.string(*keys, "model"),
        ),
        where=where,
    )


def _one_source(toml: TomlText, value: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    """An agent comes from a registry, from a path or from git, and from one of them only."""
    sources = [key for key in ("path", "git") if key in value]
    clash = sources + [key for key in ("version", "registry") if key in value and sources]
    if len(clash) > 1:
        raise toml.refuse(
            f"`{keys[-1]}` has both `{clash[0]}` and `{clash[1]}`", *keys, clash[1], hint="keep one"
        )
    for key in ("rev", "file"):
        if key in value and "git" not in value:
            raise toml.refuse(f"`{key}` goes with `git`", *keys, key)


def _git(toml: TomlText, *keys: str) -> GitPlace | None:
    url = toml.string(*keys, "git")
    if url is None:
        return None
    rev, file = toml.string(*keys, "rev"), toml.string(*keys, "file")
    if not file:
        raise toml.refuse(
            f"`{keys[-1]}` does not say which file of the repository it is", *keys,
            hint='add file = "agents/NAME.md"',
        )  # fmt: skip
    return GitPlace(url, rev or "HEAD", file)


def _range(toml: TomlText, text: str, *keys: str) -> Range:
    try:
        return parse_range(text)
    except AgentpmError as error:
        raise toml.refuse_value(error.message, *keys, text=text, hint=error.hint) from None


def _name(toml: TomlText, kind: type[_Name], text: str, *keys: str) -> _Name:
    try:
        return kind(text)
    except AgentpmError as error:
        raise toml.refuse_value(error.message, *keys, text=text, hint=error.hint) from None
