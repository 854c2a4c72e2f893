"""TOML that people wrote: read whole, or refused with the place that is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from agentpm.errors import AgentpmError, Excerpt

_AT = re.compile(r"\(at line (\d+), column (\d+)\)\Z")
_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7})(?: |$)", re.MULTILINE)
_HEADER = re.compile(r"\s*\[\[?\s*(.+?)\s*\]\]?\s*(?:#.*)?\Z")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_.-]|\s*\.\s*)+?)\s*=""")


class TomlText:
    """The text of one TOML file, with the words to say what is wrong in it.

    `path` is the file's name as messages show it, `malformed` the error class to raise.
    """

    __slots__ = ("data", "malformed", "path", "text")

    def __init__(self, text: str, path: str, malformed: type[AgentpmError]) -> None:
        """Parse `text`.

        Raises:
            AgentpmError: of the class `malformed`, with the place, where the text is not TOML.
        """
        self.text = text
        self.path = path
        self.malformed = malformed
        self.data: dict[str, Any] = self._load()

    def _load(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            message = str(error)
            match = _AT.search(message)
            lines = self.text.splitlines() or [""]
            line, column = map(int, match.groups()) if match else (len(lines), len(lines[-1]) + 1)
            conflict = _CONFLICT.search(self.text)
            if conflict:
                line, column = self.text.count("\n", 0, conflict.start()) + 1, 1
            reason = _AT.sub("", message).strip().rstrip(".")
            raise self.malformed(
                f"`{self.path}` is not valid TOML: {reason[:1].lower()}{reason[1:]}",
                hint="the file holds an unfinished merge: resolve it first" if conflict else None,
                where=Excerpt.at(self.text, self.path, line, column),
            ) from None

    def place(self, *keys: str) -> Excerpt:
        """Where the key at the end of the path `keys` is written, as well as it can be told."""
        line, column, length = _locate(self.text, list(keys))
        return Excerpt.at(self.text, self.path, line, column, length=length)

    def refuse(self, message: str, *keys: str, hint: str | None = None) -> AgentpmError:
        """The error that says `message` of the key at the end of the path `keys`."""
        return self.malformed(message, hint=hint, where=self.place(*keys))

    def table(self, *keys: str) -> Mapping[str, Any]:
        """The table at the path `keys`, empty where there is none.

        Raises:
            AgentpmError: something else stands there.
        """
        found: Any = self.data
        for depth, key in enumerate(keys, start=1):
            found = found.get(key, {})
            if not isinstance(found, dict):
                name = ".".join(keys[:depth])
                raise self.refuse(
                    f"`{name}` must be a table", *keys[:depth], hint=f"write `[{name}]`"
                )
        return found  # type: ignore[no-any-return] # a dict by the check above

    def only(self, allowed: Iterable[str], *keys: str) -> None:
        """Refuse any key of the table at `keys` that is not `allowed`, with a did-you-mean."""
        allowed = list(allowed)
        for key in self.table(*keys):
            if key not in allowed:
                near = nearest(key, allowed)
                raise self.refuse(
                    f"unknown key `{key}`" + (f" in `[{'.'.join(keys)}]`" if keys else ""),
                    *keys,
                    key,
                    hint=f"did you mean `{near}`?" if near else f"known: {', '.join(allowed)}",
                )

    def string(self, *keys: str) -> str | None:
        """The text at the path `keys`, None where there is none.

        Raises:
            AgentpmError: something that is not text stands there.
        """
        value = self.table(*keys[:-1]).get(keys[-1])
        if value is None or isinstance(value, str):
            return value
        raise self.refuse(f"`{keys[-1]}` must be a text in quotes", *keys)

    def strings(self, *keys: str) -> tuple[str, ...] | None:
        """The list of texts at the path `keys`, None where there is none.

        Raises:
            AgentpmError: something else stands there.
        """
        value = self.table(*keys[:-1]).get(keys[-1])
        if value is None:
            return None
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise self.refuse(
            f"`{keys[-1]}` must be a list of texts", *keys, hint=f'write {keys[-1]} = ["…"]'
        )


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that was probably meant by `word`, or None."""
    # Only a mistake needs it, so a run without one does not pay for the import.
    from difflib import get_close_matches  # noqa: PLC0415

    matches = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def _locate(text: str, keys: list[str]) -> tuple[int, int, int]:
    """Line, column and length of the last of `keys`; of the nearest table or key that is found."""
    best = (1, 1, 1)
    depth = 0
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header and line.lstrip().startswith("["):
            table = _split(header[1])
            found = table if keys[: len(table)] == table else []
            start = line.find(table[-1]) if table else 0
        else:
            match = _KEY.match(line)
            path = table + _split(match[1]) if match else []
            found = path if path and keys[: len(path)] == path else []
            start = len(line) - len(line.lstrip())
        if len(found) > depth:
            depth = len(found)
            best = _within(line, start, keys, depth, number)
    return best


def _within(
    line: str, start: int, keys: list[str], depth: int, number: int
) -> tuple[int, int, int]:
    """The place of the last key in `line`, which may hold it in an inline table."""
    if depth < len(keys):
        inner = re.search(rf"[{{,]\s*(\"?{re.escape(keys[-1])}\"?)\s*=", line)
        if inner:
            return number, inner.start(1) + 1, len(keys[-1])
    return number, start + 1, len(keys[depth - 1])


def _split(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in re.findall(r'"[^"]*"|\'[^\']*\'|[^.]+', dotted)]
