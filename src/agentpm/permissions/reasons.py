"""Why an agent has a power: the key that grants it, and the token in it."""

from __future__ import annotations

from collections.abc import Iterable

from agentpm.permissions.findings import ToolFinding
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One ground for one power.

    `capability` is the word granted, `key` the front-matter key that grants it, `token` what stands
    there as written (empty where the key is absent, and grants by that), `tool` the tool it comes
    with (empty where no tool is involved), `text` all of it in plain words.
    """

    capability: str
    key: str
    token: str
    tool: str
    text: str


@dataclass(frozen=True, slots=True)
class Program:
    """A program that the agent's file makes the harness run, or a server that it connects to.

    `capability` holds the digest of its whole configuration. `command` is what a person has to
    read before saying yes, as the file says it: a terminal must escape it.
    """

    capability: str
    key: str
    title: str
    command: str


@dataclass(frozen=True, slots=True)
class Part:
    """What one front-matter key comes to: grounds, oddities, programs, tools given by name."""

    reasons: tuple[Reason, ...] = ()
    findings: tuple[ToolFinding, ...] = ()
    programs: tuple[Program, ...] = ()
    tools: tuple[str, ...] = ()


NO_PART = Part()


def joined(parts: Iterable[Part]) -> Part:
    """All of `parts` as one, in their order."""
    full = [part for part in parts if part is not NO_PART]
    if len(full) < 2:
        return full[0] if full else NO_PART
    return Part(
        tuple(reason for part in full for reason in part.reasons),
        tuple(finding for part in full for finding in part.findings),
        tuple(program for part in full for program in part.programs),
        tuple(tool for part in full for tool in part.tools),
    )
