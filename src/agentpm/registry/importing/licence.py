"""The licence of a file, found by the words of the licence text nearest to it.

The identifiers are those of the SPDX list (<https://spdx.org/licenses/>). A text is recognised by
phrases that no other of the list has; one that says more than the licence it begins with is taken
for none, since the addition may take the permission away again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from agentpm.lazy import pattern
from agentpm.values import dataclass

_NAMES = pattern(
    r"(?:(?:un)?licen[cs]e|copying)(?:-(?:mit|apache(?:-2\.0)?|bsd|cc0))?(?:\.(?:md|txt|rst))?",
    re.IGNORECASE,
)
_IDENTIFIER = pattern(r"^\W*SPDX-License-Identifier:\s*([A-Za-z0-9.+() -]+?)\s*$", re.MULTILINE)
_TAKEN_BACK = "commons clause"
"""An addition that takes back the permission to sell, with which no licence is what it was."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A licence: phrases that all stand in its text, none of `without`, at most `words` words."""

    id: str
    phrases: tuple[str, ...]
    words: int
    without: tuple[str, ...] = ()


_WARRANTY = "the software is provided as is"
_KNOWN = (
    _Known(
        "MIT",
        (
            "permission is hereby granted free of charge to any person obtaining a copy",
            "the above copyright notice and this permission notice shall be included",
            _WARRANTY,
        ),
        230,
        ("x consortium", "open font"),
    ),
    _Known(
        "ISC",
        (
            "permission to use copy modify and or distribute this software for any purpose with or",
            "provided that the above copyright notice and this permission notice appear",
            _WARRANTY,
        ),
        190,
    ),
    _Known(
        "0BSD",
        (
            "permission to use copy modify and or distribute this software for any purpose with or",
            _WARRANTY,
        ),
        160,
        ("provided that the above copyright notice",),
    ),
    _Known(
        "BSD-3-Clause",
        ("redistributions of source code must retain", "endorse or promote products"),
        300,
        ("all advertising materials",),
    ),
    _Known(
        "BSD-2-Clause",
        ("redistributions of source code must retain", "redistributions in binary form must"),
        250,
        ("endorse or promote products", "all advertising materials"),
    ),
    _Known("Apache-2.0", ("apache license version 2 0 january 2004",), 2200),
    _Known("MPL-2.0", ("mozilla public license version 2 0 1 definitions",), 3200),
    _Known("AGPL-3.0-only", ("gnu affero general public license version 3 19 november",), 6500),
    _Known("LGPL-3.0-only", ("gnu lesser general public license version 3 29 june",), 7500),
    _Known("LGPL-2.1-only", ("gnu lesser general public license version 2 1 february",), 5500),
    _Known("GPL-3.0-only", ("gnu general public license version 3 29 june 2007",), 6500),
    _Known("GPL-2.0-only", ("gnu general public license version 2 june 1991",), 3800),
    _Known("Unlicense", ("this is free and unencumbered software released into the public",), 300),
    _Known("CC0-1.0", ("cc0 1 0 universal",), 1400),
    _Known("CC-BY-SA-4.0", ("creative commons attribution sharealike 4 0 international",), 4500),
    _Known(
        "CC-BY-4.0",
        ("creative commons attribution 4 0 international",),
        4200,
        ("sharealike", "noderivatives", "noncommercial"),
    ),
)


def is_licence(path: str) -> bool:
    """Whether a file's name is that of a licence text: `LICENSE`, `LICENCE.md`, `COPYING`."""
    return _NAMES.fullmatch(path.rpartition("/")[2]) is not None


def spdx_id(raw: bytes) -> str | None:
    """The SPDX identifier of a licence text; None for one that is not among the commonest."""
    text = raw.decode("utf-8", "replace")
    stated = [match[1].strip() for match in _IDENTIFIER.finditer(text)]
    if len(set(stated)) == 1:
        return stated[0]
    words = re.findall(r"[a-z0-9]+", text.lower())
    plain = " ".join(words)
    if _TAKEN_BACK in plain:
        return None
    for known in _KNOWN:
        found = all(phrase in plain for phrase in known.phrases)
        if found and len(words) <= known.words and not any(p in plain for p in known.without):
            return known.id
    return None


def nearest(path: str, licences: Mapping[str, str | None]) -> str | None:
    """The licence of the file at `path`: that of the nearest directory with a licence text.

    Args:
        path: the agent's file.
        licences: the paths of the licence texts, each with its identifier (None: not recognised).
            Where two in one directory differ, nobody says which holds.
    """
    for directory in _upward(path):
        here = [id_ for other, id_ in licences.items() if other.rpartition("/")[0] == directory]
        if here:
            return here[0] if len(set(here)) == 1 else None
    return None


def _upward(path: str) -> Iterator[str]:
    while path:
        path = path.rpartition("/")[0]
        yield path
