"""Rules about what an agent can do beyond the tools that it names."""

from __future__ import annotations

from collections.abc import Iterator

from agentpm.lint.finding import Severity
from agentpm.lint.rule import Problem, checks
from agentpm.lint.subject import Subject
from agentpm.permissions.approval import needs_approval
from agentpm.permissions.findings import ignored_keys
from agentpm.visible import visible


@checks("inherits-every-tool", Severity.NOTE, "No list of tools: the agent has every one")
def inherits_every_tool(subject: Subject) -> Iterator[Problem]:
    """An agent without a `tools` line has all there are, MCP servers included."""
    meant = any(ignored_keys(subject.agent.front, subject.table))
    if subject.report.inherits and not subject.report.removed and not meant:
        yield Problem(
            "the agent lists no tools, so it has every tool of the session, MCP servers included",
            subject.key("tools"),
            "list what it needs: `tools: Read, Grep`",
        )


@checks("runs-programs", Severity.WARNING, "The file makes the harness run programs")
def runs_programs(subject: Subject) -> Iterator[Problem]:
    """Hooks and MCP servers of its own run on the machine of whoever installs the agent."""
    for program in subject.report.programs:
        yield Problem(
            f"{program.title} runs `{visible(program.command)}`",
            subject.key(program.key),
            "whoever installs the agent has to approve this; do without it if you can",
        )


@checks("dead-hook", Severity.WARNING, "A hook on an event that does not exist")
def dead_hook(subject: Subject) -> Iterator[Problem]:
    """A hook that never runs."""
    for finding, where in subject.oddities("dead-hook"):
        hint = f"did you mean `{finding.suggestion}`?" if finding.suggestion else None
        yield Problem(finding.text, where, hint)


@checks("unread-server", Severity.WARNING, "An MCP server that is not started")
def unread_server(subject: Subject) -> Iterator[Problem]:
    """A server in a form that the harness passes over."""
    for finding, where in subject.oddities("unread-server"):
        yield Problem(
            finding.text, where, "write it as a list: `mcpServers:`, then `  - name: {command: …}`"
        )


@checks("permission-mode", Severity.WARNING, "The agent changes how permission is asked for")
def permission_mode(subject: Subject) -> Iterator[Problem]:
    """Every mode but `default` and `plan` lets the agent do more without asking."""
    for word in needs_approval(subject.report.capabilities):
        if word.startswith("mode:"):
            yield Problem(
                f"the agent works in the mode `{word.removeprefix('mode:')}`, "
                "in which it is asked less",
                subject.value("permissionMode"),
                "whoever installs the agent has to approve this; do without it if you can",
            )


@checks("unknown-mode", Severity.WARNING, "An unknown permission mode")
def unknown_mode(subject: Subject) -> Iterator[Problem]:
    """A mode that the harness ignores."""
    for finding, _ in subject.oddities("unknown-mode"):
        hint = f"did you mean `{finding.suggestion}`?" if finding.suggestion else None
        yield Problem(finding.text, subject.value(finding.key), hint)


@checks("agent-memory", Severity.WARNING, "The agent keeps a memory")
def agent_memory(subject: Subject) -> Iterator[Problem]:
    """A memory brings the tools that read and write it, whatever `tools` says."""
    for word in needs_approval(subject.report.capabilities):
        if word.startswith("memory:"):
            yield Problem(
                f"`memory: {word.removeprefix('memory:')}` lets the agent read and write files, "
                "whatever `tools` says",
                subject.value("memory"),
                "whoever installs the agent has to approve this; do without it if you can",
            )


@checks("unknown-scope", Severity.WARNING, "An unknown scope of memory")
def unknown_scope(subject: Subject) -> Iterator[Problem]:
    """A scope that the harness ignores."""
    for finding, _ in subject.oddities("unknown-scope"):
        hint = f"did you mean `{finding.suggestion}`?" if finding.suggestion else None
        yield Problem(finding.text, subject.value(finding.key), hint)


RULES = (
    inherits_every_tool,
    runs_programs,
    dead_hook,
    unread_server,
    permission_mode,
    unknown_mode,
    agent_memory,
    unknown_scope,
)
