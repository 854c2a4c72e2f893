"""The address of a registry: which URLs agentpm uses, what of them may be shown."""

from __future__ import annotations

import re

from agentpm.credentials import split_login, without_guesses
from agentpm.errors import AgentpmError, ExitCode
from agentpm.lazy import pattern
from agentpm.sha256 import hex_digest
from agentpm.values import dataclass
from agentpm.visible import visible

_SCHEME = pattern(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)\Z", re.DOTALL)
_SCP = pattern(r"(?:[A-Za-z0-9._+-]+@)?(?!-)[A-Za-z0-9._-]{2,}:(?!:|//)(?!-)[^@]+\Z")
_HOST = pattern(r"(\[[^\]]*\]|[^:\[\]]*)(:[0-9]*)?\Z")
_LOCAL = pattern(r"(/|[A-Za-z]:[\\/]|\\\\)")
_SPARSE = "sparse+"
_SHOWN = 80
"""How much of a text is shown that is no address."""
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
    def is_insecure(self) -> bool:
        """Whether anybody on the way there could read and change what is said."""
        return self.public.partition("://")[0] in _INSECURE

    @property
    def web(self) -> str:
        """Where the files of a sparse registry are, without a login and a slash at the end."""
        return self.public.removeprefix(_SPARSE)

    @property
    def key(self) -> str:
        """A directory's name for this address: readable, different for every address."""
        readable = re.sub(r"[^a-z0-9]+", "-", self.public.partition("://")[2].lower()) or "registry"
        return f"{readable.strip('-')[-40:].strip('-')}-{hex_digest(self.public)[:12]}"


def parse_address(text: str, *, allow_insecure: bool = False) -> Address:
    """Read the address of a registry: an https, ssh or file URL, `user@host:path`, a path.

    `sparse+https://` before a host says that a web server offers the registry as files. A slash at
    its end is left out, and the scheme is written small, so that one place has one address: git
    looks for a program of its own where it is not.

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
        rest = rest.rstrip("/")
        _refuse_no_base(text, rest)
    login, place = split_login(rest)
    user = login.partition(":")[0].rstrip("@") if scheme == "ssh" else ""
    public = f"{scheme}://{user}{'@' if user else ''}{place}"
    if scheme in _INSECURE and not allow_insecure:
        raise InsecureRegistry(
            f"`{public}` is not encrypted, so what it offers could be changed on the way",
            hint=f"use its {_encrypted(scheme)} address, or set `allow-insecure = true` for it",
        )
    secret = ":" in login if scheme == "ssh" else bool(login)
    return Address(f"{scheme}://{rest}", public, scheme == "file", login if secret else "")


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
    return f"{scheme}://{split_login(rest)[1]}"


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
            hint=f"leave it out with what follows{_for_a_token(scheme)}",
        )


def _for_a_token(scheme: str) -> str:
    """Where a token belongs that somebody wrote into a query; ssh takes none."""
    if scheme.startswith(_SPARSE):
        return "; for a token there is the variable `AGENTPM_TOKEN_NAME`"
    return "" if scheme == "ssh" else "; for a token there are git's credential helpers"


def _refuse_no_base(text: str, rest: str) -> None:
    """Refuse a URL, with `rest` behind its `://`, behind which the paths of files cannot be put."""
    # Registries in git, and the one that ships, do without.
    from urllib.parse import urlsplit  # noqa: PLC0415

    try:
        parts = urlsplit(f"//{rest}")
        usable = bool(parts.hostname) and parts.port != 0 and not set("?#\\") & set(rest)
    except ValueError:
        usable = False
    if not usable:
        raise _unusable(text)


def _encrypted(scheme: str) -> str:
    return "`sparse+https://`" if scheme.startswith(_SPARSE) else "`https://` or `ssh://`"


def _unusable(text: str) -> UnusableAddress:
    shown = without_guesses(text)
    cut = visible(shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…")
    quoted = f"`{cut}`" if text else "an empty text"
    return UnusableAddress(
        f"{quoted} is not the address of a registry",
        hint="write an `https://`, `ssh://`, `file://` or `sparse+https://` URL, `user@host:path`, "
        "or an absolute path",
    )
