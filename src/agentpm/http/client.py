"""Getting documents from the web, over connections that stay open.

What git does on the network is not seen here. Everything is a `GET` without a body, over
`requests`, so that proxies and certificate bundles are found where its users expect them
(<https://requests.readthedocs.io/en/latest/user/advanced/>). Cookies and `.netrc` are not used: a
secret goes to the one origin that it was given for, and nowhere else.
"""

from __future__ import annotations

import random
import re
import threading
import time
import weakref
from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from agentpm import __version__
from agentpm.http.answer import PIECE, Passing, read_body, refusal, validators_of
from agentpm.http.document import (
    Ask,
    HttpFailure,
    NotEncrypted,
    Patience,
    Response,
    Token,
    Validators,
    failure,
    origin,
    shown,
)

if TYPE_CHECKING:
    import requests

_REDIRECTS = 5
_MOVED = frozenset({301, 302, 303, 307, 308})


class Client:
    """Gets documents, several at a time over connections that stay open.

    Nothing is opened before the first request.

    Args:
        token: the secret for the origin that asks for one.
        allow_insecure: whether `http://` is an address too.
        patience: how long to wait.
        parallel: how many requests may be under way at once.
    """

    def __init__(
        self,
        *,
        token: Token | None = None,
        allow_insecure: bool = False,
        patience: Patience | None = None,
        parallel: int = 8,
    ) -> None:
        self._token = token
        self._schemes = ("https", "http") if allow_insecure else ("https",)
        self._patience = patience or Patience()
        self._parallel = parallel
        self._opened: requests.Session | None = None
        self._ended = threading.Event()

    @property
    def has_login(self) -> bool:
        """Whether it shows a secret to the origin that asks for one."""
        return self._token is not None

    def get(self, url: str, *, limit: int, known: Validators | None = None) -> Response:
        """The document at `url`, of at most `limit` bytes; without its bytes if it is `known`.

        Raises:
            HttpFailure: it could not be had.
            NotEncrypted: it is behind an address that is not encrypted.
            DocumentTooLarge: it has more bytes.
        """
        return self._persist(self._session(), Ask(url, limit, known or Validators()))

    def get_many(self, asks: Sequence[Ask]) -> list[Response | HttpFailure]:
        """What `get` gives for each of `asks`, in their order, with failures in their places."""
        session = self._session()

        def answer(ask: Ask) -> Response | HttpFailure:
            try:
                return self._persist(session, ask)
            except HttpFailure as problem:
                return problem

        if len(asks) < 2:
            return [answer(ask) for ask in asks]
        # Lazy: only who asks for several documents at once needs threads.
        from agentpm.http.abreast import abreast  # noqa: PLC0415

        try:
            return abreast(answer, asks, self._parallel)
        except BaseException:
            self._ended.set()
            raise

    def close(self) -> None:
        """Close all connections; the next request opens new ones."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _session(self) -> requests.Session:
        if self._opened is None:
            self._opened = _new_session(self._parallel)
            weakref.finalize(self, self._opened.close)
        return self._opened

    def _persist(self, session: requests.Session, ask: Ask) -> Response:
        """Get a document, trying again where that is worth it."""
        patience = self._patience
        deadline = time.monotonic() + patience.total
        tried = 1
        while True:
            try:
                return self._follow(session, ask, deadline)
            except Passing as passing:
                # Those who failed together would otherwise come back together.
                pause = patience.pause * 2 ** (tried - 1) * random.uniform(0.5, 1.0)  # noqa: S311
                wait = max(pause, passing.wait or 0.0)
                late = time.monotonic() + wait > deadline
                if tried >= patience.tries or wait > patience.longest or late:
                    raise passing.problem from None
                if self._ended.wait(wait):
                    raise passing.problem from None
            tried += 1

    def _follow(self, session: requests.Session, ask: Ask, deadline: float) -> Response:
        """Get a document from where its address leads."""
        url = self._permitted(ask.url, ask.url)
        for _ in range(_REDIRECTS + 1):
            response, target = self._exchange(session, url, ask, deadline)
            if response is not None:
                return response
            url = self._permitted(target, url)
        raise failure(ask.url, f"it redirects more than {_REDIRECTS} times")

    def _exchange(
        self, session: requests.Session, url: str, ask: Ask, deadline: float
    ) -> tuple[Response | None, str]:
        """One request: what came, or where to look instead."""
        # Lazy, as in `_new_session`.
        import requests  # noqa: PLC0415
        import urllib3.exceptions  # noqa: PLC0415

        try:
            with session.get(
                url,
                headers=_conditions(ask.known),
                auth=self._authorize,
                stream=True,
                timeout=(self._patience.connect, self._patience.read),
                allow_redirects=False,
            ) as answer:
                target = answer.headers.get("location")
                if answer.status_code in _MOVED and target:
                    return None, urljoin(url, target)
                return self._read(answer, ask, deadline), ""
        except (requests.exceptions.SSLError, urllib3.exceptions.SSLError) as error:
            raise failure(
                ask.url,
                "its certificate was not accepted",
                hint="`REQUESTS_CA_BUNDLE` names a file with further certificates to accept",
                details=(_tidy(error),),
            ) from None
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            raise Passing(failure(ask.url, "it did not answer in time")) from None
        except (requests.ConnectionError, urllib3.exceptions.HTTPError) as error:
            told = failure(ask.url, "the connection failed or broke", details=(_tidy(error),))
            raise Passing(told) from None
        except (OSError, ValueError) as error:
            raise failure(ask.url, "the request failed", details=(_tidy(error),)) from None

    def _read(self, answer: requests.Response, ask: Ask, deadline: float) -> Response:
        status = answer.status_code
        if status != HTTPStatus.OK:
            _drain(answer)
        if status == HTTPStatus.NOT_MODIFIED and ask.known != Validators():
            return Response(status, None, ask.known)
        if Response(status).is_missing:
            return Response(status)
        if status != HTTPStatus.OK:
            raise refusal(answer, ask.url)
        body = read_body(answer, ask, deadline)
        return Response(status, body, validators_of(answer.headers))

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the secret where it belongs. That there is such a function keeps `.netrc` out."""
        if self._token is not None and origin(str(request.url)) == self._token.origin:
            request.headers["Authorization"] = self._token.authorization
        return request

    def _permitted(self, url: str, before: str) -> str:
        """`url`, to which `before` led (or which is it), if it is one that may be asked."""
        scheme = urlsplit(url).scheme.lower() if _is_whole(url) else ""
        falls = scheme == "http" and urlsplit(before).scheme.lower() == "https"
        if scheme in self._schemes and not falls:
            return url
        if scheme == "http":
            what = f"`{shown(url)}`" + (
                "" if url == before else f", to which `{shown(before)}` leads,"
            )
            raise NotEncrypted(
                f"{what} is not encrypted, so what it says could be changed on the way",
                hint="use an `https://` address",
            )
        raise failure(before, f"`{shown(url)}` is no address on the web")


