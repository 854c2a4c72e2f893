"""What of a policy would have to be otherwise for an agent to pass it."""

from __future__ import annotations

from collections.abc import Iterator

from agentpm.errors import AgentpmError
from agentpm.model.name import AgentName
from agentpm.permissions.judge import Refusal, judge
from agentpm.permissions.phrases import by_danger
from agentpm.permissions.policy import Layer, Policy
from agentpm.permissions.report import Report
from agentpm.permissions.rules import Rule, read_term
from agentpm.permissions.table import ToolTable
from agentpm.values import dataclass, replace

WORDS = 4
"""More words than these are no correction of a rule, but another rule."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One rule that would have to be otherwise: words that it must list too, or must not list.

    `origin` is the place of the rule.
    """

    origin: str
    kind: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        words = ", ".join(f"`{word}`" for word in self.words)
        if self.kind == "allow":
            return f"`{self.origin}` would have to allow {words}"
        return f"`{self.origin}` would have to leave {words} out of `deny`"


def relaxations(
    policy: Policy, agent: AgentName, report: Report, table: ToolTable
) -> tuple[Relaxation, ...]:
    """The least that has to change for `policy` to let `agent` in; empty where that is too much.

    Tools are named as in `table`. What is said is tried: with these changes nothing refuses.
    """
    changed: list[Rule] = []
    found: list[Relaxation] = []
    try:
        for rule in policy.rules(agent):
            other, change = _relaxed(rule, agent, report, table)
            changed.append(other)
            found += [] if change is None else [change]
    except AgentpmError:
        return ()  # a power that no rule can name
    if any(len(change.words) > WORDS for change in found):
        return ()
    layer = Layer("", tuple(changed))
    return () if judge(Policy((layer,)), agent, report).refusals else tuple(found)


def _relaxed(
    rule: Rule, agent: AgentName, report: Report, table: ToolTable
) -> tuple[Rule, Relaxation | None]:
    """A rule as it would have to be, with what is other about it."""
    if rule.kind == "allow":
        beyond = {
            word
            for refusal in _refusals(rule, agent, report)
            for word in refusal.capabilities.members
        }
        words = tuple(by_danger(beyond))
        other = replace(rule, terms=(*rule.terms, *(read_term(word, table) for word in words)))
    else:
        alone = ((term, replace(rule, terms=(term,))) for term in rule.terms)
        wrong = [term for term, one in alone if any(_refusals(one, agent, report))]
        words = tuple(term.written for term in wrong)
        other = replace(rule, terms=tuple(term for term in rule.terms if term not in wrong))
    return other, Relaxation(rule.origin, rule.kind, words) if words else None


def _refusals(rule: Rule, agent: AgentName, report: Report) -> Iterator[Refusal]:
    yield from judge(Policy((Layer("", (rule,)),)), agent, report).refusals
