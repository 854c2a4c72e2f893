"""Git servers on loopback that behave as no git does: silent, or with a single word for everybody.

How to use it:

    with OddGitServer() as server:                        # accepts, and says nothing
        registry = GitRegistry(f"{server.url}/registry.git", ..., allow_insecure=True)
    with OddGitServer(packet("ERR out of order")) as server:  # says that, and hangs up

- `server.url` is its `git://` address, `server.port` the port; `server.asked` is how many
  connections it had, `server.hung_up(within=30)` whether those left open are closed by the other side
  within so many seconds.
"""

from __future__ import annotations

import socket

from support.loopback import LoopbackServer


def packet(text: str) -> bytes:
    """A line as git's protocol wraps it."""
    return f"{len(text) + 5:04x}{text}\n".encode()


class OddGitServer(LoopbackServer):
    """The docstring of this module says how to use it."""

    def __init__(self, answer: bytes | None = None) -> None:
        super().__init__()
        self._answer = answer
        self._open: list[socket.socket] = []
        self.asked = 0
        self.url = f"git://127.0.0.1:{self.port}"

    def __exit__(self, *reason: object) -> None:
        super().__exit__(*reason)
        for connection in self._open:
            connection.close()

    def hung_up(self, within: float) -> bool:
        """Whether whoever still has a connection to a silent server ends it soon."""
        for connection in self._open:
            connection.settimeout(within)
            try:
                while connection.recv(4096):
                    pass
            except ConnectionError:
                continue
            except TimeoutError:
                return False
        return True

    def answer(self, connection: socket.socket) -> None:
        """Say the one word, or nothing for as long as the other side will wait."""
        self.asked += 1
        if self._answer is None:
            self._open.append(connection)
            return
        with connection:
            connection.recv(4096)
            connection.sendall(self._answer)
