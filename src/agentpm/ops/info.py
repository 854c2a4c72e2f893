"""`agentpm info`: a package with its releases, and what each of them can do."""

from __future__ import annotations

from agentpm.model.lockfile import Locked
from agentpm.model.release import Release, parse_request
from agentpm.model.version import Range
from agentpm.ops.here import look_here
from agentpm.ops.judge import table
from agentpm.ops.last_seen import as_last_seen
from agentpm.ops.lookup import Looked, look_up
from agentpm.ops.parts import Parts
from agentpm.ops.signatures import judge_of
from agentpm.permissions.report import Report, capabilities
from agentpm.registry.edits import NoSuchRelease
from agentpm.registry.signing.signers import Signer
from agentpm.registry.signing.verdict import Judge
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Described:
    """One release with what it can do as published."""

    release: Release
    report: Report


@dataclass(frozen=True, slots=True)
class Info:
    """A package.

    `shown` is the release to describe in full, the newest that can be had of those asked for;
    `releases` are those asked for, newest first; `registry` is what the registry is called here.
    `locked` is the agent of this project that it is, where it is one. `shared` is whether others
    can get the shown release too. `signed` is whether the registry is a signed one, and `signer` who
    signed the shown release, its name with its key: None for nobody whose key counts.
    """

    registry: str
    shown: Described
    releases: tuple[Described, ...]
    locked: Locked | None = None
    shared: bool = True
    signed: bool = False
    signer: Signer | None = None


def info(parts: Parts, word: str, registry: str | None = None) -> Info:
    """Describe the package that `word` means: `NAME`, `NAME@1.0.0` or `NAME@^1.2`.

    Raises:
        NoSuchPackage: there is none; with a did-you-mean.
        NoSuchRelease: no release is in the range asked for.
        NotFromRegistry: the agent comes from a file.
        BadSignature: the signature of the shown release is one over something else.
    """
    here = look_here(parts)
    request = parse_request(word)

    def find() -> tuple[Looked, Judge | None]:
        looked = look_up(here, request.package, registry, [request.range])
        return looked, judge_of(here.sources, looked.package.source)

    looked, judge = as_last_seen(parts, here.sources, find)
    asked = _asked(looked, request.range)
    tools = table()
    described = [Described(item, capabilities(item.grants, tools)) for item in asked]
    shown = described[0]
    for item in described:
        if item.release.yanked is None and item.release.removed is None:
            shown = item
            break
    source = looked.package.source
    return Info(
        registry=here.sources.label(source),
        shown=shown,
        releases=tuple(described),
        locked=looked.locked,
        shared=here.sources.registry(source).is_shared(shown.release),
        signed=judge is not None,
        signer=judge.signer_of(shown.release, looked.releases) if judge is not None else None,
    )


def _asked(looked: Looked, wanted: Range) -> list[Release]:
    """The releases in the range, newest first; those that can be had and are stable before others.

    Raises:
        NoSuchRelease: there is none.
    """
    found = [item for item in looked.releases if item.version in wanted]
    if not found:
        versions = ", ".join(str(item.version) for item in reversed(looked.releases))
        raise NoSuchRelease(
            f"there is no `{looked.package.name}` {wanted}", hint=f"there are {versions}"
        )
    return sorted(found, key=lambda item: item.version, reverse=True)
