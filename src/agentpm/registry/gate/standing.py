"""What a registry says of itself at one commit: its `config.json`, its owners, what was reviewed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agentpm.errors import AgentpmError, ExitCode
from agentpm.registry.advance import INDEX_FORMAT
from agentpm.registry.documents import SIGNERS_FILE
from agentpm.registry.owners import OPEN, OWNERS_FILE, Owners, read_owners
from agentpm.values import dataclass

CONFIG_FILE = "config.json"
REVIEWED_FILE = "reviewed.json"
STANDING_FILES = (CONFIG_FILE, OWNERS_FILE, REVIEWED_FILE, SIGNERS_FILE)


class MalformedStanding(AgentpmError):
    """A `config.json` or `reviewed.json` that the gate cannot understand."""

    code = "malformed-registry-file"
    exit_code = ExitCode.CORRUPT


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds at a commit.

    `popular` are the names that others must not come near to, `pusher_variable` the environment
    variable by which the server tells a hook who pushes, `names` and `hidden` the packages whose
    name and whose hidden text an administrator looked at, `signers` the list of signers as it is.
    """

    id: str | None = None
    owners: Owners = OPEN
    popular: frozenset[str] = frozenset()
    pusher_variable: str | None = None
    names: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    signers: bytes | None = None


def read_standing(files: Mapping[str, bytes]) -> Standing:
    """What these files say; each of them may be missing.

    Raises:
        MalformedOwners, MalformedStanding: one of them cannot be understood.
    """
    config = _object(files.get(CONFIG_FILE), CONFIG_FILE)
    reviewed = _object(files.get(REVIEWED_FILE), REVIEWED_FILE)
    if config is not None and type(config.get("format")) is not int:
        raise MalformedStanding(f"`{CONFIG_FILE}` does not say its format")
    if config is not None and config["format"] != INDEX_FORMAT:
        raise MalformedStanding(
            f"`{CONFIG_FILE}` says the format {config['format']}, this agentpm knows {INDEX_FORMAT}",
            hint="upgrade agentpm on the server: `pip install --upgrade agentpm-cli`",
        )
    return Standing(
        id=_text(config, "id") or ("" if config is not None else None),
        owners=read_owners(files.get(OWNERS_FILE)),
        popular=_names(config, "popular", CONFIG_FILE),
        pusher_variable=_text(config, "pusher-variable"),
        names=_names(reviewed, "names", REVIEWED_FILE),
        hidden=_names(reviewed, "hidden-text", REVIEWED_FILE),
        signers=files.get(SIGNERS_FILE),
    )


def _object(content: bytes | None, path: str) -> Mapping[str, Any] | None:
    if content is None:
        return None
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise MalformedStanding(f"`{path}` is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise MalformedStanding(f"`{path}` does not hold an object")
    return found


def _text(whole: Mapping[str, Any] | None, key: str) -> str | None:
    value = (whole or {}).get(key)
    if value is not None and not isinstance(value, str):
        raise MalformedStanding(f"`{key}` in `{CONFIG_FILE}` is not a text")
    return value


def _names(whole: Mapping[str, Any] | None, key: str, path: str) -> frozenset[str]:
    """A list of names, or an object whose keys are names, each with a word on it."""
    value = (whole or {}).get(key, [])
    if not isinstance(value, list | dict) or not all(isinstance(name, str) for name in value):
        raise MalformedStanding(f"`{key}` in `{path}` is not a list of names")
    return frozenset(value)
