"""The signers of a registry: whose keys count, in a list to which only they can add.

`signers.jsonl` holds a line for each state the list was ever in. Each line names the digest of the
one before, and is signed by a key of that one (the first by a key of its own). The last line counts.
The format is in `docs/reference/index-format.md`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from agentpm.errors import AgentpmError, Excerpt, ExitCode
from agentpm.lazy import pattern
from agentpm.model.digest import Digest
from agentpm.registry.documents import SIGNERS_FILE
from agentpm.registry.signing.keys import PublicKey, UnusableKey, parse_key
from agentpm.registry.signing.sshsig import read_signature, verify
from agentpm.registry.signing.statement import SIGNERS, canonical
from agentpm.registry.signing.wireformat import Unreadable
from agentpm.registry.strictjson import strict_json
from agentpm.values import dataclass

SIGNERS_LIMIT = 4 * 1024 * 1024
"""The most bytes that the list may have."""

FORMAT = 1

_FIELDS = {"v", "n", "registry", "signers", "previous", "signature"}
_NAME = pattern(r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,99}\Z")


class BadSigners(AgentpmError):
    """A list of signers that does not hold together."""

    code = "bad-signers"
    exit_code = ExitCode.CORRUPT


class InvalidSigner(AgentpmError):
    """A word that cannot be the name of a signer."""

    code = "invalid-signer"
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True, order=True)
class Signer:
    """Somebody whose key counts: the name in the list, with the key's fingerprint."""

    name: str
    fingerprint: str

    def __str__(self) -> str:
        return f"{self.name} {self.fingerprint}"


@dataclass(frozen=True, slots=True)
class Line:
    """One state of the list: its keys, each with the name of who holds it, and its own digest."""

    keys: Mapping[PublicKey, str]
    digest: Digest


@dataclass(frozen=True, slots=True)
class Signers:
    """The whole list of the registry with the id `registry`, the oldest state first."""

    registry: str
    lines: tuple[Line, ...]

    @property
    def current(self) -> Mapping[PublicKey, str]:
        """The keys that count now, each with the name of who holds it."""
        return self.lines[-1].keys

    @property
    def head(self) -> Digest:
        """The digest of the last line, which stands for the whole list."""
        return self.lines[-1].digest

    def holder(self, key: PublicKey) -> Signer | None:
        """Who holds a key that counts; None where the key does not."""
        name = self.current.get(key)
        return Signer(name, key.fingerprint) if name is not None else None

    def former(self, key: PublicKey) -> Signer | None:
        """Who held a key that counted once, and counts no longer."""
        if key in self.current:
            return None
        names = (line.keys[key] for line in reversed(self.lines) if key in line.keys)
        name = next(names, None)
        return Signer(name, key.fingerprint) if name is not None else None


def check_name(name: str) -> str:
    """The name of a signer, which is a mail address as a rule.

    Raises:
        InvalidSigner: it could be mistaken for something else.
    """
    if not _NAME.match(name):
        raise InvalidSigner(
            f"`{name[:100]}` cannot be the name of a signer",
            hint="use a mail address, the one that the owners of packages are listed by",
        )
    return name


def read_signers(content: bytes, source: str) -> Signers:
    """Read the list of the registry `source`, with every signature in it verified.

    Raises:
        BadSigners: a line is no state of a list, or not signed by a key of the one before.
    """
    if len(content) > SIGNERS_LIMIT:
        raise BadSigners(f"the `{SIGNERS_FILE}` of `{source}` has more than 4 MiB", hint=_HINT)
    texts = content.decode("utf-8", "replace").split("\n")
    if texts[-1] == "":
        texts.pop()
    lines: list[Line] = []
    registry: str | None = None
    for number, text in enumerate(texts, start=1):
        reading = _Reading(text, number, source)
        record = reading.record()
        registry = reading.registry(record, registry)
        line = Line(reading.keys(record), Digest.of(text.encode()))
        reading.follows(record, lines[-1] if lines else line, first=not lines)
        lines.append(line)
    if registry is None:
        raise BadSigners(f"the `{SIGNERS_FILE}` of `{source}` is empty", hint=_HINT)
    return Signers(registry, tuple(lines))


