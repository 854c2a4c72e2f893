"""Servers on loopback that talk over bare sockets: `answer` says what they do with a connection.

How to use it: a subclass has `answer(connection)`, and the test `with Server() as server:` talks to
`server.port`. Leaving the block waits for the answer that is being given.
"""

from __future__ import annotations

import socket
import threading
from abc import ABC, abstractmethod
from typing import Self


class LoopbackServer(ABC):
    """The docstring of this module says how to use it."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    @abstractmethod
    def answer(self, connection: socket.socket) -> None:
        """Talk to whoever has connected, one after the other, and close the connection in the end."""

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Closing alone would not wake whoever waits in `accept`.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.answer(connection)
