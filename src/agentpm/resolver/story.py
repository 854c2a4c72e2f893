"""The story of a failure: what to say, in which order.

A derivation says what follows from what. A story goes the way a reader would: from what the project
asks for, along what each agent needs, to a package of which nothing is left. It is told in blocks,
one for each clause that was learned; a block starts from what that clause says cannot be (from
nothing, in the last one), and every statement in it leaves fewer releases of one package.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agentpm.resolver.clause import (
    Asked,
    Clash,
    Clause,
    Depends,
    Edge,
    Kept,
    Learned,
    Unknown,
    Unusable,
)
from agentpm.resolver.proof import Derivation
from agentpm.resolver.wording import Statement, Wording
from agentpm.values import dataclass

PATIENCE = 60
"""With more statements than this in a block, none is tried without."""

Rule = Clause | Edge


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
    on, an edge standing for all clauses that it implies; `moves` what each could say now.
    """

    def __init__(self, wording: Wording, conclusion: Clause, causes: Iterable[Clause]) -> None:
        self.wording = wording
        self.conclusion = conclusion
        rules = dict.fromkeys(map(self._rule, causes))
        self.rules = sorted((rule for rule in rules if rule is not None), key=_packages)
        self.about: dict[int, list[Rule]] = {}
        for rule in self.rules:
            for package in _packages(rule):
                self.about.setdefault(package, []).append(rule)
        self.goes_on = {rule.dependent for rule in self.rules if isinstance(rule, Edge)}
        self.domain = self._start()
        self.told: list[Told] = []
        self.moves = {rule: self._moves(rule) for rule in self.rules}

    def _rule(self, cause: Clause) -> Rule | None:
        """What stands for a clause in a story; nothing where others say it by themselves."""
        match cause.cause:
            case Depends(edge):
                return edge
            case Unknown():
                return None
            case Asked():
                # What is asked of a package that does not exist, cannot be.
                ((package, excluded),) = cause.terms.items()
                lacking = self.wording.shelves[package].every & ~self.wording.existing(package)
                return Clause({package: excluded | lacking}, cause.cause) if lacking else cause
        return cause

    def _start(self) -> list[int]:
        domain = [shelf.every for shelf in self.wording.shelves]
        for package, held in self.conclusion.terms.items():
            domain[package] &= held
        return domain

    def tell(self) -> Block:
        """State one thing after the other until nothing is left of a package."""
        left = -1
        while left:
            told = min((move for moves in self.moves.values() for move in moves), key=self._rank)
            self.told.append(told)
            package, left = told.package, told.left
            self.domain[package] = left
            for rule in self.about[package]:
                self.moves[rule] = self._moves(rule)
        return Block(self.conclusion, tuple(self._needed()))

    # -- what can be said next ----------------------------------------------------------------

    def _moves(self, rule: Rule) -> Sequence[Told]:
        if isinstance(rule, Edge):
            return list(self._along(rule))
        undecided = [each for each, held in rule.terms.items() if self.domain[each] & ~held]
        package = undecided[0] if undecided else next(iter(rule.terms))
        left = self.domain[package] & ~rule.terms[package]
        if len(undecided) > 1 or left == self.domain[package]:
            return ()
        return (Told(self._statement(rule, self.domain[package]), package, left),)

    def _statement(self, clause: Clause, among: int) -> Statement:
        match clause.cause:
            case Asked(root):
                return self.wording.asked(clause, root)
            case Clash(name):
                return self.wording.clash(clause, name)
            case Kept(root):
                return self.wording.kept(clause, root)
            case Unusable(reason):
                return self.wording.unusable(clause, reason, among)
        return self.wording.learned(clause)

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
            left = domain[each.package] = domain[each.package] & ~terms[each.package]
            kept.append(Told(each.statement, each.package, left))
            if not left:
                return kept
        return []


def _packages(rule: Rule) -> tuple[int, ...]:
    return rule.ends if isinstance(rule, Edge) else tuple(sorted(rule.terms))
