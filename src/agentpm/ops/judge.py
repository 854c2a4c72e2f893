"""What may be installed here: policy, approvals, widening, the harness's own settings.

Everything is decided for every agent before anything is written, and all refusals are told at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentpm import fs, lazy
from agentpm.errors import AgentpmError, ExitCode
from agentpm.location import stat_of
from agentpm.model.grants import Grants
from agentpm.model.lockfile import Locked
from agentpm.model.manifest import Manifest, Overrides
from agentpm.model.name import AgentName
from agentpm.model.receipt import Stat
from agentpm.ops.parts import Parts
from agentpm.ops.past import Past
from agentpm.ops.policies import (
    organization_file,
    organization_layers,
    project_files,
    project_layers,
    user_layer,
)
from agentpm.ops.servers import configured_servers
from agentpm.ops.trust import Trust
from agentpm.permissions.approval import Gate, Lacking, gate, needs_approval
from agentpm.permissions.capability import NOTHING, CapabilitySet, shown
from agentpm.permissions.harnesses import load_table
from agentpm.permissions.judge import PermissionDenied, Refusal, judge
from agentpm.permissions.policy import Policy
from agentpm.permissions.report import Report, capabilities
from agentpm.permissions.settings import Settings, judge_settings, leaves_alone
from agentpm.permissions.table import ToolTable
from agentpm.targets import claude, places
from agentpm.values import dataclass

if TYPE_CHECKING:
    from agentpm.ops import approving
    from agentpm.permissions import narrowing, widening
else:
    # For refusals.
    approving = lazy.module("agentpm.ops.approving")
    # Few manifests override tools, and few releases ask for more than the one before.
    narrowing = lazy.module("agentpm.permissions.narrowing")
    widening = lazy.module("agentpm.permissions.widening")

TARGET = claude.NAME


class AgentBlocked(AgentpmError):
    """An agent that the harness's own settings leave without a tool."""

    code = "agent-blocked"
    exit_code = ExitCode.REFUSED


class UntrustedProgram(AgentpmError):
    """A program that the project approves for itself, and this machine has not confirmed."""

    code = "untrusted-program"
    exit_code = ExitCode.REFUSED
    lacking: tuple[Lacking, ...] = ()
    """What this machine would have to confirm, agent by agent."""


class MalformedSettings(AgentpmError):
    """A settings file of the harness that is not JSON."""

    code = "malformed-settings"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent that is about to be installed, with what it can do after the overrides.

    `grants` is what its published file says, where that is at hand.
    """

    locked: Locked
    report: Report
    grants: Grants | None = None


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
        grants = narrowing.narrow(grants, tools, overrides.tools, overrides.disallowed_tools)
    return capabilities(grants, tools)


def convene(parts: Parts, manifest: Manifest) -> Court:
    """Read every rule there is.

    Raises:
        MalformedPolicy, MalformedSettings: a file of rules cannot be read: nothing fails open.
    """
    organization = organization_file(parts)
    files = places.settings_files(
        parts.workspace.root, parts.surroundings.claude, parts.surroundings.platform
    )
    read = [parts.surroundings.config, *files.values(), *project_files(parts, manifest)]
    inputs = {str(path): stat_of(path) for path in (*read, *filter(None, [organization]))}
    project = project_layers(parts, manifest)
    layers = (*organization_layers(parts, organization), user_layer(parts.config), *project)
    return Court(
        policy=Policy(layers),
        settings=Settings(
            {scope: _settings(path) for scope, path in files.items()},
            configured_servers(parts, files["managed"]),
        ),
        approved=project[-1].approved,
        table=table(),
        inputs=inputs,
    )


def _settings(path: Path) -> dict[str, Any]:
    content = fs.read(path, limit=fs.MIB)
    if content is None:
        return {}
    try:
        data = json.loads(content or b"{}")
    except (ValueError, RecursionError) as error:
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

    `before` holds what the agents were locked as, so that more power than then is noticed (the
    lines that changed are shown where it is a `Past`);
    `trust` knows which of the programs that the manifest approves this machine has confirmed.

    Raises:
        PermissionDenied, PermissionWidened, AgentBlocked, UntrustedProgram: with every reason.
    """
    candidates = _questionable(court, candidates, before)
    for candidate in candidates:
        _apply_policy(court, candidate)
        _apply_settings(parts, court, candidate)
    judged = [_judged(court, candidate, before) for candidate in candidates]
    stopped = [found for found in judged if found.missing]
    if stopped:
        raise _refusal(parts, stopped, before)
    _require_trust(court, candidates, trust)


def _questionable(
    court: Court, candidates: Iterable[Candidate], before: Mapping[AgentName, Locked]
) -> list[Candidate]:
    """Those of `candidates` that anything could be said of.

    Nothing can of new agents with harmless powers where no rule and no approval speaks of them.
    Most agents can do the same as many others, so each report is looked at once.
    """
    candidates = list(candidates)
    if court.policy.binds:
        return candidates
    reports = {id(each.report): each.report for each in candidates}
    harmless = {key for key, report in reports.items() if _is_harmless(court, report)}
    return [
        each
        for each in candidates
        if id(each.report) not in harmless
        or each.locked.name in before
        or each.locked.name in court.approved
    ]


def _is_harmless(court: Court, report: Report) -> bool:
    """Whether an agent with this report needs nobody's yes, and works as its author meant."""
    return (
        report.launchable
        and not needs_approval(report.capabilities)
        and leaves_alone(court.settings, report, court.table)
    )


