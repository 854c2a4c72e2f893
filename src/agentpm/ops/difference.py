"""`agentpm diff`: what changes between two releases, in power first, then line by line."""

from __future__ import annotations

import difflib

from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.lockfile import Locked
from agentpm.model.release import Release
from agentpm.model.version import parse_version
from agentpm.ops.here import Here, look_here
from agentpm.ops.judge import report_of, table
from agentpm.ops.lookup import Looked, look_up
from agentpm.ops.outdated import fits
from agentpm.ops.parts import Parts
from agentpm.permissions.capability import CapabilitySet
from agentpm.permissions.widening import compare, describe_widening
from agentpm.values import dataclass


class NothingToCompare(AgentpmError):
    """A comparison with one side missing."""

    code = "nothing-to-compare"
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Compared:
    """Two releases of one package.

    `gains` and `loses` are the powers that come and go, under this project's overrides where it has
    some; `explained` says what comes in plain words, the most important first. `lines` are the
    unified difference of the published files.
    """

    old: Release
    new: Release
    gains: CapabilitySet
    loses: CapabilitySet
    explained: tuple[str, ...]
    lines: tuple[str, ...]


def compare_releases(
    parts: Parts,
    word: str,
    old: str | None = None,
    new: str | None = None,
    registry: str | None = None,
) -> Compared:
    """Compare the releases `old` and `new` of the package that `word` means.

    Without `old`, the locked release is compared with `new`; without both, with the newest that
    fits the manifest.

    Raises:
        NoSuchPackage, NoSuchRelease: there is no such thing.
        NothingToCompare: a version is missing, and nothing is locked that could stand in for it.
    """
    here = look_here(parts)
    looked = look_up(here, word, registry, [(parse_version(each),) for each in (old, new) if each])
    before = _before(looked, old)
    after = _after(parts, here, looked, new)
    contents = _contents(parts, here, looked, (before, after))
    overrides = looked.entry.overrides if looked.entry is not None else None
    tools = table()
    could, can = (report_of(item.grants, overrides, tools) for item in (before, after))
    gains = can.capabilities - could.capabilities
    literal = compare(before.grants, after.grants, tools).literal
    return Compared(
        old=before,
        new=after,
        gains=gains,
        loses=could.capabilities - can.capabilities,
        explained=describe_widening(gains, can, literal),
        lines=_unified(before, after, contents),
    )


def _before(looked: Looked, old: str | None) -> Release:
    version = parse_version(old) if old is not None else _locked(looked).version
    return looked.release(version)


def _after(parts: Parts, here: Here, looked: Looked, new: str | None) -> Release:
    if new is not None:
        return looked.release(parse_version(new))
    locked = _locked(looked)
    fitting = fits(parts, here)
    return looked.release(fitting.get(locked.name, locked.version))


def _locked(looked: Looked) -> Locked:
    if looked.locked is None:
        raise NothingToCompare(
            f"`{looked.package.name}` is not locked here, so there is no release to compare with",
            hint=f"name both: `agentpm diff {looked.package.name} OLD NEW`",
        )
    return looked.locked


def _contents(
    parts: Parts, here: Here, looked: Looked, releases: tuple[Release, ...]
) -> dict[str, bytes]:
    stored = parts.store.get_many([item.checksum for item in releases])
    missing = [item for item in dict.fromkeys(releases) if item.checksum not in stored]
    if missing:
        fetched = here.sources.registry(looked.package.source).fetch(missing)
        parts.store.put_many(fetched)
        stored |= fetched
    return {str(digest): content for digest, content in stored.items()}


def _unified(old: Release, new: Release, contents: dict[str, bytes]) -> tuple[str, ...]:
    before, after = (
        contents[item.checksum].decode("utf-8", "replace").splitlines() for item in (old, new)
    )
    lines = tuple(difflib.unified_diff(before, after, str(old), str(new), lineterm=""))
    if not lines and old.checksum != new.checksum:
        return ("(the two differ in their line ends only)",)
    return lines
