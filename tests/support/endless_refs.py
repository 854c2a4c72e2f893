"""Git servers on loopback that have more refs than anybody could want: over `git://`, or HTTP.

How to use it:

    with EndlessRefs() as server:                     # git's old protocol
        registry = GitRegistry(f"{server.url}/x.git", ..., allow_insecure=True)
    with EndlessRefs(version=2) as server: ...        # the one in which git says what it wants
    with EndlessRefs(web=True) as server: ...         # a web server, old protocol
    with EndlessRefs(amount=4 << 20) as server: ...   # a list with an end, which the caller outlives

- Without `amount`, the list ends after 512 MiB all the same, so that no test can fill a machine.
- `server.sent` is how many bytes of it went out. Every ref is called `HEAD`, in a place of its own.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from itertools import count

from support.loopback import LoopbackServer
from support.odd_git_server import packet

ENOUGH = 512 << 20
_FLUSH = b"0000"
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n"
    b"Connection: close\r\n\r\n"
)


class EndlessRefs(LoopbackServer):
    """The docstring of this module says how to use it."""

    def __init__(self, *, version: int = 0, web: bool = False, amount: int = ENOUGH) -> None:
        super().__init__()
        self._version, self._web, self._amount = version, web, amount
        self.sent = 0
        self.url = f"{'http' if web else 'git'}://127.0.0.1:{self.port}"

    def answer(self, connection: socket.socket) -> None:
        """Send refs until whoever asked has had enough, and hangs up."""
        with connection, suppress(OSError):
            connection.settimeout(30)
            connection.recv(4096)
            self._advertise(connection)

    def _advertise(self, connection: socket.socket) -> None:
        if self._web:
            connection.sendall(_ANSWER + packet("# service=git-upload-pack") + _FLUSH)
        if self._version == 2:
            able = ("version 2", "ls-refs", "fetch=shallow filter", "object-format=sha1")
            connection.sendall(b"".join(map(packet, able)) + _FLUSH)
            connection.recv(4096)
        numbers = count(1)
        if self._version == 0:
            connection.sendall(packet(f"{_ref(next(numbers))}\0shallow filter"))
        left = self._amount
        while left > 0:
            part = b"".join(packet(_ref(next(numbers))) for _ in range(1000))
            connection.sendall(part)
            self.sent, left = self.sent + len(part), left - len(part)
        connection.sendall(_FLUSH)
        # Closing at once would cut off what is still on its way.
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass


def _ref(number: int) -> str:
    return f"{number:040x} refs/heads/{number:09}/{'x' * 900}/HEAD"
