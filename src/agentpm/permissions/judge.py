"""Whether an agent may be here: its report against every rule of the policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.name import AgentName
from agentpm.permissions.approval import HARMLESS_MODES, Lacking
from agentpm.permissions.capability import ALL, NOTHING, CapabilitySet, shown
from agentpm.permissions.phrases import by_danger, in_words
from agentpm.values import dataclass

if TYPE_CHECKING:
    from agentpm.permissions.policy import Policy
    from agentpm.permissions.reasons import Reason
    from agentpm.permissions.report import Report
    from agentpm.permissions.rules import Rule, Term


@dataclass(frozen=True, slots=True)
class Refusal:
    """One rule that an agent does not pass.

    `rule` is as much of it as matters, as written; `origin` where it stands; `capabilities` the
    powers at issue; `why` says in plain words what the agent can do, and by which line.
    """

    rule: str
    origin: str
    capabilities: CapabilitySet
    why: str

    def __str__(self) -> str:
        return f"{self.why} (`{self.rule}` in {self.origin})"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a policy says of one agent. `asks` are the rules that a person has to answer."""

    refusals: tuple[Refusal, ...] = ()
    asks: tuple[Refusal, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether no rule refuses the agent; one may still ask."""
        return not self.refusals


_NO_OBJECTION = Verdict()


class PermissionDenied(AgentpmError):
    """An agent that a policy forbids."""

    code = "permission-denied"
    exit_code = ExitCode.REFUSED
    lacking: tuple[Lacking, ...] = ()
    """What a yes to would let it through; empty where a rule refuses, and no yes helps."""

    @classmethod
    def of(cls, agent: str, refusals: Iterable[Refusal]) -> PermissionDenied:
        """The refusal of `agent`, with its first reason in the sentence."""
        first, *rest = refusals
        return cls(
            f"`{agent}` is not allowed here: {first.why}",
            hint=f"the rule is `{first.rule}` in {first.origin}",
            details=tuple(str(refusal) for refusal in rest),
        )


def judge(
    policy: Policy, agent: AgentName, report: Report, granted: CapabilitySet = NOTHING
) -> Verdict:
    """What `policy` says of `agent`, whose powers are in `report`.

    `granted` are the powers that a person approved: they answer `ask`, and nothing else.
    """
    if not policy.binds:
        return _NO_OBJECTION
    refusals = list(_unread(policy, report))
    asks: list[Refusal] = []
    for rule in policy.rules(agent):
        if rule.kind == "allow":
            refusals += _beyond(rule, report)
        elif rule.kind == "deny":
            refusals += _matches(rule, report)
        else:
            asks += (ask for ask in _matches(rule, report) if not granted.covers(ask.capabilities))
    return Verdict(tuple(refusals), tuple(asks))


def _unread(policy: Policy, report: Report) -> Iterator[Refusal]:
    """A policy that could not be looked at might forbid anything."""
    for origin, base in policy.unread:
        why = f"the policy at `{shown(base.location)}` has not been read, and it may forbid this"
        yield Refusal("extends", origin, report.capabilities, why)


def _beyond(rule: Rule, report: Report) -> Iterator[Refusal]:
    """What of an agent is on no list of what is allowed."""
    beyond = {
        reason.capability: reason
        for reason in reversed(report.reasons)
        if reason.capability not in HARMLESS_MODES and not _permitted(rule, reason)
    }
    if beyond:
        worst = by_danger(beyond)
        can = ", ".join(f"{in_words(word)} ({beyond[word].text})" for word in worst[:3])
        more = f", and {len(worst) - 3} more" if len(worst) > 3 else ""
        why = f"it can {can}{more}, and the list does not allow that"
        yield Refusal(rule.text(), rule.origin, CapabilitySet.from_words(beyond), why)


def _permitted(rule: Rule, reason: Reason) -> bool:
    powers = (term.members for term in rule.terms if term.tool is None)
    together = CapabilitySet.from_words(word for members in powers for word in members)
    return together.has(reason.capability) or any(
        term.permits(reason.capability, reason.tool) for term in rule.terms
    )


def _matches(rule: Rule, report: Report) -> Iterator[Refusal]:
    """What of an agent is on a list of what is denied, or to be asked about."""
    for term in rule.terms:
        found = _tool_given(term, report) if term.tool else _power_reached(term, report)
        if found is not None:
            words, why = found
            yield Refusal(rule.text(term), rule.origin, words, why)


def _tool_given(term: Term, report: Report) -> tuple[CapabilitySet, str] | None:
    if report.tools is None:
        if term.tool in report.removed:
            return None
        return term.members, f"it lists no tools and inherits every one, `{term.tool}` too"
    if term.tool not in report.tools:
        return None
    ground = next((f" ({r.text})" for r in report.reasons if r.tool == term.tool), "")
    return term.members, f"it is given `{term.tool}`{ground}"


def _power_reached(term: Term, report: Report) -> tuple[CapabilitySet, str] | None:
    words = term.within(report.capabilities)
    if not words:
        return None
    exact = [word for word in words if term.permits(word, "")]
    if exact:
        word = by_danger(exact)[0]
        return words, f"it can {in_words(word)} ({report.why(word)[0].text})"
    word = by_danger(words.members)[0]
    wanted = by_danger(term.members.members)[0]
    has = {ALL: "it has every tool", "shell": "it has a shell"}.get(
        word, f"it can {in_words(word)}"
    )
    whose = "a shell" if word == "shell" else "so it"
    ground = report.why(word)[0].text
    return words, f"{has} ({ground}), and {whose} can {in_words(wanted)}"
