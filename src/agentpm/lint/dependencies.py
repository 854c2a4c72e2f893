"""Rules about what agentpm reads in an agent file: version, dependencies."""

from __future__ import annotations

from collections.abc import Iterator

from agentpm.errors import AgentpmError
from agentpm.lint.finding import Severity
from agentpm.lint.rule import Problem, checks
from agentpm.lint.subject import Subject
from agentpm.model.frontmatter import MalformedAgent
from agentpm.model.release import Requirement
from agentpm.model.version import parse_version


@checks("malformed-version", Severity.ERROR, "A version that is none")
def malformed_version(subject: Subject) -> Iterator[Problem]:
    """Versions have the form `1.2.3`, or `1.2.3rc1` for a pre-release."""
    if "version" not in subject.agent.front:
        return
    try:
        parse_version(subject.agent.version or "")
    except AgentpmError as error:
        yield Problem(error.message, subject.value("version"), error.hint)


@checks("malformed-dependency", Severity.ERROR, "Dependencies that cannot be read")
def malformed_dependency(subject: Subject) -> Iterator[Problem]:
    """Dependencies are a list of names, each with a range of versions."""
    try:
        _ = subject.agent.dependencies
    except MalformedAgent as error:
        yield Problem(error.message, error.where or subject.key("dependencies"), error.hint)


@checks("self-dependency", Severity.ERROR, "An agent that depends on itself")
def self_dependency(subject: Subject) -> Iterator[Problem]:
    """No release can need another release of itself."""
    for item in _dependencies(subject):
        if str(item.package) == subject.agent.name:
            yield Problem(
                f"`{item.package}` depends on itself",
                subject.within("dependencies", str(item.package)),
                "remove the line",
            )


@checks(
    "dependency-without-delegation", Severity.WARNING, "Dependencies without a way to call them"
)
def dependency_without_delegation(subject: Subject) -> Iterator[Problem]:
    """An agent that names its tools needs `Agent` among them to use another agent."""
    if _dependencies(subject) and not subject.report.capabilities.has("delegate"):
        yield Problem(
            "the agent depends on others, but no tool of its own lets it call them",
            subject.key("dependencies"),
            "add `Agent` to `tools`, or remove the dependencies",
        )


def _dependencies(subject: Subject) -> tuple[Requirement, ...]:
    """The dependencies, none where they cannot be read (which is another rule's business)."""
    try:
        return subject.agent.dependencies
    except MalformedAgent:
        return ()


RULES = (
    malformed_version,
    malformed_dependency,
    self_dependency,
    dependency_without_delegation,
)
