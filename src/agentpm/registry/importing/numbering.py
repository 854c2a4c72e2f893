"""Version numbers for the states of an agent, such that a later import continues them.

Where nobody gave a number, the first state is 0.1.0 (nothing below 1.0.0 promises anything), and
each later one the next patch release; one that can do more than the one before it is the next
minor release, as the rule of publishing wants it. A number rests on what came before it alone, and
a state that the registry has keeps the number it has there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from agentpm.model.digest import Digest
from agentpm.model.grants import Grants
from agentpm.model.release import Release
from agentpm.model.version import Version
from agentpm.registry.importing.scene import Step
from agentpm.values import dataclass, replace

Describe = Callable[[Step, Version], Release]
"""Makes the release that publishes a state under a version."""

Widens = Callable[[Grants, Grants], bool]
"""Whether the second grants give more power than the first."""

FIRST = Version("0.1.0")
"""The number of a first state, unless another is asked for."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A release to be added, with the state that it is made of."""

    release: Release
    step: Step


@dataclass(frozen=True, slots=True)
class Numbering:
    """What one agent's states come to.

    `added` are the releases that the registry lacks, in order; `there` is how many it has. `apart`
    says why the registry's releases are not those of this source, in which case nothing is added.
    `refused` are tags whose patch release would widen.
    """

    added: tuple[Numbered, ...] = ()
    there: int = 0
    apart: str | None = None
    refused: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """How states become releases."""

    describe: Describe
    widens: Widens
    first: Version = FIRST


def by_history(steps: Sequence[Step], existing: Sequence[Release], rules: Rules) -> Numbering:
    """Number the states that the history of a source tells, oldest first."""
    places = {step.moment.commit: place for place, step in enumerate(steps)}
    known: dict[int, Release] = {}
    for release in existing:
        place = places.get(_commit_of(release))
        if place is None or not _same(release, steps[place]):
            return Numbering(apart=_strange(release))
        known[place] = release
    last = max(known, default=-1)
    added: list[Numbered] = []
    before: Release | None = None
    for place, step in enumerate(steps):
        if place in known:
            before = known[place]
        elif place > last:
            new = _next(step, before, rules)
            if new is not None:
                before = new
                added.append(Numbered(new, step))
    return Numbering(tuple(added), len(known))


def by_tags(
    steps: Sequence[Step], existing: Sequence[Release], commits: frozenset[str], rules: Rules
) -> Numbering:
    """Number states as the tags say that name them, in the order of time.

    A tag under which the agent is, byte for byte, what it was in the release below makes no
    release. `commits` are those of the source; its releases from before there were tags stay.
    """
    tagged: dict[Version, Step] = {}
    for step in steps:
        if step.moment.tag is not None:
            tagged.setdefault(step.moment.tag.version, step)
    strange = _unexplained(existing, tagged, commits)
    if strange is not None:
        return Numbering(apart=_strange(strange))
    have: dict[Version, Release] = {release.version: release for release in existing}
    added: list[Numbered] = []
    refused: list[Step] = []
    for version, step in tagged.items():
        if version in have:
            continue
        below = _below(version, have.values())
        if below is not None and below.checksum == Digest.of(step.agent.raw):
            continue
        new = rules.describe(step, version)
        if below is not None and _is_patch(below.version, version) and _wider(below, new, rules):
            refused.append(step)
            continue
        have[version] = new
        added.append(Numbered(new, step))
    return Numbering(tuple(added), len(existing), refused=tuple(refused))


def _unexplained(
    existing: Sequence[Release], tagged: Mapping[Version, Step], commits: frozenset[str]
) -> Release | None:
    """A release that comes neither from a tag of its version, nor from before there was one."""
    for release in existing:
        named, commit = tagged.get(release.version), _commit_of(release)
        if named is None and commit in commits:
            continue
        if named is None or commit != named.moment.commit or not _same(release, named):
            return release
    return None


def once(steps: Sequence[Step], existing: Sequence[Release], rules: Rules) -> Numbering:
    """One release of the newest state, for an agent that the registry does not have."""
    if not steps:
        return Numbering()
    step = steps[-1]
    if not existing:
        return Numbering((Numbered(rules.describe(step, rules.first), step),))
    if any(_same(release, step) for release in existing):
        return Numbering(there=len(existing))
    newest = max(existing, key=lambda release: release.version)
    return Numbering(apart=f"the registry has `{newest}` with other bytes")


def _next(step: Step, before: Release | None, rules: Rules) -> Release | None:
    """The release after `before`; None where the bytes are the same."""
    if before is None:
        return rules.describe(step, rules.first)
    if before.checksum == Digest.of(step.agent.raw):
        return None
    major, minor, patch = before.version.release
    after = rules.describe(step, Version(f"{major}.{minor}.{patch + 1}"))
    if _wider(before, after, rules):
        after = replace(after, version=Version(f"{major}.{minor + 1}.0"))
    return after


def _wider(before: Release, after: Release, rules: Rules) -> bool:
    return before.grants != after.grants and rules.widens(before.grants, after.grants)


def _below(version: Version, releases: Iterable[Release]) -> Release | None:
    """The highest lower release, without pre-releases of the very same version."""
    lower = [
        item
        for item in releases
        if item.version < version
        and item.version.release != version.release
        and item.yanked is None
        and item.removed is None
    ]
    return max(lower, key=lambda item: item.version, default=None)


def _is_patch(before: Version, after: Version) -> bool:
    return (before.major, before.minor) == (after.major, after.minor)


def _commit_of(release: Release) -> str:
    """The commit that a release was imported from; empty for one that has none."""
    provenance: Mapping[str, object] = release.provenance or {}
    commit = provenance.get("commit") if provenance.get("imported") is True else None
    return commit if isinstance(commit, str) else ""


def _same(release: Release, step: Step) -> bool:
    return release.checksum == Digest.of(step.agent.raw)


def _strange(release: Release) -> str:
    if _commit_of(release):
        return f"`{release}` was imported from another history, or with other flags"
    return f"`{release}` was published, not imported"
