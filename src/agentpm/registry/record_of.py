"""What the record of an agent must say, given its bytes."""

from __future__ import annotations

from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.agentfile import read_agent
from agentpm.model.digest import Digest
from agentpm.model.name import PackageName
from agentpm.model.release import PackageId, Release
from agentpm.model.version import Version


class UnfaithfulRecord(AgentpmError):
    """A release whose record says something else than its file."""

    code = "unfaithful-record"
    exit_code = ExitCode.CORRUPT


def describe(
    raw: bytes, path: str, name: PackageName, version: Version, source: str = ""
) -> Release:
    """The release that publishes the agent file `raw` as `name` `version`.

    What a file cannot say (when, by whom) is left empty. `path` is what messages call the file.

    Raises:
        MalformedAgent: it is no agent file.
    """
    agent = read_agent(raw, path)
    return Release(
        id=PackageId(source, name),
        version=version,
        checksum=Digest.of(raw),
        size=len(raw),
        description=agent.description or "",
        grants=agent.grants,
        dependencies=agent.dependencies,
    )


def check_bytes(release: Release, raw: bytes) -> None:
    """Make sure that `raw` are the bytes which `release` promises.

    Raises:
        UnfaithfulRecord: they are others.
    """
    found = Digest.of(raw)
    if found != release.checksum:
        raise UnfaithfulRecord(
            f"the bytes of `{release}` are not those that its record promises",
            details=(f"promised: {release.checksum}", f"found: {found}"),
            hint="do not use it, and tell the people who keep the registry",
        )
    if len(raw) != release.size:
        raise UnfaithfulRecord(
            f"the record of `{release}` gives its size as {release.size} bytes, it has {len(raw)}"
        )


def check_faithful(release: Release, raw: bytes) -> None:
    """Make sure that the record `release` says what its file `raw` says.

    Raises:
        UnfaithfulRecord: checksum, size, name, description, grants or dependencies differ.
        MalformedAgent: the file is no agent file.
    """
    check_bytes(release, raw)
    path = f"{release.name} {release.version}"
    told = describe(raw, path, release.name, release.version)
    name = read_agent(raw, path).name
    pairs = (
        ("name", str(release.name.agent), name or ""),
        ("description", release.description, told.description),
        ("grants", str(release.grants.as_mapping()), str(told.grants.as_mapping())),
        ("dependencies", _listed(release), _listed(told)),
    )
    wrong = tuple(
        f"{field}: the record says {_short(ours)}, the file {_short(theirs)}"
        for field, ours, theirs in pairs
        if ours != theirs
    )
    if wrong:
        raise UnfaithfulRecord(
            f"the record of `{release}` does not say what its file says",
            details=wrong,
            hint="do not use it, and tell the people who keep the registry",
        )


def _listed(release: Release) -> str:
    return ", ".join(str(dependency) for dependency in release.dependencies)


def _short(text: str) -> str:
    return f"`{text}`" if len(text) <= 200 else f"`{text[:197]}...`"
