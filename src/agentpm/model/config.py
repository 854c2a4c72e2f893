"""The user's own configuration `config.toml` (`docs/reference/config.md`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentpm.errors import AgentpmError, Excerpt
from agentpm.model.registry_entry import RegistryEntry, read_registries
from agentpm.model.tomltext import TomlText
from agentpm.values import dataclass, field

CONFIG_NAME = "config.toml"
DEFAULT_MAX_AGE = 300
_TOP = ("registries", "permissions", "organization", "max-age")


class MalformedConfig(AgentpmError):
    """A configuration file that cannot be read, with the place that is wrong."""

    code = "malformed-config"


@dataclass(frozen=True, slots=True)
class Config:
    """What one user prefers on one machine; none of it steers which versions a project gets.

    `max_age` is how old, in seconds, a registry's local view may be before it is refreshed.
    `permissions` is the user's policy layer as TOML data, `organization` the place of a further
    one.
    """

    text: str = ""
    path: str = CONFIG_NAME
    registries: Mapping[str, RegistryEntry] = field(default_factory=dict)
    permissions: Mapping[str, Any] = field(default_factory=dict)
    organization: str | None = None
    max_age: int = DEFAULT_MAX_AGE

    def place(self, *keys: str) -> Excerpt:
        """Where the key at the end of the path `keys` is written."""
        return TomlText(self.text, self.path, MalformedConfig).place(*keys)

    def permission_place(self, *keys: str, value: str | None = None) -> Excerpt:
        """Where a key of `[permissions]` is written, or a text in quotes in its `value`."""
        toml = TomlText(self.text, self.path, MalformedConfig)
        return toml.place("permissions", *keys, value=value)


def read_config(text: str, path: str = CONFIG_NAME) -> Config:
    """Read a configuration file.

    Raises:
        MalformedConfig: not TOML, an unknown key, or a value of the wrong kind; with its place.
    """
    toml = TomlText(text.removeprefix("\ufeff"), path, MalformedConfig)
    toml.only(_TOP)
    max_age = toml.data.get("max-age", DEFAULT_MAX_AGE)
    if type(max_age) is not int or max_age < 0:
        raise toml.refuse("`max-age` must be a number of seconds", "max-age", hint="max-age = 300")
    return Config(
        text=text,
        path=path,
        registries=read_registries(toml),
        permissions=toml.table("permissions"),
        organization=toml.string("organization"),
        max_age=max_age,
    )
