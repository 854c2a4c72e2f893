"""What is asked of the web, what comes back, how that fails."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from agentpm.errors import AgentpmError
from agentpm.values import dataclass, field

_MISSING = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class HttpFailure(AgentpmError):
    """A document that could not be had; `status` is what the server said, None where it did not."""

    code = "http-failed"

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        details: tuple[str, ...] = (),
        status: int | None = None,
    ) -> None:
        super().__init__(message, hint=hint, details=details)
        self.status = status


class NotEncrypted(HttpFailure):
    """An address, perhaps one that another led to, at which anybody on the way could answer."""

    code = "not-encrypted"


class DocumentTooLarge(HttpFailure):
    """A document with more bytes than its kind may have, unpacked."""

    code = "too-large"


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server called the state of a document: `ETag`, `Last-Modified` (RFC 9110, 8.8)."""

    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """A document to get: at most `limit` bytes of it, and none if it is in the state `known`."""

    url: str
    limit: int
    known: Validators = Validators()


@dataclass(frozen=True, slots=True)
class Response:
    """What there was at a URL.

    `status` is 200, 304 (the state is the one that was known), 404 or 410. Only with 200 there is a
    `body`, unpacked; `validators` name its state.
    """

    status: int
    body: bytes | None = None
    validators: Validators = Validators()

    @property
    def is_missing(self) -> bool:
        """Whether the server says that there is no such document."""
        return self.status in _MISSING


@dataclass(frozen=True, slots=True)
class Token:
    """A secret for one origin: the value of the `Authorization` header that only it gets."""

    origin: str
    authorization: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds.

    `connect` for a connection, `read` for the next bytes, `total` for one document with all that is
    tried for it; `tries` is how often. `pause` is the first pause between two of them, doubled each
    time, and `longest` the longest that a server may ask for.
    """

    connect: float = 10.0
    read: float = 30.0
    total: float = 120.0
    tries: int = 4
    pause: float = 0.25
    longest: float = 30.0


def origin(url: str) -> str:
    """Scheme, host and port of a URL (RFC 6454): what a secret is for."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    port = parts.port or {"https": 443, "http": 80}.get(scheme, 0)
    return f"{scheme}://{(parts.hostname or '').lower()}:{port}"


def shown(url: str) -> str:
    """`url` as messages name it: without a login, and without what a query may hold."""
    scheme, separator, rest = url.partition("?")[0].partition("#")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"


def failure(
    url: str,
    reason: str,
    *,
    hint: str | None = None,
    details: tuple[str, ...] = (),
    status: int | None = None,
) -> HttpFailure:
    """That the document at `url` could not be had, and why."""
    return HttpFailure(
        f"could not get `{shown(url)}`: {reason}", hint=hint, details=details, status=status
    )
