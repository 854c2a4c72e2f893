"""An agent file for another harness: front matter written anew before the prompt as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from agentpm.errors import AgentpmError
from agentpm.lazy import pattern
from agentpm.model.agentfile import AgentFile
from agentpm.model.grants import Grants
from agentpm.model.manifest import Overrides

_PLAIN = pattern(r"[a-z][a-z0-9_-]*\Z")
# Words that one reader of YAML or another takes for something else than text.
_NOT_TEXT = pattern(r"(?:y|n|yes|no|on|off|true|false|null|nan|inf)\Z")
# Whatever some reader of YAML refuses or breaks a line at, though JSON lets it stand.
_UNSAFE = pattern("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_JS_WHITE = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)


class NotConvertible(AgentpmError):
    """An agent file that cannot be written for another harness."""

    code = "not-convertible"


def grants_after(published: AgentFile, overrides: Overrides) -> Grants:
    """The grants of a published file with the lists that the manifest puts in place of its own."""
    front = dict(published.front)
    if overrides.tools is not None:
        front["tools"] = list(overrides.tools)
    if overrides.disallowed_tools is not None:
        front["disallowedTools"] = list(overrides.disallowed_tools)
    return Grants.of(front)


def assemble(published: AgentFile, front: Mapping[str, Any], path: str) -> bytes:
    """A file with the keys of `front` and the prompt of `published`, byte for byte.

    Keys whose value is None are left out.

    Raises:
        NotConvertible: the published file is not UTF-8.
    """
    head = "\n".join(_lines({k: v for k, v in front.items() if v is not None}, ""))
    return f"---\n{head}\n---".encode() + _prompt(published, path)


def _prompt(published: AgentFile, path: str) -> bytes:
    """Everything after the closing fence, which begins with a line end."""
    try:
        text = published.raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise NotConvertible(
            f"`{path}` is not UTF-8, so it can be installed for Claude Code alone",
            hint="ask its publisher for a release that is",
        ) from None
    fenced = text[: len(text) - len(published.body)].rstrip(_JS_WHITE) if published.fenced else ""
    rest = text[len(fenced) :]
    return (rest if rest.startswith(("\n", "\r\n")) else f"\n{rest}").encode()


def _lines(front: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in front.items():
        if isinstance(value, Mapping):
            yield f"{indent}{_scalar(key)}:"
            yield from _lines(value, indent + "  ")
        elif isinstance(value, list | tuple):
            yield f"{indent}{_scalar(key)}: [{', '.join(map(_scalar, value))}]"
        else:
            yield f"{indent}{_scalar(key)}: {_scalar(value)}"


def _scalar(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    if _PLAIN.match(value) and not _NOT_TEXT.match(value) and "---" not in value:
        return value
    # JSON's escapes are YAML's. Three hyphens would end the front matter, in quotes too.
    text = json.dumps(value, ensure_ascii=False).replace("---", "--\\u002d")
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
