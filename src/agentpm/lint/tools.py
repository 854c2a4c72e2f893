"""Rules about the names in `tools` and `disallowedTools`."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache

from agentpm.errors import Excerpt
from agentpm.lint.finding import Replacement, Severity
from agentpm.lint.rule import Problem, checks
from agentpm.lint.subject import Subject
from agentpm.permissions.findings import ToolFinding, suggest_tool
from agentpm.permissions.table import ToolTable
from agentpm.permissions.tokens import bare

_SLIP = 0.74
"""How alike, by `difflib`, a word is to the tool that it was a slip of the pen for."""


def _in_its_place(finding: ToolFinding, where: Excerpt) -> Replacement | None:
    """The suggestion in the place of the word, its specifier kept."""
    name = bare(finding.token)
    if finding.suggestion is None or not _is_word(where, name):
        return None
    return Replacement(where.line, where.column, name, finding.suggestion)


def _is_word(where: Excerpt, word: str) -> bool:
    return where.text.startswith(word, where.column - 1)


def _did_you_mean(finding: ToolFinding) -> str | None:
    return f"did you mean `{finding.suggestion}`?" if finding.suggestion else None


def _foreign(finding: ToolFinding, subject: Subject) -> str | None:
    """The tool here, where the word is what another harness calls one (`web/fetch`, `terminal`)."""
    name = bare(finding.token).lower()
    known = subject.table.lookalikes
    return known.get(name) or known.get(name.rpartition("/")[2])


def _slip(finding: ToolFinding, subject: Subject) -> str | None:
    """The tool that the word is a slip of the pen for."""
    return None if _foreign(finding, subject) else _nearly(bare(finding.token), subject.table)


@lru_cache(maxsize=4096)
def _nearly(name: str, table: ToolTable) -> str | None:
    """The tool whose name is all but `name`; the same words come again in file after file."""
    meant = None if "/" in name else suggest_tool(name, table)
    if meant is None or SequenceMatcher(None, name.lower(), meant.lower()).ratio() < _SLIP:
        return None
    return meant


@checks("misspelt-tool", Severity.ERROR, "A tool's name is misspelt")
def misspelt_tool(subject: Subject) -> Iterator[Problem]:
    """A name that is nearly that of a tool: the author meant to grant it, and does not."""
    for finding, where in subject.oddities("unknown"):
        if meant := _slip(finding, subject):
            yield Problem(finding.text, where, f"did you mean `{meant}`?")


@checks("foreign-tool", Severity.WARNING, "A tool is called by another harness's name")
def foreign_tool(subject: Subject) -> Iterator[Problem]:
    """A name that some other harness knows; files that serve several carry such names rightly."""
    for finding, where in subject.oddities("unknown"):
        if here := _foreign(finding, subject):
            yield Problem(finding.text, where, f"here the tool is called `{here}`")


@checks("unknown-tool", Severity.WARNING, "A name is no tool")
def unknown_tool(subject: Subject) -> Iterator[Problem]:
    """A name that is like no tool's."""
    for finding, where in subject.oddities("unknown"):
        if not (_foreign(finding, subject) or _slip(finding, subject)):
            yield Problem(
                finding.text,
                where,
                "leave it out; a tool of an MCP server is written `mcp__server__tool`",
            )


@checks("wrong-case-tool", Severity.ERROR, "A tool's name is in the wrong case")
def wrong_case_tool(subject: Subject) -> Iterator[Problem]:
    """Tools are told apart by case: `read` grants nothing."""
    for finding, where in subject.oddities("wrong-case"):
        hint = f"write `{finding.suggestion}`"
        yield Problem(finding.text, where, hint, _in_its_place(finding, where))


@checks("dead-tool", Severity.WARNING, "A tool does not exist any more")
def dead_tool(subject: Subject) -> Iterator[Problem]:
    """A tool that the harness forgot, with the one that does its work now.

    Leaving the name out is safe where its successor is listed too: the agent loses nothing.
    """
    listed = {bare(token) for token in subject.report.literal or ()}
    for finding, where in subject.oddities("dead"):
        if finding.suggestion in listed:
            hint = f"leave it out: `{finding.suggestion}` is there"
            yield Problem(finding.text, where, hint, _without(where))
        elif finding.suggestion:
            yield Problem(finding.text, where, f"`{finding.suggestion}` does its work now")
        else:
            yield Problem(finding.text, where, "leave it out")


def _without(where: Excerpt) -> Replacement | None:
    """The removal of one name of a list that stands in one line, with the comma that parts it."""
    start, end = where.column - 1, where.column - 1 + where.length
    before, after = where.text[:start], where.text[end:]
    gap = len(after) - len(after.lstrip(" "))
    if after[gap:].startswith(","):
        rest = after[gap + 1 :]
        end += gap + 1 + len(rest) - len(rest.lstrip(" "))
    elif before.rstrip(" ").endswith(","):
        start = len(before.rstrip(" ")) - 1
    else:
        return None
    return Replacement(where.line, start + 1, where.text[start:end], "")


