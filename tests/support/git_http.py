"""A git host on loopback: `git http-backend`, as any web server runs it, with a login where wanted.

How to use it:

    with GitHost(index.bare.parent, login="ada:secret") as host:
        registry = GitRegistry(f"{host.url}/{index.bare.name}", ..., allow_insecure=True)
    assert host.unauthorized == 1

- `GitHost(root, version=0)` is a host with git's old protocol, as some still are.
- `host.trouble = 503` makes it answer nothing but that from then on.
- Pushing is allowed where the repository says so: `index.git("config", "http.receivepack", "true")`.
- `requests` are the requests answered, as `GET /registry.git/info/refs`; `sent` every
  `Authorization` header that came in; `unauthorized` counts the answers with 401.
"""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self


class GitHost:
    """All repositories below `root`, over HTTP; with `login`, only for who sends it."""

    def __init__(self, root: Path, *, login: str | None = None, version: int = 2) -> None:
        self.root = root
        self.version = version
        self.login = login
        self.requests: list[str] = []
        self.sent: list[str] = []
        self.unauthorized = 0
        self.trouble = 0
        host = self

        class Handler(_Handler):
            served = host

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        """The port on loopback."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its address, without a login."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def admits(self, header: str | None) -> bool:
        """Whether an `Authorization` header opens the door."""
        if self.login is None:
            return True
        return header == "Basic " + base64.b64encode(self.login.encode()).decode()


class _Handler(BaseHTTPRequestHandler):
    served: GitHost
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().strip(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, body: bytes) -> None:
        host = self.served
        path, _, query = self.path.partition("?")
        header = self.headers.get("Authorization")
        if header is not None:
            host.sent.append(header)
        if not host.admits(header):
            host.unauthorized += 1
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="agents"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        host.requests.append(f"{self.command} {path}")
        if host.trouble:
            self.send_response(host.trouble)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        ran = subprocess.run(
            ["git", "http-backend"],
            input=body,
            capture_output=True,
            check=True,
            env=self._environ(path, query, body),
        )
        self._relay(ran.stdout)

    def _environ(self, path: str, query: str, body: bytes) -> dict[str, str]:
        """What a web server tells a CGI program (RFC 3875), and git besides."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        return {
            **inherited,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_PROJECT_ROOT": str(self.served.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", "") if self.served.version else "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "REMOTE_ADDR": "127.0.0.1",
            "REMOTE_USER": "ada",
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }

    def _relay(self, output: bytes) -> None:
        head, _, content = output.partition(b"\r\n\r\n")
        fields = [line.partition(": ") for line in head.decode().split("\r\n")]
        status = next((value for name, _, value in fields if name == "Status"), "200 OK")
        self.send_response(int(status.split(" ")[0]))
        for name, _, value in fields:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
