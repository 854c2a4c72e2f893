"""TOML that people wrote: read whole, or refused with the place that is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from agentpm.errors import AgentpmError, Excerpt
from agentpm.lazy import pattern
from agentpm.values import dataclass

_AT = pattern(r"\(at line (\d+), column (\d+)\)\Z")
_CONFLICT = pattern(r"^(?:<{7}|={7}|>{7})(?: |$)", re.MULTILINE)
_HEADER = pattern(r"\s*\[\[?\s*(.+?)\s*\]\]?\s*(?:#.*)?\Z")
_KEY = pattern(r"""\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_.-]|\s*\.\s*)+?)\s*=""")


_VALUE = pattern(r"""\"[^"]*"|'[^']*'|\[[^\]]*\]?|\{[^}]*\}?|[^\s,}#]+""")


class TomlText:
    """The text of one TOML file, with the words to say what is wrong in it.

    `path` is the file's name as messages show it, `malformed` the error class to raise.
    """

    __slots__ = ("_spots", "data", "malformed", "path", "text")

    def __init__(
        self,
        text: str,
        path: str,
        malformed: type[AgentpmError],
        quick: Callable[[str], dict[str, Any] | None] = lambda _: None,
    ) -> None:
        """Parse `text`; where it is of a kind that `quick` knows, by that.

        Raises:
            AgentpmError: of the class `malformed`, with the place, where the text is not TOML.
        """
        self.text = text
        self.path = path
        self.malformed = malformed
        self._spots: dict[tuple[str, ...], _Spot] | None = None
        self.data: dict[str, Any] = quick(text) or self._load()

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
                hint=self._hint(merging=conflict is not None),
                where=Excerpt.at(self.text, self.path, line, column),
            ) from None

    def _hint(self, *, merging: bool) -> str:
        if merging:
            default = "the file holds an unfinished merge: resolve it first"
            return str(getattr(self.malformed, "merge_hint", default))
        return 'lines look like `key = "text"` below a `[table]`; nothing was changed'

    def place(self, *keys: str, value: str | None = None) -> Excerpt:
        """Where the key at the end of the path `keys` is written, as well as it can be told.

        With `value` it is the place of that text in quotes in the key's value; an empty one stands
        for the value as a whole.
        """
        if value is not None:
            return self.value_place(*keys, text=value or None)
        if self._spots is None:
            self._spots = _spots(self.text)
        for depth in range(len(keys), 0, -1):
            spot = self._spots.get(keys[:depth])
            if spot is not None:
                column, length = _within(spot, keys, depth)
                return Excerpt(self.path, spot.line, column, spot.text, length)
        return Excerpt.at(self.text, self.path, 1)

    def value_place(self, *keys: str, text: str | None = None) -> Excerpt:
        """Where the value of a key is written, or a `text` in quotes inside it; else the key."""
        key = self.place(*keys)
        lines = self.text.splitlines()
        before, equals, _ = key.text[key.column - 1 + key.length :].partition("=")
        if not equals:
            return key
        start = key.column + key.length + len(before)
        wanted = _VALUE if text is None else re.compile(rf"(?<=[\"']){re.escape(text)}(?=[\"'])")
        for number, line in enumerate(lines[key.line - 1 :], start=key.line):
            if number > key.line and (text is None or _begins_anew(line)):
                break
            found = wanted.search(line, start if number == key.line else 0)
            if found is not None:
                return Excerpt(self.path, number, found.start() + 1, line, max(1, len(found[0])))
        return key

    def refuse(self, message: str, *keys: str, hint: str | None = None) -> AgentpmError:
        """The error that says `message` of the key at the end of the path `keys`."""
        return self.malformed(message, hint=hint, where=self.place(*keys))

    def refuse_value(
        self, message: str, *keys: str, text: str | None = None, hint: str | None = None
    ) -> AgentpmError:
        """The error that says `message` of the value of a key, or of a `text` inside it."""
        return self.malformed(message, hint=hint, where=self.value_place(*keys, text=text))

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
        raise self.refuse_value(f"`{keys[-1]}` must be a text in quotes", *keys)

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
        raise self.refuse_value(
            f"`{keys[-1]}` must be a list of texts", *keys, hint=f'write {keys[-1]} = ["…"]'
        )


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that was probably meant by `word`, or None."""
    # Only a mistake needs it, so a run without one does not pay for the import.
    from difflib import get_close_matches  # noqa: PLC0415

    matches = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a key or a table's name is written: line from 1, column from 0."""

    line: int
    column: int
    text: str


def _spots(text: str) -> dict[tuple[str, ...], _Spot]:
    """Every key and table header of a TOML text by its path, as well as lines can tell."""
    found: dict[tuple[str, ...], _Spot] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line) if line.lstrip().startswith("[") else None
        if header is not None:
            table = _split(header[1])
            column = line.find(table[-1]) if table else 0
            found.setdefault(table, _Spot(number, column, line))
        elif match := _KEY.match(line):
            column = len(line) - len(line.lstrip())
            found.setdefault((*table, *_split(match[1])), _Spot(number, column, line))
    return found


def _begins_anew(line: str) -> bool:
    """Whether a line can be no further one of a value that began above it."""
    header = line.lstrip().startswith("[") and _HEADER.match(line)
    return bool(header or _KEY.match(line))


def _within(spot: _Spot, keys: tuple[str, ...], depth: int) -> tuple[int, int]:
    """Column and length of the last of `keys` at the spot of the first `depth` of them."""
    if depth < len(keys):
        # An inline table may hold the rest.
        inner = re.search(rf"[{{,]\s*(\"?{re.escape(keys[-1])}\"?)\s*=", spot.text)
        if inner:
            return inner.start(1) + 1, len(keys[-1])
    quotes = 2 if spot.text[spot.column :].startswith(('"', "'")) else 0
    return spot.column + 1, max(1, len(keys[depth - 1]) + quotes)


def _split(dotted: str) -> tuple[str, ...]:
    parts = re.findall(r'"[^"]*"|\'[^\']*\'|[^.]+', dotted)
    return tuple(part.strip().strip("\"'") for part in parts)
