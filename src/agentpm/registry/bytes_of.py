"""The bytes of releases, from the index commit that lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from agentpm import fs, lazy
from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.digest import Digest
from agentpm.model.release import Release
from agentpm.registry.access import OfflineMiss, named, not_here
from agentpm.registry.content import Content
from agentpm.registry.trees import locate
from agentpm.registry.wire import AGENT_LIMIT

if TYPE_CHECKING:
    from agentpm.registry import record_of
else:
    record_of = lazy.module("agentpm.registry.record_of")


class ContentMissing(AgentpmError):
    """A release whose bytes its registry does not have."""

    code = "content-missing"
    exit_code = ExitCode.CORRUPT


def bytes_of(
    wanted: Mapping[str, Release], content: Content, tip: str, source: str
) -> dict[Digest, bytes]:
    """The bytes of the releases whose files are at the paths `wanted`, by checksum.

    Raises:
        ContentMissing: the commit `tip` of the registry `source` does not have them.
        OfflineMiss: they are not here, and nobody may be asked; it names the releases.
        UnfaithfulRecord, TooLarge: they are not what the records promise.
        CloneLost: the repository is damaged.
    """
    places = locate(content.trees, content.root(tip), wanted)
    for path, release in wanted.items():
        if path not in places or release.removed is not None:
            raise _missing(release, source)
    sought: dict[str, list[Release]] = {}
    for path, blob in places.items():
        sought.setdefault(blob, []).append(wanted[path])
    result: dict[Digest, bytes] = {}
    try:
        for blob, raw in content.blobs(sought, AGENT_LIMIT):
            for release in sought[blob]:
                result[release.checksum] = _checked(release, raw)
    except OfflineMiss:
        lacking = [release for release in wanted.values() if release.checksum not in result]
        raise not_here(source, named(lacking)) from None
    return result


def _checked(release: Release, raw: bytes | None) -> bytes:
    if raw is None:
        raise fs.TooLarge(f"the file of `{release}` has more than 1 MiB")
    record_of.check_bytes(release, raw)
    return raw


def _missing(release: Release, source: str) -> ContentMissing:
    if release.removed is not None:
        return ContentMissing(f"`{release}` was removed from `{source}`: {release.removed}")
    return ContentMissing(
        f"`{source}` lists `{release}`, but does not have its file",
        hint="tell the people who keep the registry",
    )
