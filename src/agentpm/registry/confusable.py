"""Names that people take for one another.

A name of the grammar has only small Latin letters, digits and hyphens, so that what can be confused
is little: letters with digits (`0`, `1`), pairs with single letters (`rn`, `vv`), hyphens that one
overlooks. After the idea of the skeletons in UTS #39 (<https://www.unicode.org/reports/tr39/>).
"""

from __future__ import annotations

import string
from collections.abc import Collection, Iterable, Set

_FOLDED = (("-", ""), ("0", "o"), ("1", "l"), ("rn", "m"), ("vv", "w"))
_ALPHABET = string.ascii_lowercase + string.digits + "-"

SHORT = 5
"""Shorter names than this many letters have too many neighbours to say anything by."""


def skeleton(name: str) -> str:
    """What is left of a name for the eye; two names with one skeleton are confusable."""
    text = name.casefold()
    for seen, taken in _FOLDED:
        text = text.replace(seen, taken)
    return text


def look_alikes(new: Iterable[str], existing: Collection[str]) -> dict[str, str]:
    """For each of the `new` names that has one, the other name that it passes for.

    Of two new names that pass for each other the later in the alphabet is told of the earlier.
    """
    ordered = sorted(set(new))
    fresh = set(ordered)
    # One pass over one long text: a registry may have a hundred thousand names.
    known = [name for name in existing if name not in fresh]
    taken = dict(zip(skeleton("\n".join(known)).split("\n"), known, strict=True)) if known else {}
    found = {}
    for name in ordered:
        other = taken.setdefault(skeleton(name), name)
        if other != name:
            found[name] = other
    return found


def neighbours(name: str) -> frozenset[str]:
    """Every text that is one slip of a finger away from `name`.

    A letter too many, one too few, another one, or two neighbours exchanged.
    """
    if len(name.rpartition("/")[2]) < SHORT:
        return frozenset()
    parts = [(name[:i], name[i:]) for i in range(len(name) + 1)]
    dropped = {a + b[1:] for a, b in parts if b}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1}
    other = {a + c + b[1:] for a, b in parts if b for c in _ALPHABET}
    added = {a + c + b for a, b in parts for c in _ALPHABET}
    return frozenset(dropped | swapped | other | added) - {name}


def one_slip_away(name: str, names: Set[str]) -> tuple[str, ...]:
    """Those of `names` that `name` could be a misspelling of, sorted."""
    return tuple(sorted(neighbours(name) & names))
