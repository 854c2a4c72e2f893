"""Real web servers on loopback that offer a directory as files.

How to use it:

    with StaticServer(index.tree) as server:
        registry = SparseRegistry(server.address, ..., allow_insecure=True)

- `StaticServer` is Python's own, which knows `Last-Modified`. `Nginx` is nginx, with `ETag` and gzip;
  `Nginx.missing()` says why it cannot run here. `EncryptedServer` is Python's over TLS, with a
  certificate of its own in `server.certificate`; with `leads`, it sends every reader there.
- `server.url` is the `http://` URL of the directory, `server.address` the same as a registry's
  address, `server.port` the port.
- `server.requests` are the paths that were asked for, with the status of each answer:
  `("/config.json", 200)`. `server.connections` is how many connections carried them.
"""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import pytest


class Quiet(ThreadingHTTPServer):
    """A server that ends at once, whoever is still connected, and keeps its talk to itself."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients of these tests hang up."""


class Served:
    """A server in a thread of this process, with `handler` for each connection."""

    def __init__(self, handler: Callable[..., Any]) -> None:
        self._server = Quiet(("127.0.0.1", 0), handler)
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.address = f"sparse+{self.url}"

    def __enter__(self) -> Self:
        # The default looks for the end of its work only twice a second.
        serve = partial(self._server.serve_forever, poll_interval=0.01)
        self._thread = threading.Thread(target=serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class StaticServer(Served):
    """Python's own web server over the files in `directory`."""

    def __init__(self, directory: Path) -> None:
        self.requests: list[tuple[str, int]] = []
        self._ports: set[int] = set()
        outer = self

        class Handler(SimpleHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                outer.requests.append((self.path, int(code)))
                outer._ports.add(self.client_address[1])

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        super().__init__(partial(Handler, directory=str(directory)))

    @property
    def connections(self) -> int:
        """How many connections were used."""
        return len(self._ports)


class EncryptedServer(Served):
    """Python's web server over TLS, whose one document is `/a`."""

    def __init__(self, here: Path, *, leads: str = "") -> None:
        if shutil.which("openssl") is None:
            pytest.skip("openssl is not installed")
        self.certificate = here / "certificate.pem"
        key = here / "key.pem"
        subprocess.run(
            [
                *(
                    "openssl",
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                ),
                *("-nodes", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
                *("-days", "2", "-keyout", str(key), "-out", str(self.certificate)),
            ],
            check=True,
            capture_output=True,
        )

        class Handler(SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                body = b"" if leads else b"A document, and not a short one.\n"
                self.send_response(302 if leads else 200)
                if leads:
                    self.send_header("Location", leads + self.path)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        super().__init__(Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.url = f"https://127.0.0.1:{self.port}"
        self.address = f"sparse+{self.url}"


_NGINX = """\
daemon off;
pid {here}/pid;
error_log {here}/error.log;
worker_processes 1;
events {{ worker_connections 64; }}
http {{
    types {{ application/json json; application/jsonl jsonl; text/markdown md; }}
    log_format plain '$request_uri $status $connection $sent_http_content_encoding';
    access_log {here}/access.log plain;
    client_body_temp_path {here}/body;
    proxy_temp_path {here}/proxy;
    fastcgi_temp_path {here}/fastcgi;
    uwsgi_temp_path {here}/uwsgi;
    scgi_temp_path {here}/scgi;
    gzip on;
    gzip_types application/json application/jsonl text/markdown;
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


class Nginx:
    """nginx over the files in `directory`, with its own files in the new directory `here`."""

    def __init__(self, directory: Path, here: Path) -> None:
        here.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.address = f"sparse+{self.url}"
        self._here = here
        config = _NGINX.format(here=here, root=directory, port=self.port)
        # Its worker would otherwise be somebody who may not look in here.
        user = "user root;\n" if here.owner() == "root" else ""
        (here / "nginx.conf").write_text(user + config)

    @staticmethod
    def missing() -> str:
        """Why it cannot run on this machine; an empty text where it can."""
        return "" if shutil.which("nginx") else "nginx is not installed"

    def __enter__(self) -> Self:
        command = ["nginx", "-p", str(self._here), "-c", str(self._here / "nginx.conf")]
        self._process = subprocess.Popen([*command, "-e", str(self._here / "error.log")])
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    break
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    @property
    def log(self) -> list[list[str]]:
        """For each request: its path, the status, the number of its connection, `gzip` or `-`."""
        text = (self._here / "access.log").read_text("utf-8")
        return [line.split() for line in text.splitlines() if re.match(r"/", line)]

    @property
    def requests(self) -> list[tuple[str, int]]:
        """The paths that were asked for, with the status of each answer."""
        return [(path, int(status)) for path, status, *_ in self.log]

    @property
    def connections(self) -> int:
        """How many connections were used."""
        return len({connection for _, _, connection, _ in self.log})
