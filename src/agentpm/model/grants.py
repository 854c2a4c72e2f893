"""Grants: the permission-relevant front-matter keys of an agent, as its file says them.

They travel in the index beside each release, so that a client can compute capabilities, under its
own tool table, before it has the file. Absent is not null: `tools:` without a value grants nothing,
no `tools` line grants everything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from agentpm.values import dataclass

GRANT_KEYS = (
    "tools",
    "disallowedTools",
    "permissionMode",
    "memory",
    "skills",
    "mcpServers",
    "hooks",
)


@dataclass(frozen=True, slots=True)
class Grants:
    """The keys of `GRANT_KEYS` that are present, each with its value as canonical JSON.

    Values are kept as text so that grants are hashable and compare by content.
    """

    entries: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, front: Mapping[str, Any]) -> Grants:
        """The grants among the keys of some front matter (or of an index record's `grants`)."""
        tools = front.get("tools")
        if type(tools) is str and len(front) == 1:
            return _of_tools(tools)
        return cls(tuple((key, _canonical(front[key])) for key in GRANT_KEYS if key in front))

    def __contains__(self, key: str) -> bool:
        return any(name == key for name, _ in self.entries)

    def get(self, key: str) -> Any:
        """The value of `key` as JSON data; None where it is null or absent (ask `in` which)."""
        for name, text in self.entries:
            if name == key:
                return json.loads(text)
        return None

    def as_mapping(self) -> dict[str, Any]:
        """The grants as JSON data, in the order of `GRANT_KEYS`."""
        return {key: json.loads(text) for key, text in self.entries}


# Most agents name their tools in one text, many the same, and say nothing else.
@lru_cache(maxsize=4096)
def _of_tools(tools: str) -> Grants:
    return Grants((("tools", _canonical(tools)),))


NO_GRANTS = Grants()
"""What a file without any of the keys says: every tool, no programs."""


def _canonical(value: Any) -> str:
    """One text for one value: sorted keys, no blanks; what JSON cannot say becomes its `str`."""
    return _ENCODER.encode(_plain(value))


_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not -1e308 < value < 1e308:
        return str(value)
    if value is None or isinstance(value, str | int | float):
        return value
    return str(value)
