"""Proofs of failure: from the one that the search came upon to one that is short.

What the search used is enough for a failure, and more than enough. So everything is left out in turn
that can be, and what remains is proved once more, in a few orders, of which the shortest proof wins.
All of this is done within a bound on work, so that explaining never takes longer than searching may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from agentpm.resolver.analysis import Contradiction
from agentpm.resolver.clause import Cause, Clause, Depends, Edge, Groups, Learned, Unusable
from agentpm.resolver.engine import Engine
from agentpm.resolver.problem import Unavailable
from agentpm.resolver.shelf import Shelf
from agentpm.values import dataclass, replace

Premise = Clause | Edge
"""Something that is true of the world by itself: a fact, a clash of names, what a package asks."""

PATIENCE = 120
"""With more premises than this, none is left out: such proofs are long, but hardly ever padded."""

LONG = 1_000
"""With more steps than this a proof is not looked for in another order: nobody will read it whole.

With fifty times as many, from more premises than this, it is told as it was found, except to those
who want to read all of it.
"""

WORK = 500_000
"""How much work all proofs together may take that are tried to find a short one: half a second.

The unit is `Engine.work`, and a premise that is stated counts as well.
"""


@dataclass(frozen=True, slots=True)
class Derivation:
    """Why there is no answer: a clause without terms, which `Learned` causes lead to.

    `shelves` are the packages that the clauses speak of, by index.
    """

    clause: Clause
    shelves: tuple[Shelf, ...]

    def nodes(self) -> list[Clause]:
        """Every clause of the derivation once, causes before what follows from them."""
        return _nodes(self.clause)


def _nodes(conclusion: Clause) -> list[Clause]:
    found: dict[Clause, None] = {}
    stack = [(conclusion, _causes(conclusion))]
    while stack:
        clause, causes = stack[-1]
        cause = next(causes, None)
        if cause is None:
            found.setdefault(clause)
            stack.pop()
        elif cause not in found:
            stack.append((cause, _causes(cause)))
    return list(found)


def _causes(clause: Clause) -> Iterator[Clause]:
    return iter(clause.cause.causes if isinstance(clause.cause, Learned) else ())


def shortest(derivation: Derivation, work: int = WORK, *, patient: bool = False) -> Derivation:
    """A derivation of the same failure from as few premises as can be found within so much work.

    One that is longer than anybody reads is only looked at where somebody is `patient`.
    """
    premises, shelves = _separate(derivation)
    if not patient and len(premises) > LONG and _length(derivation) > 50 * LONG:
        return derivation
    prover = _Prover(shelves, work)
    with suppress(_Spent):
        if len(premises) <= PATIENCE:
            premises = _needed(premises, prover)
        for order in (_fewest, _first, _last):
            prover.prove(premises, order)
            if _length(Derivation(prover.found[-1], shelves)) > LONG:
                break
    found = [Derivation(clause, shelves) for clause in prover.found]
    return min(found, key=_length, default=derivation)


def _length(derivation: Derivation) -> int:
    learned = (node.cause for node in derivation.nodes() if isinstance(node.cause, Learned))
    return sum(2 + len(cause.causes) for cause in learned)


def _separate(derivation: Derivation) -> tuple[list[Premise], tuple[Shelf, ...]]:
    """The premises of a derivation, in a world with no other packages, in the order of names."""
    leaves = [node for node in derivation.nodes() if not isinstance(node.cause, Learned)]
    old = sorted(
        {package for leaf in leaves for package in _mentioned(leaf)},
        key=lambda each: (derivation.shelves[each].id.name, derivation.shelves[each].id.source),
    )
    new = {package: index for index, package in enumerate(old)}
    premises: dict[object, Premise] = {}
    for leaf in leaves:
        if isinstance(leaf.cause, Depends):
            edge = leaf.cause.edge
            start, end = (new[each] for each in edge.ends)
            premises.setdefault((start, end), Edge(start, end, _given(edge.groups)))
        else:
            terms = {new[package]: held for package, held in leaf.terms.items()}
            key = (tuple(terms), _said(leaf.cause))
            known = premises.get(key)
            stated = Clause(terms, leaf.cause)
            premises[key] = _merged(known, stated) if isinstance(known, Clause) else stated
    ordered = sorted(premises.values(), key=_place)
    return ordered, tuple(derivation.shelves[each] for each in old)


def _said(cause: Cause) -> str:
    """What facts have in common that are told as one, whatever would help each of them."""
    if isinstance(cause, Unusable):
        return f"{cause.reason.kind} {cause.reason.shared}"
    return str(cause)


def _merged(one: Clause, other: Clause) -> Clause:
    """What is true of two releases for one reason, as one sentence says it."""
    terms = {package: held | one.terms[package] for package, held in other.terms.items()}
    cause = one.cause
    if isinstance(cause, Unusable) and isinstance(other.cause, Unusable):
        cause = Unusable(_together(cause.reason, other.cause.reason))
    return Clause(terms, cause)


def _together(one: Unavailable, other: Unavailable) -> Unavailable:
    """What two reasons say in one, with something that helps at least one of them."""
    text = one.text if one.text == other.text else one.shared
    return replace(one, text=text, hint=one.hint or other.hint)


def _place(premise: Premise) -> tuple[bool, tuple[int, ...], str, int, str]:
    """Facts come first, in the order of packages, those of one kind from the oldest release on."""
    if isinstance(premise, Edge):
        return True, premise.ends, "", 0, ""
    lowest = min(held & -held for held in premise.terms.values())
    kind = type(premise.cause).__name__
    return False, tuple(premise.terms), kind, lowest, str(premise.cause)


def _given(groups: Groups) -> Callable[[int, int], Groups]:
    return lambda _start, _end: groups


def _nothing(_package: int) -> tuple[()]:
    """What releases ask is among the premises."""
    return ()


def _mentioned(leaf: Clause) -> tuple[int, ...]:
    return leaf.cause.edge.ends if isinstance(leaf.cause, Depends) else tuple(leaf.terms)


class _Spent(Exception):
    """The work that proofs may take is done."""


Order = Callable[[Engine, list[int]], int]
"""Which of some packages is decided next."""


class _Prover:
    """Proves that premises cannot all hold; `found` are the proofs, the best of their kind last.

    `left` is how much work it may still do.
    """

    def __init__(self, shelves: Sequence[Shelf], left: int) -> None:
        self.shelves = shelves
        self.left = left
        self.found: list[Clause] = []

    def prove(self, premises: Sequence[Premise], order: Order) -> bool:
        """Whether a clause without terms follows from the premises.

        Raises:
            _Spent: all work was done before that was known.
        """
        engine = Engine()
        self.left -= len(premises)
        try:
            return self._contradict(engine, premises, order)
        except Contradiction as failure:
            self.found.append(failure.clause)
            return True
        finally:
            self.left -= engine.work

    def _contradict(self, engine: Engine, premises: Sequence[Premise], order: Order) -> bool:
        for shelf in self.shelves:
            engine.add_package(shelf.every, shelf.absent)
        for premise in premises:
            _state(engine, premise)
        while True:
            conflict = engine.propagate(_nothing)
            if engine.work > self.left:
                raise _Spent
            if conflict is not None:
                engine.learn(conflict)
                continue
            undecided = [
                package
                for package, domain in enumerate(engine.domain)
                if domain & (domain - 1) and not domain & engine.absent[package]
            ]
            if not undecided:
                return False
            package = order(engine, undecided)
            engine.decide(package, 1 << engine.domain[package].bit_length() >> 1)


def _needed(premises: Sequence[Premise], prover: _Prover) -> list[Premise]:
    """What remains when every premise has been left out that can be."""
    kept = list(premises)
    for premise in premises:
        fewer = [each for each in kept if each is not premise]
        if len(fewer) < len(kept) and prover.prove(fewer, _fewest):
            used = _used(prover.found[-1])
            kept = [each for each in fewer if each in used]
            del prover.found[:-1]
    return kept


def _used(proof: Clause) -> set[Premise]:
    """The premises that a proof rests on."""
    leaves = (node for node in _nodes(proof) if not isinstance(node.cause, Learned))
    return {leaf.cause.edge if isinstance(leaf.cause, Depends) else leaf for leaf in leaves}


def _state(engine: Engine, premise: Premise) -> None:
    if isinstance(premise, Edge):
        engine.add_edge(premise)
    elif len(premise.terms) == 1:
        engine.add_fact(next(iter(premise.terms)), premise)
    else:
        engine.add_clause(premise)


def _fewest(engine: Engine, packages: list[int]) -> int:
    return min(packages, key=lambda each: engine.domain[each].bit_count())


def _first(_engine: Engine, packages: list[int]) -> int:
    return packages[0]


def _last(_engine: Engine, packages: list[int]) -> int:
    return packages[-1]
