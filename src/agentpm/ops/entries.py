"""What a verb asks for, as entries of the manifest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.manifest import AgentEntry, GitPlace, Manifest
from agentpm.model.name import AgentName
from agentpm.model.release import SHIPPED, Requirement
from agentpm.model.tomltext import nearest
from agentpm.ops.here import NotInManifest
from agentpm.ops.parts import Parts
from agentpm.ops.sources import Sources
from agentpm.values import dataclass, replace

if TYPE_CHECKING:
    from agentpm.model import manifest_edit
    from agentpm.ops import shareable
else:
    # Only the first agent from a registry writes that into the manifest.
    manifest_edit = lazy.module("agentpm.model.manifest_edit")
    shareable = lazy.module("agentpm.ops.shareable")


class ConflictingRequest(AgentpmError):
    """A request that contradicts itself or the manifest."""

    code = "conflicting-request"
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Request:
    """What was typed: packages, and how the one agent among them is to be named or found."""

    packages: tuple[Requirement, ...] = ()
    as_name: AgentName | None = None
    registry: str | None = None
    path: str | None = None
    git: GitPlace | None = None


def entries(manifest: Manifest, request: Request) -> tuple[AgentEntry, ...]:
    """The entries to write for `request`; an agent listed already keeps what is not asked anew.

    Raises:
        ConflictingRequest: one name is asked for twice, or `--as` goes with several.
    """
    packages = request.packages
    if request.as_name is not None and len(packages) != 1:
        raise ConflictingRequest("`--as` names one agent", hint="install the others separately")
    result: dict[AgentName, AgentEntry] = {}
    for wanted in packages:
        listed_as = _listed_as(manifest, wanted, request)
        if listed_as is not None and request.as_name not in (None, listed_as):
            raise ConflictingRequest(
                f"`{wanted.package}` is installed already, as `{listed_as}`",
                hint=f"to rename it, `agentpm uninstall {listed_as}` first",
                where=manifest.agents[listed_as].where,
            )
        name = request.as_name or listed_as or wanted.package.agent
        if name in result:
            raise ConflictingRequest(
                f"two agents would be called `{name}`", hint="give one another name with `--as`"
            )
        result[name] = _entry(manifest, request, name, wanted)
    return tuple(result.values())


def _listed_as(manifest: Manifest, wanted: Requirement, request: Request) -> AgentName | None:
    """The name under which the manifest lists a package of that registry already."""
    listed = (
        name
        for name, entry in manifest.agents.items()
        if entry.package == wanted.package
        and request.registry in (None, entry.registry or manifest.registry or SHIPPED)
    )
    return next(listed, None)


def _entry(
    manifest: Manifest, request: Request, name: AgentName, wanted: Requirement
) -> AgentEntry:
    old = manifest.agents.get(name)
    fresh = AgentEntry(
        name, wanted.package, wanted.range, request.registry, request.path, request.git
    )
    if old is None:
        return fresh
    if old.package != wanted.package:
        raise ConflictingRequest(
            f"`{name}` is already the name of `{old.package}`",
            hint=f"install `{wanted.package}` under another name with `--as NAME`",
            where=old.where,
        )
    elsewhere = request.registry or request.path or request.git
    kept = fresh if elsewhere else replace(old, range=fresh.range)
    if wanted.range.is_any and not elsewhere:
        kept = old
    return replace(kept, overrides=old.overrides)


def listed(manifest: Manifest, names: Iterable[str]) -> tuple[AgentName, ...]:
    """`names` as names of the manifest.

    Raises:
        NotInManifest: it does not list one; with a did-you-mean.
    """
    found = []
    for name in names:
        if name not in manifest.agents:
            near = nearest(name, manifest.agents)
            raise NotInManifest(
                f"`{name}` is not in `{manifest.path}`",
                hint=f"did you mean `{near}`?" if near else "`agentpm list` shows what is",
            )
        found.append(AgentName(name))
    return tuple(found)


def sharing_registry(parts: Parts, manifest: Manifest, registry: str | None) -> str:
    """The manifest's text with `registry` listed, where only the user's configuration had it.

    A team cannot restore what comes from a registry that it does not know.

    Raises:
        UnknownRegistry: nobody has it.
        CredentialsInManifest: the user's own address of it holds a password.
        InsecureRegistry: the user's own line permits what the team's manifest does not.
    """
    if registry in (None, SHIPPED) or registry in manifest.registries:
        return manifest.text
    personal = parts.config.registries.get(str(registry))
    if personal is None:
        raise Sources(parts, manifest).unknown(str(registry))
    terms = shareable.shareable_terms(personal, own=parts.workspace.scope == "global")
    return manifest_edit.with_registry(manifest.text, personal.name, personal.url, terms)
