"""Names: the whitelist that lets a word become a path.

An `AgentName` is what a harness calls the agent, and becomes a file name; a `PackageName` is what a
registry calls it, with an optional owner. The grammar is that of Agent Skills names (lower-case
letters, digits, single hyphens, 64 characters), less the device names of Windows.
"""

from __future__ import annotations

import re
from typing import Self

from agentpm.errors import AgentpmError, ExitCode
from agentpm.lazy import pattern
from agentpm.visible import visible

_NAME = pattern(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_MAX = 64
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin", "conout"]
    + [f"{port}{n}" for port in ("com", "lpt") for n in range(10)]
)


class InvalidName(AgentpmError):
    """A word that cannot name an agent."""

    code = "invalid-name"
    exit_code = ExitCode.USAGE


class AgentName(str):
    """The name an agent answers to: `code-reviewer`. Safe as a file name on every platform.

    Raises:
        InvalidName: the text is outside the grammar.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check `text` against the grammar."""
        _check(text, text)
        return super().__new__(cls, text)


class PackageName(str):
    """The name of a package in a registry: `code-reviewer` or `acme/code-reviewer`.

    Raises:
        InvalidName: the text is outside the grammar.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check every part of `text` against the grammar."""
        # Few have an owner, and a project reads thousands of names.
        if not _is_name(text):
            owner, slash, name = text.partition("/")
            if "/" in name:
                raise InvalidName(
                    f"`{_shown(text)}` is not a package name", hint="write `name` or `owner/name`"
                )
            _check(owner, text)
            if slash:
                _check(name, text)
        return str.__new__(cls, text)

    @property
    def agent(self) -> AgentName:
        """The name under which the package is installed unless the manifest says otherwise."""
        # Checked when the whole was.
        return str.__new__(AgentName, self.rpartition("/")[2])

    @property
    def owner(self) -> str | None:
        """The owner's name, where the package has one."""
        owner, slash, _ = self.partition("/")
        return owner if slash else None


def _is_name(text: str) -> bool:
    return _NAME.match(text) is not None and len(text) <= _MAX and text not in _DEVICES


def _check(part: str, whole: str) -> None:
    if not _NAME.match(part):
        suggestion = suggest_name(whole)
        raise InvalidName(
            f"{f'`{_shown(whole)}`' if whole else 'an empty text'} is not an agent name",
            hint=(f"did you mean `{suggestion}`? " if suggestion else "")
            + "names are lower-case letters and digits, joined by single hyphens",
        )
    if len(part) > _MAX:
        raise InvalidName(
            f"`{_shown(part)}` is longer than {_MAX} characters", hint="choose a shorter name"
        )
    if part in _DEVICES:
        raise InvalidName(
            f"`{part}` is the name of a device on Windows", hint=f"choose another, `{part}-agent`"
        )


def suggest_name(text: str) -> str | None:
    """The nearest well-formed name to `text`, or None where nothing of it is left."""
    owner, slash, name = text.rpartition("/")
    if slash and ("." in owner or "/" in owner or not owner):
        return None
    slug = re.sub(r"[^a-z0-9]+", "-", name.removesuffix(".md").lower()).strip("-")[:_MAX].strip("-")
    if not slug or slug in _DEVICES:
        return None
    result = f"{owner}/{slug}" if slash else slug
    return result if result != text else None


def _shown(text: str) -> str:
    """`text` fit for a one-line message: no control or invisible characters, not endless."""
    clean = visible(text)
    return clean if len(clean) <= 80 else clean[:77] + "..."
