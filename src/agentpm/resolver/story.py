"""The story of a failure: what to say, in which order.

A derivation says what follows from what. A story goes the way a reader would: from what the project
asks for, along what each agent needs, to a package of which nothing is left. It is told in blocks,
one for each clause that was learned; a block starts from what that clause says cannot be (from
nothing, in the last one), and every statement in it leaves fewer releases of one package.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentpm.resolver.clause import Asked, Clash, Clause, Depends, Edge, Learned, Unknown
from agentpm.resolver.proof import Derivation
from agentpm.resolver.wording import Statement, Wording

PATIENCE = 60
"""With more statements than this in a block, none is tried without."""


@dataclass(frozen=True, slots=True)
class Told:
    """A statement at its place in a story: it leaves `package` only `left` of its releases."""

    statement: Statement
    package: int
    left: int


@dataclass(frozen=True, slots=True)
class Block:
    """What leads to `conclusion`: the statements, the last of which leaves nothing."""

    conclusion: Clause
    told: tuple[Told, ...]

    @property
    def last(self) -> int:
        """The package of which nothing is left."""
        return self.told[-1].package


def blocks(derivation: Derivation, wording: Wording) -> list[Block]:
    """The blocks of a derivation, each after those that it refers to."""
    return [
        _Teller(wording, node, node.cause.causes).tell()
        for node in derivation.nodes()
        if isinstance(node.cause, Learned)
    ]


class _Teller:
    """Finds the statements of one block.

    `domain` is what each package can still be; `rules` are the clauses that the learned one rests
    on, an edge standing for all clauses that it implies.
    """

    def __init__(self, wording: Wording, conclusion: Clause, causes: Iterable[Clause]) -> None:
        self.wording = wording
        self.conclusion = conclusion
        self.rules: list[Clause | Edge] = list(
            dict.fromkeys(
                cause.cause.edge if isinstance(cause.cause, Depends) else cause
                for cause in reversed(tuple(causes))
                if not isinstance(cause.cause, Unknown)
            )
        )
        self.rules = sorted(map(self._lacking, self.rules), key=_packages)
        self.goes_on = {rule.dependent for rule in self.rules if isinstance(rule, Edge)}
        self.domain = self._start()
        self.told: list[Told] = []

    def _lacking(self, rule: Clause | Edge) -> Clause | Edge:
        """What is asked of a package that does not exist, cannot be."""
        if isinstance(rule, Clause) and isinstance(rule.cause, Asked):
            (package,) = rule.terms
            return Clause(
                {
                    package: rule.terms[package]
                    | ~self.wording.existing(package) & self.wording.shelves[package].every
                },
                rule.cause,
            )
        return rule

    def _start(self) -> list[int]:
        domain = [shelf.every for shelf in self.wording.shelves]
        for package, held in self.conclusion.terms.items():
            domain[package] &= held
        return domain

    def tell(self) -> Block:
        """State one thing after the other until nothing is left of a package."""
        while not self.told or self.told[-1].left:
            moves = [move for rule in self.rules for move in self._moves(rule)]
            told = min(moves, key=self._rank)
            self.domain[told.package] = told.left
            self.told.append(told)
        return Block(self.conclusion, tuple(self._needed()))

    # -- what can be said next ----------------------------------------------------------------

    def _moves(self, rule: Clause | Edge) -> Iterable[Told]:
        if isinstance(rule, Edge):
            return self._along(rule)
        open_ = [each for each, held in rule.terms.items() if self.domain[each] & ~held]
        if len(open_) > 1:
            return ()
        package = open_[0] if open_ else next(iter(rule.terms))
        left = self.domain[package] & ~rule.terms[package]
        if left == self.domain[package]:
            return ()
        return (Told(self._statement(rule, self.domain[package]), package, left),)

    def _statement(self, clause: Clause, among: int) -> Statement:
        match clause.cause:
            case Asked(root):
                return self.wording.asked(clause, root)
            case Clash(name):
                return self.wording.clash(clause, name)
            case Learned():
                return self.wording.learned(clause)
        return self.wording.fact(clause, among)

    def _along(self, edge: Edge) -> Iterable[Told]:
        start, end = self.domain[edge.dependent], self.domain[edge.dependency]
        usable = self.wording.existing(edge.dependency)
        if not start & ~edge.involved():
            left = end & edge.allowed(start) & usable
            if left != end:
                yield Told(self.wording.needs(edge, start), edge.dependency, left)
        blocked = start & edge.unsupported(end & usable)
        if blocked:
            yield Told(self.wording.needs(edge, blocked), edge.dependent, start & ~blocked)

    def _rank(self, told: Told) -> int:
        """What should rather be said next, comes first."""
        subject, cause = told.statement.subject, told.statement.clause.cause
        follows = subject is not None and self._follows(subject.package)
        if isinstance(cause, Learned):
            return 6 if self.told else 0
        if isinstance(cause, Depends):
            forward = subject is None or subject.package != told.package
            if forward:
                return 2 if follows else 4
            return 8 if self.domain[told.package] & self.wording.shelves[told.package].absent else 7
        if isinstance(cause, Asked):
            return 3 if told.package in self.goes_on else 5
        return 1 if follows else 6

    def _follows(self, package: int) -> bool:
        goal = self.told[-1].statement.goal if self.told else None
        return goal is not None and goal.package == package

    # -- what need not be said ----------------------------------------------------------------

    def _needed(self) -> list[Told]:
        kept = self.told
        if len(kept) <= PATIENCE:
            for told in self.told:
                fewer = self._without(kept, told)
                kept = fewer or kept
        return kept

    def _without(self, told: Sequence[Told], dropped: Told) -> list[Told]:
        """The statements without one, as far as it takes; empty where that one is needed."""
        domain = self._start()
        kept: list[Told] = []
        for each in told:
            terms = each.statement.clause.terms
            if each.statement is dropped.statement or any(
                domain[p] & ~held for p, held in terms.items() if p != each.package
            ):
                continue
            left = domain[each.package] & ~terms[each.package]
            if left != domain[each.package]:
                domain[each.package] = left
                kept.append(Told(each.statement, each.package, left))
            if not left:
                return kept
        return []


def _packages(rule: Clause | Edge) -> tuple[int, ...]:
    return rule.ends if isinstance(rule, Edge) else tuple(sorted(rule.terms))
