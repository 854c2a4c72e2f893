"""Which releases a project's policy forbids, and what would let them in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.errors import AgentpmError
from agentpm.model.grants import Grants
from agentpm.model.manifest import Manifest, Overrides
from agentpm.model.name import AgentName
from agentpm.model.release import PackageId, Release
from agentpm.ops.judge import report_of
from agentpm.ops.sources import Sources
from agentpm.permissions.judge import judge
from agentpm.permissions.policy import Policy
from agentpm.permissions.table import ToolTable
from agentpm.resolver.problem import FORBIDDEN, Unavailable
from agentpm.values import replace

if TYPE_CHECKING:
    from agentpm.permissions import narrowing, relaxing
else:
    # Only where something is forbidden.
    narrowing = lazy.module("agentpm.permissions.narrowing")
    relaxing = lazy.module("agentpm.permissions.relaxing")


class Forbidding:
    """The policy of one project, as it stands before its candidates.

    Only the project's own policy is meant: what is local to a machine must never steer what a team
    gets. `origins` says in which place each package is asked for.
    """

    def __init__(
        self,
        sources: Sources,
        rules: tuple[Manifest, Policy, ToolTable],
        origins: Mapping[PackageId, str],
    ) -> None:
        self._manifest, self._policy, self._table = rules
        self._sources = sources
        self._origins = origins
        self._steers = any(layer.rules for layer in self._policy.layers)
        self._entries = {sources.package(e): e for e in self._manifest.agents.values()}
        self._known: dict[tuple[PackageId, Grants], Unavailable | None] = {}

    def unavailable(self, release: Release) -> Unavailable | None:
        """Why the policy forbids a release, if it does."""
        if not self._steers:
            return None
        key = release.id, release.grants
        if key not in self._known:
            self._known[key] = self._judged(*key)
        return self._known[key]

    def _judged(self, package: PackageId, grants: Grants) -> Unavailable | None:
        entry = self._entries.get(package)
        name = entry.name if entry is not None else package.name.agent
        overrides = entry.overrides if entry is not None else Overrides()
        try:
            report = report_of(grants, overrides, self._table)
        except narrowing.OverrideWidens as error:
            # The line may have been written for another release, which can still be taken.
            tools = self._permitted(name, grants, overrides, overrides.tools or ())
            hint = self._narrowing(package, tools) if tools else None
            return Unavailable(FORBIDDEN, f"is forbidden: {error.message}", hint)
        refusals = judge(self._policy, name, report).refusals
        if not refusals:
            return None
        tools = self._permitted(name, grants, overrides, report.literal or ())
        hint = self._narrowing(package, tools) if tools else None
        if hint is None:
            changes = relaxing.relaxations(self._policy, name, report, self._table)
            hint = " and ".join(map(str, changes)) or None
        first = refusals[0]
        rule = f"is forbidden by `{first.rule}` in {first.origin}"
        return Unavailable(FORBIDDEN, f"is forbidden: {first}", hint, rule)

    def _permitted(
        self, name: AgentName, grants: Grants, overrides: Overrides, offered: Sequence[str]
    ) -> tuple[str, ...]:
        """Which of some tools the agent may have; none where that would not be enough."""

        def passes(*tools: str) -> bool:
            with suppress(AgentpmError):
                narrowed = report_of(grants, replace(overrides, tools=tools), self._table)
                return not judge(self._policy, name, narrowed).refusals
            return False

        kept = tuple(tool for tool in offered if passes(tool))
        return kept if kept and passes(*kept) else ()

    def _narrowing(self, package: PackageId, tools: tuple[str, ...]) -> str | None:
        """The line of the manifest with which an agent has no more than `tools`."""
        listed = f"tools = {json.dumps(list(tools), ensure_ascii=False)}"
        origin = self._origins.get(package, "")
        entry = self._entries.get(package)
        if entry is not None and " " not in origin:
            return f"{listed} in `{origin}` lets `{entry.name}` in without what is forbidden"
        if entry is None and package.name.agent in self._manifest.agents:
            return None
        name = entry.name if entry is not None else package.name.agent
        line = self._line(name, package, listed)
        return f"this line under `[agents]` lets `{name}` in without what is forbidden:\n{line}"

    def _line(self, name: AgentName, package: PackageId, listed: str) -> str:
        """A whole line of the manifest for an agent that has none yet."""
        entry = self._entries.get(package)
        keys = [f'version = "{entry.range if entry is not None else "*"}"', listed]
        if package.source != self._sources.default:
            keys.insert(0, f'registry = "{self._sources.label(package.source)}"')
        if str(name) != str(package.name):
            keys.insert(0, f'package = "{package.name}"')
        return f"{name} = {{ {', '.join(keys)} }}"
