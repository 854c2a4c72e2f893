"""Lengths of time as people write them in a manifest: `90m`, `12h`, `7d`, `2w`."""

from __future__ import annotations

from agentpm.errors import AgentpmError
from agentpm.lazy import pattern

_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_DURATION = pattern(r"(0|[1-9][0-9]{0,5})([mhdw])")


class InvalidDuration(AgentpmError):
    """A text that is no length of time."""

    code = "invalid-duration"


def parse_duration(text: str) -> int:
    """The seconds that `text` stands for: a whole number with `m`, `h`, `d` or `w` after it.

    Raises:
        InvalidDuration: it is something else.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise InvalidDuration(
            f"`{text}` is not a length of time",
            hint="write a number of minutes, hours, days or weeks: `90m`, `12h`, `7d`, `2w`",
        )
    return int(match[1]) * _UNITS[match[2]]


def show_duration(seconds: float) -> str:
    """A length of time in words, in the largest unit of which it has at least one: `3 days`."""
    for unit, name in ((7 * 86400, "week"), (86400, "day"), (3600, "hour"), (60, "minute")):
        count = int(seconds // unit)
        if count >= 1 and (name != "week" or seconds % unit == 0):
            return f"{count} {name}" + ("s" if count > 1 else "")
    return "less than a minute"
