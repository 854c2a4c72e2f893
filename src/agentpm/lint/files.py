"""Rules about the file as a whole: its encoding, its ending, the length of the prompt."""

from __future__ import annotations

from collections.abc import Iterator

from agentpm.lint.finding import Severity
from agentpm.lint.rule import Problem, checks, scans
from agentpm.lint.subject import Subject
from agentpm.lint.text import Text

COPILOT_LIMIT = 30_000
"""Characters of a prompt that GitHub Copilot takes (its reference of custom agents)."""


@scans("not-utf8", Severity.WARNING, "Bytes that are not UTF-8")
def not_utf8(text: Text) -> Iterator[Problem]:
    """Claude Code shows the model a replacement character for each."""
    try:
        text.raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = text.raw[: error.start].decode("utf-8", "replace").removeprefix("\ufeff")
        lines = Text(before.encode(), text.path).lines
        yield Problem(
            f"the byte 0x{text.raw[error.start]:02x} is not UTF-8",
            text.at(len(lines), len(lines[-1]) + 1),
            "save the file as UTF-8",
        )


@scans("file-ending", Severity.WARNING, "A file that Claude Code does not see")
def file_ending(text: Text) -> Iterator[Problem]:
    """Only files that end in `.md`, in lower case, are read."""
    if not text.path.endswith(".md"):
        yield Problem(
            "Claude Code reads only files whose name ends in `.md`",
            text.at(1, 1, len(text.lines[0])),
            "rename the file",
        )


@checks("empty-prompt", Severity.WARNING, "No prompt")
def empty_prompt(subject: Subject) -> Iterator[Problem]:
    """An agent without a prompt is only a list of tools; Factory refuses it."""
    if not subject.agent.body.strip():
        yield Problem(
            "the agent has no prompt",
            subject.text.at(subject.agent.body_line),
            "write below the front matter what the agent is to do",
        )


@checks("overlong-prompt", Severity.WARNING, "A prompt too long for Copilot")
def overlong_prompt(subject: Subject) -> Iterator[Problem]:
    """Copilot takes at most 30,000 characters."""
    length = len(subject.agent.body)
    if length > COPILOT_LIMIT:
        yield Problem(
            f"the prompt has {length:,} characters, GitHub Copilot takes {COPILOT_LIMIT:,}",
            subject.text.at(subject.agent.body_line),
            "move what is rarely needed into files that the agent reads",
        )


RULES = (not_utf8, file_ending, empty_prompt, overlong_prompt)
