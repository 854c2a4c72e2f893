"""What is on offer: registries, files and the project's policy, as the resolver sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentpm.model.manifest import AgentEntry, Manifest
from agentpm.model.release import SHIPPED, PackageId, Release, Requirement
from agentpm.ops.answers import Locate
from agentpm.ops.direct import Direct
from agentpm.ops.judge import report_of
from agentpm.ops.sources import Sources
from agentpm.permissions.judge import judge
from agentpm.permissions.policy import Policy
from agentpm.permissions.table import ToolTable
from agentpm.resolver.problem import (
    FORBIDDEN,
    YANKED,
    Candidate,
    Missing,
    Package,
    Unavailable,
)


class Offer:
    """A catalog for the resolver over the registries of one project.

    `direct` are the agents that come from a file, by package. Only the project's own policy makes
    a release unavailable: what is local to a machine must never steer what a team gets.
    """

    def __init__(
        self,
        sources: Sources,
        locate: Locate,
        direct: Mapping[PackageId, Direct],
        rules: tuple[Manifest, Policy, ToolTable],
    ) -> None:
        manifest, self._policy, self._table = rules
        self._sources = sources
        self._locate = locate
        self._direct = direct
        self._steers = any(layer.rules for layer in self._policy.layers)
        self._entries: dict[PackageId, AgentEntry] = {
            sources.package(entry): entry for entry in manifest.agents.values()
        }
        self._releases: dict[PackageId, tuple[Release, ...]] = {}

    def locate(self, dependent: PackageId, requirement: Requirement) -> PackageId:
        """Which package a dependency of `dependent` means."""
        return self._locate(dependent, requirement)

    def prefetch(self, packages: Sequence[PackageId]) -> None:
        """Nothing: a view on this machine answers name by name."""

    def releases(self, package: PackageId) -> Package:
        """Everything about `package`."""
        direct = self._direct.get(package)
        if direct is not None:
            self._releases[package] = (direct.release,)
            only = Candidate(direct.release.version, direct.release.dependencies)
            return Package(package, (only,), label=f"the file `{direct.source.partition('+')[2]}`")
        registry = self._sources.registry(package.source)
        found = registry.releases(package.name)
        if not found:
            return Package(package, missing=self._missing(package))
        self._releases[package] = found
        return Package(package, tuple(self._candidate(package, release) for release in found))

    def release(self, package: PackageId, version: object) -> Release:
        """A release that the resolver has been told of."""
        return next(item for item in self._releases[package] if item.version == version)

    def _missing(self, package: PackageId) -> Missing:
        registry = self._sources.registry(package.source)
        label = self._sources.label(package.source)
        text = (
            "is not in the shipped registry"
            if label == SHIPPED
            else f"is not in the registry `{label}`"
        )
        elsewhere = [
            name
            for name, source in self._sources.names().items()
            if source != package.source
            and (source == SHIPPED or source in dict(self._sources.opened()))
            and self._sources.registry(source).releases(package.name)
        ]
        hint = (
            f"it is in `{elsewhere[0]}`: ask for it there with `--registry {elsewhere[0]}`"
            if elsewhere
            else None
        )
        return Missing(text, tuple(registry.names_like(package.name)), hint)

    def _candidate(self, package: PackageId, release: Release) -> Candidate:
        return Candidate(release.version, release.dependencies, self._unavailable(package, release))

    def _unavailable(self, package: PackageId, release: Release) -> Unavailable | None:
        if release.removed is not None:
            return Unavailable("removed", f"was removed from its registry: {release.removed}")
        if self._steers:
            forbidden = self._forbidden(package, release)
            if forbidden is not None:
                return forbidden
        if release.yanked is not None:
            return Unavailable(YANKED, f"is yanked: {release.yanked}")
        return None

    def _forbidden(self, package: PackageId, release: Release) -> Unavailable | None:
        entry = self._entries.get(package)
        name = entry.name if entry is not None else package.name.agent
        report = report_of(release.grants, entry.overrides if entry else None, self._table)
        refusals = judge(self._policy, name, report).refusals
        if not refusals:
            return None
        return Unavailable(FORBIDDEN, f"is forbidden: {refusals[0]}")
