"""Rules about who an agent is: its name, and the description by which it is chosen."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from agentpm.errors import AgentpmError
from agentpm.lint.finding import Severity
from agentpm.lint.rule import Problem, checks
from agentpm.lint.subject import Subject
from agentpm.model.name import AgentName
from agentpm.model.version import InvalidVersion, parse_version
from agentpm.permissions.capability import shown

FACTORY_LIMIT = 500
"""Characters of a description that Factory takes (its reference `custom-droids`)."""
SKILL_LIMIT = 1024
"""Characters of a description after the Agent Skills specification."""

_LOOKALIKES = str.maketrans(
    "АВЕЅЗІЈКМНОРСТУХаеорсухіјѕһԁԛԝԚԜӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧορνικυτɑɡɩ‐‑‒–—−",  # noqa: RUF001 # they are what is meant
    "ABES3IJKMHOPCTYXaeopcyxijshdqwQWlABEZHIKMNOPTYXopvikutagi------",
)
"""Letters of other scripts that read as Latin ones in most typefaces (a part of Unicode's
`confusables.txt`, UTS #39), with the dashes."""


def lookalike(text: str) -> str | None:
    """The plain ASCII text that `text` passes for without being it, or None."""
    if text.isascii():
        return None
    plain = unicodedata.normalize("NFKC", text.translate(_LOOKALIKES))
    return plain if plain.isascii() and plain != text else None


@checks("missing-name", Severity.ERROR, "No name")
def missing_name(subject: Subject) -> Iterator[Problem]:
    """Claude Code passes over an agent without a name, and says so nowhere."""
    if subject.agent.name is None:
        there = subject.agent.front.get("name") is not None
        message = "`name` is no text" if there else "the agent has no `name`"
        yield Problem(
            f"{message}, so Claude Code passes over it",
            subject.key("name"),
            "add a line `name: what-it-does`",
        )


@checks("bad-name", Severity.ERROR, "A name that cannot be published")
def bad_name(subject: Subject) -> Iterator[Problem]:
    """Names are lower-case letters and digits, joined by single hyphens."""
    name = subject.agent.name
    if name is None or lookalike(name):
        return
    try:
        AgentName(name)
    except AgentpmError as error:
        yield Problem(error.message, subject.value("name"), error.hint)


@checks("homoglyph", Severity.ERROR, "Letters that pass for others")
def homoglyph(subject: Subject) -> Iterator[Problem]:
    """A name, a key or a tool that reads as one thing and is another."""
    words = [("name", subject.agent.name or "")]
    words += [("tools", token) for token in subject.report.literal or ()]
    for key, word in words:
        if (plain := lookalike(word)) is not None:
            yield _passes_for(subject, key, word, plain)
    for key in subject.agent.front:
        if (plain := lookalike(key)) is not None:
            yield _passes_for(subject, key, key, plain)


def _passes_for(subject: Subject, key: str, word: str, plain: str) -> Problem:
    odd = next((c for c in word if not c.isascii()), "")
    where = subject.key(key) if key == word else subject.within(key, word)
    return Problem(
        f"`{shown(word)}` reads as `{plain}`, but `{odd}` is U+{ord(odd):04X}, "
        f"{unicodedata.name(odd, 'an unnamed character').lower()}",
        where,
        f"write `{plain}` in plain letters",
    )


@checks("name-not-file-name", Severity.WARNING, "Name and file name differ")
def name_not_file_name(subject: Subject) -> Iterator[Problem]:
    """Claude Code goes by the name inside, Copilot by the file's: people look for one and find none."""
    name, stem = subject.agent.name, _stem(subject.text.path)
    if name is not None and stem is not None and name != stem:
        yield Problem(
            f"the agent is called `{shown(name)}`, its file `{shown(stem)}.md`",
            subject.value("name"),
            "give both the same name",
        )


def _stem(path: str) -> str | None:
    """The file's name without its ending, None where it is no word that a person chose.

    In a registry the file is called after the version, and the folder after the agent.
    """
    folder, _, name = path.replace("\\", "/").rpartition("/")
    if not name.lower().endswith(".md"):
        return None
    stem = name[:-3].removesuffix(".agent")
    try:
        parse_version(stem)
    except InvalidVersion:
        return stem or None
    return folder.rpartition("/")[2] or None


@checks("missing-description", Severity.ERROR, "No description")
def missing_description(subject: Subject) -> Iterator[Problem]:
    """Claude Code passes over an agent without one; it decides by it whom to ask."""
    if subject.agent.description is None:
        there = subject.agent.front.get("description") is not None
        message = "`description` is no text" if there else "the agent has no `description`"
        yield Problem(
            f"{message}, so Claude Code passes over it",
            subject.key("description"),
            "say when to use it: `description: Use for …`",
        )


@checks("long-description", Severity.NOTE, "A description too long for Factory")
def long_description(subject: Subject) -> Iterator[Problem]:
    """Factory takes at most 500 characters."""
    length = len(subject.agent.description or "")
    if FACTORY_LIMIT < length <= SKILL_LIMIT:
        yield Problem(
            f"the description has {length} characters, Factory takes {FACTORY_LIMIT}",
            subject.key("description"),
        )


@checks("overlong-description", Severity.WARNING, "A description too long for most")
def overlong_description(subject: Subject) -> Iterator[Problem]:
    """Agent Skills take at most 1,024 characters; every one is read in every session."""
    length = len(subject.agent.description or "")
    if length > SKILL_LIMIT:
        yield Problem(
            f"the description has {length:,} characters: Agent Skills take {SKILL_LIMIT:,}, "
            f"Factory {FACTORY_LIMIT}, and every session pays for all of them",
            subject.key("description"),
            "say in a sentence or two when to use the agent; the rest belongs in the prompt",
        )


RULES = (
    missing_name,
    bad_name,
    homoglyph,
    name_not_file_name,
    missing_description,
    long_description,
    overlong_description,
)
