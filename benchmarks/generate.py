"""Make a registry of any size: `python benchmarks/generate.py DIRECTORY --names 1000 --releases 5`.

It writes what `docs/reference/index-format.md` describes, without any code of agentpm's, as one
stream into `git fast-import`: a bare repository with a commit for each round of releases.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.prose import AGENT_BYTES, Agent, agent, name_of

_BORN = 1_735_689_600
_DAY = 86_400
_PUBLISHED = "2025-{month:02}-01T00:00:00Z"
_WITH_DEPENDENCIES = 7
"""Every so many agents, one delegates to the two before it."""

Round = Iterable[Agent]
"""Releases that become one commit; of a name, at most one."""


@dataclass(slots=True)
class _Index:
    """The lines of the index so far, by name."""

    lines: dict[str, bytes] = field(default_factory=dict)

    def add(self, release: Agent, month: int) -> bytes:
        """The index file of a name, with a further release."""
        self.lines[release.name] = self.lines.get(release.name, b"") + _line(release, month)
        return self.lines[release.name]


def _line(release: Agent, month: int) -> bytes:
    return (json.dumps(record(release, month), ensure_ascii=False) + "\n").encode()


def record(release: Agent, month: int) -> Mapping[str, object]:
    """The record of a release, published on the first of a month."""
    return {
        "v": 1,
        "name": release.name,
        "version": release.version,
        "checksum": f"sha256:{hashlib.sha256(release.content).hexdigest()}",
        "size": len(release.content),
        "description": release.description,
        "grants": {"tools": release.tools},
        "dependencies": list(release.dependencies),
        "license": "MIT",
        "published": _PUBLISHED.format(month=month % 12 + 1),
        "publisher": "Ada <ada@example.org>",
    }


def config_file() -> bytes:
    """The `config.json` of a registry."""
    config = {"format": 1, "id": hashlib.md5(b"benchmark").hexdigest()}
    return json.dumps(config, indent=2).encode() + b"\n"


def shard(name: str) -> str:
    """The directory of a name below `index/` or `agents/`."""
    match len(name):
        case 1 | 2 as length:
            return f"{length}/{name}"
        case 3:
            return f"3/{name[0]}/{name}"
        case _:
            return f"{name[:2]}/{name[2:4]}/{name}"


def names(count: int) -> list[str]:
    """The names of a registry of `count` names; those of a smaller one come first."""
    return [name_of(number) for number in range(count)]


def release_of(number: int, minor: int, size: int = AGENT_BYTES) -> Agent:
    """The release `1.MINOR.0` of the agent with a number, whose file has about `size` bytes.

    Agents delegate only to names before their own, so that any first part of the names is closed.
    """
    helpers = (number - 2, number - 1) if number % _WITH_DEPENDENCIES == 2 else ()
    needs = [f"{name_of(helper)} ^1.0" for helper in helpers]
    return agent(name_of(number), f"1.{minor}.0", needs, size)


def plain_rounds(count: int, releases: int, size: int = AGENT_BYTES) -> Iterator[Round]:
    """The rounds of a registry: `count` names, each released `releases` times."""
    for minor in range(releases):
        yield (release_of(number, minor, size) for number in range(count))


def index_file(number: int, releases: int, size: int = AGENT_BYTES) -> bytes:
    """The index file of the agent with a number, once it has so many releases."""
    minors = range(releases)
    return b"".join(_line(release_of(number, minor, size), minor) for minor in minors)


def add_releases(directory: Path, numbers: Sequence[tuple[int, int]], size: int) -> None:
    """One more commit in a registry: `numbers` are agents, each with the minor version it gets."""
    with _importing(directory) as out:
        _commit(out, 1 + max(minor for _, minor in numbers), f"{len(numbers)} changes")
        out.write(b"from refs/heads/main^0\n")
        for number, minor in numbers:
            released = release_of(number, minor, size)
            where = shard(released.name)
            _file(out, f"agents/{where}/{released.version}.md", released.content)
            _file(out, f"index/{where}.jsonl", index_file(number, minor + 1, size))
        out.write(b"done\n")


def make_registry(directory: Path, rounds: Iterable[Round], *, repack: bool = True) -> str:
    """Make the new `directory` a bare repository that is a registry; its newest commit.

    Args:
        directory: where it is to be.
        rounds: what is published, a commit each.
        repack: pack it as the host of a repository would.
    """
    git(directory.parent, "init", "--quiet", "--bare", "--initial-branch=main", str(directory))
    with _importing(directory) as out:
        _stream(out, rounds)
    if repack:
        git(directory, "repack", "-adq", "--threads=1")
    return git(directory, "rev-parse", "refs/heads/main").strip()


@contextmanager
def _importing(directory: Path) -> Iterator[IO[bytes]]:
    """The input of a `git fast-import` into a repository, which ends with the block."""
    with subprocess.Popen(
        ["git", "fast-import", "--quiet", "--done"],
        cwd=directory,
        stdin=subprocess.PIPE,
        env=environ(),
    ) as importer:
        assert importer.stdin is not None
        yield importer.stdin
    if importer.returncode:
        raise RuntimeError(f"git fast-import failed with {importer.returncode}")


def _stream(out: IO[bytes], rounds: Iterable[Round]) -> None:
    index = _Index()
    _commit(out, 0, "An empty registry", start=True)
    _file(out, "config.json", config_file())
    _file(out, ".gitattributes", b"* -text\n")
    for number, releases in enumerate(rounds):
        _commit(out, number + 1, f"Round {number + 1}")
        for release in releases:
            where = shard(release.name)
            _file(out, f"agents/{where}/{release.version}.md", release.content)
            _file(out, f"index/{where}.jsonl", index.add(release, number))
    out.write(b"done\n")


def _commit(out: IO[bytes], number: int, message: str, *, start: bool = False) -> None:
    who = f"Ada <ada@example.org> {_BORN + number * _DAY} +0000"
    out.write(b"reset refs/heads/main\n" if start else b"")
    out.write(f"commit refs/heads/main\nauthor {who}\ncommitter {who}\n".encode())
    out.write(b"data %d\n%s\n" % (len(message), message.encode()))


def _file(out: IO[bytes], path: str, content: bytes) -> None:
    out.write(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content))


def git(directory: Path, *arguments: str) -> str:
    """The output of a git command in a directory, which is made where there is none."""
    directory.mkdir(parents=True, exist_ok=True)
    ran = subprocess.run(
        ["git", *arguments], cwd=directory, check=True, stdout=subprocess.PIPE, env=environ()
    )
    return ran.stdout.decode()


def environ() -> dict[str, str]:
    """The environment of a git process that nobody's configuration changes."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return plain | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}


def main() -> None:
    """Read the command line, make the registry, say where it is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("directory", type=Path, help="a new directory, the bare repository to be")
    parser.add_argument("--names", type=int, default=1000, help="how many names (1000)")
    parser.add_argument("--releases", type=int, default=5, help="how many releases of each (5)")
    parser.add_argument("--bytes", type=int, default=AGENT_BYTES, help="the size of a file (5000)")
    parser.add_argument("--no-repack", action="store_true", help="leave the pack as it was written")
    options = parser.parse_args()
    directory = options.directory.resolve()
    if directory.exists():
        parser.error(f"{directory} exists")
    rounds = plain_rounds(options.names, options.releases, options.bytes)
    make_registry(directory, rounds, repack=not options.no_repack)
    print(directory.as_uri())


if __name__ == "__main__":
    main()
