"""Rules about the records of a package: they are well-formed, only added to, in order, on time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from agentpm.lazy import pattern
from agentpm.model.reason import wrong_reason
from agentpm.model.release import Release
from agentpm.registry.gate.change import Entry, Package, Step
from agentpm.registry.gate.refusal import Kind, Problem
from agentpm.registry.gate.rule import on_packages
from agentpm.registry.history import breaches
from agentpm.registry.since import change_since, needed_version
from agentpm.registry.wire import INDEX_LIMIT, as_line

TOLERANCE = timedelta(minutes=10)
"""How far `published` may be from the gate's own clock."""

_TIME = pattern(r"[0-9]{4}-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]Z\Z")


@on_packages("malformed-record", Kind.REFUSED, "A line that is no record")
def malformed_record(_: Step, package: Package) -> Iterator[Problem]:
    """Every new line is a record in a format that the gate can judge."""
    if package.text is None:
        size = f"{INDEX_LIMIT // 2**20} MiB"
        yield Problem(f"`{package.path}` has more than {size}, which is the limit", package.path)
    for error in package.malformed:
        line = error.where.line if error.where else None
        yield Problem(error.message, package.path, line, "publish with `agentpm publish`")


@on_packages("not-as-written", Kind.REFUSED, "A record that agentpm would write otherwise")
def not_as_written(_: Step, package: Package) -> Iterator[Problem]:
    """One record has one text, so that no reviewer overlooks what is in it."""
    said = set(package.before.split(b"\n"))
    for entry in package.now:
        line = entry.line
        if line.text.encode() not in said and line.text != as_line(line.record):
            yield _on(entry, f"the record of `{entry.release}` is not written as agentpm does",
                      "publish with `agentpm publish`")  # fmt: skip
    text = package.text or b""
    if text != package.before and text and (not text.endswith(b"\n") or b"\n\n" in text):
        end = text.count(b"\n") + 1
        yield Problem(f"`{package.path}` has a blank line, or no end at its last line",
                      package.path, end, "publish with `agentpm publish`")  # fmt: skip


@on_packages("not-append-only", Kind.TAMPERED, "A record that changed, moved or vanished")
def not_append_only(_: Step, package: Package) -> Iterator[Problem]:
    """What was published stays as it was, where it was; readers hold every look against the last."""
    if package.text is None:
        return
    for breach in breaches(package.before, package.text, package.path):
        yield Problem(
            f"{_sentence(str(breach))}",
            package.path,
            breach.line,
            "put the line back: a release never changes, publish a new version instead",
        )


@on_packages("version-order", Kind.REFUSED, "A version below others of its line")
def version_order(_: Step, package: Package) -> Iterator[Problem]:
    """A release stands above all others with the same first two numbers, or beside them."""
    before: list[Release] = []
    added = {entry.release.version for entry in package.added}
    for entry in package.now:
        release = entry.release
        line = release.version.release[:2]
        higher = [o.version for o in before
                  if o.version.release[:2] == line and o.version > release.version]  # fmt: skip
        if release.version in added and higher:
            yield _on(
                entry,
                f"`{release}` comes after {max(higher)}, and is lower",
                f"publish it as a version above {max(higher)}",
            )
        before.append(release)


@on_packages("widening-patch", Kind.REFUSED, "A patch release that can do more")
def widening_patch(step: Step, package: Package) -> Iterator[Problem]:
    """Patch releases are taken without a second look, so they must not widen."""
    added = {entry.release.version for entry in package.added}
    for place, entry in enumerate(package.now):
        if entry.release.version not in added:
            continue
        earlier = (other.release for other in package.now[:place])
        change = change_since(entry.release, earlier, step.terms.table)
        smallest = needed_version(entry.release, change)
        if change is not None and smallest is not None:
            yield Problem(
                f"`{entry.release}` can do more than {change.since.version}, "
                "so it cannot be a patch release",
                package.path,
                entry.line.number,
                f"publish it as {smallest} or later: `agentpm publish FILE --bump minor`",
                change.explained,
            )


@on_packages("published-time", Kind.REFUSED, "A time of publishing that is not now")
def published_time(step: Step, package: Package) -> Iterator[Problem]:
    """Ages are judged by `published`, so it must be true."""
    for entry in package.added:
        said = entry.release.published
        when = _time(said)
        if when is None:
            shown = json.dumps(said) if said else "absent"
            yield _on(entry, f"`published` of `{entry.release}` is {shown}, which is no time in UTC",
                      "write it as `2026-10-20T09:00:00Z`")  # fmt: skip
            continue
        past, future = step.terms.now - when, when - step.terms.now
        imported = step.may_import and entry.release.provenance is not None
        late = step.whole or step.terms.late or imported
        if future > TOLERANCE or (past > TOLERANCE and not late):
            now = step.terms.now.strftime("%Y-%m-%dT%H:%M:%SZ")
            yield _on(
                entry,
                f"`{entry.release}` says that it was published at {said}, and it is {now}",
                "publish it again now, with a clock that is right",
            )


@on_packages("withdrawal", Kind.REFUSED, "A release withdrawn, or taken back, in a wrong way")
def withdrawal(step: Step, package: Package) -> Iterator[Problem]:
    """A yank has a reason that can be read; a removal is the administrators', and is final."""
    for entry in package.added:
        yield from _reason(entry, "yanked", entry.release.yanked)
    for old, new in package.kept:
        was, now = old.release, new.release
        if old.line.record == new.line.record:
            if old.line.text != new.line.text:
                yield _on(new, f"the record of `{now}` was written anew without need",
                          "put the line back as it was")  # fmt: skip
            continue
        if was.yanked != now.yanked:
            yield from _reason(new, "yanked", now.yanked)
        if was.removed != now.removed:
            yield from _removal(step, was, new)


def _removal(step: Step, was: Release, new: Entry) -> Iterator[Problem]:
    if was.removed is not None:
        yield _on(new, f"`{was}` was removed, which cannot be undone",
                  "publish a new version")  # fmt: skip
    elif not step.by_administrator:
        yield _on(new, f"`{was}` may be removed by the registry's administrators alone",
                  f"`agentpm yank {was.name}@{was.version} --reason TEXT` is for its owners")  # fmt: skip
    else:
        yield from _reason(new, "removed", new.release.removed)


def _reason(entry: Entry, what: str, reason: str | None) -> Iterator[Problem]:
    """What is wrong with the reason for which a release is withdrawn, where it is."""
    wrong = wrong_reason(reason) if reason is not None else None
    if wrong is not None:
        yield _on(entry, f"`{entry.release}` is {what}, and its reason {wrong}",
                  "say why in one line: people will see it")  # fmt: skip


def _on(entry: Entry, message: str, hint: str) -> Problem:
    return Problem(message, entry.line.path, entry.line.number, hint)


def _time(text: str) -> datetime | None:
    if not _TIME.match(text):
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _sentence(text: str) -> str:
    """A breach's words as those of the file that was pushed."""
    return text.replace("` (", "` of the registry (", 1)


RULES = (
    malformed_record,
    not_as_written,
    not_append_only,
    version_order,
    widening_patch,
    published_time,
    withdrawal,
)
