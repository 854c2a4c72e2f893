"""What may happen to the records of a package between two looks: append-only, checked by readers.

New lines may follow. A line that was seen stays where it is and says what it said, but for the
fields in `MUTABLE`: a release can be yanked (that taken back), removed by law, or signed (again).
What was signed stays so, and of yanks that are signed, no earlier one comes back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from agentpm.errors import AgentpmError, ExitCode
from agentpm.registry.wire import INDEX_LIMIT, OVERSIZED, RECORD_FORMAT, MalformedIndex, lines
from agentpm.values import dataclass

if TYPE_CHECKING:
    from agentpm.registry.signing.pin import OtherSigners

MUTABLE = frozenset({"yanked", "removed", "signature", "yank"})

_SHOWN = 8
"""How many breaches a message spells out."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A record that was seen, and is no longer what it was.

    `kind` is `changed`, `vanished`, `reordered` or `cut` (the whole file, from a size at which it
    cannot be read to one at which it can); `line` counts from 1 in the file as it was seen;
    `before` and `after` are the two texts, `after` None where nothing took its place.
    """

    kind: str
    path: str
    line: int
    release: str
    before: str
    after: str | None

    def __str__(self) -> str:
        if self.kind == "cut":
            return f"`{self.path}` {self.before}, and has less now: what was in it cannot be told"
        place = f"`{self.release}` ({self.path}:{self.line})"
        if self.kind == "changed" and self.after is not None:
            return f"{place} changed: {_difference(self.before, self.after)}"
        return f"{place} {'vanished' if self.kind == 'vanished' else 'stands in another place'}"

    def as_data(self) -> Mapping[str, object]:
        """The same for programs."""
        return {
            "kind": self.kind,
            "path": self.path,
            "line": self.line,
            "release": self.release,
            "before": self.before,
            "after": self.after,
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is no longer as it was seen.

    `signers` is a list of signers that is another one; `records` are those that changed; `facts`
    are further sentences about what differs. `before` and `after` are the index commits, empty
    where there are none.
    """

    signers: OtherSigners | None = None
    records: tuple[Breach, ...] = ()
    facts: tuple[str, ...] = ()
    before: str = ""
    after: str = ""

    def lines(self) -> Iterator[str]:
        """The evidence for a person, the root of trust first, and not more than can be read."""
        if self.signers is not None:
            yield from self.signers.lines()
        yield from self.facts
        yield from (str(breach) for breach in self.records[:_SHOWN])
        more = len(self.records) - _SHOWN
        if more > 0:
            yield f"and {more} more"
        if self.before:
            yield f"last seen at commit {self.before}, now at {self.after}"

    def as_data(self) -> Mapping[str, object]:
        """All of it for programs."""
        return {
            "signers": self.signers.as_data() if self.signers is not None else None,
            "facts": list(self.facts),
            "records": [record.as_data() for record in self.records],
            "before": self.before or None,
            "after": self.after or None,
        }


_NOTHING = Evidence()


class RegistryTampered(AgentpmError):
    """A registry in which something changed that was seen before, and must never change.

    Args:
        message: what happened, in a sentence.
        evidence: what it is about.
        called: the name that the registry has here, as far as that is known.
        hint: what helps, where accepting it does not.
    """

    code = "registry-tampered"
    exit_code = ExitCode.CORRUPT

    def __init__(
        self,
        message: str,
        *,
        evidence: Evidence = _NOTHING,
        called: str = "",
        hint: str | None = None,
    ) -> None:
        super().__init__(
            message,
            details=tuple(evidence.lines()),
            hint=hint
            or "ask the people who keep the registry; until it is settled, "
            "`--offline` works with what was seen before, and if they did it on purpose, "
            f"`agentpm registry update --accept-rewrite {called or 'NAME'}` goes on",
        )
        self.evidence = evidence

    @property
    def facts(self) -> Mapping[str, object]:
        """The evidence, for programs."""
        return {"evidence": self.evidence.as_data()}


def breaches(before: bytes, after: bytes | None, path: str) -> tuple[Breach, ...]:
    """What of the index file `before` is no longer as it was in `after` (None: there is no file).

    A line that was no record when it was seen offered nothing, and may be repaired; so did one that
    repeats a release. A file that was
    too large to be read may hold anything, so that it must stay so: nobody can say that nothing
    went. One that became too large offers nothing, and its package cannot be used.
    """
    if before == OVERSIZED:
        size = f"had more than {INDEX_LIMIT // 2**20} MiB"
        return () if after == before else (Breach("cut", path, 1, "", size, None),)
    if after == OVERSIZED:
        return ()
    if after is not None and after.startswith(before) and before.endswith(b"\n"):
        return ()
    old = _records(before, path)
    new = _records(after or b"", path)
    places = {_identity(record): position for position, record in enumerate(new)}
    found = []
    for position, record in enumerate(old):
        if not record:
            continue
        there = new[position] if position < len(new) else None
        if there is not None and _fixed(there) == _fixed(record) and _keeps_signed(record, there):
            continue
        same = there is not None and _identity(there) == _identity(record)
        kind = "changed" if same else "reordered" if _identity(record) in places else "vanished"
        shown = json.dumps(there) if there is not None and same else None
        found.append(Breach(kind, path, position + 1, _title(record), json.dumps(record), shown))
    return tuple(found)


def _records(content: bytes, path: str) -> list[Mapping[str, Any]]:
    """The objects on the lines of `content`, an empty one for a line that is no record.

    Nor is one that repeats a release, for which nobody can read the file.
    """
    result: list[Mapping[str, Any]] = []
    found: set[str] = set()
    for raw in content.split(b"\n"):
        try:
            for line in lines(raw, path):
                # What a later format calls by the same name may be another thing.
                own = _identity(line.record) if line.record["v"] == RECORD_FORMAT else ""
                result.append({} if own in found else line.record)
                found |= {own} - {""}
        except MalformedIndex:
            result.append({})
    return result


def _fixed(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in MUTABLE}


def _keeps_signed(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether what somebody signed is not unsigned now, or said by an earlier signature."""
    if "signature" in before and "signature" not in after:
        return False
    old, new = _turn(before), _turn(after)
    return new > old or (new == old and (not old or _state(before) == _state(after)))


def _turn(record: Mapping[str, Any]) -> int:
    mark = record.get("yank")
    turn = mark.get("turn") if isinstance(mark, dict) else None
    return turn if isinstance(turn, int) else 0


def _state(record: Mapping[str, Any]) -> tuple[Any, Any]:
    return record.get("yanked"), record.get("yank")


def _identity(record: Mapping[str, Any]) -> str:
    return json.dumps([record.get("name"), record.get("version")])


def _title(record: Mapping[str, Any]) -> str:
    # A record of a later format may call these otherwise.
    named = [str(record[key]) for key in ("name", "version") if key in record]
    return " ".join(named) or "a record"


def _difference(before: str, after: str) -> str:
    """The fields that differ, each with what it said and says."""
    old, new = _fixed(json.loads(before)), _fixed(json.loads(after))
    if old == new:
        # What may change changed in a way in which it may not.
        old, new = json.loads(before), json.loads(after)
    fields = [key for key in {**old, **new} if old.get(key, ...) != new.get(key, ...)]
    return ", ".join(
        f"`{field}` was {_short(old, field)} and is {_short(new, field)}" for field in fields
    )


def _short(record: Mapping[str, Any], field: str) -> str:
    if field not in record:
        return "absent"
    text = json.dumps(record[field])
    return text if len(text) <= 100 else text[:97] + "..."
