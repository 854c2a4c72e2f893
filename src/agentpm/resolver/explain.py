"""Derivations as prose, a sentence a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from agentpm.resolver.clause import Clause, Learned
from agentpm.resolver.proof import Derivation
from agentpm.resolver.story import Block, Told, blocks, last_block
from agentpm.resolver.wording import Statement, Wording
from agentpm.values import dataclass

LINES = 30
"""How long a story may get before its middle is left out."""

SHORT = 5
"""How long the story of a further failure may be to be told unasked."""

LINKS = 3
"""How many statements make one sentence at most, not counting how it ends."""

STEPS = 3_000
"""How many steps a proof may have to be told from its beginning, where not all of it is asked for.

Whoever is shown thirty lines should not wait for ten thousand to be put into words.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of a story: what it states, and what it concludes from all before it, if that.

    `number` is the one under which others refer to the conclusion.
    """

    text: str
    states: tuple[Statement, ...] = ()
    concludes: Clause | None = None
    number: int | None = None


def explain(
    derivation: Derivation,
    further: Sequence[Derivation] = (),
    besides: Sequence[str] = (),
    *,
    verbose: bool = False,
) -> tuple[str, ...]:
    """Why there is no answer, and what would remain in the way; `besides` is what else is.

    At most `LINES` lines of the story, of others such as are short; all of them where `verbose`.
    """
    rest = [[f"also: {text}"] for text in besides]
    if verbose:
        return tuple(chain.from_iterable([*_paragraphs([derivation, *further]), *rest]))
    tellable = [each for each in further if _steps(each) <= STEPS]
    if _steps(derivation) <= STEPS:
        story, *others = _paragraphs([derivation, *tellable])
        shown = _shown(story)
    else:
        shown, others = _brief(derivation), list(_paragraphs(tellable, "also: "))
    left_out = 0
    for other in [*others, *rest]:
        if len(other) <= SHORT and len(shown) + len(other) <= LINES:
            shown = [*shown, *other]
        else:
            left_out += len(other)
    steps = sum(_steps(each) for each in further if each not in tellable)
    return (*shown, *_left_out(left_out), *_left_out(steps, "step"))


def _shown(story: list[str], most: int = LINES) -> list[str]:
    """The beginning and the end of a story, `most` lines with the one that stands between them."""
    if len(story) <= most:
        return story
    head = most // 3
    tail = most - head - 1
    return [*story[:head], *_left_out(len(story) - head - tail), *story[-tail:]]


def _left_out(count: int, what: str = "line") -> tuple[str, ...]:
    """What stands in the place of something that is left out, if anything is."""
    many = f"{count:,} more {what}{'s' if count > 1 else ''}"
    return (f"... {many} (`--verbose` shows them) ...",) if count else ()


def _steps(derivation: Derivation) -> int:
    """How many statements it takes at most to tell a proof."""
    causes = (node.cause for node in derivation.nodes())
    return sum(len(cause.causes) for cause in causes if isinstance(cause, Learned))


def _causes(derivation: Derivation) -> Sequence[Clause]:
    """What the end of a proof rests on."""
    cause = derivation.clause.cause
    return cause.causes if isinstance(cause, Learned) else ()


def _brief(derivation: Derivation) -> list[str]:
    """What a long proof comes to in the end, resting on what is left out; or how that begins."""
    found, after = last_lines_of(derivation)
    before = _left_out(_steps(derivation) - len(_causes(derivation)), "step")
    lines = _shown([line.text for line in found], LINES - len(before))
    return [*before, *lines, *_left_out(after, "step")]


def last_lines_of(derivation: Derivation, steps: int = STEPS) -> tuple[list[Line], int]:
    """The part of a story that ends it; only how that begins, where it has more than `steps`.

    Beside it, how many of its steps are left out.
    """
    wording = Wording(derivation.shelves)
    causes = len(_causes(derivation))
    block = last_block(derivation, wording, steps if causes <= steps else min(steps, LINES))
    sentences = _sentences(block.told)
    lines = [Line(_sentence(wording, each, {}), tuple(each)) for each in sentences]
    if not block.is_whole:
        return lines, causes - len(block.told)
    ending = _ending(wording, block, {})
    return [*lines, *([Line(ending, concludes=block.conclusion)] if ending else [])], 0


def _paragraphs(derivations: Iterable[Derivation], also: str = "") -> Iterator[list[str]]:
    """The stories one after the other, no two conclusions under one number."""
    number = 1
    for derivation in derivations:
        lines = lines_of(derivation, number)
        yield [f"{also}{lines[0].text}", *(line.text for line in lines[1:])]
        number += sum(line.number is not None for line in lines)
        also = "also: "


def lines_of(derivation: Derivation, first: int = 1) -> list[Line]:
    """The whole story, whose conclusions are numbered from `first`."""
    wording = Wording(derivation.shelves)
    told = [(block, _sentences(block.told)) for block in _referred_to(blocks(derivation, wording))]
    numbers = _numbers(told, first)
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
            number = numbers.get(block.conclusion)
            lines.append(Line(ending, concludes=block.conclusion, number=number))
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


def _numbers(
    told: Sequence[tuple[Block, Sequence[Sequence[Statement]]]], first: int
) -> dict[Clause, int]:
    """Numbers for what is referred to elsewhere than right behind it."""
    far: set[Clause] = set()
    previous: Clause | None = None
    for block, sentences in told:
        far |= {sentence[0].clause for sentence in sentences} - {previous}
        previous = block.conclusion
    concluded = [block.conclusion for block, _ in told if block.conclusion in far]
    return {clause: number for number, clause in enumerate(concluded, start=first)}


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
