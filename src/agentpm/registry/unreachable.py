"""Why git could not talk to a registry, in words that help."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentpm.errors import AgentpmError
from agentpm.git import GitFailure, failure
from agentpm.lazy import pattern
from agentpm.registry.address import InsecureRegistry

if TYPE_CHECKING:
    from agentpm.transfer import Silence

_RACES = pattern(
    r"fetch first|non-fast-forward|stale info|cannot lock ref|failed to (lock|update ref)"
    r"|reference already exists|incorrect old value"
)
_PROTECTED = pattern(
    r"protected branch|GH006|GH013|rule violations|changes must be made through a pull request",
    re.IGNORECASE,
)
_WORK_TREE = pattern(r"unstaged changes|staged changes|would be overwritten", re.IGNORECASE)
_NO_NETWORK = (
    r"could not resolve|couldn't connect|failed to connect|unable to connect|connection refused"
    r"|unable to look up|timed out|operation too slow|network is unreachable|no route to host|early eof"
    r"|hung up|reset by peer|curl \d+"
)
_SERVER_TROUBLE = r"returned error: (5\d\d|429)|internal server error|too many requests|rate limit"
_CERTIFICATE = r"certificate|SSL (peer|handshake)|gnutls_handshake"
_DISK_FULL = r"no space left|disk quota exceeded|file too large"
_NO_LOGIN = (
    r"authentication failed|terminal prompts disabled|could not read (username|password)"
    r"|permission denied|returned error: 40[13]|access denied|not authorized"
)
_NOTHING_THERE = (
    r"not appear to be a git repository|not found|does not exist|returned error: 404"
    r"|no such (file|path)"
)
_OTHER_HASH = pattern(
    r"mismatched algorithms|(unsupported|unknown) (hash algorithm|object format)", re.IGNORECASE
)
_CHECK_ADDRESS = "check the address: `agentpm registry list`"
_KNOWN = (
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
    (
        _SERVER_TROUBLE,
        "the server is in trouble: try again later; `--offline` works with what was seen before",
    ),
    (
        _CERTIFICATE,
        "git does not trust the server's certificate: git's `http.sslCAInfo` says whom it trusts",
    ),
    (_DISK_FULL, "this machine's disk is full: `agentpm cache clean` frees what can be had again"),
    (_NO_NETWORK, "check the network; `--offline` works with what was seen before"),
)
_GUESSES = (
    (_NOTHING_THERE, _CHECK_ADDRESS),
    ("", "try `git ls-remote {url}`; `--offline` works with what was seen before"),
)


class RegistryUnreachable(AgentpmError):
    """A registry that could not be asked."""

    code = "registry-unreachable"


class RepositoryUnreachable(AgentpmError):
    """The git repository of an agent, outside any registry, that could not be asked."""

    code = "repository-unreachable"


class NotARegistry(AgentpmError):
    """A git repository in which there is no index, or one of a format that is not known."""

    code = "not-a-registry"


class PublishRefused(AgentpmError):
    """A commit that the registry's server did not take."""

    code = "publish-refused"


class CloneLost(GitFailure):
    """A clone that is damaged or gone; the registry makes it anew and goes on."""


def is_explained(talk: str) -> bool:
    """Whether what git said can have no reason on this machine's side, such as a damaged clone."""
    return not isinstance(unreachable("", talk), RegistryUnreachable) or any(
        re.search(words, talk, re.IGNORECASE) for words, _ in _KNOWN
    )


def unreachable(url: str, talk: str) -> AgentpmError:
    """Why git, which said `talk`, could not talk to the repository at `url`."""
    said = failure("fetch", talk)
    if _OTHER_HASH.search(talk):
        return NotARegistry(
            f"`{url}` names its objects by SHA-256, and agentpm reads repositories with SHA-1 only",
            hint="make it anew without `--object-format=sha256`: `agentpm registry init` does",
            details=said.details,
        )
    if re.search(r"find remote ref head", talk, re.IGNORECASE):
        return NotARegistry(
            f"`{url}` has no commit on its default branch, so it is no registry yet",
            hint="`agentpm registry init` makes a registry, which can be pushed there",
        )
    if re.search(r"transport '(http|git)' not allowed", talk):
        return InsecureRegistry(
            f"`{url}` led to an address that is not encrypted", details=said.details
        )
    hint = next(h for words, h in (*_KNOWN, *_GUESSES) if re.search(words, talk, re.IGNORECASE))
    return RegistryUnreachable(
        f"could not reach the registry `{url}`", hint=hint.format(url=url), details=said.details
    )


def silent(url: str, silence: Silence) -> RegistryUnreachable:
    """What to say of a registry that kept its silence for too long."""
    return RegistryUnreachable(
        f"could not reach the registry `{url}`: {silence}",
        hint="check the network; `--offline` works with what was seen before",
    )


def repository_unreachable(url: str, talk: str) -> AgentpmError:
    """The same for a repository that is no registry, but holds an agent of a manifest."""
    problem = unreachable(url, talk)
    if not isinstance(problem, RegistryUnreachable | NotARegistry):
        return problem
    hint = problem.hint if isinstance(problem, RegistryUnreachable) else None
    if hint in (None, _CHECK_ADDRESS):
        hint = "check the `git` address in `agentpm.toml`"
    return RepositoryUnreachable(
        f"could not reach the git repository `{url}`",
        hint=hint,
        details=failure("fetch", talk).details,
    )


def repository_silent(url: str, silence: Silence) -> RepositoryUnreachable:
    """What to say of an agent's repository that kept its silence for too long."""
    return RepositoryUnreachable(
        f"could not reach the git repository `{url}`: {silence}",
        hint="check the network, and the `git` address in `agentpm.toml`",
    )


def is_race(refusal: str) -> bool:
    """Whether a push was refused because another one was quicker."""
    return _RACES.search(refusal) is not None


def told(talk: str) -> tuple[str, ...]:
    """What the server itself said in git's talk, a line each, at most 40."""
    said = [line for line in talk.splitlines() if line.startswith("remote:")]
    words = [line.removeprefix("remote:").strip() for line in said]
    return tuple(line for line in words if line)[:40]


def refused(url: str, reason: str, talk: str) -> PublishRefused:
    """Why the server at `url` did not take a commit, with what it said."""
    words = told(talk)
    return PublishRefused(
        f"`{url}` did not take the release: {reason}",
        details=words,
        hint=_way_on(reason, words),
    )


def _way_on(reason: str, words: tuple[str, ...]) -> str:
    """What helps after a refusal, which is another branch only where the branch is the matter."""
    way = "run the same command with `--branch`, and open a request for the branch that it makes"
    if any(_PROTECTED.search(line) for line in (reason, *words)):
        return way
    if any(_WORK_TREE.search(line) for line in (reason, *words)):
        return (
            "somebody changed files in the registry's own directory: `git status` there shows them, "
            "and they have to be committed or undone first"
        )
    if "hook declined" in reason and words:
        return "its own words above say what has to be put right, on another branch as well"
    return f"if its main branch is protected, {way}"
