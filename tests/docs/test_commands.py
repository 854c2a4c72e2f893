"""Every command and every flag is documented, and nothing documented is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from agentpm.cli.app import build
from agentpm.cli.roster import COMMANDS, GROUPS
from agentpm.ops.installed import STATES
from agentpm.ops.listing import NOT_LOCKED
from docs.pages import commands, page

PAGE = page("docs/reference/cli.md")
SECTIONS = PAGE.sections(3)
SHARED = PAGE.sections(2)["Shared flags"]

_FLAG = re.compile(r"`(-{1,2}[a-zA-Z][a-z-]*)")
_FIRST_COLUMN = re.compile(r"^\| (`-.*?) \|", re.MULTILINE)
_SHARED_LINE = re.compile(r"^Shared flags: (.+?)\.\n", re.MULTILINE | re.DOTALL)


APPLICATION: Any = typer.main.get_command(build(None))


def _commands() -> Iterator[tuple[str, Any]]:
    """Every command with its full name, in the order of the program's own list, groups last."""
    for name in COMMANDS:
        yield name, APPLICATION.commands[name]
    for group in GROUPS:
        for name, command in APPLICATION.commands[group].commands.items():
            yield f"{group} {name}", command


ALL = dict(_commands())
every_command = pytest.mark.parametrize("name", ALL)


def _flags(command: Any) -> set[str]:
    """The flags of a command, long and short; `--help` belongs to all of them."""
    options = (flag for parameter in command.params for flag in parameter.opts if flag[0] == "-")
    return set(options) - {"--help", "-h"}


def _own(section: str) -> set[str]:
    return {flag for cell in _FIRST_COLUMN.findall(section) for flag in _FLAG.findall(cell)}


def _shared(section: str) -> set[str]:
    return {flag for text in _SHARED_LINE.findall(section) for flag in _FLAG.findall(text)}


def test_every_command_has_its_section_and_no_other() -> None:
    """Who looks up a command finds it; what was removed is not looked up in vain."""
    assert set(SECTIONS) == {f"agentpm {name}" for name in ALL}


@every_command
def test_a_section_has_exactly_the_flags_of_its_command(name: str) -> None:
    """A flag that is not here does not exist for most people, and one that is gone misleads them."""
    section = SECTIONS[f"agentpm {name}"]
    long = {flag for flag in _flags(ALL[name]) if flag.startswith("--")}
    shown = {flag for flag in _own(section) | _shared(section) if flag.startswith("--")}
    assert shown == long


@every_command
def test_a_short_flag_stands_beside_its_long_one(name: str) -> None:
    """`-i` alone says nothing; in the table it stands with `--invert`."""
    short = {flag for flag in _flags(ALL[name]) if not flag.startswith("--")}
    assert short <= _own(SECTIONS[f"agentpm {name}"]) | _own(SHARED)


@every_command
def test_a_shared_flag_is_explained_once(name: str) -> None:
    """A section may name a flag in passing only where the page explains it."""
    assert _shared(SECTIONS[f"agentpm {name}"]) <= _own(SHARED)


@every_command
def test_a_section_begins_with_how_to_type_the_command(name: str) -> None:
    """Before all words."""
    assert SECTIONS[f"agentpm {name}"].strip().startswith(f"```text\nagentpm {name}")


@every_command
def test_a_command_explains_itself(name: str) -> None:
    """`--help` says in a sentence what the command does, and what each argument and flag is."""
    command = ALL[name]
    assert command.help
    assert command.help.strip()
    assert all(getattr(parameter, "help", None) for parameter in command.params)


@pytest.mark.parametrize("name", [*COMMANDS, *GROUPS])
def test_help_shows_examples_that_can_be_typed(name: str) -> None:
    """Examples are read before anything else, and copied."""
    command = APPLICATION.commands[name]
    texts = [command.epilog or ""]
    texts += [sub.epilog or "" for sub in getattr(command, "commands", {}).values()]
    examples = [words for text in texts for words in commands(_typed(text))]
    assert examples
    for first, *rest in examples:
        used = APPLICATION.commands[first]
        inner = rest[0] if first in GROUPS else ""
        with (used.commands[inner] if inner else used).make_context(first, rest[bool(inner) :]):
            pass  # parsed as the program parses it; nothing is run


def _typed(epilog: str) -> str:
    """The examples of an epilog without what explains them, two blanks or more to the right."""
    lines = (line.strip() for line in epilog.splitlines() if "agentpm " in line)
    return "\n".join(re.split(r"\s{2,}", line)[0] for line in lines)


def test_the_states_of_an_agent_are_explained() -> None:
    """The words of `agentpm list` are words of agentpm, and mean exactly one thing each."""
    table = re.findall(r"^\| `([a-z' -]+)` \|", SECTIONS["agentpm list"], re.MULTILINE)
    assert set(table) == {*STATES, NOT_LOCKED}
