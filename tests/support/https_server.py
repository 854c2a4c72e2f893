"""A web server on this machine with a certificate of its own.

How to use it:

    with https_server(tmp_path) as server:
        project.environ |= server.trust          # the person's machine trusts it
        server.files["/policy.toml"] = NO_SHELL
        ... f"{server.url}/policy.toml" ...
        assert server.asked == ["/policy.toml"]
        server.redirects["/old"] = f"{server.url}/policy.toml"

What is in neither of the two is not found. Needs the command `openssl`; without it the test is
skipped.
"""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


@dataclass
class HttpsServer:
    """What a server has to offer, and what it was asked for."""

    url: str
    trust: dict[str, str]
    files: dict[str, bytes] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextmanager
def https_server(folder: Path) -> Iterator[HttpsServer]:
    """A server that answers while the block runs."""
    certificate = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    web = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    web.socket = context.wrap_socket(web.socket, server_side=True)
    trusted = str(certificate)
    server = HttpsServer(
        f"https://localhost:{web.server_address[1]}",
        {"SSL_CERT_FILE": trusted, "REQUESTS_CA_BUNDLE": trusted},
    )
    web.RequestHandlerClass = _handler(server)
    thread = threading.Thread(target=web.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        web.shutdown()
        web.server_close()
        thread.join()


def _handler(server: HttpsServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            content = server.files.get(self.path)
            if self.path in server.redirects:
                self.send_response(302)
                self.send_header("Location", server.redirects[self.path])
            else:
                self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            """Nothing: a test's output is the test's."""

    return Handler


def _certificate(folder: Path) -> Path:
    """A key with a certificate for `localhost` in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("`openssl` is not installed")
    file = folder / "localhost.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            "-keyout", str(file), "-out", f"{file}.crt",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    file.write_bytes(file.read_bytes() + Path(f"{file}.crt").read_bytes())
    return file
