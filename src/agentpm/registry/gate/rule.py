"""What a rule of the gate is: a code, how grave a breach is, a title, a function that looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from agentpm.registry.gate.change import Package, Step
from agentpm.registry.gate.refusal import Kind, Problem, Refusal
from agentpm.values import dataclass

OnStep = Callable[[Step], Iterator[Problem]]
OnPackage = Callable[[Step, Package], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. It has one of the two functions: for a whole step, or for each package in it."""

    code: str
    kind: Kind
    title: str
    on_step: OnStep | None = None
    on_package: OnPackage | None = None

    def judge(self, step: Step) -> Iterator[Refusal]:
        """What the rule has against a step as such."""
        return map(self._refusal(step), self.on_step(step)) if self.on_step else iter(())

    def judge_package(self, step: Step, package: Package) -> Iterator[Refusal]:
        """What the rule has against what a step does to one package."""
        if self.on_package is None:
            return iter(())
        return map(self._refusal(step), self.on_package(step, package))

    def refused(self, problem: Problem, commit: str | None = None) -> Refusal:
        """A problem as this rule reports it."""
        return Refusal(self.code, self.kind, problem, commit)

    def _refusal(self, step: Step) -> Callable[[Problem], Refusal]:
        commit = None if step.whole else step.commit
        return lambda problem: self.refused(problem, commit)


def on_steps(code: str, kind: Kind, title: str) -> Callable[[OnStep], Rule]:
    """Make a function that looks at steps into a rule."""
    return lambda function: Rule(code, kind, title, on_step=function)


def on_packages(code: str, kind: Kind, title: str) -> Callable[[OnPackage], Rule]:
    """Make a function that looks at packages into a rule."""
    return lambda function: Rule(code, kind, title, on_package=function)
