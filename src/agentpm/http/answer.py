"""What to make of a server's answer: its body, or why there is none."""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from agentpm.http.document import Ask, DocumentTooLarge, HttpFailure, Validators, failure, shown
from agentpm.lazy import pattern

if TYPE_CHECKING:
    import requests

_PASSING = frozenset({429, 502, 503, 504})
"""What a server says that may say something else in a moment."""

_DAY = 86_400.0

_TAG = pattern(r'(W/)?"[\x21\x23-\x7e\x80-\xff]{1,1000}"\Z')
"""A name of a state as it has to be written (RFC 9110, 8.8.3), of a length that servers take back."""

_FIRST = 0x1F
"""The byte with which a packed member begins."""

PIECE = 65536
"""The most bytes to take from a connection at once."""


class Passing(Exception):
    """A failure after which the same request may work; `wait` is what the server asked for."""

    def __init__(self, problem: HttpFailure, wait: float | None = None) -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.wait = wait


def read_body(answer: requests.Response, ask: Ask, deadline: float) -> bytes:
    """The bytes of a document, unpacked here piece by piece, since the limit is on what comes out."""
    packing = answer.headers.get("content-encoding", "").strip().lower()
    if packing not in ("", "identity", "gzip", "x-gzip"):
        raise failure(ask.url, f"it came packed as `{packing}`, which nobody asked for")
    unpack = _Gzip() if "gzip" in packing else None
    pieces: list[bytes] = []
    came = size = 0
    while came_now := answer.raw.read1(PIECE, decode_content=False):
        came += len(came_now)
        try:
            piece = unpack.decompress(came_now, ask.limit - size + 1) if unpack else came_now
        except zlib.error:
            raise Passing(failure(ask.url, "it was damaged on the way")) from None
        size += len(piece)
        # Packed, nothing at all can go on for ever.
        if size > ask.limit or came > ask.limit + PIECE:
            raise DocumentTooLarge(f"`{shown(ask.url)}` has more than {ask.limit:,} bytes")
        if time.monotonic() > deadline:
            raise failure(ask.url, "it takes too long")
        pieces.append(piece)
    if unpack is not None and not unpack.is_whole:
        raise Passing(failure(ask.url, "it was cut off on the way"))
    return b"".join(pieces)


class _Gzip:
    """Unpacks a body: members one behind the other (RFC 1952, 2.2), and no matter what follows them."""

    def __init__(self) -> None:
        self._member = _member()
        self._over = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing from what was begun."""
        return self._member.eof

    def decompress(self, packed: bytes, most: int) -> bytes:
        """What the next bytes hold, at most so many bytes; the rest is then of no interest."""
        found = b""
        while packed and len(found) < most and not self._over:
            if not self._member.eof:
                found += self._member.decompress(packed, most - len(found))
                packed = self._member.unused_data
            elif packed[0] == _FIRST:
                self._member = _member()
            else:
                self._over = True
        return found


def _member() -> zlib._Decompress:
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)


def refusal(answer: requests.Response, url: str) -> HttpFailure | Passing:
    """What to raise for an answer that is no document."""
    status = answer.status_code
    try:
        phrase = f" ({HTTPStatus(status).phrase.lower()})"
    except ValueError:
        phrase = ""
    if status in _PASSING:
        wait = _retry_after(answer.headers.get("retry-after", ""))
        hint = None
        if wait:
            when = f"in {wait:.0f} seconds" if wait < _DAY else "another day"
            hint = f"it asks to come back {when}"
        problem = failure(url, f"the server says {status}{phrase}", hint=hint, status=status)
        return Passing(problem, wait)
    hint = "it asks for a token, or for another one" if status in (401, 403, 407) else None
    return failure(url, f"the server says {status}{phrase}", hint=hint, status=status)


def validators_of(headers: Mapping[str, str]) -> Validators:
    """What the server called the state that it sent.

    `Last-Modified` counts whole seconds, so that within one of them it may name two states. It is
    taken only where the answer is later than that (RFC 9110, 8.8.2.2).
    """
    etag, modified = headers.get("etag", ""), headers.get("last-modified", "")
    if not _TAG.match(etag):
        # Two of them, or `*`, would stand for more than one state.
        etag = ""
    if modified and not etag:
        then, now = _moment(modified), _moment(headers.get("date", ""))
        if then is None or now is None or now - then < 2:
            modified = ""
    return Validators(etag, modified)


def _retry_after(text: str) -> float | None:
    """Seconds that a `Retry-After` header asks for: a number of them, or a date (RFC 9110, 10.2.3)."""
    if text.isdecimal():
        return float(text)
    moment = _moment(text)
    return None if moment is None else max(moment - time.time(), 0.0)


def _moment(text: str) -> float | None:
    """A date in a header, in seconds since the epoch."""
    # Lazy: it is loaded with the first request anyway, and never without one.
    from email.utils import parsedate_to_datetime  # noqa: PLC0415

    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
