"""Why a web server could not be asked about a registry, in words that help."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from agentpm.errors import AgentpmError
from agentpm.http.document import DocumentTooLarge, HttpFailure, NotEncrypted
from agentpm.model.name import PackageName
from agentpm.registry.access import Access, token_variable
from agentpm.registry.address import InsecureRegistry
from agentpm.registry.unreachable import RegistryUnreachable
from agentpm.registry.wire import MalformedIndex, name_at

_SHOWN = 8
"""How many packages a message names."""

_NO_LOGIN = frozenset({401, 403})


def explained(problem: HttpFailure, source: str, access: Access, *, known: bool) -> AgentpmError:
    """What a failure to get a file means for the registry `source`, read on the terms of `access`.

    `known` is whether the server was shown a token or a login.
    """
    if isinstance(problem, NotEncrypted):
        return InsecureRegistry(
            f"`{source}` led to an address that is not encrypted", details=(problem.message,)
        )
    if isinstance(problem, DocumentTooLarge):
        return MalformedIndex(
            f"{problem.message}, in the index of `{access.name(source)}`",
            hint="tell the people who keep the registry; no other agent of it is affected",
        )
    trouble = problem.status is not None and problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    what = "the server is in trouble: try again later" if trouble else "check the network"
    hint = problem.hint or f"{what}; `--offline` works with what was seen before"
    if problem.status in _NO_LOGIN:
        hint = _login(source, access, known=known)
    return RegistryUnreachable(
        f"could not reach the registry `{source}`",
        hint=hint,
        details=(problem.message, *problem.details),
    )


def _login(source: str, access: Access, *, known: bool) -> str:
    name = access.token_name
    if name and known:
        return (
            f"the server does not take the token in `{token_variable(name)}`, or the login in the "
            "address: ask those who keep the registry for another one"
        )
    if known:
        return "the server does not take the login in the address: check it in `config.toml`"
    if name:
        return f"put its token into `{token_variable(name)}`"
    name = access.called or "NAME"
    variable = token_variable(name)
    return (
        f"give it a name in your own configuration (`agentpm registry add {name} {source} --global "
        f"--offline`), and put its token into `{variable}`"
    )


def garbled(path: str, source: str) -> RegistryUnreachable:
    """That something else came than the index file at `path`."""
    return RegistryUnreachable(
        f"`{source}` answered with something else than its `{path}`",
        hint="a network that wants a login first may have answered instead, or the file was cut off "
        "on the way: look at the address with a browser",
    )


def unasked(
    path: str, source: str, why: Iterable[str], known: Iterable[PackageName]
) -> RegistryUnreachable:
    """That the package at `path` is none of those `known`, and that nobody can be asked now."""
    names = [f"`{name}`" for name in known]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    seen = f"seen so far: {', '.join(names[:_SHOWN])}{more}" if names else "none was seen so far"
    return RegistryUnreachable(
        f"nothing is known of `{name_at(path)}` in `{source}`, and it could not be asked",
        hint="check the network, and try again",
        details=(*why, seen),
    )
