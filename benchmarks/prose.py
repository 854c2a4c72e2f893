"""Agent files such as people write them, in any number.

The same name and version always give the same bytes. The words come from small lists, so that a
file compresses about as well as English does; what they say makes no sense.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

AGENT_BYTES = 5000
"""The size that files are written up to, about that of a published agent."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIELDS = _words(
    "accessibility analytics android api archive audit backup billing browser build cache catalog "
    "checkout cloud compiler container contract cost dashboard database deployment desktop email "
    "embedded export feature frontend gateway graph identity image import incident index inventory "
    "kernel latency ledger library locale logging mail map messaging metrics migration mobile"
)
_ROLES = _words(
    "reviewer engineer auditor tester writer architect debugger planner analyst migrator optimizer "
    "maintainer triager designer documenter operator profiler researcher refactorer releaser"
)
_TOOLS = (
    "Read, Grep, Glob",
    "Read, Grep, Glob, Bash",
    "Read, Write, Edit, Bash",
    "Read, Write, Edit, Bash, Grep, Glob, WebFetch",
    "Read, Edit, Grep, TodoWrite",
)
_VERBS = _words(
    "check read compare measure name question trace keep remove split test write describe report "
    "prefer avoid replace reproduce record follow confirm list mark move narrow open order own"
)
_NOUNS = _words(
    "assumption boundary branch budget caller change comment commit condition configuration "
    "contract counter credential cursor decision default dependency deployment document edge error "
    "example failure field file fixture flag function history identifier import input interface "
    "invariant journal key lock log loop message method migration module name number option output "
    "owner parameter path payload permission pipeline policy queue reader record release request "
    "requirement resource response result retry rollback schema script secret section session "
    "setting signal state step suite table task template test threshold token transaction type unit "
    "user value variable version warning window worker"
)
_JOINTS = _words("before after beside against without from behind for within above")
_ENDS = (
    "and say so",
    "even if it takes longer",
    "or ask",
    "unless the owner objects",
    "and leave the rest alone",
    "since nobody else will",
    "and give the line number",
)
_SECTIONS = ("Scope", "Before you begin", "How you work", "What you never do", "Report", "Done")


@dataclass(frozen=True, slots=True)
class Agent:
    """One release of an agent: `dependencies` are written as in a file, `reviewer ^1.0`."""

    name: str
    version: str
    description: str
    tools: str
    dependencies: tuple[str, ...]
    content: bytes


def name_of(number: int) -> str:
    """The name of the agent with a number: two words, and a third part where those run out."""
    field, rest = number % len(_FIELDS), number // len(_FIELDS)
    role, series = rest % len(_ROLES), rest // len(_ROLES)
    name = f"{_FIELDS[field]}-{_ROLES[role]}"
    return f"{name}-{series + 1}" if series else name


def number_of(name: str) -> int | None:
    """The number of the agent with a name; None where no number has that name."""
    field, _, rest = name.partition("-")
    role, dash, series = rest.partition("-")
    if field not in _FIELDS or role not in _ROLES or (dash and not series.isdecimal()):
        return None
    place = int(series) - 1 if dash else 0
    number = _FIELDS.index(field) + len(_FIELDS) * (_ROLES.index(role) + len(_ROLES) * place)
    return number if number >= 0 and name_of(number) == name else None


def agent(
    name: str, version: str, dependencies: Sequence[str] = (), size: int = AGENT_BYTES
) -> Agent:
    """The agent file of a release, of about `size` bytes. Releases of a name differ in one line."""
    words = random.Random(name)
    described = _description(name, words)
    tools = words.choice(_TOOLS) + (", Agent" if dependencies else "")
    head = ["---", f"name: {name}", f"version: {version}", f"description: {described}"]
    head += ["license: MIT", f"tools: {tools}"]
    if dependencies:
        head += ["dependencies:", *(f"  - {dependency}" for dependency in dependencies)]
    text = "\n".join([*head, "---", "", _sentence(random.Random(f"{name} {version}")), ""])
    while len(text) < size - 200:
        text += f"\n## {_SECTIONS[words.randrange(len(_SECTIONS))]}\n\n"
        text += "".join(f"- {_sentence(words)}\n" for _ in range(8))
    return Agent(name, version, described, tools, tuple(dependencies), text.encode())


def _description(name: str, words: random.Random) -> str:
    field, role = name.split("-")[:2]
    one, other, last = words.sample(_NOUNS, 3)
    return (
        f"Use the {field} {role} when a {one} of the {field} needs a second look, or when a {other} "
        f"changes. {words.choice(_VERBS).title()}s every {last} and reports what it found."
    )


def _sentence(words: random.Random) -> str:
    one, other, last = words.sample(_NOUNS, 3)
    verb, joint, end = words.choice(_VERBS), words.choice(_JOINTS), words.choice(_ENDS)
    return f"{verb.title()} the {one} {joint} the {other} of each {last}, {end}."
