"""The gate for CI: lockfile against policy and approvals, installed files against the lockfile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agentpm.model.lockfile import Lockfile
from agentpm.model.name import AgentName
from agentpm.ops.here import locked_here
from agentpm.ops.judge import TARGET, Court, convene
from agentpm.ops.parts import Parts
from agentpm.ops.permissions import Powers, powers_of_locked
from agentpm.ops.verify import verify
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that the gate does not let through.

    `kind`: `policy` (a rule refuses it), `ask` (a rule asks, and nobody answered), `not-approved`,
    `blocked` (the harness's settings leave it no tool), `lockfile` (it says something else than
    the file), `delegation`, or a kind of `agentpm verify`. `text` is a sentence.
    """

    agent: str
    kind: str
    text: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """How many agents the gate looked at, with everything that is wrong."""

    agents: int
    breaches: tuple[Breach, ...]


def check(parts: Parts) -> Checked:
    """The gate: lockfile against policy and approvals, installed files against the lockfile.

    Files that are not there are let through: what is not installed can do nothing.

    Raises:
        MissingLockfile: the manifest asks for agents, and nothing is locked.
    """
    here = locked_here(parts)
    if here.lockfile is None:
        return Checked(0, ())
    court = convene(parts, here.manifest)
    breaches: list[Breach] = []
    for powers in powers_of_locked(parts, here, court):
        breaches += _breaches(court, powers)
        breaches += _against_lockfile(here.lockfile, court, powers)
    told = {breach.agent for breach in breaches if breach.kind == "lockfile"}
    breaches += (
        Breach(item.agent, item.kind, item.text)
        for item in verify(parts).violations
        if item.kind != "missing" and not (item.kind == "capabilities" and item.agent in told)
    )
    return Checked(len(here.agents), tuple(breaches))


def _breaches(court: Court, powers: Powers) -> Iterator[Breach]:
    name = powers.name
    for refusal in powers.verdict.refusals:
        yield Breach(name, "policy", f"`{name}` is not allowed here: {refusal}")
    for ask in powers.verdict.asks:
        words = " ".join(ask.capabilities.words())
        yield Breach(
            name, "ask", f"`{name}` needs a yes: {ask}", f"`agentpm approve {name} {words}`"
        )
    for word in powers.missing:
        text = f"`{name}` needs an explicit yes for `{word}`"
        yield Breach(name, "not-approved", text, f"`agentpm approve {name} {word}`")
    if powers.effect.outcome == "blocked":
        notes = "; ".join(powers.effect.notes)
        yield Breach(name, "blocked", f"`{name}` cannot be started: {notes}")
    if court.policy.delegation == "deny" and powers.reach is not None:
        for edge in powers.reach.edges:
            if edge.dependent == name and edge.widens:
                text = f"`{name}` reaches {edge.widens} through `{edge.dependency}`"
                yield Breach(name, "delegation", text)


def _against_lockfile(lockfile: Lockfile, court: Court, powers: Powers) -> Iterator[Breach]:
    """Where the lockfile says something else of an agent than its file and the manifest do."""
    locked = lockfile.agents[AgentName(powers.name)]
    again = "run `agentpm lock`, look at the difference, and commit it"
    can, says = powers.report.capabilities.words(), locked.capabilities.get(TARGET, ())
    if lockfile.tool_table == court.table.label and set(can) != set(says):
        yield Breach(
            powers.name,
            "lockfile",
            f"the lockfile says that `{powers.name}` can do {_listed(says)}, "
            f"and it can do {_listed(can)}",
            again,
        )
    mirrored = set(powers.approved.named(can))
    if set(locked.approved) != mirrored:
        text = f"the lockfile says that {_listed(locked.approved)} of `{powers.name}` is approved, "
        yield Breach(
            powers.name, "lockfile", f"{text}the manifest approves {_listed(mirrored)}", again
        )


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words)) or "nothing"
