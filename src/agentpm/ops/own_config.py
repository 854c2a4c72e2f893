"""The user's own `config.toml` as a file: read, held and changed, for its owner's eyes alone."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress

from agentpm import fs
from agentpm.errors import AgentpmError
from agentpm.locks import lock
from agentpm.model.config import read_config
from agentpm.ops.parts import Parts
from agentpm.ops.shareable import keeping_secret
from agentpm.registry.address import Address, parse_address


def config_text(parts: Parts) -> str:
    """What stands in it; nothing where there is none."""
    raw = fs.read(parts.surroundings.config) or b""
    return raw.decode("utf-8").removeprefix("\ufeff")


def hold_config(parts: Parts) -> AbstractContextManager[object]:
    """Keep other processes from changing it."""
    waiting = parts.voice.waiting("another agentpm that changes your configuration")
    return lock(parts.surroundings.locks / "config.lock", waiting)


def write_config(parts: Parts, text: str) -> None:
    """Put `text` there, readable by nobody else, as there may be a password in it.

    A password that was not there before is warned about.

    Raises:
        MalformedConfig: the program could not read it; nothing is written.
    """
    path, before = parts.surroundings.config, config_text(parts)
    new = _logins(text, str(path))
    if text == before:
        return
    old = _logins(before, str(path))
    fs.write(path, text.encode(), sync=True, private=True)
    for name, address in new.items():
        if address.login != (old[name].login if name in old else ""):
            parts.voice.warn(
                f"the URL of `{name}` holds a password, which stands as plain text in `{path}`",
                f"{keeping_secret(name, address)}, and give the URL without it",
            )


def _logins(text: str, path: str) -> dict[str, Address]:
    """The registries whose URL holds a login."""
    found = {}
    for name, entry in read_config(text, path).registries.items():
        # A URL that makes no sense is told to whoever uses that registry, and to nobody else.
        with suppress(AgentpmError):
            address = parse_address(entry.url, allow_insecure=True)
            if address.login:
                found[name] = address
    return found
