"""A real git repository that is a registry, written by hand, without any code of agentpm's.

How to use it:

    index = IndexRepo(tmp_path)
    index.publish("reviewer", "2.1.0", tools="Read, Grep")
    index.publish("lead", "2.0.0", "reviewer >=2", tools="Read")
    registry = GitRegistry(index.url, ...)

- Every `publish` is a commit of record and bytes; `with index.one_commit():` makes one of many.
- `index.url` is its `file://` address, `index.tip` its newest commit, `index.agent("lead", "2.0.0")`
  the bytes of a release, `index.checksum(...)` their digest.
- `yank(name, version, reason)` does what is allowed. What is forbidden is done by hand, too:
  `index.write("index/...", b"...")`, `index.edit(name, old, new)`, `index.rewrite_history()`.
- `Server(index)` offers the same repository through `git daemon` on loopback, with partial clones
  (or without: `filters=False`), and counts the requests it answers.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

PUBLISHED = "2026-10-01T12:00:00Z"
_EVERYBODY = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "1790000000 +0000",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_COMMITTER_DATE": "1790000000 +0000",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


class IndexRepo:
    """A registry in the new directory `tmp_path / name`, a bare repository with a work tree beside."""

    def __init__(self, tmp_path: Path, name: str = "registry") -> None:
        self.bare = tmp_path / f"{name}.git"
        self.tree = tmp_path / f"{name}.tree"
        self._open = False
        self.tree.mkdir(parents=True)
        subprocess.run(
            ["git", "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare)],
            check=True,
            env=self._environ(),
        )
        self.write(
            "config.json",
            b'{"format": 1, "id": "%s"}\n' % hashlib.md5(name.encode()).hexdigest().encode(),
        )
        self.write(".gitattributes", b"* -text\n")
        self.commit("An empty registry")

    @property
    def url(self) -> str:
        """The address of the repository."""
        return self.bare.as_uri()

    @property
    def tip(self) -> str:
        """The newest commit."""
        return self.git("rev-parse", "refs/heads/main").strip()

    def git(self, *arguments: str) -> str:
        """What a git command says that works on the repository and its tree."""
        ran = subprocess.run(
            # Git would tidy up in the background after a large commit.
            [
                *("git", f"--git-dir={self.bare}", f"--work-tree={self.tree}"),
                *("-c", "gc.auto=0", "-c", "maintenance.auto=false", *arguments),
            ],
            check=True,
            capture_output=True,
            env=self._environ(),
            cwd=self.tree,
        )
        return ran.stdout.decode()

    def publish(
        self,
        name: str,
        version: str,
        *dependencies: str,
        tools: str | None = None,
        **record: Any,
    ) -> Self:
        """Publish an agent that depends on others, written `reviewer >=2`.

        `tools` is its line of tools (None: no such line), further keywords go into the record.
        """
        raw = agent_text(name, version, *dependencies, tools=tools)
        line: dict[str, Any] = {
            "v": 1,
            "name": name,
            "version": version,
            "checksum": "sha256:" + hashlib.sha256(raw).hexdigest(),
            "size": len(raw),
            "description": description_of(name),
            "grants": {} if tools is None else {"tools": tools},
            "dependencies": list(dependencies),
            "published": PUBLISHED,
        }
        self.write(agent_file(name, version), raw)
        self.append(index_file(name), json.dumps(line | record))
        if not self._open:
            self.commit(f"{name} {version}")
        return self

    def yank(self, name: str, version: str, reason: str) -> Self:
        """Yank a release."""
        lines = (self.tree / index_file(name)).read_text("utf-8").splitlines()
        for place, line in enumerate(lines):
            record = json.loads(line)
            if record["version"] == version:
                lines[place] = json.dumps(record | {"yanked": reason})
        self.write(index_file(name), ("\n".join(lines) + "\n").encode())
        return self.commit(f"Yank {name} {version}")

    def edit(self, name: str, old: str, new: str) -> Self:
        """Put `new` for `old` in the records of a package, which nobody may do."""
        text = (self.tree / index_file(name)).read_text("utf-8")
        assert old in text
        self.write(index_file(name), text.replace(old, new).encode())
        return self.commit("Something else")

    def append(self, path: str, line: str) -> None:
        """One more line for a file."""
        before = (self.tree / path).read_bytes() if (self.tree / path).exists() else b""
        self.write(path, before + line.encode() + b"\n")

    def write(self, path: str, content: bytes) -> None:
        """Any file, not committed yet."""
        (self.tree / path).parent.mkdir(parents=True, exist_ok=True)
        (self.tree / path).write_bytes(content)

    def remove(self, path: str) -> Self:
        """Remove a file."""
        (self.tree / path).unlink()
        return self.commit(f"Without {path}")

    def commit(self, message: str) -> Self:
        """Commit the tree as it is."""
        self.git("add", "--all", ".")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self

    @contextmanager
    def one_commit(self) -> Iterator[None]:
        """What is published inside becomes one commit."""
        self._open = True
        yield
        self._open = False
        self.commit("Many")

    def rewrite_history(self) -> Self:
        """Make the same tree a first commit: everything is there, but not what was."""
        commit = self.git("commit-tree", "-m", "As if it had always been so", "HEAD^{tree}").strip()
        self.git("update-ref", "refs/heads/main", commit)
        return self

    def agent(self, name: str, version: str) -> bytes:
        """The bytes of a release."""
        return (self.tree / agent_file(name, version)).read_bytes()

    def checksum(self, name: str, version: str) -> str:
        """The digest of a release."""
        return "sha256:" + hashlib.sha256(self.agent(name, version)).hexdigest()

    @staticmethod
    def _environ() -> dict[str, str]:
        return {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | _EVERYBODY


def agent_text(name: str, version: str, *dependencies: str, tools: str | None = None) -> bytes:
    """An agent file as somebody would write it."""
    lines = ["---", f"name: {name.rpartition('/')[2]}", f"description: {description_of(name)}"]
    lines += [f"version: {version}"]
    lines += [] if tools is None else [f"tools: {tools}"]
    lines += ["dependencies:", *(f"  - {d}" for d in dependencies)] if dependencies else []
    return ("\n".join([*lines, "---", f"You are {name}, in your version {version}.", ""])).encode()


def description_of(name: str) -> str:
    """What an agent of the tests says of itself."""
    return f"Use the {name.rpartition('/')[2].replace('-', ' ')} when a test needs one."


def _shard(name: str) -> str:
    owner, slash, agent = name.rpartition("/")
    by_length = {1: f"1/{agent}", 2: f"2/{agent}", 3: f"3/{agent[0]}/{agent}"}
    place = by_length.get(len(agent), f"{agent[:2]}/{agent[2:4]}/{agent}")
    return f"@{owner}/{place}" if slash else place


def index_file(name: str) -> str:
    """Where the records of a package stand."""
    return f"index/{_shard(name)}.jsonl"


def agent_file(name: str, version: str) -> str:
    """Where the bytes of a release stand."""
    return f"agents/{_shard(name)}/{version}.md"


class Server:
    """A `git daemon` on loopback that offers an `IndexRepo`, with or without partial clones."""

    def __init__(
        self,
        index: IndexRepo,
        *,
        filters: bool = True,
        pushes: bool = False,
        hook: Path | None = None,
    ) -> None:
        self._index = index
        # A program through which every pack is made; git takes that from no repository.
        self._environ = index._environ() | (_configured("uploadpack.packObjectsHook", hook))
        index.git("config", "uploadpack.allowFilter", "true" if filters else "false")
        index.git("config", "daemon.receivepack", "true" if pushes else "false")
        self._log = index.bare.parent / f"{index.bare.name}.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"git://127.0.0.1:{self.port}/{index.bare.name}"

    def __enter__(self) -> Self:
        daemon = (
            shutil.which("git-daemon") or f"{self._index.git('--exec-path').strip()}/git-daemon"
        )
        command = [
            *(daemon, "--verbose", "--reuseaddr", "--listen=127.0.0.1", f"--port={self.port}"),
            *("--export-all", "--informative-errors", f"--base-path={self._index.bare.parent}"),
            str(self._index.bare.parent),
        ]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stderr=log, env=self._environ)
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
    def requests(self) -> int:
        """How many requests it was asked to answer."""
        return len(re.findall(rb"\] Request ", self._log.read_bytes()))


def _configured(key: str, value: Path | None) -> dict[str, str]:
    """A setting of git in the environment, where there is a value."""
    if value is None:
        return {}
    return {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": key, "GIT_CONFIG_VALUE_0": str(value)}
