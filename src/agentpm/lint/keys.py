"""Rules about the keys of the front matter."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from agentpm.lint.finding import Replacement, Severity
from agentpm.lint.rule import Problem, checks
from agentpm.lint.subject import Subject
from agentpm.model.grants import GRANT_KEYS
from agentpm.permissions.capability import shown
from agentpm.permissions.findings import ignored_keys

OWN_KEYS = ("version", "dependencies", "license", "repository")
"""What agentpm reads beside the harness."""

KNOWN_KEYS = (
    "name", "description", *GRANT_KEYS, "model", "maxTurns", "background", "effort", "isolation",
    "color", "initialPrompt", *OWN_KEYS,
)  # fmt: skip
"""Every key that somebody reads: Claude Code's reference `sub-agents`, then `OWN_KEYS`."""

_SLIP = 0.8


@checks("ignored-restriction", Severity.ERROR, "A key that looks like a restriction and is none")
def ignored_restriction(subject: Subject) -> Iterator[Problem]:
    """`allowed-tools` restricts skills, not agents: here the agent has every tool."""
    renamed: set[str] = set()
    for finding in ignored_keys(subject.agent.front, subject.table):
        meant = finding.suggestion or ""
        if meant in subject.agent.front:
            continue
        where = subject.key(finding.token)
        first = meant not in renamed
        renamed.add(meant)
        fix = Replacement(where.line, where.column, finding.token, meant) if first else None
        yield Problem(finding.text, where, f"write `{meant}`", fix)


@checks("ignored-key", Severity.WARNING, "A key that another one makes pointless")
def ignored_key(subject: Subject) -> Iterator[Problem]:
    """`allowed-tools` beside `tools`: only the second counts."""
    for finding in ignored_keys(subject.agent.front, subject.table):
        if finding.suggestion in subject.agent.front:
            hint = f"remove it: `{finding.suggestion}` is there, and counts alone"
            yield Problem(finding.text, subject.key(finding.token), hint)


@checks("duplicate-permission", Severity.ERROR, "A key that grants is there twice")
def duplicate_permission(subject: Subject) -> Iterator[Problem]:
    """Of equal keys the last one counts, which a reader of the first does not see."""
    yield from _duplicates(subject, permission=True)


@checks("duplicate-key", Severity.WARNING, "A key is there twice")
def duplicate_key(subject: Subject) -> Iterator[Problem]:
    """Of equal keys the last one counts."""
    yield from _duplicates(subject, permission=False)


def _duplicates(subject: Subject, *, permission: bool) -> Iterator[Problem]:
    for key, line in subject.agent.duplicates:
        if (key in GRANT_KEYS) == permission:
            where = subject.text.find(key, range(line, line + 1)) or subject.text.at(line)
            yield Problem(
                f"`{shown(key)}` is here, and again in line {subject.places[key].line}, "
                "which alone counts",
                where,
                "keep one of them",
            )


@checks("misspelt-key", Severity.WARNING, "A key is misspelt")
def misspelt_key(subject: Subject) -> Iterator[Problem]:
    """A key that is nearly one that counts."""
    for key, meant in _unknown(subject):
        if meant is not None:
            text = f"`{shown(key)}` is no key of an agent file, and is ignored"
            yield Problem(text, subject.key(key), f"did you mean `{meant}`?")


@checks("unknown-key", Severity.NOTE, "A key that nobody reads")
def unknown_key(subject: Subject) -> Iterator[Problem]:
    """A key of somebody's own; it does no harm in Claude Code, others refuse it."""
    for key, meant in _unknown(subject):
        if meant is None:
            yield Problem(
                f"{subject.table.title} does not know the key `{shown(key)}`, and ignores it",
                subject.key(key),
            )


def _unknown(subject: Subject) -> Iterator[tuple[str, str | None]]:
    """Each key that nobody reads, with the one it was probably meant to be."""
    for key in subject.agent.front:
        if key in KNOWN_KEYS or key in subject.table.ignored_keys:
            continue
        absent = [known for known in KNOWN_KEYS if known not in subject.agent.front]
        yield key, next((known for known in absent if _alike(key, known)), None)


def _alike(key: str, known: str) -> bool:
    plain = key.lower().replace("-", "").replace("_", "")
    return SequenceMatcher(None, plain, known.lower()).ratio() >= _SLIP


RULES = (
    ignored_restriction,
    ignored_key,
    duplicate_permission,
    duplicate_key,
    misspelt_key,
    unknown_key,
)
