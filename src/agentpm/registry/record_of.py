"""What the record of an agent must say, given its bytes."""

from __future__ import annotations

from collections.abc import Iterable

from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.agentfile import AgentFile, read_agent
from agentpm.model.digest import Digest
from agentpm.model.name import PackageName
from agentpm.model.release import PackageId, Release, Requirement
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
    check_record(release, read_agent(raw, f"{release.name} {release.version}"))


def check_record(release: Release, agent: AgentFile) -> None:
    """Make sure that the record `release` says what `agent` says, which are its bytes, read.

    A file's own `version` gives way to the record, which was made from more than the file.

    Raises:
        UnfaithfulRecord: name, description, grants or dependencies differ.
        MalformedAgent: the file's dependencies cannot be read.
    """
    dependencies = agent.dependencies
    if (
        release.name.agent == agent.name
        and release.description == (agent.description or "")
        and release.grants == agent.grants
        and _listed(release.dependencies) == _listed(dependencies)
    ):
        return
    pairs = (
        ("name", str(release.name.agent), agent.name or ""),
        ("description", release.description, agent.description or ""),
        ("grants", str(release.grants.as_mapping()), str(agent.grants.as_mapping())),
        ("dependencies", _listed(release.dependencies), _listed(dependencies)),
    )
    raise UnfaithfulRecord(
        f"the record of `{release}` does not say what its file says",
        details=tuple(
            f"{field}: the record says {_short(ours)}, the file {_short(theirs)}"
            for field, ours, theirs in pairs
            if ours != theirs
        ),
        hint="do not use it, and tell the people who keep the registry",
    )


def _listed(dependencies: Iterable[Requirement]) -> str:
    return ", ".join(map(str, dependencies))


def _short(text: str) -> str:
    return f"`{text}`" if len(text) <= 200 else f"`{text[:197]}...`"
