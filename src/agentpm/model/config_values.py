"""One value in the text of the user's configuration, set or removed (over tomlkit)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import tomlkit
from tomlkit.items import Table

from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.config_edit import NEW_CONFIG


class BadSetting(AgentpmError):
    """A setting that the configuration cannot hold."""

    code = "bad-setting"
    exit_code = ExitCode.USAGE


def key_path(key: str) -> tuple[str, ...]:
    """The parts of a dotted key as TOML reads it: `registries.mine`, `permissions."a.b"`.

    Raises:
        BadSetting: it is no key.
    """
    try:
        inner: Any = tomllib.loads(f"{key} = 0")
    except tomllib.TOMLDecodeError:
        inner = 0
    found: list[str] = []
    while isinstance(inner, dict) and len(inner) == 1:
        ((part, inner),) = inner.items()
        found.append(part)
    if inner != 0 or not found or "\n" in key:
        raise BadSetting(f"`{key}` is not a key", hint="`agentpm config list` shows what there is")
    return tuple(found)


def parse_value(text: str) -> object:
    """What is meant by a value on a command line: a number, a truth, a list; else the text itself."""
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        return text
    return value if isinstance(value, bool | int | list | str) else text


def flattened(data: Mapping[str, Any], *above: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value of TOML data that is no table, with the path of its keys."""
    for key, value in data.items():
        if isinstance(value, dict):
            yield from flattened(value, *above, key)
        else:
            yield (*above, key), value


def with_value(text: str, keys: Sequence[str], value: object) -> str:
    """The configuration with `value` at the path `keys`; comments and layout stay.

    Raises:
        BadSetting: something that is no table stands on the way.
    """
    document = tomlkit.parse(text or NEW_CONFIG)
    here: Any = document
    for key in keys[:-1]:
        if key not in here:
            here[key] = tomlkit.table()
        here = here[key]
        if not isinstance(here, dict):
            raise BadSetting(f"`{key}` holds a single value, and nothing below it")
    old = here.get(keys[-1])
    if isinstance(old, dict):
        raise BadSetting(
            f"`{'.'.join(keys)}` is a table", hint="name one of the keys in it, or edit the file"
        )
    if here is document and keys[-1] not in document:
        return _before_tables(text, keys[-1], value)
    here[keys[-1]] = value
    return _text(tomlkit.dumps(document), text)


def _before_tables(text: str, key: str, value: object) -> str:
    """A new key of the file itself stands before the first table, where TOML wants it."""
    document = tomlkit.parse(text or NEW_CONFIG)
    fresh = tomlkit.document()
    first = next((k for k, v in document.items() if isinstance(v, Table)), None)
    if first is None:
        document[key] = value
        return _text(tomlkit.dumps(document), text)
    fresh[key] = value
    head, tail = _split(tomlkit.dumps(document))
    return _text(f"{head}{tomlkit.dumps(fresh)}\n{tail}", text)


def _split(text: str) -> tuple[str, str]:
    """A text before its first table header, with the comments right above that, and from there on."""
    lines = text.splitlines(keepends=True)
    at = next((n for n, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
    while at and lines[at - 1].lstrip().startswith("#"):
        at -= 1
    return "".join(lines[:at]), "".join(lines[at:])


def without_value(text: str, keys: Sequence[str]) -> str:
    """The configuration without the value at the path `keys`, or as it was where there is none."""
    document = tomlkit.parse(text)
    here: Any = document
    for key in keys[:-1]:
        here = here.get(key)
        if not isinstance(here, dict):
            return text
    if keys[-1] not in here:
        return text
    del cast("dict[str, Any]", here)[keys[-1]]
    return _text(tomlkit.dumps(document), text)


def _text(text: str, before: str) -> str:
    """`text` with the line ends that the file had."""
    if "\r\n" in before:
        return text.replace("\r\n", "\n").replace("\n", "\r\n")
    return text
