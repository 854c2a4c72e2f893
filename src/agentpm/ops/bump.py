"""Which version a file is published as: what it says, what is asked for, or one step more."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from agentpm.errors import AgentpmError
from agentpm.model.agentfile import AgentFile, excerpt
from agentpm.model.version import Version, parse_version
from agentpm.values import dataclass


class NoVersion(AgentpmError):
    """A file that does not say which version it is, nor does the command line."""

    code = "no-version"


class VersionMismatch(AgentpmError):
    """A file that says another version than the command line."""

    code = "version-mismatch"


class Step(StrEnum):
    """How far a version moves."""

    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says of the version: itself, or a step."""

    version: str | None = None
    step: Step | None = None


def bumped(version: Version, step: Step) -> Version:
    """The version one step on.

    A pre-release moves to the release that it leads up to, where that is a step of this size:
    `1.0.0rc1` becomes `1.0.0` by each step, `1.0.1rc1` becomes `1.0.1` by a patch and `1.1.0` by a
    minor one (the rule of <https://docs.npmjs.com/cli/commands/npm-version>).
    """
    major, minor, patch = version.major, version.minor, version.micro
    leads_up = version.is_prerelease
    if step is Step.MAJOR:
        return Version(f"{major if leads_up and not (minor or patch) else major + 1}.0.0")
    if step is Step.MINOR:
        return Version(f"{major}.{minor if leads_up and not patch else minor + 1}.0")
    return Version(f"{major}.{minor}.{patch if leads_up else patch + 1}")


def version_of(agent: AgentFile, asked: Asked, published: Iterable[Version]) -> Version:
    """The version to publish `agent` as; `published` are those that its package has already.

    A step goes from the file's own version, from the highest published one where it has none.

    Raises:
        NoVersion: nothing says one.
        VersionMismatch: the file says another than the command line.
    """
    own = parse_version(agent.version) if agent.version is not None else None
    highest = max(published, default=None)
    if asked.step is not None:
        start = own or highest
        if start is None:
            raise _no_version(agent, None)
        return bumped(start, asked.step)
    if asked.version is None:
        if own is None:
            raise _no_version(agent, highest)
        return own
    wanted = parse_version(asked.version)
    if own is not None and own != wanted:
        raise VersionMismatch(
            f"`{agent.path}` says that it is {own}, the command line says {wanted}",
            where=excerpt(agent, "version"),
            hint="change the line, or leave out `--version`; `--bump` changes the line for you",
        )
    return wanted


def _no_version(agent: AgentFile, highest: Version | None) -> NoVersion:
    if highest is None:
        hint = (
            "for a first release say which: `--version 1.0.0`, or `--version 0.1.0` while it may "
            "still change from one day to the next; or write a line `version: 1.0.0`"
        )
    else:
        hint = (
            f"the newest release is {highest}: `--bump patch` publishes "
            f"{bumped(highest, Step.PATCH)}, `--bump minor` {bumped(highest, Step.MINOR)}; "
            "or say which with `--version`"
        )
    return NoVersion(f"`{agent.path}` does not say which version it is", hint=hint)
