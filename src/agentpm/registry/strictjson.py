"""JSON that says one thing to whoever reads it.

Two readers may take different ones of two equal keys, no file or terminal can hold half a character,
and `NaN` is no JSON: what stands in a registry has none of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

_DEPTH = 128
"""How deep values may nest: more than twice as deep as in the files of agents."""


def strict_json(text: str) -> Any:
    """The data in `text`.

    Raises:
        json.JSONDecodeError: it is not JSON.
        ValueError: it is none that says one thing, or nests too deep.
        RecursionError: it nests much deeper than that.
    """
    record = _decoded(text)
    if text.count("{") + text.count("[") > _DEPTH:
        _refuse_depth(record)
    if "\\ud" in text or "\\uD" in text:
        _refuse_halves(record)
    return record


def _decoded(text: str) -> Any:
    if text.startswith("{"):
        # Most texts are an object and nothing else, not even a blank.
        record, end = _DECODER.raw_decode(text)
        if end == len(text):
            return record
    return _DECODER.decode(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("a key stands in it twice")
    return result


def _refuse_depth(record: Any) -> None:
    """Refuse what nests deep: others work through it level by level, by calls of calls."""
    level = [record]
    for _ in range(_DEPTH):
        level = [inner for each in level for inner in _inside(each) if type(inner) in (dict, list)]
    if level:
        raise ValueError(f"values nest deeper than {_DEPTH} levels")


def _inside(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _refuse_halves(record: Any) -> None:
    """Refuse lone surrogates."""
    try:
        json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("half a character stands in it") from None


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not a JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)
