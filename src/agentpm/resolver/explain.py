"""Derivations as prose, a sentence a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentpm.resolver.clause import Clause
from agentpm.resolver.proof import Derivation
from agentpm.resolver.story import Block, Told, blocks
from agentpm.resolver.wording import Statement, Wording
from agentpm.values import dataclass

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
    told = [(block, _sentences(block.told)) for block in _referred_to(blocks(derivation, wording))]
    numbers = _numbers(told)
    lines: list[Line] = []
    previous: Block | None = None
    for block, sentences in told:
        lines += [
            Line(_sentence(wording, sentence, numbers), tuple(sentence))
            for sentence in sentences
            if previous is None or sentence[0].clause is not previous.conclusion
        ]
        ending = _ending(wording, block, numbers)
        if ending:
            lines.append(Line(ending, concludes=block.conclusion))
        previous = block
    return lines


def _referred_to(told: Sequence[Block]) -> list[Block]:
    """The blocks without those whose conclusion no later one needs."""
    needed: set[Clause] = set()
    kept: list[Block] = []
    for block in reversed(told):
        if not block.conclusion.terms or block.conclusion in needed:
            kept.append(block)
            needed |= {each.statement.clause for each in block.told}
    return kept[::-1]


def _numbers(told: Sequence[tuple[Block, Sequence[Sequence[Statement]]]]) -> dict[Clause, int]:
    """Numbers, counted from 1, for what is referred to elsewhere than right behind it."""
    far: set[Clause] = set()
    previous: Clause | None = None
    for block, sentences in told:
        far |= {sentence[0].clause for sentence in sentences} - {previous}
        previous = block.conclusion
    concluded = [block.conclusion for block, _ in told if block.conclusion in far]
    return {clause: number for number, clause in enumerate(concluded, start=1)}


def _ending(wording: Wording, block: Block, numbers: Mapping[Clause, int]) -> str:
    if block.conclusion.terms:
        number = numbers.get(block.conclusion)
        suffix = f" ({number})" if number is not None else ""
        return f"so {wording.conclusion(block.conclusion)}{suffix}"
    name = wording.name(block.last)
    last = block.told[-1].statement
    about = [each.statement for each in block.told if each.package == block.last]
    if last.goal is None and (last.subject is not None or len(about) == 1):
        return ""
    if len(about) == 2 and all(
        each.goal is not None and each.goal.package == block.last for each in about
    ):
        shelf = wording.shelves[block.last]
        apart = "" if shelf.opened or not shelf.prereleases else ", pre-releases apart"
        return f"no release of {name} is in both ranges{apart}"
    return f"so no release of {name} is left"


def _sentences(told: Sequence[Told]) -> list[list[Statement]]:
    """Statements that go on from one another, put together."""
    sentences: dict[int, list[Statement]] = {}
    # Where to look: sentences by the package that they end with, or begin with. A story of a
    # thousand sentences would else be gone through for each of them.
    ends: dict[int | None, list[int]] = {}
    starts: dict[int | None, list[int]] = {}
    for place, each in enumerate(told):
        statement = each.statement
        open_ones = (at for at in ends.get(_subject(statement), ()) if at in sentences)
        at = max((at for at in open_ones if _goes_on(sentences[at], statement)), default=place)
        sentence = sentences.setdefault(at, [])
        sentence.append(statement)
        if at == place:
            alone = (
                at for at in starts.get(_goal(statement), ()) if len(sentences.get(at, ())) == 1
            )
            reasons = (at for at in alone if _explains(sentences[at][0], each))
            sentence += sentences.pop(min(reasons, default=-1), ())
            beginning = _goal(statement) if statement.subject is None else _subject(statement)
            starts.setdefault(beginning, []).append(place)
        ends.setdefault(_goal(sentence[-1]), []).append(at)
    return list(sentences.values())


def _subject(statement: Statement) -> int | None:
    return statement.subject.package if statement.subject is not None else None


def _goal(statement: Statement) -> int | None:
    return statement.goal.package if statement.goal is not None else None


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


def _sentence(
    wording: Wording, statements: Sequence[Statement], numbers: Mapping[Clause, int]
) -> str:
    text = wording.sentence(statements[0])
    number = numbers.get(statements[0].clause)
    if number is not None:
        text = f"by ({number}), {text}"
    for each in statements[1:]:
        text += f", {wording.which(each)} {each.said}"
    return text
