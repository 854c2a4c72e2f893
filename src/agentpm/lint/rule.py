"""What a rule is: a code, how bad it is, a title, and a function that looks at one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from agentpm.errors import Excerpt
from agentpm.lint.finding import Finding, Replacement, Severity
from agentpm.lint.subject import Subject
from agentpm.lint.text import Text
from agentpm.values import dataclass

REFERENCE = "docs/reference/lint.md"
"""Where each rule is explained, under its code."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule found; with the rule's code and severity it becomes a finding."""

    message: str
    where: Excerpt
    hint: str | None = None
    fix: Replacement | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `title` says in a few words what it is about.

    `check` looks at a file that could be read as an agent, `scan` at any text; a rule has one of
    the two.
    """

    code: str
    severity: Severity
    title: str
    check: Callable[[Subject], Iterator[Problem]] | None = None
    scan: Callable[[Text], Iterator[Problem]] | None = None

    def on_text(self, text: Text) -> Iterator[Finding]:
        """The findings of a rule that needs the text alone."""
        return (self.finding(p) for p in self.scan(text)) if self.scan else iter(())

    def on_agent(self, subject: Subject) -> Iterator[Finding]:
        """The findings of a rule that needs the agent."""
        return (self.finding(p) for p in self.check(subject)) if self.check else iter(())

    def finding(self, problem: Problem) -> Finding:
        """A problem as this rule reports it."""
        return Finding(
            self.code, self.severity, problem.message, problem.where, problem.hint, problem.fix
        )


Check = Callable[[Subject], Iterator[Problem]]
Scan = Callable[[Text], Iterator[Problem]]


def checks(code: str, severity: Severity, title: str) -> Callable[[Check], Rule]:
    """Make a function that looks at an agent into a rule."""
    return lambda function: Rule(code, severity, title, check=function)


def scans(code: str, severity: Severity, title: str) -> Callable[[Scan], Rule]:
    """Make a function that looks at a text into a rule."""
    return lambda function: Rule(code, severity, title, scan=function)
