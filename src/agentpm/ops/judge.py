"""What may be installed here: policy, approvals, widening, the harness's own settings.

Everything is decided for every agent before anything is written, and all refusals are told at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentpm import fs
from agentpm.errors import AgentpmError, ExitCode
from agentpm.location import stat_of
from agentpm.model.grants import Grants
from agentpm.model.lockfile import Locked
from agentpm.model.manifest import Manifest, Overrides
from agentpm.model.name import AgentName
from agentpm.model.receipt import Stat
from agentpm.ops.parts import Parts
from agentpm.ops.trust import Trust
from agentpm.permissions.approval import Gate, gate
from agentpm.permissions.capability import NOTHING, CapabilitySet
from agentpm.permissions.harnesses import load_table
from agentpm.permissions.judge import PermissionDenied, judge
from agentpm.permissions.narrowing import narrow
from agentpm.permissions.policy import Layer, MalformedPolicy, Policy, parse_permissions
from agentpm.permissions.report import Report, capabilities
from agentpm.permissions.settings import Settings, judge_settings
from agentpm.permissions.table import ToolTable
from agentpm.permissions.widening import PermissionWidened, describe_widening
from agentpm.targets import claude, places

TARGET = claude.NAME


class AgentBlocked(AgentpmError):
    """An agent that the harness's own settings leave without a tool."""

    code = "agent-blocked"
    exit_code = ExitCode.REFUSED


class UntrustedProgram(AgentpmError):
    """A program that the project approves for itself, and this machine has not confirmed."""

    code = "untrusted-program"
    exit_code = ExitCode.REFUSED


