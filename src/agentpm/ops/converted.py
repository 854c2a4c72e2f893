"""What becomes of an agent in each harness that a project installs for (`docs/adr/0012-conversion.md`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from agentpm import lazy
from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.grants import Grants
from agentpm.model.lockfile import Locked
from agentpm.model.manifest import Manifest
from agentpm.model.name import AgentName
from agentpm.ops.content import Ready
from agentpm.ops.judge import Court
from agentpm.ops.parts import Parts, Voice
from agentpm.permissions.capability import NOTHING
from agentpm.permissions.harnesses import load_table
from agentpm.permissions.judge import PermissionDenied, judge
from agentpm.permissions.phrases import by_danger, in_words
from agentpm.permissions.settings import Settings
from agentpm.permissions.table import ToolTable
from agentpm.targets.known import CLAUDE, TARGETS
from agentpm.targets.target import Target
from agentpm.values import replace

if TYPE_CHECKING:
    from agentpm.ops import approving
    from agentpm.permissions import conversion as converting
    from agentpm.permissions import narrowing
    from agentpm.permissions.conversion import Conversion
    from agentpm.targets import copilot
else:
    # For refusals.
    approving = lazy.module("agentpm.ops.approving")
    # Most projects have agents for Claude Code alone.
    converting = lazy.module("agentpm.permissions.conversion")
    narrowing = lazy.module("agentpm.permissions.narrowing")
    copilot = lazy.module("agentpm.targets.copilot")

Converted: TypeAlias = "Mapping[AgentName, tuple[Conversion, ...]]"


class ConversionWidens(AgentpmError):
    """An agent that another harness could only take with more power than it was published with."""

    code = "conversion-widens"
    exit_code = ExitCode.REFUSED


def targets_of(manifest: Manifest) -> tuple[Target, ...]:
    """The harnesses that the project installs for, in the order of its manifest."""
    return tuple(TARGETS[name] for name in manifest.targets if name in TARGETS)


def tables_of(manifest: Manifest) -> tuple[str, ...]:
    """The tool tables that conversions rest on, as the lockfile names them."""
    return tuple(load_table(t.name).label for t in targets_of(manifest) if t is not CLAUDE)


def court_for(court: Court, manifest: Manifest) -> Court:
    """The court without the settings of Claude Code, where nothing is installed for it."""
    if CLAUDE.name in manifest.targets:
        return court
    return replace(court, settings=Settings({}))


def conversions(
    manifest: Manifest, grants: Mapping[AgentName, Grants], table: ToolTable
) -> Converted:
    """Each agent with these published grants, in every harness but the one it was written for."""
    others = [target.name for target in targets_of(manifest) if target is not CLAUDE]
    if not others:
        return {}
    found: dict[AgentName, tuple[Conversion, ...]] = {}
    for name, published in grants.items():
        overrides = manifest.overrides_of(name)
        narrowed = narrowing.narrow(published, table, overrides.tools, overrides.disallowed_tools)
        found[name] = tuple(converting.convert(narrowed, target) for target in others)
    return found


def refuse_wider(
    parts: Parts, court: Court, agents: Iterable[Locked], converted: Converted
) -> None:
    """Refuse `agents` that would gain a power by conversion, unless the manifest approves it.

    Raises:
        ConversionWidens: with every agent and power, and the command that approves them.
        PermissionDenied: a policy forbids what the manifest approves.
    """
    details: list[str] = []
    hints: list[str] = []
    for locked in agents:
        name = locked.name
        approved = court.approved.get(name, NOTHING)
        for conversion in converted.get(name, ()):
            missing = conversion.widened - approved
            title = TARGETS[conversion.harness].title
            for word in by_danger(missing.members):
                ground = conversion.report.why(word)[0].text
                details.append(f"{name} in {title}: can also {in_words(word)} ({word}, {ground})")
            if missing:
                hints.append(approving.approve_command(parts, locked, missing.words()))
    if details:
        names = dict.fromkeys(line.partition(" ")[0] for line in details)
        raise ConversionWidens(
            f"{', '.join(f'`{name}`' for name in names)} would be able to do more in another "
            "harness than in Claude Code",
            details=tuple(details),
            hint=f"if that is right, approve it{approving.for_whom(parts)}:\n"
            + "\n".join(dict.fromkeys(hints))
            + "\nor take that harness out of `targets`",
        )
    _apply_policy(court, converted)


def _apply_policy(court: Court, converted: Converted) -> None:
    """What was approved beyond the published file is judged like everything else."""
    for name, each in converted.items():
        for conversion in each:
            if conversion.widened:
                approved = court.approved.get(name, NOTHING)
                verdict = judge(court.policy, name, conversion.report, approved)
                if verdict.refusals:
                    raise PermissionDenied.of(name, verdict.refusals)


def capabilities_in(each: Iterable[Conversion]) -> dict[str, tuple[str, ...]]:
    """What the lockfile says of an agent in other harnesses: its powers there, as words."""
    return {item.harness: item.report.capabilities.words() for item in each}


def tell_long_prompts(
    voice: Voice, ready: Iterable[Ready], before: Mapping[AgentName, Locked]
) -> None:
    """Warn of prompts that GitHub may refuse: of agents that were not locked so before."""
    for item in ready:
        old, length = before.get(item.locked.name), len(item.published.body)
        known = old is not None and old.checksum == item.locked.checksum
        if item.wanted.target == copilot.NAME and length > copilot.LONGEST_PROMPT and not known:
            voice.warn(
                f"the prompt of `{item.locked.name}` has {length:,} characters, and GitHub promises "
                f"to take {copilot.LONGEST_PROMPT:,}"
            )


def tell_losses(voice: Voice, converted: Converted, before: Mapping[AgentName, Locked]) -> None:
    """Say what agents do without elsewhere: of those that were not locked so before."""
    for name, each in converted.items():
        old = before.get(name)
        known = old.capabilities if old is not None else {}
        for item in each:
            if item.lost and known.get(item.harness) != item.report.capabilities.words():
                title = TARGETS[item.harness].title
                voice.note(f"`{name}` in {title} does without {', '.join(item.lost)}")
