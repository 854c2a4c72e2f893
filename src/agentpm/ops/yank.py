"""Withdraw a release from new solutions, or offer it again."""

from __future__ import annotations

from dataclasses import dataclass

from agentpm.model.release import Release
from agentpm.model.version import InvalidRequirement, parse_version
from agentpm.ops.here import look_here
from agentpm.ops.lookup import look_up
from agentpm.ops.parts import Parts


@dataclass(frozen=True, slots=True)
class Yanked:
    """A release, what its registry is called here, and the reason why it is yanked (None: not).

    `changed` is False where the registry said so already.
    """

    release: Release
    registry: str
    reason: str | None
    changed: bool


def yank(parts: Parts, word: str, reason: str | None, registry: str | None = None) -> Yanked:
    """Yank the release `NAME@VERSION` for `reason`, or take that back where `reason` is None.

    Who has it locked keeps it; nobody new gets it.

    Raises:
        InvalidRequirement: `word` is not of that form.
        NoSuchPackage, NoSuchRelease: there is none; with what there is.
        ReservedName, PublishRefused, NoIdentity: the registry refuses.
    """
    name, at, wanted = word.partition("@")
    if not at or not wanted:
        raise InvalidRequirement(f"`{word}` names no release", hint=f"write `{name}@1.0.0`")
    here = look_here(parts)
    looked = look_up(here, name, registry)
    release = looked.release(parse_version(wanted))
    label = here.sources.label(looked.package.source)
    verb = "Yank" if reason is not None else "Unyank"
    message = f"{verb} {release}" + (f"\n\n{reason}" if reason else "")
    changed = release.yanked != reason
    if changed:
        source = here.sources.registry(looked.package.source)
        source.yank(release.name, release.version, reason, message)
    return Yanked(release, label, reason, changed)