def _is_whole(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:
        return False


def _new_session(parallel: int) -> requests.Session:
    # Lazy: loading it takes longer than all of a command that finds its answers on this machine.
    from http.cookiejar import DefaultCookiePolicy  # noqa: PLC0415

    import requests  # noqa: PLC0415 # only who asks a server
    from requests.adapters import HTTPAdapter  # noqa: PLC0415

    session = requests.Session()
    for prefix in ("https://", "http://"):
        session.mount(prefix, HTTPAdapter(pool_connections=4, pool_maxsize=parallel))
    session.headers["User-Agent"] = f"agentpm/{__version__}"
    session.headers["Accept-Encoding"] = "gzip"
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def _conditions(known: Validators) -> dict[str, str]:
    found = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    return {name: value for name, value in found.items() if value}


def _drain(answer: requests.Response) -> None:
    """Read a short answer to its end, after which its connection can be used again."""
    for _ in range(4):
        if not answer.raw.read1(PIECE, decode_content=False):
            break


def _tidy(error: Exception) -> str:
    """What lies at the bottom of an error, in its own words, without any login in a URL."""
    text = re.sub(r"(?<=://)[^\s/'\"]*@", "", str(error))
    found = re.search(r"\[Errno -?\d+\] ([^'\")]+)|CERTIFICATE_VERIFY_FAILED\] ([^('\")]+)", text)
    return next(filter(None, found.groups())).strip() if found else text[:200]
