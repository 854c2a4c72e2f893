"""Why git could not talk to a registry, in words that help."""

from __future__ import annotations

import re

from agentpm.errors import AgentpmError
from agentpm.git import GitFailure, failure
from agentpm.registry.address import InsecureRegistry

_RACES = re.compile(
    r"fetch first|non-fast-forward|stale info|cannot lock ref|failed to (lock|update ref)"
    r"|reference already exists|incorrect old value"
)
_NO_NETWORK = (
    r"could not resolve|couldn't connect|failed to connect|unable to connect|connection refused"
    r"|unable to look up|timed out|network is unreachable|no route to host|early eof|hung up|reset by peer|curl \d+"
)
_NO_LOGIN = (
    r"authentication failed|terminal prompts disabled|could not read (username|password)"
    r"|permission denied|returned error: 40[13]|access denied|not authorized"
)
_NOTHING_THERE = (
    r"not appear to be a git repository|not found|does not exist|returned error: 404"
    r"|no such (file|path)"
)
_ADVICE = (
    (
        _NO_LOGIN,
        "git's credential helper or ssh-agent must know the login: try `git ls-remote {url}`",
    ),
    (
        r"host key verification failed",
        "connect once by hand, and compare the key: `git ls-remote {url}`",
    ),
    (
        r"dubious ownership",
        "the repository belongs to another user; git's `safe.directory` says whom you trust",
    ),
    (_NO_NETWORK, "check the network; `--offline` works with what was seen before"),
    (_NOTHING_THERE, "check the address: `agentpm registry list`"),
)


class RegistryUnreachable(AgentpmError):
    """A registry that could not be asked."""

    code = "registry-unreachable"


class NotARegistry(AgentpmError):
    """A git repository in which there is no index, or one of a format that is not known."""

    code = "not-a-registry"


class PublishRefused(AgentpmError):
    """A commit that the registry's server did not take."""

    code = "publish-refused"


class CloneLost(GitFailure):
    """A clone that is damaged or gone; the registry makes it anew and goes on."""


def unreachable(url: str, talk: str) -> AgentpmError:
    """Why git, which said `talk`, could not talk to the repository at `url`.

    What is none of the known reasons is taken for a damaged clone (`CloneLost`).
    """
    said = failure("fetch", talk)
    if re.search(r"find remote ref head", talk, re.IGNORECASE):
        return NotARegistry(
            f"`{url}` has no commit on its default branch, so it is no registry yet",
            hint="`agentpm registry init` makes a registry, which can be pushed there",
        )
    if re.search(r"transport '(http|git)' not allowed", talk):
        return InsecureRegistry(
            f"`{url}` led to an address that is not encrypted", details=said.details
        )
    for pattern, hint in _ADVICE:
        if re.search(pattern, talk, re.IGNORECASE):
            return RegistryUnreachable(
                f"could not reach the registry `{url}`",
                hint=hint.format(url=url),
                details=said.details,
            )
    return CloneLost(said.message, details=said.details)


def is_race(refusal: str) -> bool:
    """Whether a push was refused because another one was quicker."""
    return _RACES.search(refusal) is not None


def refused(url: str, reason: str, talk: str) -> PublishRefused:
    """Why the server at `url` did not take a commit, with what it said."""
    said = [line for line in talk.splitlines() if line.startswith("remote:")]
    told = [line.removeprefix("remote:").strip() for line in said]
    return PublishRefused(
        f"`{url}` did not take the release: {reason}",
        details=tuple(line for line in told if line)[:40],
        hint="if its main branch is protected, publish to a branch and open a request for it",
    )
