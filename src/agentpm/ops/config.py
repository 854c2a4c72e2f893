"""The user's settings: each with its value and where that comes from, and changing them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.config import DEFAULT_MAX_AGE, read_config
from agentpm.model.config_values import (
    BadSetting,
    flattened,
    key_path,
    parse_value,
    with_value,
    without_value,
)
from agentpm.model.registry_entry import RegistryEntry
from agentpm.model.tomltext import nearest
from agentpm.ops.own_config import config_text, hold_config, write_config
from agentpm.ops.parts import Parts
from agentpm.permissions.policy import parse_permissions
from agentpm.registry.address import parse_address, public_url
from agentpm.values import dataclass


class UnknownSetting(AgentpmError):
    """A key that stands for no setting, or for none that is set."""

    code = "unknown-setting"
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its value (None: none), and the `origin` of that.

    The origin is the name of a variable, the path of the configuration, or `default`.
    """

    key: str
    value: object
    origin: str


_DEFAULTS: Mapping[str, object] = {
    "max-age": DEFAULT_MAX_AGE,
    "offline": False,
    "organization": None,
}
_VARIABLES = {"max-age": "AGENTPM_MAX_AGE", "offline": "AGENTPM_OFFLINE"}
_ONLY_A_VARIABLE = ("offline",)


def settings(parts: Parts, environ: Mapping[str, str]) -> tuple[Setting, ...]:
    """Every setting there is, by key: of flags nothing is known here.

    Raises:
        MalformedConfig: the configuration cannot be read.
    """
    path = str(parts.surroundings.config)
    found = {key: Setting(key, value, "default") for key, value in _DEFAULTS.items()}
    for keys, value in flattened(_data(parts)):
        key = ".".join(_quoted(part) for part in keys)
        found[key] = Setting(key, _public(keys, value), path)
    for key, variable in _VARIABLES.items():
        if environ.get(variable):
            found[key] = Setting(key, _meant(key, environ[variable]), variable)
    return tuple(setting for _, setting in sorted(found.items()))


def _meant(key: str, text: str) -> object:
    if key in _ONLY_A_VARIABLE:
        return text.lower() in ("1", "true")
    return int(text) if text.isdecimal() else text


def setting(parts: Parts, environ: Mapping[str, str], key: str) -> Setting:
    """The setting called `key`.

    Raises:
        UnknownSetting: there is none; with a did-you-mean.
    """
    known = {item.key: item for item in settings(parts, environ)}
    if key in known:
        return known[key]
    raise _unknown(f"there is no setting `{key}`", key, known)


def _unknown(message: str, key: str, known: Mapping[str, Setting]) -> UnknownSetting:
    near = nearest(key, known)
    return UnknownSetting(
        message, hint=f"did you mean `{near}`?" if near else "`agentpm config list` shows them all"
    )


def set_value(parts: Parts, key: str, text: str) -> Setting:
    """Write a setting into the user's configuration.

    Raises:
        BadSetting: the configuration cannot hold it; the file stays as it was.
    """
    if key in _ONLY_A_VARIABLE:
        raise BadSetting(
            f"`{key}` is no key of the configuration", hint=f"set `{_VARIABLES[key]}` instead"
        )
    keys, value = key_path(key), parse_value(text)
    _change(parts, lambda before: with_value(before, keys, value))
    return Setting(key, _public(keys, value), str(parts.surroundings.config))


def unset_value(parts: Parts, key: str) -> Setting:
    """Take a setting out of the user's configuration; the one that was there.

    Raises:
        UnknownSetting: it is not set there; with a did-you-mean.
    """
    path = str(parts.surroundings.config)
    there = {s.key: s for s in settings(parts, {}) if s.origin == path}
    if key not in there:
        raise _unknown(f"`{key}` is not set in `{path}`", key, there)
    keys = key_path(key)
    _change(parts, lambda before: without_value(before, keys))
    return there[key]


def _change(parts: Parts, edit: Callable[[str], str]) -> None:
    """Edit the configuration, alone; what the program could not read afterwards is not written."""
    path = str(parts.surroundings.config)
    with hold_config(parts):
        before = config_text(parts)
        after = edit(before)
        try:
            config = read_config(after, path)
            parse_permissions(config.permissions, config.path, config.permission_place)
            _refuse_unusable(config.registries, read_config(before, path).registries)
        except AgentpmError as error:
            raise BadSetting(error.message, hint=error.hint, details=error.details) from None
        write_config(parts, after)


def _refuse_unusable(now: Mapping[str, RegistryEntry], before: Mapping[str, RegistryEntry]) -> None:
    """Refuse a registry whose URL is no address; one that was there already is not the matter."""
    for name, entry in now.items():
        if name not in before or before[name].url != entry.url:
            parse_address(entry.url, allow_insecure=True)


def _data(parts: Parts) -> Mapping[str, Any]:
    text = config_text(parts)
    read_config(text, str(parts.surroundings.config))
    return tomllib.loads(text)


def _quoted(part: str) -> str:
    plain = part and all(c.isascii() and (c.isalnum() or c in "-_") for c in part)
    return part if plain else f'"{part}"'


def _public(keys: tuple[str, ...], value: object) -> object:
    """A value as it may be shown: the URL of a registry without its password."""
    if keys[0] != "registries" or not isinstance(value, str) or "://" not in value:
        return value
    try:
        return public_url(value)
    except AgentpmError:
        return "(unusable)"
