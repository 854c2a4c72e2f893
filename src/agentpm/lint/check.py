"""All rules, applied to one file."""

from __future__ import annotations

from collections.abc import Iterator

from agentpm.lint import dependencies, files, hidden, identity, keys, powers, tools
from agentpm.lint.finding import Finding, Severity
from agentpm.lint.rule import Problem, Rule
from agentpm.lint.subject import Subject
from agentpm.lint.text import Text, replaced
from agentpm.model.agentfile import read_agent
from agentpm.model.frontmatter import MalformedAgent
from agentpm.permissions.table import ToolTable
from agentpm.values import dataclass

MALFORMED = Rule("malformed-agent", Severity.ERROR, "A file that cannot be read as an agent")
"""What the parser refuses, as Claude Code's does."""

NO_FRONT_MATTER = Rule("no-front-matter", Severity.ERROR, "A file without front matter")
"""What Claude Code passes over: nothing, not even a blank line, may stand before the first `---`."""

RULES: tuple[Rule, ...] = (
    MALFORMED,
    NO_FRONT_MATTER,
    *identity.RULES,
    *keys.RULES,
    *tools.RULES,
    *powers.RULES,
    *dependencies.RULES,
    *hidden.RULES,
    *files.RULES,
)
"""Every rule there is; each code occurs once."""

_ON_TEXT = tuple(rule for rule in RULES if rule.scan)
_ON_AGENT = tuple(rule for rule in RULES if rule.check)


def lint(raw: bytes, path: str, table: ToolTable) -> tuple[Finding, ...]:
    """What the rules find in the file `raw`, called `path` in messages, in the order of its lines."""
    text = Text(raw, path)
    found = [finding for rule in _ON_TEXT for finding in rule.on_text(text)]
    found += _on_agent(text, table)
    return tuple(sorted(found, key=lambda f: (f.where.line, f.where.column)))


def _on_agent(text: Text, table: ToolTable) -> Iterator[Finding]:
    try:
        agent = read_agent(text.raw, text.path)
    except MalformedAgent as error:
        yield MALFORMED.finding(Problem(error.message, error.where or text.at(1), error.hint))
        return
    if not agent.fenced:
        yield NO_FRONT_MATTER.finding(_unfenced(text))
        return
    subject = Subject.of(text, agent, table)
    for rule in _ON_AGENT:
        yield from rule.on_agent(subject)


def _unfenced(text: Text) -> Problem:
    lines = [number for number, line in enumerate(text.lines, start=1) if line.rstrip() == "---"]
    first = next((n for n, line in enumerate(text.lines, start=1) if line.strip()), 1)
    if lines and lines[0] > 1:
        message = "something stands before the front matter, so Claude Code passes over the file"
        return Problem(message, text.at(1), f"let the file begin with line {lines[0]}")
    if lines:
        message = "the front matter is not closed, so Claude Code passes over the file"
        return Problem(message, text.at(1, 1, 3), "add a line `---` below it")
    return Problem(
        "the file has no front matter, so Claude Code passes over it",
        text.at(first),
        "begin it with `---`, `name: …`, `description: …`, `---`",
    )


@dataclass(frozen=True, slots=True)
class Mended:
    """A file after the safe fixes: its bytes, what was fixed, what is left."""

    raw: bytes
    fixed: tuple[Finding, ...]
    left: tuple[Finding, ...]


def mend(raw: bytes, path: str, table: ToolTable) -> Mended:
    """Make the fixes that are safe, until there is none left to make."""
    fixed: list[Finding] = []
    left = lint(raw, path, table)
    while True:
        # A fix may uncover another: a key that counts now has names in the wrong case.
        raw, made = replaced(raw, [finding.fix for finding in left if finding.fix is not None])
        if not made:
            return Mended(raw, tuple(fixed), left)
        fixed += [finding for finding in left if finding.fix in made]
        left = lint(raw, path, table)
