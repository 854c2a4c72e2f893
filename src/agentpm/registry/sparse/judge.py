"""What to make of a file that a registry shows now, given what it showed before.

The files of a registry arrive one by one, from whichever server of many was asked. One of them may
lag behind: what it shows is then the beginning of what was seen. Any other difference that
`history` does not permit is a breach.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from agentpm.http.document import Response, Validators
from agentpm.registry.documents import SIGNERS_FILE
from agentpm.registry.history import Breach, breaches
from agentpm.registry.wire import MalformedIndex, lines, name_at
from agentpm.values import dataclass, replace

LAG = 86_400.0
"""Seconds for which a server may know nothing of a file that another one showed already."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is remembered of one file of a registry.

    `content` is None where there was no such file. `validators` are the server's names for that
    state, `looked` is when it was last asked, `since` when there first was something; both in
    seconds since the epoch.
    """

    content: bytes | None
    validators: Validators
    looked: float
    since: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What to remember from now on.

    `is_behind` says that the server shows less than was seen, which stays; `evidence`, that it shows
    something else: then nothing changes. `is_other` says the same of the list of signers, of which
    only those can tell what it means who know whom they trusted.
    """

    kept: Kept
    is_behind: bool = False
    is_other: bool = False
    evidence: tuple[Breach, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether what came is not taken, unless somebody vouches for it."""
        return self.is_other or bool(self.evidence)


def judge(path: str, before: Kept | None, response: Response, now: float) -> Judged:
    """Hold what a server answered at `now` against what was seen `before` of the file at `path`."""
    new = Kept(response.body, response.validators, now, now)
    if before is None or before.content is None:
        return Judged(new)
    if response.status == HTTPStatus.NOT_MODIFIED:
        return Judged(replace(before, looked=now))
    new = replace(new, since=before.since)
    if not path.endswith(".jsonl"):
        return Judged(new)
    if response.body is None:
        lags = now - before.since < LAG
    else:
        lags = _is_earlier(path, response.body, before.content)
    if lags:
        return Judged(replace(before, looked=now), is_behind=True)
    if path == SIGNERS_FILE and not (response.body or b"").startswith(before.content):
        return Judged(before, is_other=True)
    evidence = breaches(before.content, response.body, path) if name_at(path) else ()
    return Judged(before, evidence=evidence) if evidence else Judged(new)


def _is_earlier(path: str, shown: bytes, seen: bytes) -> bool:
    """Whether what is shown is a state that could have become what was seen, and is not it."""
    if name_at(path) is None:
        return seen.startswith(shown) and shown != seen
    if not breaches(seen, shown, path):
        # It has all that was ever offered: a line that was no record may have been taken out again.
        return False
    if seen.startswith(shown):
        return True
    try:
        # A line that is no record breaks no rule, but it was none before either.
        list(lines(shown, path))
    except MalformedIndex:
        return False
    return not breaches(shown, seen, path)


def is_index(path: str, body: bytes) -> bool:
    """Whether bytes can be the whole file at `path`: neither a page for people, nor cut in a line.

    Where records of a package should be, there has to be one at least, if there is anything at all.
    """
    last = body.rpartition(b"\n")[2]
    if body.strip() and not body.lstrip().startswith(b"{"):
        return False
    if last and _object(last) is None:
        return False
    return name_at(path) is None or not body.strip() or any(map(_is_record, body.split(b"\n")))


def _is_record(raw: bytes) -> bool:
    found = _object(raw) if raw.strip() else None
    return found is not None and type(found.get("v")) is int


def _object(raw: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
