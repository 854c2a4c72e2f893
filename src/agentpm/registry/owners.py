"""Who owns which names of a registry: `owners.json`, the file that says so.

`docs/reference/index-format.md` describes it. People are known by their mail address, in whatever
case it is written. A registry without the file belongs to everybody who may push to it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from agentpm.errors import AgentpmError, Excerpt, ExitCode
from agentpm.model.name import AgentName, PackageName
from agentpm.model.tomltext import nearest
from agentpm.registry.strictjson import strict_json
from agentpm.values import dataclass, field

OWNERS_FILE = "owners.json"
OWNERS_FORMAT = 1

PUBLISHERS, ANYONE, ADMINISTRATORS = "publishers", "anyone", "administrators"
UNLISTED = (PUBLISHERS, ANYONE, ADMINISTRATORS)
"""Who may publish under a name that is not listed: who did so before, anyone, administrators."""

_KEYS = ("format", "administrators", "names", "scopes", "unlisted", "accounts")


class MalformedOwners(AgentpmError):
    """An `owners.json` that cannot be understood, so that nobody can say who owns what."""

    code = "malformed-owners"
    exit_code = ExitCode.CORRUPT


def mail_of(person: str) -> str:
    """The mail address in `Name <mail>`, or the whole text, as people are compared."""
    _, bracket, rest = person.rpartition("<")
    return (rest.partition(">")[0] if bracket else person).strip().casefold()


@dataclass(frozen=True, slots=True)
class Owners:
    """What `owners.json` says; all people as `mail_of` writes them.

    `names` and `scopes` give the owners of those listed, `accounts` the mail address of each account
    on the server, for hooks that know who pushes. `open` is whether there is no such file.
    """

    administrators: frozenset[str] = frozenset()
    names: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    scopes: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    unlisted: str = PUBLISHERS
    accounts: Mapping[str, str] = field(default_factory=dict, hash=False)
    open: bool = False

    def administers(self, person: str) -> bool:
        """Whether `person` may change everything that can be changed in the registry."""
        return self.open or mail_of(person) in self.administrators

    def listed(self, name: PackageName) -> frozenset[str] | None:
        """The owners whom the file gives to a name, itself or by its scope; None for none."""
        found = [owners for owners in (self.names.get(name), self._scope(name)) if owners]
        return frozenset[str]().union(*found) if found else None

    def owns(self, person: str, name: PackageName, publishers: Collection[str]) -> bool:
        """Whether `person` may publish `name`, whose releases so far are from `publishers`."""
        if self.administers(person):
            return True
        owners = self.listed(name)
        if owners is not None:
            return mail_of(person) in owners
        if self.unlisted == PUBLISHERS:
            known = {mail_of(publisher) for publisher in publishers}
            return not known or mail_of(person) in known
        return self.unlisted == ANYONE

    def _scope(self, name: PackageName) -> frozenset[str] | None:
        return self.scopes.get(name.owner) if name.owner else None


OPEN = Owners(open=True)
"""A registry in which nothing is owned."""


def changed_entries(before: Owners, after: Owners) -> tuple[tuple[str, str], ...]:
    """What differs, as pairs: `names` or `scopes` with the name, else `rest` with the key."""
    found = [
        (key, name)
        for key, old, new in (
            ("names", before.names, after.names),
            ("scopes", before.scopes, after.scopes),
        )
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]
    keys = ("open", "administrators", "unlisted", "accounts")
    rest = [("rest", key) for key in keys if getattr(before, key) != getattr(after, key)]
    return (*found, *rest)


def new_owners(administrator: str | None) -> bytes:
    """The file of a new registry: one administrator, if there is one, names for everybody.

    A team of two publishes each other's agents from the first day; who keeps the registry lists
    what is to be owned, or has names belong to their first publishers.
    """
    content = {
        "format": OWNERS_FORMAT,
        "administrators": [mail_of(administrator)] if administrator else [],
        "names": {},
        "scopes": {},
        "unlisted": ANYONE,
    }
    return (json.dumps(content, indent=2) + "\n").encode()


def read_owners(content: bytes | None) -> Owners:
    """What an `owners.json` says; `OPEN` where there is none.

    Raises:
        MalformedOwners: it is no such file; with the place.
    """
    if content is None:
        return OPEN
    file = _File(content.decode(errors="replace"))
    whole = file.load()
    return Owners(
        administrators=file.people(whole.get("administrators", []), "administrators"),
        names={str(file.name(n)): file.people(v, n) for n, v in file.table(whole, "names")},
        scopes={str(file.scope(n)): file.people(v, n) for n, v in file.table(whole, "scopes")},
        unlisted=file.choice(whole.get("unlisted", PUBLISHERS)),
        accounts={k: mail_of(file.text(v, k)) for k, v in file.table(whole, "accounts")},
    )


@dataclass(frozen=True, slots=True)
class _File:
    """The text of the file, with complaints about it."""

    text_: str

    def load(self) -> Mapping[str, Any]:
        try:
            whole = strict_json(self.text_)
        except json.JSONDecodeError as error:
            where = Excerpt.at(self.text_, OWNERS_FILE, error.lineno, error.colno)
            message = f"`{OWNERS_FILE}` is not JSON: {error.msg.lower()}"
            raise MalformedOwners(message, where=where) from None
        except (ValueError, RecursionError) as error:
            raise MalformedOwners(f"`{OWNERS_FILE}` is not usable JSON: {error}") from None
        if not isinstance(whole, dict) or whole.get("format") != OWNERS_FORMAT:
            raise self.wrong("format", f"`{OWNERS_FILE}` is not of the format {OWNERS_FORMAT}")
        for key in whole:
            # A misspelt key would give names away that somebody meant to keep.
            if key not in _KEYS:
                near = nearest(key, _KEYS)
                hint = f"did you mean `{near}`?" if near else f"known: {', '.join(_KEYS)}"
                raise self.wrong(key, f"`{OWNERS_FILE}` has an unknown key `{key}`", hint)
        return whole

    def table(self, whole: Mapping[str, Any], key: str) -> list[tuple[str, Any]]:
        value = whole.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, f"`{key}` in `{OWNERS_FILE}` is not an object")
        return list(value.items())

    def people(self, value: Any, key: str) -> frozenset[str]:
        if not isinstance(value, list):
            raise self.wrong(key, f"`{key}` in `{OWNERS_FILE}` is not a list of mail addresses")
        return frozenset(mail_of(self.text(item, key)) for item in value)

    def text(self, value: Any, key: str) -> str:
        if not isinstance(value, str) or "@" not in mail_of(value):
            raise self.wrong(key, f"`{key}` in `{OWNERS_FILE}` names no mail address")
        return value

    def choice(self, value: Any) -> str:
        if value not in UNLISTED:
            words = ", ".join(f"`{word}`" for word in UNLISTED)
            raise self.wrong("unlisted", f"`unlisted` in `{OWNERS_FILE}` is none of {words}")
        return str(value)

    def name(self, text: str) -> PackageName:
        try:
            return PackageName(text)
        except AgentpmError as error:
            raise self.wrong(text, error.message, error.hint) from None

    def scope(self, text: str) -> AgentName:
        try:
            return AgentName(text)
        except AgentpmError as error:
            raise self.wrong(text, error.message, error.hint) from None

    def wrong(self, word: str, message: str, hint: str | None = None) -> MalformedOwners:
        at = self.text_.find(json.dumps(word))
        line = self.text_.count("\n", 0, at) + 1 if at >= 0 else 1
        column = at - self.text_.rfind("\n", 0, at) if at >= 0 else 1
        where = Excerpt.at(self.text_, OWNERS_FILE, line, column, length=len(word) + 2)
        return MalformedOwners(message, where=where, hint=hint)
