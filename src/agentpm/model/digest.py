"""Digests: the identity of bytes, written `sha256:<hex>`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from agentpm import lazy
from agentpm.errors import AgentpmError, ExitCode

if TYPE_CHECKING:
    import hashlib
else:
    # Most runs compare digests and make none, and this loads OpenSSL.
    hashlib = lazy.module("hashlib")

_FORM = lazy.pattern(r"sha256:[0-9a-f]{64}\Z")


class InvalidDigest(AgentpmError):
    """A text that is no digest."""

    code = "invalid-digest"
    exit_code = ExitCode.CORRUPT


class Digest(str):
    """A SHA-256 of some bytes, as `sha256sum` gives it, after `sha256:`.

    Raises:
        InvalidDigest: the text has another form.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check the form of `text`."""
        if not _FORM.match(text):
            raise InvalidDigest(
                f"`{text[:80]}` is not a digest of the form `sha256:<64 hex digits>`"
            )
        return str.__new__(cls, text)

    @classmethod
    def of(cls, content: bytes) -> Self:
        """The digest of `content`."""
        return str.__new__(cls, "sha256:" + hashlib.sha256(content).hexdigest())

    @property
    def hex(self) -> str:
        """The 64 hexadecimal digits alone."""
        return self[7:]
