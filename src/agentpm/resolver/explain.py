"""Derivations as prose, a sentence a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agentpm.resolver.clause import Clause
from agentpm.resolver.proof import Derivation
from agentpm.resolver.story import Block, Told, blocks
from agentpm.resolver.wording import Statement, Wording

LINES = 30
"""How long a story may get before its middle is left out."""

LINKS = 3
"""How many statements make one sentence at most, not counting how it ends."""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of a story: what it states, and what it concludes from all before it, if that."""

    text: str
    states: tuple[Statement, ...] = ()
    concludes: Clause | None = None


def explain(derivation: Derivation, *, verbose: bool = False) -> tuple[str, ...]:
    """Why there is no answer: at most `LINES` lines, all of them where `verbose`."""
    lines = [line.text for line in lines_of(derivation)]
    if verbose or len(lines) <= LINES:
        return tuple(lines)
    head = LINES // 3
    tail = LINES - head - 1
    left_out = f"... {len(lines) - head - tail} more lines (`--verbose` shows them) ..."
    return (*lines[:head], left_out, *lines[-tail:])


def lines_of(derivation: Derivation) -> list[Line]:
    """The whole story."""
    wording = Wording(derivation.shelves)
    lines: list[Line] = []
    previous: Block | None = None
    told = blocks(derivation, wording)
    for block in told:
        sentences = _sentences(block.told)
        lines += [
            Line(_sentence(wording, sentence), tuple(sentence))
            for sentence in sentences
            if previous is None or sentence[0].clause is not previous.conclusion
        ]
        ending = _ending(wording, block)
        if ending:
            lines.append(Line(ending, concludes=block.conclusion))
        previous = block
    return lines


def _ending(wording: Wording, block: Block) -> str:
    if block.conclusion.terms:
        return f"so {wording.conclusion(block.conclusion)} ({wording.number(block.conclusion)})"
    name = wording.name(block.last)
    last = block.told[-1].statement
    about = [each.statement for each in block.told if each.package == block.last]
    if last.goal is None and (last.subject is not None or len(about) == 1):
        return ""
    if len(about) == 2 and all(
        each.goal is not None and each.goal.package == block.last for each in about
    ):
        return f"no release of {name} is in both ranges"
    return f"so no release of {name} is left"


def _sentences(told: Sequence[Told]) -> list[list[Statement]]:
    """Statements that go on from one another, put together."""
    sentences: list[list[Statement]] = []
    for each in told:
        statement = each.statement
        before = next((s for s in reversed(sentences) if _goes_on(s, statement)), None)
        if before is not None:
            before.append(statement)
            continue
        reason = next((s for s in sentences if len(s) == 1 and _explains(s[0], each)), [])
        if reason:
            sentences.remove(reason)
        sentences.append([statement, *reason])
    return sentences


def _goes_on(sentence: Sequence[Statement], statement: Statement) -> bool:
    """Whether a statement is about what a sentence ends with."""
    goal, subject = sentence[-1].goal, statement.subject
    return (
        goal is not None
        and subject is not None
        and goal.package == subject.package
        and not goal.releases & ~subject.releases
        and (len(sentence) < LINKS or statement.goal is None)
    )


def _explains(reason: Statement, told: Told) -> bool:
    """Whether `reason`, said before, is why a statement leaves less of what it is itself about."""
    statement = told.statement
    if statement.goal is None or statement.subject is None:
        return False
    if told.package != statement.subject.package:
        return False
    if reason.subject is not None:
        return _goes_on([statement], reason)
    return (
        reason.goal is not None
        and reason.goal.package == statement.goal.package
        and not reason.goal.releases & statement.goal.releases
    )


def _sentence(wording: Wording, statements: Sequence[Statement]) -> str:
    text = wording.sentence(statements[0])
    for each in statements[1:]:
        text += f", {wording.which(each)} {each.said}"
    return text
