"""The two files in which registries get their names: a project's manifest, a user's configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from agentpm.errors import AgentpmError
from agentpm.model import config_edit, manifest_edit
from agentpm.model.config import read_config
from agentpm.model.manifest import read_manifest
from agentpm.model.registry_entry import RegistryEntry
from agentpm.ops.apply import finish
from agentpm.ops.own_config import config_text, hold_config, write_config
from agentpm.ops.parts import Parts


class RegistryInUse(AgentpmError):
    """A registry that the manifest cannot do without."""

    code = "registry-in-use"


class NamingFile(Protocol):
    """A file with names for registries."""

    @property
    def shown(self) -> str:
        """Its path, as messages show it."""
        ...

    def hold(self) -> AbstractContextManager[object]:
        """Keep other processes from changing it."""
        ...

    def entries(self) -> Mapping[str, RegistryEntry]:
        """The names in it, as it stands now."""
        ...

    def add(self, name: str, url: str, terms: Mapping[str, object]) -> None:
        """Write a name into it, or further terms on which the registry is read that has it."""
        ...

    def remove(self, name: str) -> None:
        """Take a name out of it; raises `RegistryInUse`."""
        ...


class ManifestNames:
    """The names that a team shares, under `[registries]` in `agentpm.toml`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._workspace = parts.workspace

    @property
    def shown(self) -> str:
        """`agentpm.toml`, as messages show it."""
        return self._workspace.shown(self._workspace.manifest_path)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the workspace, and finish first what an interrupted command began in it."""
        waiting = self._parts.voice.waiting("another agentpm in this project")
        with self._workspace.locked(self._parts.surroundings.locks, waiting):
            finish(self._parts)
            yield

    def entries(self) -> Mapping[str, RegistryEntry]:
        """The names in it."""
        return self._workspace.manifest().registries

    def add(self, name: str, url: str, terms: Mapping[str, object]) -> None:
        """Write one more."""
        text = self._workspace.manifest().text
        self._write(manifest_edit.with_registry(text, name, url, terms))

    def remove(self, name: str) -> None:
        """Take one out.

        Raises:
            RegistryInUse: it is the default, or an agent is asked for there.
        """
        manifest = self._workspace.manifest()
        if manifest.registry == name:
            raise RegistryInUse(
                f"`{name}` is the default registry of this project",
                hint="change `registry` under `[project]` first",
            )
        users = [str(entry.name) for entry in manifest.agents.values() if entry.registry == name]
        if users:
            listed = ", ".join(f"`{user}`" for user in users)
            verb = "comes" if len(users) == 1 else "come"
            raise RegistryInUse(
                f"{listed} {verb} from `{name}`", hint=f"`agentpm remove {' '.join(users)}` first"
            )
        self._write(manifest_edit.without_registry(manifest.text, name))

    def _write(self, text: str) -> None:
        read_manifest(text, self.shown)
        self._workspace.write_manifest(text)


class PersonalNames:
    """The names of one user on one machine, under `[registries]` in `config.toml`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def shown(self) -> str:
        """The path of `config.toml`."""
        return str(self._parts.surroundings.config)

    def hold(self) -> AbstractContextManager[object]:
        """Hold the configuration."""
        return hold_config(self._parts)

    def entries(self) -> Mapping[str, RegistryEntry]:
        """The names in it."""
        return read_config(config_text(self._parts), self.shown).registries

    def add(self, name: str, url: str, terms: Mapping[str, object]) -> None:
        """Write one more."""
        text = config_edit.with_registry(config_text(self._parts), name, url, terms)
        write_config(self._parts, text)

    def remove(self, name: str) -> None:
        """Take one out."""
        text = config_edit.without_registry(config_text(self._parts), name)
        write_config(self._parts, text)
