"""What changes: the locked agents against the receipt against what is on disk.

A file is agentpm's when its bytes are those the receipt recorded, those that are planned, or those
of a release that this project has had (a team may commit its agents directory). Every other file is
a person's: a plan never writes over it or removes it, it names it as a conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from agentpm.model.digest import Digest
from agentpm.model.name import AgentName
from agentpm.model.receipt import Written
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that should be there: `path` relative to the workspace's root, `digest` of its bytes."""

    agent: AgentName
    target: str
    path: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class Found:
    """What stands at a path: a `file` with its digest, or something `else` (a link, a folder)."""

    kind: Literal["file", "else"]
    digest: Digest | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """A path that agentpm must not touch.

    `edited`: it wrote the file, and somebody changed it. `foreign`: it never wrote it. `not-a-file`:
    a link or a folder stands there. `wanted` is None where the file would be removed.
    """

    path: str
    agent: AgentName
    reason: Literal["edited", "foreign", "not-a-file"]
    wanted: Wanted | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done to the files of one workspace.

    `write` and `remove` change the disk; `keep` is as it should be; `adopt` too, but the receipt
    does not know it yet; `forget` is gone already, and the receipt does not know that yet.
    """

    write: tuple[Wanted, ...] = ()
    remove: tuple[Written, ...] = ()
    keep: tuple[Wanted, ...] = ()
    adopt: tuple[Wanted, ...] = ()
    forget: tuple[Written, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    @property
    def changes_files(self) -> bool:
        """Whether carrying it out writes or removes a file."""
        return bool(self.write or self.remove)


def make_plan(
    wanted: Iterable[Wanted],
    written: Mapping[str, Written],
    found: Mapping[str, Found],
    is_ours: Callable[[Wanted, Digest], bool],
) -> Plan:
    """The plan that makes the disk hold `wanted`, and nothing else that agentpm wrote.

    `written` is the receipt by path; `found` holds every path of either that has something on it;
    `is_ours` says whether bytes are those of a release this project has had at that place.
    """
    sorted_wanted = sorted(wanted, key=lambda w: w.path)
    parts: dict[str, list[Wanted]] = {"write": [], "keep": [], "adopt": []}
    conflicts: list[Conflict] = []
    for want in sorted_wanted:
        verdict = _judge(want, written.get(want.path), found.get(want.path), is_ours)
        if isinstance(verdict, Conflict):
            conflicts.append(verdict)
        else:
            parts[verdict].append(want)
    removal = _removals(written, {want.path for want in sorted_wanted}, found)
    return Plan(
        write=tuple(parts["write"]),
        keep=tuple(parts["keep"]),
        adopt=tuple(parts["adopt"]),
        remove=removal.remove,
        forget=removal.forget,
        conflicts=(*conflicts, *removal.conflicts),
    )


def _judge(
    want: Wanted,
    record: Written | None,
    there: Found | None,
    is_ours: Callable[[Wanted, Digest], bool],
) -> Literal["write", "keep", "adopt"] | Conflict:
    if there is None:
        return "write"
    if there.digest is None:
        return Conflict(want.path, want.agent, "not-a-file", want)
    recorded = record.digest if record is not None else None
    if there.digest == want.digest:
        return "keep" if recorded == want.digest else "adopt"
    if there.digest == recorded or is_ours(want, there.digest):
        return "write"
    return Conflict(want.path, want.agent, "foreign" if record is None else "edited", want)


def _removals(written: Mapping[str, Written], wanted: set[str], found: Mapping[str, Found]) -> Plan:
    """What the receipt holds that is not wanted any more."""
    remove: list[Written] = []
    forget: list[Written] = []
    conflicts: list[Conflict] = []
    for path, record in sorted(written.items()):
        if path in wanted:
            continue
        there = found.get(path)
        if there is None:
            forget.append(record)
        elif there.digest == record.digest:
            remove.append(record)
        else:
            reason: Literal["edited", "not-a-file"] = "edited" if there.digest else "not-a-file"
            conflicts.append(Conflict(path, record.agent, reason, None))
    return Plan(remove=tuple(remove), forget=tuple(forget), conflicts=tuple(conflicts))
