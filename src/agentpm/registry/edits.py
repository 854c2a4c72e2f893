"""What publishing does to the files of an index: pure functions from texts to texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agentpm.errors import AgentpmError
from agentpm.model.name import PackageName
from agentpm.model.release import Release, YankMark
from agentpm.model.version import Version
from agentpm.registry.wire import (
    RECORD_FORMAT,
    agent_path,
    as_line,
    index_path,
    lines,
    parse_index,
    render,
)
from agentpm.values import dataclass


class ReleaseExists(AgentpmError):
    """A version that is published already, as something else."""

    code = "release-exists"


class NoSuchRelease(AgentpmError):
    """A release that its registry does not have."""

    code = "no-such-release"


@dataclass(frozen=True, slots=True)
class Edit:
    """A change to an index, to be made at whatever commit is the newest.

    `names` are the packages it concerns. `files` gets their index files (empty where there is
    none) and gives all files that change, by path, with their new bytes; nothing when the index
    says all of it already.
    """

    names: tuple[PackageName, ...]
    files: Callable[[Mapping[PackageName, bytes]], dict[str, bytes]]


def publish_edit(entries: Sequence[tuple[Release, bytes]]) -> Edit:
    """The edit that adds releases, each with its bytes, in the order given.

    A release that is there already, byte for byte, is left as it is, so that an interrupted
    publish can be repeated. Its `files` raises `ReleaseExists` where a version is there with
    something else in it, and `MalformedIndex`.
    """

    def files(texts: Mapping[PackageName, bytes]) -> dict[str, bytes]:
        now, result = dict(texts), dict[str, bytes]()
        for release, raw in entries:
            path = index_path(release.name)
            there = parse_index(now[release.name], path, release.id.source).releases
            same = next((r for r in there if r.version == release.version), None)
            if same is not None:
                _refuse_other(same, release)
                continue
            now[release.name] = with_line(now[release.name], render(release))
            result[path] = now[release.name]
            result[agent_path(release.name, release.version)] = raw
        return result

    return Edit(tuple(dict.fromkeys(release.name for release, _ in entries)), files)


class Overtaken(AgentpmError):
    """A change that was signed for a state of the registry which is no more."""

    code = "overtaken"


def yank_edit(
    name: PackageName, version: Version, reason: str | None, mark: YankMark | None = None
) -> Edit:
    """The edit that yanks a release for `reason`, or takes that back (None), signed with `mark`.

    Its `files` raises `NoSuchRelease`, `Overtaken` and `MalformedIndex`.
    """

    def changed(record: dict[str, Any]) -> dict[str, Any]:
        if mark is not None:
            turn = (record.get("yank") or {}).get("turn", 0)
            if turn != mark.turn - 1:
                raise overtaken()
            record["yank"] = {"turn": mark.turn, "signature": mark.signature}
        if reason is not None:
            return record | {"yanked": reason}
        return {key: value for key, value in record.items() if key != "yanked"}

    return _line_edit(name, version, changed)


def overtaken() -> Overtaken:
    """What to raise where somebody else changed what was about to be changed."""
    return Overtaken(
        "somebody else changed the same in the registry just now", hint="run the same command again"
    )


def sign_edit(release: Release, signature: str) -> Edit:
    """The edit that puts a signature on a release which was published already.

    Its `files` raises `NoSuchRelease`, `Overtaken` and `MalformedIndex`.
    """

    def changed(record: dict[str, Any]) -> dict[str, Any]:
        if record.get("checksum") != release.checksum:
            raise overtaken()
        return record | {"signature": signature}

    return _line_edit(release.name, release.version, changed)


def document_edit(
    name: str, read: Callable[[str], bytes | None], before: bytes | None, after: bytes
) -> Edit:
    """The edit that replaces a file at the top of a registry, which must still be as it was.

    Its `files` raises `Overtaken`.
    """

    def files(_: Mapping[PackageName, bytes]) -> dict[str, bytes]:
        if read(name) != before:
            raise overtaken()
        return {name: after}

    return Edit((), files)


def _line_edit(
    name: PackageName, version: Version, changed: Callable[[dict[str, Any]], dict[str, Any]]
) -> Edit:
    """The edit that changes the record of one release."""

    def files(texts: Mapping[PackageName, bytes]) -> dict[str, bytes]:
        path, before = index_path(name), texts[name]
        for line in lines(before, path):
            if (line.record["v"], line.record.get("version")) == (RECORD_FORMAT, str(version)):
                record = changed(dict(line.record))
                if record == line.record:
                    return {}
                return {path: _replaced(before, line.number, as_line(record))}
        have = ", ".join(str(release.version) for release in parse_index(before, path, "").releases)
        raise NoSuchRelease(
            f"the registry has no `{name} {version}`",
            hint=f"it has {have}" if have else "see `agentpm search`",
        )

    return Edit((name,), files)


def with_line(text: bytes, line: str) -> bytes:
    """An index file with one more record at its end."""
    return text + (b"" if not text or text.endswith(b"\n") else b"\n") + line.encode() + b"\n"


def _replaced(text: bytes, number: int, line: str) -> bytes:
    parts = text.split(b"\n")
    parts[number - 1] = line.encode()
    return b"\n".join(parts)


def differing(there: Release, offered: Release) -> tuple[str, ...]:
    """Which fields of two records of one release differ, each with what both say."""
    published, yours = (_fields(release) for release in (there, offered))
    return tuple(
        f"{field}: `{_short(published.get(field))}` is published, `{_short(yours.get(field))}` "
        "is yours"
        for field in dict.fromkeys([*published, *yours])
        if published.get(field) != yours.get(field)
    )


def _fields(release: Release) -> dict[str, object]:
    """What a record says that comes from the file, and so may not differ."""
    record = {
        "checksum": release.checksum,
        "size": release.size,
        "description": release.description,
        **release.grants.as_mapping(),
        "dependencies": ", ".join(str(item) for item in release.dependencies),
        "license": release.license,
        "repository": release.repository,
    }
    return {key: value for key, value in record.items() if value not in (None, "")}


def _short(value: object) -> str:
    text = "nothing" if value is None else str(value)
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= 100 else text[:97] + "..."


def _refuse_other(there: Release, offered: Release) -> None:
    if there.checksum == offered.checksum:
        return
    raise ReleaseExists(
        f"`{offered}` is published already, with other bytes",
        details=differing(there, offered),
        hint="a release never changes: publish a new version, with `--bump patch`",
    )