class MalformedSettings(AgentpmError):
    """A settings file of the harness that is not JSON."""

    code = "malformed-settings"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent that is about to be installed, with what it can do after the overrides."""

    locked: Locked
    report: Report


@dataclass(frozen=True, slots=True)
class Court:
    """The rules that judge one command: layers of policy, settings of the harness, what is trusted.

    `approved` is what the manifest approves, by agent; `inputs` the state of every file the rules
    came from, as it was before it was read.
    """

    policy: Policy
    settings: Settings
    approved: Mapping[AgentName, CapabilitySet]
    table: ToolTable
    inputs: Mapping[str, Stat | None]


def table() -> ToolTable:
    """The tool table of the harness that this project installs for."""
    return load_table(TARGET)


def report_of(grants: Grants, overrides: Overrides | None, tools: ToolTable) -> Report:
    """What an agent with `grants` can do once the manifest's overrides have narrowed it.

    Raises:
        OverrideWidens, UnknownTool: an override does not narrow.
    """
    if overrides is not None and (overrides.tools, overrides.disallowed_tools) != (None, None):
        grants = narrow(grants, tools, overrides.tools, overrides.disallowed_tools)
    return capabilities(grants, tools)


def project_layer(manifest: Manifest) -> Layer:
    """The layer of policy that the team shares; the only one that steers a solution.

    Raises:
        MalformedPolicy: it makes no sense; with the place.
    """
    return parse_permissions(manifest.permissions, manifest.path, manifest.permission_place)


def convene(parts: Parts, manifest: Manifest) -> Court:
    """Read every rule there is.

    Raises:
        MalformedPolicy, MalformedSettings: a file of rules cannot be read: nothing fails open.
    """
    config = parts.config
    user = parse_permissions(config.permissions, config.path, config.permission_place)
    files = places.settings_files(
        parts.workspace.root, parts.surroundings.claude, parts.surroundings.platform
    )
    organization = [Path(config.organization)] if config.organization else []
    read = (parts.surroundings.config, *files.values(), *organization)
    inputs = {str(path): stat_of(path) for path in read}
    project = project_layer(manifest)
    layers = [*_organization(config.organization), user, project]
    return Court(
        policy=Policy(tuple(layers)),
        settings=Settings({scope: _settings(path) for scope, path in files.items()}),
        approved=project.approved,
        table=table(),
        inputs=inputs,
    )


def _organization(place: str | None) -> Iterable[Layer]:
    if place is None:
        return
    # Only who has an organisation's policy pays for its parser.
    from agentpm.model.tomltext import TomlText  # noqa: PLC0415

    content = fs.read(Path(place), limit=fs.MIB)
    if content is None:
        raise MalformedPolicy(
            f"the organisation's policy `{place}` does not exist",
            hint="without it nothing can be allowed: correct `organization` in your configuration",
        )
    toml = TomlText(content.decode("utf-8", "replace"), place, MalformedPolicy)
    yield parse_permissions(toml.table("permissions"), place, toml.place)


def _settings(path: Path) -> dict[str, Any]:
    content = fs.read(path, limit=fs.MIB)
    if content is None:
        return {}
    try:
        data = json.loads(content or b"{}")
    except ValueError as error:
        raise MalformedSettings(
            f"`{path}` is not valid JSON: {error}",
            hint="Claude Code ignores it as it is, and with it every deny rule in it: correct it",
        ) from None
    return data if isinstance(data, dict) else {}


def pass_judgement(
    parts: Parts,
    court: Court,
    candidates: Iterable[Candidate],
    before: Mapping[AgentName, Locked],
    trust: Trust,
) -> None:
    """Refuse what may not be installed; warn of what will not work as its author meant.

    `before` holds what the agents were locked as, so that more power than then is noticed;
    `trust` knows which of the programs that the manifest approves this machine has confirmed.

    Raises:
        PermissionDenied, PermissionWidened, AgentBlocked, UntrustedProgram: with every reason.
    """
    candidates = list(candidates)
    for candidate in candidates:
        _apply_policy(court, candidate)
        _apply_settings(parts, court, candidate)
    stopped = [
        (candidate, found)
        for candidate in candidates
        if not (found := _gate(court, candidate, before.get(candidate.locked.name))).open
    ]
    if stopped:
        raise _refusal(stopped, before)
    for candidate in candidates:
        _require_trust(court, candidate, trust)


def objection(
    court: Court, candidate: Candidate, before: Mapping[AgentName, Locked]
) -> AgentpmError | None:
    """Why this one agent may not be installed; None where nothing speaks against it."""
    try:
        _apply_policy(court, candidate)
    except PermissionDenied as refusal:
        return refusal
    found = _gate(court, candidate, before.get(candidate.locked.name))
    return None if found.open else _refusal([(candidate, found)], before)


def _apply_policy(court: Court, candidate: Candidate) -> None:
    name = candidate.locked.name
    verdict = judge(court.policy, name, candidate.report)
    if verdict.refusals:
        raise PermissionDenied.of(name, verdict.refusals)
    approved = court.approved.get(name, NOTHING)
    asked = [item for item in verdict.asks if not approved.covers(item.capabilities)]
    if asked:
        error = PermissionDenied.of(name, tuple(asked))
        words = " ".join(sorted({w for item in asked for w in item.capabilities.words()}))
        raise PermissionDenied(
            error.message, details=error.details, hint=f"run `agentpm approve {name} {words}`"
        )


def _apply_settings(parts: Parts, court: Court, candidate: Candidate) -> None:
    name, report = candidate.locked.name, candidate.report
    effect = judge_settings(court.settings, name, report, court.table)
    if effect.outcome == "blocked":
        raise AgentBlocked(
            f"`{name}` would be unusable: the settings of Claude Code leave it no tool",
            details=effect.notes,
            hint=f"change those settings, or do without: `agentpm remove {name}`",
        )
    if effect.outcome == "degraded":
        removed = ", ".join(f"`{tool}`" for tool in effect.removed)
        parts.voice.warn(
            f"`{name}` works without {removed}, which the settings of Claude Code deny"
        )


def _gate(court: Court, candidate: Candidate, old: Locked | None) -> Gate:
    known = None
    if old is not None and old.package == candidate.locked.package:
        known = CapabilitySet.from_words(old.capabilities.get(TARGET, ()))
    approved = court.approved.get(candidate.locked.name, NOTHING)
    return gate(known, candidate.report.capabilities, approved)


def _require_trust(court: Court, candidate: Candidate, trust: Trust) -> None:
    name, report = candidate.locked.name, candidate.report
    approved = court.approved.get(name, NOTHING)
    used = [word for word in report.capabilities.words() if word in approved.words()]
    missing = trust.untrusted(name, CapabilitySet.from_words(used))
    if missing:
        programs = [p for p in report.programs if p.capability in missing.words()]
        raise UntrustedProgram(
            f"the manifest approves what `{name}` runs, and this machine has not confirmed it yet",
            details=(
                *(f"{program.title}: {program.command}" for program in programs),
                *(word for word in missing.words() if word.startswith("mode:")),
            ),
            hint="if you trust this project with it, run the same command with `--trust-programs`",
        )


def _refusal(
    stopped: list[tuple[Candidate, Gate]], before: Mapping[AgentName, Locked]
) -> AgentpmError:
    details: list[str] = []
    hints: list[str] = []
    for candidate, found in stopped:
        name = candidate.locked.name
        old = before.get(name)
        was = f" (locked: {old.version})" if old is not None else ""
        details.append(f"{name} {candidate.locked.version}{was}")
        added = found.explicit | found.widened
        details += [f"  {line}" for line in describe_widening(added, candidate.report)]
        hints.append(f"agentpm approve {name} {' '.join(added.words())}")
    widened = any(found.widened for _, found in stopped)
    kind: type[AgentpmError] = PermissionWidened if widened else PermissionDenied
    names = ", ".join(f"`{candidate.locked.name}`" for candidate, _ in stopped)
    verb = "can do more than before" if widened else "needs an explicit yes"
    return kind(
        f"{names} {verb}",
        details=tuple(details),
        hint="if that is right, approve it for the whole team:\n" + "\n".join(hints),
    )
