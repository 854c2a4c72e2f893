"""What agentpm ships, as files: how they are read, named by one digest, joined to a repository."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from agentpm import fs
from agentpm.model.digest import Digest
from agentpm.model.release import SHIPPED
from agentpm.registry.documents import DIGEST_FILE
from agentpm.registry.edits import with_line
from agentpm.registry.wire import INDEX_LIMIT, agent_path, lines, name_at, parse_index


def shipped_files(place: Path) -> dict[str, bytes]:
    """All files of a registry that lies as plain files in `place`, by path."""

    def walk(directory: Path, prefix: str) -> Iterator[tuple[str, bytes]]:
        for name, found in fs.entries(directory).items():
            if found.is_directory:
                yield from walk(directory / name, f"{prefix}{name}/")
            elif found.is_file and prefix + name != DIGEST_FILE:
                yield prefix + name, fs.read(directory / name, limit=INDEX_LIMIT) or b""

    return dict(sorted(walk(place, "")))


def digest_of(files: Mapping[str, bytes]) -> Digest:
    """One digest for a tree of files: that of a list of their digests, as `sha256sum` prints it."""
    listed = (f"{Digest.of(content).hex}  {path}\n" for path, content in sorted(files.items()))
    return Digest.of("".join(listed).encode())


def merged(have: Mapping[str, bytes], ships: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files to change so that a repository which holds `have` offers all that agentpm ships.

    Lines that are there stay, in their order, and a shipped line of the same bytes takes their
    place (it may be yanked by now); new ones follow. A release that the user published under a
    name and version which agentpm came to ship later stays what it was.
    """
    result: dict[str, bytes] = {}
    for path, content in ships.items():
        name = name_at(path)
        if name is None:
            if not path.startswith("agents/") and have.get(path) != content:
                result[path] = content
            continue
        text = have.get(path, b"")
        for line in lines(content, path):
            text, added = _with_shipped(text, line.text, path)
            agent = agent_path(
                name, parse_index(line.text.encode(), path, SHIPPED).releases[0].version
            )
            if added and agent in ships:
                result[agent] = ships[agent]
        if text != have.get(path):
            result[path] = text
    return result


def _with_shipped(text: bytes, line: str, path: str) -> tuple[bytes, bool]:
    """An index file with one shipped line in it; whether that line is a new one."""
    (new,) = lines(line.encode(), path)
    for old in lines(text, path):
        if old.record.get("version") == new.record["version"]:
            if old.record.get("checksum") == new.record["checksum"]:
                rows = text.split(b"\n")
                rows[old.number - 1] = line.encode()
                text = b"\n".join(rows)
            return text, False
    return with_line(text, line), True


def author_of(files: Mapping[str, bytes]) -> str:
    """Who commits what ships: the same author at the same time for the same files."""
    # Only a registry that is laid out, or grows, asks.
    from datetime import UTC, datetime  # noqa: PLC0415

    newest = 0
    for path, content in files.items():
        if name_at(path) is not None:
            for release in parse_index(content, path, SHIPPED).releases:
                when = datetime.fromisoformat(release.published).astimezone(UTC)
                newest = max(newest, int(when.timestamp()))
    return f"agentpm <agentpm@localhost> {newest} +0000"
