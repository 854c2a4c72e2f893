"""The bytes of a policy that is at a URL: by digest for a project, by age for an organisation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError, ExitCode
from agentpm.location import stat_of
from agentpm.model.digest import Digest
from agentpm.ops.parts import Parts
from agentpm.permissions.policy import Extends, MalformedPolicy
from agentpm.registry.address import without_login
from agentpm.sha256 import hex_digest

LIMIT = fs.MIB
"""Bytes that a policy may have."""

FRESH = 3600
"""Seconds for which a policy of an organisation is not fetched again."""

KEPT = 30 * 24 * 3600
"""Seconds for which it still holds where it cannot be fetched again."""


class PolicyChanged(AgentpmError):
    """A policy with other bytes than the project pinned."""

    code = "policy-changed"
    exit_code = ExitCode.CORRUPT


class PolicyUnreachable(AgentpmError):
    """A policy that binds this command, and cannot be had."""

    code = "policy-unreachable"
    exit_code = ExitCode.REFUSED


def is_url(place: str) -> bool:
    """Whether a policy is somewhere on the network, rather than in a file."""
    return "://" in place


def spoken(url: str) -> str:
    """A URL as messages name it: without a password, and without what a query may hold."""
    return without_login(url).partition("?")[0].partition("#")[0]


def pinned(parts: Parts, extends: Extends) -> bytes:
    """The policy at a URL that a project pins by digest; it is fetched once and for all.

    Raises:
        MalformedPolicy: the URL is not encrypted, or holds a password.
        PolicyChanged: there is something else than what was pinned.
        PolicyUnreachable: it is not on this machine yet, and cannot be fetched.
    """
    url = extends.location
    _refuse_address(url)
    if without_login(url) != url:
        raise MalformedPolicy(
            f"the address `{spoken(url)}` holds a password, and everybody reads the manifest",
            hint="put the policy where your team reads it without one, or into the project",
        )
    content = parts.store.get(extends.checksum)
    if content is None:
        content = _fetch(parts, url)
        refuse_other_bytes(extends, content)
        parts.store.put_many({extends.checksum: content})
    return content


def refuse_other_bytes(extends: Extends, content: bytes) -> None:
    """Insist on the bytes that a project pinned.

    Raises:
        PolicyChanged: `content` are others.
    """
    digest = Digest.of(content)
    if digest != extends.checksum:
        raise PolicyChanged(
            f"the policy `{extends.location}` is not the one that the manifest pins",
            details=(f"pinned: {extends.checksum}", f"found:  {digest}"),
            hint="read what it says now; if that is right, write the checksum that was found",
        )


def kept_copy(parts: Parts, url: str, understand: Callable[[bytes], object]) -> Path:
    """The file with this machine's copy of an organisation's policy, renewed where that is due.

    Where it cannot be renewed, a copy of the last 30 days holds, and the user is told. What
    `understand` raises on is no policy, and replaces no copy.

    Raises:
        MalformedPolicy: the URL is not encrypted.
        PolicyUnreachable: it cannot be fetched, and there is no copy, or only an older one.
    """
    _refuse_address(url)
    file = parts.surroundings.policies / f"{hex_digest(url)[:32]}.toml"
    age = _age(parts, file)
    if age is not None and age <= FRESH:
        return file
    try:
        content = _fetch(parts, url)
    except PolicyUnreachable as error:
        if age is None or age > KEPT:
            raise
        if not parts.surroundings.offline:
            parts.voice.warn(f"{error.message}; what it said {_days(age)} ago still holds")
        return file
    understand(content)
    fs.write(file, content, sync=True)
    return file


def _refuse_address(url: str) -> None:
    if not url.lower().startswith("https://"):
        raise MalformedPolicy(
            f"the policy `{spoken(url)}` is at an address that is not encrypted",
            hint="use its `https://` address, since anybody on the way could rewrite the rules",
        )


def _fetch(parts: Parts, url: str) -> bytes:
    if parts.surroundings.offline:
        raise PolicyUnreachable(
            f"the policy `{spoken(url)}` is not on this machine, and the network is off",
            hint="run the command once without `--offline`",
        )
    try:
        with parts.voice.progress(f"fetching the policy {spoken(url)}"):
            content = parts.surroundings.fetch(url, LIMIT)
    except AgentpmError as error:
        raise PolicyUnreachable(
            f"the policy `{spoken(url)}` cannot be fetched",
            details=(error.message, *error.details),
            hint="nothing is allowed without it: try again when its server answers",
        ) from error
    return content


def _age(parts: Parts, file: Path) -> float | None:
    """Seconds since a copy was fetched; None where there is none, or one of the future."""
    stat = stat_of(file)
    if stat is None:
        return None
    age = datetime.fromisoformat(parts.surroundings.now()).timestamp() - stat.mtime_ns / 1e9
    # A clock that was put back must not keep a copy for good; a second is only rounding.
    return max(age, 0.0) if age > -2 else None


def _days(age: float) -> str:
    days = int(age // 86_400)
    return {0: "less than a day", 1: "a day"}.get(days, f"{days} days")
