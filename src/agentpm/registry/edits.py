"""What publishing does to the files of an index: pure functions from texts to texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from agentpm.errors import AgentpmError
from agentpm.model.name import PackageName
from agentpm.model.release import Release
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


def yank_edit(name: PackageName, version: Version, reason: str | None) -> Edit:
    """The edit that yanks a release for `reason`, or takes that back (None).

    Its `files` raises `NoSuchRelease`, and `MalformedIndex`.
    """

    def files(texts: Mapping[PackageName, bytes]) -> dict[str, bytes]:
        path, before = index_path(name), texts[name]
        for line in lines(before, path):
            if (line.record["v"], line.record.get("version")) == (RECORD_FORMAT, str(version)):
                record = {key: value for key, value in line.record.items() if key != "yanked"}
                if reason is not None:
                    record["yanked"] = reason
                after = _replaced(before, line.number, as_line(record))
                return {} if line.record.get("yanked") == reason else {path: after}
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


def _refuse_other(there: Release, offered: Release) -> None:
    known = replace(there, yanked=None, removed=None, id=offered.id)
    if known.checksum == offered.checksum:
        return
    differences = tuple(
        f"{field}: `{getattr(known, field)}` is published, `{getattr(offered, field)}` is yours"
        for field in ("checksum", "size", "description")
        if getattr(known, field) != getattr(offered, field)
    )
    raise ReleaseExists(
        f"`{offered}` is published already, with other bytes",
        details=differences,
        hint="a release never changes: publish a new version, with `--bump patch`",
    )