@checks("renamed-tool", Severity.NOTE, "A tool has a new name")
def renamed_tool(subject: Subject) -> Iterator[Problem]:
    """An old name that still counts."""
    for finding, where in subject.oddities("alias"):
        hint = f"write `{finding.suggestion}`"
        yield Problem(finding.text, where, hint, _in_its_place(finding, where))


@checks("specifier", Severity.WARNING, "A specifier restricts nothing")
def specifier(subject: Subject) -> Iterator[Problem]:
    """`Bash(git diff:*)` grants, and in `disallowedTools` removes, the whole tool."""
    for finding, where in subject.oddities("specifier"):
        yield Problem(
            finding.text,
            where,
            f"write `{bare(finding.token)}`, and restrict it with `permissions.deny` in the "
            "settings of whoever installs the agent",
        )


@checks("no-tools-left", Severity.ERROR, "Nothing in the list is a tool")
def no_tools_left(subject: Subject) -> Iterator[Problem]:
    """The harness refuses to start an agent whose list names nothing that it knows."""
    for finding, _ in subject.oddities("no-tools-left"):
        yield Problem(
            finding.text,
            subject.value(finding.key),
            "name a tool, such as `Read`; `tools: []` is an agent that needs none",
        )


@checks("empty-tools", Severity.WARNING, "The list of tools is empty")
def empty_tools(subject: Subject) -> Iterator[Problem]:
    """No value is the opposite of no line: the agent has no tools at all."""
    for finding, where in subject.oddities("empty"):
        if subject.agent.front.get(finding.key) == []:
            continue  # nobody writes `[]` by mistake
        yield Problem(finding.text, where, "write `[]` if that is meant, or remove the line")


@checks("tools-not-a-list", Severity.ERROR, "The tools are no list")
def tools_not_a_list(subject: Subject) -> Iterator[Problem]:
    """A mapping, a number, true: the agent gets no tools."""
    for finding, where in subject.oddities("not-a-list"):
        yield Problem(finding.text, where, "write `tools: Read, Grep`")


@checks("wildcard", Severity.WARNING, "A star beside other names")
def wildcard(subject: Subject) -> Iterator[Problem]:
    """A star makes the list that it stands in pointless."""
    for finding, where in subject.oddities("wildcard", key="tools"):
        yield Problem(finding.text, where, "remove the star, or the whole line if that is meant")


@checks("removes-nothing", Severity.ERROR, "A removal removes nothing")
def removes_nothing(subject: Subject) -> Iterator[Problem]:
    """A name in `disallowedTools` that takes no tool away: the agent keeps what it should not."""
    for finding, where in subject.oddities("removes-nothing"):
        # Only where the word is an exact tool in another case is it certain what was meant.
        exact = finding.suggestion and finding.suggestion.lower() == finding.token.lower()
        fix = _in_its_place(finding, where) if exact else None
        yield Problem(finding.text, where, _did_you_mean(finding), fix)
    for finding, where in subject.oddities("wildcard", key="disallowedTools"):
        yield Problem(finding.text, where, "an agent without tools is written `tools: []`")


@checks("never-for-agents", Severity.WARNING, "A tool that no agent is given")
def never_for_agents(subject: Subject) -> Iterator[Problem]:
    """A tool of the main conversation alone."""
    for finding, where in subject.oddities("never-for-agents"):
        yield Problem(finding.text, where, "leave it out")


@checks("mcp-pattern", Severity.WARNING, "A pattern that names no MCP server")
def mcp_pattern(subject: Subject) -> Iterator[Problem]:
    """Only all tools of one server can be named with a star."""
    for finding, where in subject.oddities("mcp-wildcard"):
        yield Problem(finding.text, where, "write `mcp__server` or `mcp__server__tool`")


@checks("other-shell", Severity.WARNING, "A shell is left on another platform")
def other_shell(subject: Subject) -> Iterator[Problem]:
    """Who takes `Bash` away to take the shell away has to take PowerShell away too."""
    for finding, where in subject.oddities("platform"):
        yield Problem(finding.text, where, f"add `{finding.token}` to `disallowedTools`")


@checks("not-offered", Severity.NOTE, "A tool that is not always there")
def not_offered(subject: Subject) -> Iterator[Problem]:
    """A tool that only some sessions have."""
    for finding, where in subject.oddities("not-offered"):
        yield Problem(finding.text, where)


RULES = (
    misspelt_tool,
    foreign_tool,
    unknown_tool,
    wrong_case_tool,
    dead_tool,
    renamed_tool,
    specifier,
    no_tools_left,
    empty_tools,
    tools_not_a_list,
    wildcard,
    removes_nothing,
    never_for_agents,
    mcp_pattern,
    other_shell,
    not_offered,
)
