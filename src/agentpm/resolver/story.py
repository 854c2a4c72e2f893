"""The story of a failure: what to say, in which order.

A derivation says what follows from what. A story goes the way a reader would: from what the project
asks for, along what each agent needs, to a package of which nothing is left. It is told in blocks,
one for each clause that was learned; a block starts from what that clause says cannot be (from
nothing, in the last one), and every statement in it leaves fewer releases of one package.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

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

Rank = tuple[int, int, int]
"""When something should be said: by its kind, then by package, then by its oldest release."""


class Move(NamedTuple):
    """What a rule could say now: `package` is left with `left`; put into words when it is said.

    `releases` of the package `subject` are what it is about, where it has such a subject.
    """

    rule: Rule
    package: int
    left: int
    subject: int | None
    releases: int


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

    @property
    def is_whole(self) -> bool:
        """Whether it was told to its end."""
        return not self.told[-1].left


def blocks(derivation: Derivation, wording: Wording) -> list[Block]:
    """The blocks of a derivation, each after those that it refers to."""
    return [
        _Teller(wording, node, node.cause.causes).tell()
        for node in derivation.nodes()
        if isinstance(node.cause, Learned)
    ]


def last_block(derivation: Derivation, wording: Wording, most: int) -> Block:
    """The block that ends a story, or no more than so many statements of it."""
    cause = derivation.clause.cause
    causes = cause.causes if isinstance(cause, Learned) else ()
    return _Teller(wording, derivation.clause, causes).tell(most)


class _Left(dict[int, int]):
    """What each package can still be; at first whatever it can be where `start` holds.

    A block speaks of few packages, and a long proof has as many blocks as packages.
    """

    def __init__(self, wording: Wording, start: Clause) -> None:
        super().__init__()
        self._shelves = wording.shelves
        self._start = start.terms

    def __missing__(self, package: int) -> int:
        every = self._shelves[package].every
        left = self[package] = every & self._start.get(package, every)
        return left


class _Teller:
    """Finds the statements of one block.

    `domain` is what each package can still be; `rules` are the clauses that the learned one rests
    on, an edge standing for all clauses that it implies; `moves` what each could say when that was
    last looked at, `queue` the same by rank, with the edition of `moves` that an entry is of: only
    the newest counts. `about` has the rules that may have more to say once a package is left with
    less, `starting` those whose statements are about it.

    A rule that can only have less to say than it had is not looked at before its turn has come: a
    thousand facts about one package would else be looked at a thousand times each.
    """

    def __init__(self, wording: Wording, conclusion: Clause, causes: Iterable[Clause]) -> None:
        self.wording = wording
        self.conclusion = conclusion
        rules = dict.fromkeys(map(self._rule, causes))
        self.rules = sorted((rule for rule in rules if rule is not None), key=_order)
        self.about: dict[int, list[int]] = {}
        self.starting: dict[int, list[int]] = {}
        for place, rule in enumerate(self.rules):
            packages = _packages(rule)
            if len(packages) > 1:
                for package in packages:
                    self.about.setdefault(package, []).append(place)
            if _has_subject(rule):
                self.starting.setdefault(packages[0], []).append(place)
        self.goes_on = {rule.dependent for rule in self.rules if isinstance(rule, Edge)}
        self.domain = _Left(wording, conclusion)
        self.told: list[Told] = []
        self.moves: list[Sequence[Move]] = [()] * len(self.rules)
        self.editions = [0] * len(self.rules)
        self.queue: list[tuple[Rank, int, int, int]] = []
        for place in range(len(self.rules)):
            self._consider(place)

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

    def tell(self, most: int | None = None) -> Block:
        """State one thing after the other until nothing is left of a package, or `most` are told."""
        left = -1
        while left and len(self.told) != most:
            move = self._next()
            package, left = move.package, move.left
            self.told.append(Told(self._statement(move), package, left))
            self.domain[package] = left
            for place in self.about.get(package, ()):
                if self._may_gain(self.rules[place], package):
                    self._consider(place)
        return Block(self.conclusion, tuple(self.told if left else self._needed()))

    def _next(self) -> Move:
        """What is best said next: what follows what was said last, or else the best of all."""
        if not self.told:
            # What was concluded before is what this block starts from.
            for place, rule in enumerate(self.rules):
                if isinstance(rule, Clause) and isinstance(rule.cause, Learned):
                    for move in self.moves[place]:
                        return move
        following = self._followed()
        best = self._best()
        for place in self.starting.get(following, ()) if following is not None else ():
            self._is_fresh(place)
            for turn, move in enumerate(self.moves[place]):
                best = min(best, (self._rank(move, following), place, turn))
        return self.moves[best[1]][best[2]]

    def _best(self) -> tuple[Rank, int, int]:
        """Where the best move stands, whatever was said last."""
        while True:
            rank, place, turn, edition = self.queue[0]
            if edition == self.editions[place] and self._is_fresh(place):
                return rank, place, turn
            heappop(self.queue)

    def _followed(self) -> int | None:
        """The package that what was said last ends with."""
        goal = self.told[-1].statement.goal if self.told else None
        return goal.package if goal is not None else None

    def _may_gain(self, rule: Rule, package: int) -> bool:
        """Whether a rule may have more to say now that less is left of a package.

        What a dependent asks leaves as much of a dependency as before, but may now be impossible.
        """
        if not isinstance(rule, Edge) or package == rule.dependent:
            return True
        usable = self.domain[package] & self.wording.existing(package)
        return bool(self.domain[rule.dependent] & rule.unsupported(usable))

    def _is_fresh(self, place: int) -> bool:
        """Whether a rule could say what it could when it was last looked at; if not, it is now."""
        moves = self._moves(self.rules[place])
        if moves == self.moves[place]:
            return True
        self._consider(place, moves)
        return False

    def _consider(self, place: int, moves: Sequence[Move] | None = None) -> None:
        """Work out what a rule could say now, which outdates what it could say before."""
        moves = self.moves[place] = self._moves(self.rules[place]) if moves is None else moves
        self.editions[place] += 1
        for turn, move in enumerate(moves):
            entry = (self._rank(move, None), place, turn, self.editions[place])
            heappush(self.queue, entry)

    # -- what can be said next ----------------------------------------------------------------

    def _moves(self, rule: Rule) -> Sequence[Move]:
        if isinstance(rule, Edge):
            return list(self._along(rule))
        undecided = [each for each, held in rule.terms.items() if self.domain[each] & ~held]
        package = undecided[0] if undecided else next(iter(rule.terms))
        domain, held = self.domain[package], rule.terms[package]
        if len(undecided) > 1 or not domain & held:
            return ()
        subject = package if isinstance(rule.cause, Unusable) else None
        return (Move(rule, package, domain & ~held, subject, domain & held),)

    def _along(self, edge: Edge) -> Iterable[Move]:
        start, end = self.domain[edge.dependent], self.domain[edge.dependency]
        usable = self.wording.existing(edge.dependency)
        if not start & ~edge.involved():
            left = end & edge.allowed(start) & usable
            if left != end:
                yield Move(edge, edge.dependency, left, edge.dependent, start)
        blocked = start & edge.unsupported(end & usable)
        if blocked:
            yield Move(edge, edge.dependent, start & ~blocked, edge.dependent, blocked)

    def _statement(self, move: Move) -> Statement:
        rule, wording = move.rule, self.wording
        if isinstance(rule, Edge):
            return wording.needs(rule, move.releases)
        match rule.cause:
            case Asked(root):
                return wording.asked(rule, root)
            case Clash(name):
                return wording.clash(rule, name)
            case Kept(root):
                return wording.kept(rule, root)
            case Unusable(reason):
                return wording.unusable(rule, reason, move.releases)
        return wording.learned(rule)

    def _rank(self, move: Move, following: int | None) -> Rank:
        """What should rather be said next, comes first; `following` is what was spoken of last."""
        kind = self._kind(move, following)
        if move.subject != move.package:
            return kind, 0, 0
        # What releases cannot have for themselves is told from the oldest on.
        return kind, move.package, (move.releases & -move.releases).bit_length()

    def _kind(self, move: Move, following: int | None) -> int:
        rule, package = move.rule, move.package
        follows = move.subject is not None and move.subject == following
        if isinstance(rule, Edge):
            if move.subject != package:
                return 2 if follows else 4
            return 8 if self.domain[package] & self.wording.shelves[package].absent else 7
        if isinstance(rule.cause, Learned):
            return 6
        if isinstance(rule.cause, Asked):
            return 3 if package in self.goes_on else 5
        return 1 if follows else 6

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
        domain = _Left(self.wording, self.conclusion)
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


def _has_subject(rule: Rule) -> bool:
    """Whether what a rule says is about releases of a package."""
    return isinstance(rule, Edge) or isinstance(rule.cause, Unusable)


def _order(rule: Rule) -> tuple[tuple[int, ...], int]:
    """Rules come in the order of packages, releases that are unavailable from the oldest on."""
    lowest = 0
    if isinstance(rule, Clause) and isinstance(rule.cause, Unusable):
        lowest = min(held & -held for held in rule.terms.values())
    return _packages(rule), lowest
