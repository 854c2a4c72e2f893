"""Versions in order, with the ranges that they lie in: worked out once for all that are the same.

Many packages have releases of the same numbers, most often a single `1.0.0`, and are asked for in
the same few ranges.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import lt

from agentpm.model.version import Range, Version


class Ladder:
    """Versions from the oldest to the newest: the k-th is bit k of a set.

    `present` is the set of all of them (`shelf.py` says how sets are written), `absent` that of none
    of them, `prereleases` those that are pre-releases. `places` are where in the versions given they
    stand, None where these are in order already. `has_twins` is whether two of them are equal, which
    then stand as they are given.
    """

    __slots__ = (
        "_is_foreign", "_keys", "_within", "absent", "has_twins", "places", "prereleases", "present",
    )  # fmt: skip

    def __init__(self, versions: Sequence[Version]) -> None:
        self._keys = [_key(version) for version in versions]
        self.places: Sequence[int] | None = None
        self.has_twins = False
        if not all(map(lt, self._keys, self._keys[1:])):
            self.places = sorted(range(len(self._keys)), key=self._keys.__getitem__)
            self._keys = [self._keys[place] for place in self.places]
            self.has_twins = not all(map(lt, self._keys, self._keys[1:]))
        # A package without releases gets one that stands for them all, so that a requirement on it
        # has something to ask for, and the fact that it does not exist something to deny.
        self.absent = 1 << (len(self._keys) or 1)
        self.present = self.absent - 1
        self.prereleases = 0
        self._is_foreign = False
        self._within: dict[str, int | None] = {}
        for position, (_, rest) in enumerate(self._keys):
            if rest is not _PLAIN:
                phase, _, post, dev, local = rest
                if phase < _FINAL or dev < _NEVER:
                    self.prereleases |= 1 << position
                if post >= 0 or dev < _NEVER or local:
                    self._is_foreign = True

    def within(self, wanted: Range) -> int | None:
        """The versions that lie in a range, pre-releases included.

        None where their places do not tell, since they or the range are of a kind that no agent has.
        """
        try:
            return self._within[wanted.text]
        except KeyError:
            mask = self._within[wanted.text] = self._worked_out(wanted)
            return mask

    def _worked_out(self, wanted: Range) -> int | None:
        mask = self.present
        if not self._keys:
            return mask
        intervals = None if self._is_foreign else _intervals(wanted)
        if intervals is None:
            return None
        for lower, upper, inside in intervals:
            first = 1 << bisect_left(self._keys, lower)
            last = 1 << bisect_left(self._keys, upper)
            span = last - first if first < last else 0
            mask &= span if inside else ~span
        return mask

    def bits(self, version: Version) -> int:
        """The set of this one version, empty where it is not there."""
        key = _key(version)
        position = bisect_left(self._keys, key)
        if not self.has_twins:
            return 1 << position if self._keys[position : position + 1] == [key] else 0
        return (1 << bisect_right(self._keys, key)) - (1 << position)

    def below(self, version: Version) -> int:
        """The versions older than `version`."""
        return (1 << bisect_left(self._keys, _key(version))) - 1

    def positions(self, mask: int) -> Iterator[int]:
        """The positions of the versions in a set, from the oldest."""
        mask &= self.present if self._keys else 0
        while mask:
            low = mask & -mask
            yield low.bit_length() - 1
            mask ^= low


@lru_cache(maxsize=16384)
def ladder_of(versions: tuple[Version, ...]) -> Ladder:
    """The ladder of some versions, which may be in any order."""
    return Ladder(versions)


_Rest = tuple[int, int, int, int, tuple[tuple[int, str], ...]]
"""The place among versions of the same numbers.

Phase, number within the phase, post number, dev number, local part.
"""

_Key = tuple[tuple[int, ...], _Rest]
"""A version's place in the order: epoch with numbers, and the rest."""

_Interval = tuple[_Key, _Key, bool]

_PHASES = {"a": 0, "b": 1, "rc": 2}
_FINAL = 3
_EARLIEST = -1
_NEVER = 1 << 512
_PLAIN: _Rest = (_FINAL, 0, _EARLIEST, _NEVER, ())
_FIRST: _Rest = (_EARLIEST, 0, _EARLIEST, 0, ())
_BOTTOM: _Key = ((), _FIRST)
_TOP: _Key = ((_NEVER,), _FIRST)


@lru_cache(maxsize=65536)
def _key(version: Version) -> _Key:
    """Where a version stands among others, in the order of PEP 440.

    Tuples compare an order of magnitude faster than versions do. Versions of agents have neither
    epochs nor post, dev or local parts (`agentpm.model.version`); other worlds do, and theirs are
    placed rightly all the same.
    """
    numbers = _numbers(version.epoch, version.release)
    pre, post, dev, local = version.pre, version.post, version.dev, version.local
    if (pre, post, dev, local) == (None, None, None, None):
        return numbers, _PLAIN
    phase, number = _FINAL, 0
    if pre is not None:
        phase, number = _PHASES[pre[0]], pre[1]
    elif dev is not None and post is None:
        # What leads to a final release comes before its pre-releases.
        phase = _EARLIEST
    rest = (
        phase,
        number,
        _EARLIEST if post is None else post,
        _NEVER if dev is None else dev,
        _local(local),
    )
    return numbers, rest


def _local(local: str | None) -> tuple[tuple[int, str], ...]:
    parts = local.split(".") if local is not None else ()
    return tuple((int(part), "") if part.isdigit() else (_EARLIEST, part) for part in parts)


def _numbers(epoch: int, numbers: tuple[int, ...]) -> tuple[int, ...]:
    end = len(numbers)
    while end and not numbers[end - 1]:
        end -= 1
    return (epoch, *numbers[:end])


@lru_cache(maxsize=16384)
def _intervals(wanted: Range) -> tuple[_Interval, ...] | None:
    """The range as intervals, upper end excluded, that a version lies in (or, where False, not).

    They are about versions that an agent can have; None where the range names another kind.
    Source: PEP 440, Version specifiers.
    """
    found = []
    for specifier in wanted.specifiers:
        interval = _interval(specifier.operator, specifier.version)
        if interval is None:
            return None
        found.append(interval)
    return tuple(found)


def _interval(operator: str, text: str) -> _Interval | None:
    try:
        version = Version(text.removesuffix(".*"))
    except ValueError:
        return None
    if operator == "===" or (version.post, version.dev, version.local) != (None, None, None):
        return None
    epoch, numbers = version.epoch, version.release
    here = _key(version)
    after = here[0], (*here[1][:4], ((_NEVER, ""),))
    if text.endswith(".*"):
        return _first_of(epoch, numbers), _first_of(epoch, _next(numbers)), operator == "=="
    if operator == "~=":
        return here, _first_of(epoch, _next(numbers[:-1])), True
    if operator == "<":
        # `<2.0` leaves out the pre-releases of 2.0 unless it names one itself.
        return _BOTTOM, here if version.is_prerelease else _first_of(epoch, numbers), True
    return {
        ">": (after, _TOP, True),
        ">=": (here, _TOP, True),
        "<=": (_BOTTOM, after, True),
        "==": (here, after, True),
        "!=": (here, after, False),
    }[operator]


def _first_of(epoch: int, numbers: tuple[int, ...]) -> _Key:
    """The place before a version and all its pre-releases."""
    return _numbers(epoch, numbers), _FIRST


def _next(numbers: tuple[int, ...]) -> tuple[int, ...]:
    return (*numbers[:-1], numbers[-1] + 1)
