"""All rules of the gate, applied to one step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agentpm.registry.gate import contents, people, places, records, signed
from agentpm.registry.gate.change import Package, Step
from agentpm.registry.gate.refusal import Kind, Refusal
from agentpm.registry.gate.rule import Rule

HISTORY = Rule("rewritten-history", Kind.TAMPERED, "A history that does not only grow")
"""What is said of a push before any commit of it is looked at."""

RULES: tuple[Rule, ...] = (
    HISTORY,
    *places.RULES,
    *records.RULES,
    *contents.RULES,
    *people.RULES,
    *signed.RULES,
)
"""Every rule there is; each code occurs once. A new one needs no more than its place here."""


def judge(step: Step, packages: Iterable[Package]) -> Iterator[Refusal]:
    """What the rules have against a step and what it does to `packages`, rule by rule."""
    for rule in RULES:
        yield from rule.judge(step)
    for package in packages:
        for rule in RULES:
            yield from rule.judge_package(step, package)
