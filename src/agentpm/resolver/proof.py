"""Proofs of failure: from the one that the search came upon to one that is short.

What the search used is enough for a failure, and more than enough. So everything is left out in turn
that can be, and what remains is proved once more, in a few orders, of which the shortest proof wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from agentpm.resolver.analysis import Contradiction
from agentpm.resolver.clause import Clause, Depends, Edge, Groups, Learned
from agentpm.resolver.engine import Engine
from agentpm.resolver.shelf import Shelf
from agentpm.values import dataclass

Premise = Clause | Edge
"""Something that is true of the world by itself: a fact, a clash of names, what a package asks."""

PATIENCE = 120
"""With more premises than this, none is left out: such proofs are long, but hardly ever padded."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """Why there is no answer: a clause without terms, which `Learned` causes lead to.

    `shelves` are the packages that the clauses speak of, by index.
    """

    clause: Clause
    shelves: tuple[Shelf, ...]

    def nodes(self) -> list[Clause]:
        """Every clause of the derivation once, causes before what follows from them."""
        found: dict[Clause, None] = {}
        stack = [(self.clause, _causes(self.clause))]
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


def shortest(derivation: Derivation) -> Derivation:
    """A derivation of the same failure from as few premises as can be found."""
    premises, shelves = _separate(derivation)
    if len(premises) <= PATIENCE:
        premises = _needed(premises, shelves)
    proofs = (_prove(premises, shelves, order) for order in (_fewest, _first, _last))
    found = [Derivation(clause, shelves) for clause in proofs if clause is not None]
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
            key = (tuple(terms), str(leaf.cause))
            known = premises.get(key)
            if isinstance(known, Clause):
                # What is true of two releases for one reason is said in one sentence.
                terms = {package: held | known.terms[package] for package, held in terms.items()}
            premises[key] = Clause(terms, leaf.cause)
    ordered = sorted(premises.items(), key=lambda item: str(item[0]))
    return [premise for _, premise in ordered], tuple(derivation.shelves[each] for each in old)


def _given(groups: Groups) -> Callable[[int, int], Groups]:
    return lambda _start, _end: groups


def _mentioned(leaf: Clause) -> tuple[int, ...]:
    return leaf.cause.edge.ends if isinstance(leaf.cause, Depends) else tuple(leaf.terms)


def _needed(premises: Sequence[Premise], shelves: Sequence[Shelf]) -> list[Premise]:
    """What remains when every premise has been left out that can be."""
    kept = list(premises)
    for premise in premises:
        fewer = [each for each in kept if each is not premise]
        if _prove(fewer, shelves, _fewest) is not None:
            kept = fewer
    return kept


Order = Callable[[Engine, list[int]], int]
"""Which of some packages is decided next."""


def _prove(premises: Sequence[Premise], shelves: Sequence[Shelf], order: Order) -> Clause | None:
    """A clause without terms that follows from the premises; None where none does."""
    engine = Engine(lambda _package: ())
    for shelf in shelves:
        engine.add_package(shelf.every, shelf.absent)
    try:
        for premise in premises:
            _state(engine, premise)
        while True:
            conflict = engine.propagate()
            if conflict is not None:
                engine.learn(conflict)
                continue
            undecided = [
                package
                for package, domain in enumerate(engine.domain)
                if domain & (domain - 1) and not domain & engine.absent[package]
            ]
            if not undecided:
                return None
            package = order(engine, undecided)
            engine.decide(package, 1 << engine.domain[package].bit_length() >> 1)
    except Contradiction as failure:
        return failure.clause


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
