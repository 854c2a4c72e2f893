"""Serve a registry as plain files, as a web server would: `files_server.py --repository DIRECTORY`.

Either the files of the newest commit of a bare repository, whatever that is at the moment, or with
`--names` those of a generated registry of any size, which is nowhere: each file is made when it is
asked for. The first line of output is the port, on loopback. `/-/requests` answers with the number
of requests so far.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import http.server
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.generate import config_file, environ, index_file, release_of, shard
from benchmarks.prose import AGENT_BYTES, number_of

CHANGED = 10
"""So many names, the first ones, get the further releases of `--changes`."""

COUNT = "/-/requests"

Answer = Callable[[str], bytes | None]
"""From the path of a file to its bytes; None where there is no such file."""


class Repository:
    """The files of the newest commit of the bare repository in `directory`."""

    def __init__(self, directory: Path) -> None:
        self._lock = threading.Lock()
        self._reader = subprocess.Popen(
            ["git", "cat-file", "--batch"],
            cwd=directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environ(),
        )

    def __call__(self, path: str) -> bytes | None:
        """The file at `path`."""
        asked, answer = self._reader.stdin, self._reader.stdout
        assert asked is not None
        assert answer is not None
        with self._lock:
            asked.write(f"HEAD:{path}\n".encode())
            asked.flush()
            words = answer.readline().split()
            if words[-1] == b"missing":
                return None
            body = answer.read(int(words[-1]) + 1)[:-1]
        return body if words[-2] == b"blob" else None


class Simulated:
    """The files of a registry with so many `names`, `releases` of each, and files of `size` bytes.

    The number in the file `changes` says how many releases more the first names have.
    """

    def __init__(self, names: int, releases: int, size: int, changes: Path | None) -> None:
        self._names = names
        self._releases = releases
        self._size = size
        self._changes = changes
        # A web server keeps in memory what is asked for again and again.
        self._index = functools.lru_cache(10_000)(index_file)

    def __call__(self, path: str) -> bytes | None:
        """The file at `path`."""
        if path == "config.json":
            return config_file()
        match = re.fullmatch(r"index/.*?([^/]+)\.jsonl|agents/.*?([^/]+)/1\.(\d+)\.0\.md", path)
        number = number_of(match[1] or match[2]) if match else None
        if match is None or number is None or number >= self._names:
            return None
        place = shard(match[1] or match[2])
        releases = self._releases + (self._more() if number < CHANGED else 0)
        if path == f"index/{place}.jsonl":
            return self._index(number, releases, self._size)
        if path == f"agents/{place}/1.{match[3]}.0.md" and int(match[3]) < releases:
            return release_of(number, int(match[3]), self._size).content
        return None

    def _more(self) -> int:
        return int(self._changes.read_text()) if self._changes else 0


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers with files and their `ETag`, over connections that stay open."""

    protocol_version = "HTTP/1.1"
    # Head and body in one piece: the kernel would wait for an answer between two small ones.
    wbufsize = -1
    disable_nagle_algorithm = True

    def __init__(self, answer: Answer, count: list[int], *request: object) -> None:
        self._answer = answer
        self._count = count
        super().__init__(*request)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer one request."""
        if self.path == COUNT:
            self._send(HTTPStatus.OK, str(len(self._count)).encode())
            return
        self._count.append(1)
        body = self._answer(self.path.lstrip("/"))
        if body is None:
            self._send(HTTPStatus.NOT_FOUND, b"")
            return
        tag = f'"{hashlib.md5(body).hexdigest()}"'
        if self.headers.get("If-None-Match") == tag:
            self._send(HTTPStatus.NOT_MODIFIED, b"", tag)
        else:
            self._send(HTTPStatus.OK, body, tag)

    def _send(self, status: HTTPStatus, body: bytes, tag: str = "") -> None:
        self.send_response(status)
        if tag:
            self.send_header("ETag", tag)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def main() -> None:
    """Read the command line, say the port, serve until the process is ended."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repository", type=Path, help="the bare repository whose files to serve")
    parser.add_argument("--names", type=int, default=1000, help="how many names to simulate (1000)")
    parser.add_argument("--releases", type=int, default=5, help="how many releases of each (5)")
    parser.add_argument("--bytes", type=int, default=AGENT_BYTES, help="the size of a file (5000)")
    parser.add_argument("--changes", type=Path, help="a file: how many more the first names have")
    options = parser.parse_args()
    answer: Answer = (
        Repository(options.repository)
        if options.repository
        else Simulated(options.names, options.releases, options.bytes, options.changes)
    )
    handler = functools.partial(_Handler, answer, [])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
