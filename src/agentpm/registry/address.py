"""The address of a registry: which URLs agentpm uses, what of them may be shown."""

from __future__ import annotations

import hashlib
import re

from agentpm.errors import AgentpmError, ExitCode
from agentpm.lazy import pattern
from agentpm.values import dataclass

_SCHEME = pattern(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)\Z", re.DOTALL)
_SCP = pattern(r"(?:[A-Za-z0-9._+-]+@)?(?!-)[A-Za-z0-9._-]{2,}:(?!:|//)(?!-)[^@]+\Z")
_HOST = pattern(r"(\[[^\]]*\]|[^:\[\]]*)(:[0-9]*)?\Z")
_LOCAL = pattern(r"(/|[A-Za-z]:[\\/]|\\\\)")
_SPARSE = "sparse+"
_INSECURE = frozenset({"http", "git", "sparse+http"})
_SECURE = frozenset({"https", "ssh", "file", "sparse+https"})


class UnusableAddress(AgentpmError):
    """A text that is not the address of a registry."""

    code = "unusable-address"
    exit_code = ExitCode.USAGE


class InsecureRegistry(AgentpmError):
    """A registry whose answers anybody on the way could change."""

    code = "insecure-registry"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a registry is.

    `url` is what git gets (or after `sparse+`, where the files are), `public` the same without a password, fit for lockfiles and messages;
    `is_local` is true for a repository on this machine's disks; `login` is the `user:password@` in
    `url`, if any.
    """

    url: str
    public: str
    is_local: bool
    login: str = ""

    @property
    def is_sparse(self) -> bool:
        """Whether a web server offers the registry as files, so that git has no part in it."""
        return self.url.startswith(_SPARSE)

    @property
    def is_ssh(self) -> bool:
        """Whether ssh leads there."""
        scheme, separator, _ = self.url.partition("://")
        return scheme.lower() == "ssh" if separator else not self.is_local

    @property
    def web(self) -> str:
        """Where the files of a sparse registry are, without a login and a slash at the end."""
        return self.public.removeprefix(_SPARSE)

    @property
    def key(self) -> str:
        """A directory's name for this address: readable, different for every address."""
        readable = re.sub(r"[^a-z0-9]+", "-", self.public.partition("://")[2].lower()) or "registry"
        digest = hashlib.sha256(self.public.encode()).hexdigest()
        return f"{readable.strip('-')[-40:].strip('-')}-{digest[:12]}"


def parse_address(text: str, *, allow_insecure: bool = False) -> Address:
    """Read the address of a registry: an https, ssh or file URL, `user@host:path`, a path.

    `sparse+https://` before a host says that a web server offers the registry as files. A slash at
    its end is left out, so that one place has one address.

    Raises:
        UnusableAddress: it is none of these.
        InsecureRegistry: it is an http or git URL, and `allow_insecure` is false.
    """
    if not text or text != text.strip() or not text.isprintable() or text.startswith("-"):
        raise _unusable(text)
    match = _SCHEME.match(text)
    if match is None:
        if _LOCAL.match(text):
            return Address(text, text, is_local=True)
        if _SCP.match(text):
            return Address(text, text, is_local=False)
        raise _unusable(text)
    scheme, rest = match[1].lower(), match[2]
    _refuse_unusable(text, scheme, rest)
    if scheme.startswith(_SPARSE):
        rest = _base(rest.rstrip("/"))
        text = f"{scheme}://{rest}"
    public = f"{scheme}://{_without_password(scheme, rest)}"
    if scheme in _INSECURE and not allow_insecure:
        raise InsecureRegistry(
            f"`{public}` is not encrypted, so what it offers could be changed on the way",
            hint=f"use its {_encrypted(scheme)} address, or set `allow-insecure = true` for it",
        )
    user, at, _ = rest.partition("/")[0].rpartition("@")
    secret = ":" in user if scheme == "ssh" else bool(user)
    return Address(text, public, scheme == "file", f"{user}{at}" if secret else "")


def public_url(text: str) -> str:
    """The address without a password, as lockfiles name it; raises as `parse_address` does."""
    return parse_address(text, allow_insecure=True).public


def without_login(url: str) -> str:
    """A URL of any kind without `user:password@`.

    Raises:
        UnusableAddress: it is not clear where a password in it ends, or it cannot be printed.
    """
    if not url.isprintable():
        raise _unusable(url)
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    _refuse_unclear(scheme, rest)
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"


def _refuse_unusable(text: str, scheme: str, rest: str) -> None:
    """Refuse a URL that leads to no registry, or shows a secret."""
    if scheme not in _SECURE | _INSECURE or not rest or rest.rpartition("@")[2].startswith("-"):
        raise _unusable(text)
    if scheme != "file":
        _refuse_unclear(scheme, rest)
        _refuse_query(scheme, rest)


def _refuse_unclear(scheme: str, rest: str) -> None:
    """Refuse what may hold a password that begins before the first slash, and ends behind it.

    No part of it is shown, as any could be the password's.
    """
    authority, _, path = rest.partition("/")
    if "@" in re.split(r"[?#]", path)[0] or not _HOST.match(authority.rpartition("@")[2]):
        raise UnusableAddress(
            f"it is not clear where the host of this `{scheme}://` address begins",
            hint="a `/` in a password is written as `%2F`, an `@` in a path as `%40`; behind the `:` "
            "of a host stands a number",
        )


def _refuse_query(scheme: str, rest: str) -> None:
    """Refuse what often holds a secret, and names no repository; it is not shown either."""
    if set("?#") & set(rest):
        raise UnusableAddress(
            f"this `{scheme}://` address has a `?` or a `#`, as addresses of registries have not",
            hint="leave it out with what follows; for a token there are git's credential helpers",
        )


def _base(rest: str) -> str:
    """What stands after `://`, if the paths of files can be put behind it."""
    # Registries in git, and the one that ships, do without.
    from urllib.parse import urlsplit  # noqa: PLC0415

    try:
        parts = urlsplit(f"//{rest}")
        usable = bool(parts.hostname) and parts.port != 0 and not set("?#\\") & set(rest)
    except ValueError:
        usable = False
    if not usable:
        raise _unusable(f"://{rest}")
    return rest


def _encrypted(scheme: str) -> str:
    return "`sparse+https://`" if scheme.startswith(_SPARSE) else "`https://` or `ssh://`"


def _without_password(scheme: str, rest: str) -> str:
    host, slash, path = rest.partition("/")
    user, at, host = host.rpartition("@")
    name = user.partition(":")[0] if scheme == "ssh" else ""
    return f"{name}{at if name else ''}{host}{slash}{path}"


def _unusable(text: str) -> UnusableAddress:
    scheme, separator, _ = text.partition("://")
    hidden = f"{scheme}://..." if separator else text.rpartition("@")[2]
    # Whatever may be a password, or a part of one, is not shown.
    shown = hidden if set("@?#") & set(text) else text
    printed = "".join(c if c.isprintable() else "?" for c in shown[:80])
    return UnusableAddress(
        f"`{printed}` is not the address of a registry",
        hint="write an `https://`, `ssh://`, `file://` or `sparse+https://` URL, `user@host:path`, "
        "or an absolute path",
    )
