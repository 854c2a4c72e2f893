"""What a view keeps of the index file of one package, and says of it without reading all of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agentpm.model.name import PackageName
from agentpm.model.version import InvalidVersion, Version, parse_version, written
from agentpm.registry.wire import RECORD_FORMAT, UNREADABLE
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """An index file in two parts: `newest` is its last line, `before` all that stands before it.

    `description`, `tools` and `version` are those of the newest release that can be had, or of the
    newest where none can; `version` is empty then, and `UNREADABLE` where no line is a record.
    `versions` are those of the lines, in their order; None where a line says something else than its
    version and what it is of in the expected way.
    """

    before: bytes
    newest: bytes
    description: str
    tools: str
    version: str
    versions: str | None


def row_of(name: PackageName, text: bytes) -> Row:
    """The row of an index file.

    A line that is no record is passed over here, and whoever asks for the package is told of it.
    """
    best: tuple[tuple[bool, Version], Mapping[str, Any]] | None = None
    versions: list[str] = []
    regular = True
    for raw in text.removesuffix(b"\n").split(b"\n"):
        record = _loosely(raw)
        if record is None:
            regular = False
            continue
        said = record.get("version")
        try:
            version = parse_version(str(said))
        except InvalidVersion:
            regular = False
            continue
        versions.append(written(version))
        known = record.get("v") == RECORD_FORMAT and record.get("name") == name
        regular = regular and known and said == versions[-1]
        rank = (not record.get("yanked") and not record.get("removed"), version)
        if best is None or rank > best[0]:
            best = rank, record
    listed = " ".join(versions) if regular and len(set(versions)) == len(versions) else None
    return Row(*_parted(text), *_shown(best), listed)


def newest(name: PackageName, text: bytes) -> str:
    """The version of the newest release in an index file, as `view.News` has it."""
    return row_of(name, text).version


def _shown(best: tuple[tuple[bool, Version], Mapping[str, Any]] | None) -> tuple[str, str, str]:
    """Description, tools and version of the best release."""
    if best is None:
        return "", "", UNREADABLE
    (usable, version), record = best
    grants = record.get("grants")
    tools = grants.get("tools", "") if isinstance(grants, dict) else ""
    words = tools if isinstance(tools, str) else json.dumps(tools)
    about = str(record.get("description") or "")
    return _storable(about), _storable(words), str(version) if usable else ""


def _parted(text: bytes) -> tuple[bytes, bytes]:
    """An index file as what stands before its last line, and that line."""
    start = text.rfind(b"\n", 0, len(text.rstrip(b"\n"))) + 1
    return text[:start], text[start:]


def _storable(text: str) -> str:
    """`text` without lone surrogates, which JSON can say, but no database can hold."""
    return text.encode(errors="replace").decode()


def _loosely(raw: bytes) -> Mapping[str, Any] | None:
    try:
        record = json.loads(raw.decode())
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
