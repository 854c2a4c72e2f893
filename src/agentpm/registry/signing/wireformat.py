"""The strings and numbers of SSH's wire format (RFC 4251, section 5)."""

from __future__ import annotations

import base64
import binascii


class Unreadable(ValueError):
    """Bytes that are not what the format wants; never leaves this package."""


class Reader:
    """Bytes that are read from the front, each field once."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        """The next `count` bytes; raises `Unreadable` where fewer are left."""
        end = self._at + count
        if end > len(self._data):
            raise Unreadable("it ends too early")
        taken, self._at = self._data[self._at : end], end
        return taken

    def uint32(self) -> int:
        """The next number."""
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        """The next string: its length, then its bytes."""
        return self.take(self.uint32())

    def mpint(self) -> int:
        """The next whole number that is not negative, in its shortest form."""
        raw = self.string()
        if raw[:1] >= b"\x80" or (raw[:1] == b"\0" and raw[1:2] < b"\x80"):
            raise Unreadable("a number in it is negative, or longer than it need be")
        return int.from_bytes(raw, "big")

    def end(self) -> None:
        """Make sure that nothing is left."""
        if self._at != len(self._data):
            raise Unreadable("something follows its end")


def string(content: bytes) -> bytes:
    """A string as it is written."""
    return len(content).to_bytes(4, "big") + content


def decode(text: str) -> bytes:
    """The bytes that a base64 text stands for, which must be the one text that stands for them."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable("it is not base64") from None
    if encode(raw) != text:
        raise Unreadable("it is not base64 as everybody else writes it")
    return raw


def encode(raw: bytes) -> str:
    """`raw` as base64, on one line."""
    return base64.b64encode(raw).decode()