_HINT = (
    "nothing that claims to be signed there can be trusted; ask the people who keep the registry"
)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One line on its way to be a state of the list."""

    text: str
    number: int
    source: str

    def wrong(self, message: str) -> BadSigners:
        return BadSigners(
            f"the signers of `{self.source}` cannot be trusted: {message}",
            where=Excerpt(SIGNERS_FILE, self.number, 1, self.text),
            hint=_HINT,
        )

    def record(self) -> Mapping[str, Any]:
        try:
            record = strict_json(self.text)
        except (ValueError, RecursionError):
            raise self.wrong("the line is not JSON") from None
        if not isinstance(record, dict) or type(record.get("v")) is not int:
            raise self.wrong("the line does not say its format")
        if record["v"] != FORMAT:
            raise self.wrong("the line has a format that only a newer agentpm can read")
        if set(record) != _FIELDS:
            raise self.wrong("the line has not the fields it must have")
        if type(record["n"]) is not int or record["n"] != self.number:
            raise self.wrong("the line does not say which one it is")
        return record

    def registry(self, record: Mapping[str, Any], before: str | None) -> str:
        own = record["registry"]
        if not isinstance(own, str) or not own or own != (before or own):
            raise self.wrong("the line belongs to another registry")
        return own

    def keys(self, record: Mapping[str, Any]) -> Mapping[PublicKey, str]:
        listed = record["signers"]
        if not isinstance(listed, list) or not listed:
            raise self.wrong("the line names nobody")
        keys: dict[PublicKey, str] = {}
        for entry in listed:
            if not isinstance(entry, dict) or set(entry) != {"name", "key"}:
                raise self.wrong("a signer is a name with a key")
            key, name = self._key(entry["key"]), entry["name"]
            if not isinstance(name, str) or not _NAME.match(name):
                raise self.wrong("a signer has no usable name")
            if key in keys:
                raise self.wrong("a key stands in it twice")
            keys[key] = name
        return keys

    def _key(self, text: Any) -> PublicKey:
        try:
            key = parse_key(text if isinstance(text, str) else "")
        except UnusableKey as error:
            raise self.wrong(error.message) from None
        if str(key) != text:
            raise self.wrong("a key is not written as agentpm writes it")
        return key

    def follows(self, record: Mapping[str, Any], before: Line, *, first: bool) -> None:
        """Make sure that the line was put there by somebody who may add one."""
        previous = record["previous"]
        if previous != (None if first else before.digest):
            raise self.wrong("the line does not follow the one before it")
        try:
            signature = read_signature(str(record["signature"]))
        except Unreadable as error:
            raise self.wrong(f"its signature is none, {error}") from None
        if signature.key not in before.keys:
            raise self.wrong("it is signed by a key that may not change the list")
        told = {key: value for key, value in record.items() if key != "signature"}
        if not verify(signature, canonical(told), SIGNERS):
            raise self.wrong("its signature does not fit it")


def next_line(
    registry: str, before: Signers | None, holders: Iterable[tuple[str, PublicKey]]
) -> Mapping[str, Any]:
    """The line that is to follow `before` (None: the first one), still without its signature."""
    return {
        "v": FORMAT,
        "n": len(before.lines) + 1 if before is not None else 1,
        "registry": registry,
        "signers": [{"name": check_name(name), "key": str(key)} for name, key in holders],
        "previous": str(before.head) if before is not None else None,
    }


def signed_line(line: Mapping[str, Any], signature: str) -> bytes:
    """A line with its signature, as it stands in the file."""
    return json.dumps({**line, "signature": signature}).encode("ascii") + b"\n"
