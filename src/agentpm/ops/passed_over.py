"""Newer releases that were not taken, as notes: one for all releases that share a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from agentpm.model.release import PackageId
from agentpm.model.version import Version
from agentpm.resolver.solution import PassedOver
from agentpm.values import dataclass

SPELLED = 3
"""How many stretches of versions a note spells out before it counts the releases."""


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence about releases of `package`, and the kind of reason that it gives."""

    package: PackageId
    kind: str
    text: str


Summary = Callable[[PassedOver], str | None]


def notes(passed_over: Iterable[PassedOver], summary: Summary) -> tuple[Note, ...]:
    """What to say of releases that were passed over, those of a package from the newest down.

    `summary` gives the words that several releases share although each has its own.
    """
    packages: dict[PackageId, list[PassedOver]] = {}
    for item in passed_over:
        packages.setdefault(item.package, []).append(item)
    return tuple(note for items in packages.values() for note in _of_one(items, summary))


def _of_one(items: Sequence[PassedOver], summary: Summary) -> Iterator[Note]:
    """The notes about one package, whose newest release stands first."""
    groups: dict[tuple[str, str], list[int]] = {}
    for place, item in enumerate(items):
        groups.setdefault((item.kind, summary(item) or item.text), []).append(place)
    for (kind, shared), places in groups.items():
        first = items[places[0]]
        if len(places) == 1:
            said = f"{first.version} {first.text}"
        else:
            runs = _runs(places)
            versions = [item.version for item in items]
            texts = {items[place].text for place in places}
            said = f"{_spelled(runs, versions)}: each {texts.pop() if len(texts) == 1 else shared}"
        yield Note(first.package, kind, f"`{first.package.name}` {said}")


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """The stretches of neighbours among places in a list, each as its first and last place."""
    runs: list[tuple[int, int]] = []
    for place in places:
        start, end = runs.pop() if runs else (place, place - 1)
        if end + 1 != place:
            runs.append((start, end))
            start = place
        runs.append((start, place))
    return runs


def _spelled(runs: Sequence[tuple[int, int]], versions: Sequence[Version]) -> str:
    """Versions from the oldest up: `1.0.0 to 1.4.0 and 2.0.0`. They come from the newest down."""
    if len(runs) > SPELLED:
        count = sum(end - start + 1 for start, end in runs)
        return f"{count} releases from {versions[runs[-1][1]]} to {versions[runs[0][0]]}"
    texts = [
        str(versions[start]) if start == end else f"{versions[end]} to {versions[start]}"
        for start, end in reversed(runs)
    ]
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))
