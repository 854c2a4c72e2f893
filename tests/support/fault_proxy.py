"""A small proxy in front of a real web server, in which things go wrong on demand.

How to use it:

    with StaticServer(index.tree) as server, FaultProxy(server) as proxy:
        proxy.fault("/config.json", says(503), times=2)
        registry = SparseRegistry(proxy.address, ..., allow_insecure=True)

- What no fault is asked for passes as it is. `fault(path, what, times=1)` makes the next `times`
  answers for `path` wrong; `always(path, what)` all of them. `heal()` ends all faults.
- Faults: `says(503, {"Retry-After": "1"})`, `cut`, `longer_than_it_says`, `endless`, `bomb`,
  `hollow`, `silent`, `drips`, `leads_to(url)`, `shows(b"...")` (with status 200), `hangs_up`.
- `proxy.requests` are the paths asked for, with the status of each answer (0 before there is one);
  `proxy.seen` are their headers.
"""

from __future__ import annotations

import gzip
import http.client
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler
from typing import Any

from support.web_server import Served, StaticServer

_BOMB = gzip.compress(bytes(30_000_000))
Answer = tuple[int, dict[str, str], bytes]
Fault = Callable[["Exchange"], None]


class Exchange(BaseHTTPRequestHandler):
    """One request that passes through."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: FaultProxy
    place: int

    def do_GET(self) -> None:
        """Pass the request on, or let it go wrong."""
        self.place = len(self.proxy.requests)
        self.proxy.requests.append((self.path, 0))
        self.proxy.seen.append(self.headers)
        with suppress(OSError):
            self.proxy.next(self.path)(self)

    def upstream(self) -> Answer:
        """What the real server answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.proxy.behind.port)
        passed = ("If-None-Match", "If-Modified-Since", "Accept-Encoding")
        headers = {name: self.headers[name] for name in passed if name in self.headers}
        connection.request("GET", self.path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        kept = ("Content-Type", "Content-Encoding", "ETag", "Last-Modified", "Location")
        told = {name: answer.headers[name] for name in kept if name in answer.headers}
        connection.close()
        return answer.status, told, body

    def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send an answer, with its true length where `headers` give none."""
        self.proxy.requests[self.place] = (self.path, status)
        self.send_response(status)
        lengths = {"Content-Length", "Transfer-Encoding"} & set(headers)
        for name, value in headers.items():
            self.send_header(name, value)
        if not lengths and status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


class FaultProxy(Served):
    """See the docstring of this module."""

    def __init__(self, behind: StaticServer) -> None:
        self.behind = behind
        self.requests: list[tuple[str, int]] = []
        self.seen: list[Message] = []
        self.ended = threading.Event()
        self._faults: dict[str, list[tuple[Fault, float]]] = {}
        self._guard = threading.Lock()
        super().__init__(type("Handler", (Exchange,), {"proxy": self}))

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        super().__exit__()

    def fault(self, path: str, what: Fault, *, times: float = 1) -> None:
        """Let the next `times` answers for `path` go wrong."""
        self._faults.setdefault(path, []).append((what, times))

    def always(self, path: str, what: Fault) -> None:
        """Let all answers for `path` go wrong."""
        self._faults[path] = [(what, float("inf"))]

    def heal(self) -> None:
        """End all faults."""
        self._faults.clear()

    def next(self, path: str) -> Fault:
        """What is to happen to a request."""
        with self._guard:
            waiting = self._faults.get(path)
            if not waiting:
                return _passes
            what, times = waiting.pop(0)
            if times > 1:
                waiting.insert(0, (what, times - 1))
            return what


def _passes(exchange: Exchange) -> None:
    exchange.answer(*exchange.upstream())


def says(status: int, headers: Mapping[str, str] | None = None) -> Fault:
    """The server is not in the mood."""
    return lambda exchange: exchange.answer(status, headers or {}, b"no")


def shows(body: bytes) -> Fault:
    """Something else comes, as if it were the document."""
    return lambda exchange: exchange.answer(200, {"Content-Type": "text/html"}, body)


def leads_to(url: str) -> Fault:
    """The document is elsewhere: `url`, followed by the path that was asked for."""
    return lambda exchange: exchange.answer(302, {"Location": url + exchange.path}, b"")


def cut(exchange: Exchange) -> None:
    """The connection breaks in the middle of the body."""
    status, headers, body = exchange.upstream()
    exchange.answer(status, headers | {"Content-Length": str(len(body))}, body[: len(body) // 2])
    exchange.close_connection = True


def longer_than_it_says(exchange: Exchange) -> None:
    """The header gives a length that ends in the middle of the body."""
    status, headers, body = exchange.upstream()
    exchange.answer(status, headers | {"Content-Length": str(len(body) // 2)}, body)
    exchange.close_connection = True


def hangs_up(exchange: Exchange) -> None:
    """The connection ends without an answer."""
    exchange.close_connection = True


def silent(exchange: Exchange) -> None:
    """Nothing comes, for as long as the test runs."""
    exchange.proxy.ended.wait(60)
    exchange.close_connection = True


def drips(exchange: Exchange) -> None:
    """A byte comes now and then, each soon enough, and never the last one."""
    exchange.answer(200, {"Content-Length": "1000000"}, b"{")
    while not exchange.proxy.ended.wait(0.02):
        exchange.wfile.write(b" ")


def endless(exchange: Exchange) -> None:
    """The body has no end."""
    exchange.answer(200, {"Transfer-Encoding": "chunked"}, b"")
    while not exchange.proxy.ended.is_set():
        exchange.wfile.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")


def hollow(exchange: Exchange) -> None:
    """A packed body without an end, in which there is nothing."""
    packed = {"Content-Encoding": "gzip", "Transfer-Encoding": "chunked"}
    exchange.answer(200, packed, b"a\r\n" + gzip.compress(b"")[:10] + b"\r\n")
    # Blocks of no bytes, none of them the last one (RFC 1951, 3.2.4).
    while not exchange.proxy.ended.is_set():
        exchange.wfile.write(b"5000\r\n" + b"\0\0\0\xff\xff" * 0x1000 + b"\r\n")


def bomb(exchange: Exchange) -> None:
    """A few bytes that unpack to very many."""
    exchange.answer(200, {"Content-Encoding": "gzip"}, _BOMB)