def is_refused(court: Court, candidate: Candidate, before: Mapping[AgentName, Locked]) -> bool:
    """Whether this one agent may not be installed, or not without a yes that nobody has given."""
    if judge(court.policy, candidate.locked.name, candidate.report).refusals:
        return True
    return bool(_judged(court, candidate, before).missing)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A candidate that no rule refuses: what the gate holds back, which rules ask about it."""

    candidate: Candidate
    old: Locked | None
    gate: Gate
    asks: tuple[Refusal, ...]

    @property
    def missing(self) -> CapabilitySet:
        """Every power that somebody has to say yes to first."""
        asked = (word for ask in self.asks for word in ask.capabilities.members)
        return self.gate.missing | CapabilitySet.from_words(asked)


def _judged(court: Court, candidate: Candidate, before: Mapping[AgentName, Locked]) -> _Judged:
    name, powers = candidate.locked.name, candidate.report.capabilities
    old, known = before.get(name), None
    if old is not None and old.package == candidate.locked.package:
        known = CapabilitySet.from_words(old.capabilities.get(TARGET, ()))
    approved = court.approved.get(name, NOTHING)
    asks = judge(court.policy, name, candidate.report, approved).asks
    return _Judged(candidate, old, gate(known, powers, approved), asks)


def _apply_policy(court: Court, candidate: Candidate) -> None:
    name = candidate.locked.name
    refusals = judge(court.policy, name, candidate.report).refusals
    if refusals:
        raise PermissionDenied.of(name, refusals)


def _apply_settings(parts: Parts, court: Court, candidate: Candidate) -> None:
    name, report = candidate.locked.name, candidate.report
    effect = judge_settings(court.settings, name, report, court.table)
    if effect.outcome == "blocked":
        raise AgentBlocked(
            f"`{name}` would be unusable: the settings of Claude Code leave it no tool",
            details=effect.notes,
            hint=f"change those settings, or do without: `agentpm remove {name}`",
        )
    if not report.launchable:
        meant = [f.suggestion for f in report.findings if f.key == "tools" and f.suggestion]
        parts.voice.warn(
            f"`{name}` cannot be started: nothing in its list is a tool of {court.table.title}",
            f"did you mean {', '.join(f'`{word}`' for word in meant)}?" if meant else None,
        )
    if effect.outcome == "degraded":
        removed = ", ".join(f"`{tool}`" for tool in effect.removed)
        parts.voice.warn(
            f"`{name}` works without {removed}, which the settings of Claude Code deny"
        )
    for server in effect.unconfigured:
        parts.voice.note(
            f"note: `{name}` uses the MCP server `{shown(server)}`, which is not configured: "
            "`claude mcp add` does that"
        )


def _require_trust(court: Court, candidates: Iterable[Candidate], trust: Trust) -> None:
    lacking = tuple(found for c in candidates if (found := _unconfirmed(court, c, trust)))
    if lacking:
        error = UntrustedProgram(
            f"the manifest approves what {', '.join(f'`{item.agent}`' for item in lacking)} "
            f"{'runs' if len(lacking) == 1 else 'run'}, and this machine has not confirmed it yet",
            details=tuple(
                line
                for item in lacking
                for line in (item.title, *(f"  {x}" for x in item.explained))
            ),
            hint="if you trust this project with it, run the same command with `--trust-programs`",
        )
        error.lacking = lacking
        raise error


def _unconfirmed(court: Court, candidate: Candidate, trust: Trust) -> Lacking | None:
    """What of an agent the manifest approves, and this machine has still to confirm."""
    locked, report = candidate.locked, candidate.report
    approved = court.approved.get(locked.name, NOTHING)
    if not approved:
        return None
    used = CapabilitySet.from_words(approved.named(report.capabilities.words()))
    missing = trust.untrusted(locked.name, used)
    if not missing:
        return None
    lines = widening.describe_widening(missing, report, ())
    return Lacking(locked.name, f"{locked.name} {locked.version}", missing, lines)


def _refusal(
    parts: Parts, stopped: Iterable[_Judged], before: Mapping[AgentName, Locked]
) -> AgentpmError:
    stopped = tuple(stopped)
    lacking = tuple(_lacking(found, before) for found in stopped)
    widened = any(found.gate.widened for found in stopped)
    kind = widening.PermissionWidened if widened else PermissionDenied
    verb = "can do more than before" if widened else "needs an explicit yes"
    details = [
        line for item in lacking for line in (item.title, *(f"  {x}" for x in item.explained))
    ]
    commands = (
        approving.approve_command(parts, found.candidate.locked, item.words.words())
        for found, item in zip(stopped, lacking, strict=True)
    )
    error = kind(
        f"{', '.join(f'`{item.agent}`' for item in lacking)} {verb}",
        details=tuple(details),
        hint=f"if that is right, approve it{approving.for_whom(parts)}:\n" + "\n".join(commands),
    )
    error.lacking = lacking
    return error


def _was(old: Locked | None, new: Locked) -> str:
    if old is None or (old.version == new.version and old.checksum != new.checksum):
        return ""  # an installed file does not say of which version it is (`history.earlier`)
    return f" (locked: {old.version})"


def _lacking(found: _Judged, before: Mapping[AgentName, Locked]) -> Lacking:
    candidate, missing = found.candidate, found.missing
    locked = candidate.locked
    was = _was(found.old, locked)
    said = before.grants(locked.name) if isinstance(before, Past) and found.gate.widened else None
    literal = widening.literal_changes(said, candidate.grants) if said and candidate.grants else ()
    lines = widening.describe_widening(missing, candidate.report, literal)
    asked = tuple(f"a rule asks about it: `{ask.rule}` in {ask.origin}" for ask in found.asks)
    return Lacking(locked.name, f"{locked.name} {locked.version}{was}", missing, lines + asked)
