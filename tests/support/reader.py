"""A reader who believes no sentence of a report, and looks each one up in the world."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from packaging.specifiers import SpecifierSet

from agentpm.model.release import PackageId
from agentpm.model.version import ANY, Range, Version, parse_version
from agentpm.resolver.clause import Asked, Cause, Clash, Clause, Depends, Kept, Unusable
from agentpm.resolver.explain import Line
from agentpm.resolver.problem import ITSELF
from agentpm.resolver.proof import Derivation
from agentpm.resolver.shelf import Shelf
from support.oracle import Oracle

_THING = r"`(?P<name>[a-z0-9/-]+)(?: (?P<range>[^`]+))?`(?P<more>(?:(?:,| or| and) `[^`]+`)*)"
_ASKS = re.compile(rf"(?:^|, but )`agentpm\.toml:\d+` asks for {_THING}")
_NEEDS = re.compile(rf"(?:^{_THING}|, which) needs? (?=`)")
_GOAL = re.compile(_THING)
_ONLY = re.compile(r", of which the only release, ([^,]+),")
_NONE = re.compile(r", but there is no such release \(the newest is ([^)]+)\)")
_ITSELF = re.compile(
    r"needs `([^`]+)`, which (is another release of itself|takes no pre-release like itself)"
)

# What `ada` means: whatever a requirement on it takes, every release it has, what the text says.
_ASKED, _NAMED, _WRITTEN = "asked", "named", "written"


class Reader:
    """Judges the lines of one report."""

    def __init__(self, oracle: Oracle, derivation: Derivation) -> None:
        self.oracle = oracle
        self.derivation = derivation
        self.shelves = derivation.shelves

    # -- the words ----------------------------------------------------------------------------

    def read(self, line: Line) -> int:
        """Look up every requirement that a sentence speaks of; returns how many there were."""
        owner, about, at, found = None, list[Version](), 0, 0
        while at < len(line.text):
            rest = line.text[at:]
            begins = _ASKS.match(rest) or _NEEDS.match(rest)
            if begins is None:
                self._check_ending(rest, owner, about)
                at += 1
                continue
            if begins["name"] is not None:
                owner = self._package(begins["name"])
                asked = begins.re is _ASKS
                about = self._listed(owner, begins, _ASKED if asked else _NAMED)
            at += begins.end()
            goal = _GOAL.match(line.text[at:]) if begins.re is _NEEDS else None
            if goal is not None:
                other = self._package(goal["name"])
                self._check_needs(owner, about, other, self._listed(other, goal, _WRITTEN))
                owner, about = other, self._listed(other, goal, _ASKED)
                at += goal.end()
                found += 1
        return found

    def _check_needs(
        self,
        owner: PackageId | None,
        about: list[Version],
        other: PackageId,
        allowed: list[Version],
    ) -> None:
        assert owner is not None
        assert about, f"about no release of {owner}"
        for version in about:
            ranges = [each.range for to, each in self.oracle.needs(owner, version) if to == other]
            assert ranges, f"{owner} {version} does not need {other}"
            for each in self.oracle.versions(other):
                if all(self.oracle.accepts(other, wanted, each) for wanted in ranges):
                    assert each in allowed, f"{owner} {version} would take {other} {each}"

    def _check_ending(self, rest: str, owner: PackageId | None, about: list[Version]) -> None:
        only, none = _ONLY.match(rest), _NONE.match(rest)
        if only:
            assert [parse_version(only[1])] == about, rest
        if none:
            assert owner is not None
            assert not about, rest
            every = self.oracle.versions(owner)
            stable = [version for version in every if not version.is_prerelease]
            assert parse_version(none[1]) in (every[0], *stable[:1]), rest

    def _package(self, name: str) -> PackageId:
        (found,) = (shelf.id for shelf in self.shelves if shelf.id.name == name)
        return found

    def _listed(self, package: PackageId, match: re.Match[str], how: str) -> list[Version]:
        """The releases that words such as `` `ada >=2` or `==1.0.0` `` speak of."""
        rest = re.findall(r"(,| or| and) `([^`]+)`", match["more"] or "")
        texts = [match["range"] or "", *(text for _, text in rest)]
        texts = [text.removeprefix(f"{package.name} ") for text in texts]
        # Versions one by one are a list; ranges with an `and` between them must all be met.
        all_of = any(word == " and" for word, _ in rest) and not texts[0][:1].isdigit()
        return [
            version
            for version in self.oracle.versions(package)
            if (all if all_of else any)(self._is_in(package, text, version, how) for text in texts)
        ]

    def _is_in(self, package: PackageId, text: str, version: Version, how: str) -> bool:
        if not text and how is _ASKED:
            return self.oracle.accepts(package, ANY, version)
        if not text or text[0].isdigit():
            return text in ("", str(version))
        wanted = Range(text, SpecifierSet(text.replace("^1.5", ">=1.5,<2").replace("^2", ">=2,<3")))
        if how is _WRITTEN:
            return version in wanted
        return self.oracle.accepts(package, wanted, version)

    # -- what the words stand for -------------------------------------------------------------

    def check(self, clause: Clause) -> None:
        """Look up in the world that a clause that rests on no other is true."""
        match clause.cause:
            case Clash(name):
                assert all(
                    name in self.oracle.names(self.shelves[each].id) for each in clause.terms
                )
            case Depends(edge):
                self._check_edge(clause, *edge.ends)
            case cause:
                ((index, held),) = clause.terms.items()
                for version in self._versions(index, held):
                    self._check_fact(cause, self.shelves[index].id, version)

    def _check_fact(self, cause: Cause, package: PackageId, version: Version) -> None:
        match cause:
            case Asked() | Kept():
                assert not self.oracle.is_asked_for(package, version)
            case Unusable(reason) if reason.kind == ITSELF:
                self.check_itself(reason.text, package, version)
            case Unusable():
                candidate = self.oracle.catalog.shelves[package][version]
                assert not self.oracle.is_usable(package, candidate)
            case _:
                raise AssertionError("an unknown package has no versions")

    def check_itself(self, text: str, package: PackageId, version: Version) -> None:
        """Look up why a release that needs its own package rules itself out."""
        said = _ITSELF.fullmatch(text)
        assert said is not None, text
        needs = self.oracle.needs(package, version)
        (own,) = {each.range for to, each in needs if to == package and str(each) == said[1]}
        assert not self.oracle.accepts(package, own, version)
        assert (version in own) == said[2].startswith("takes no pre-release"), text

    def _check_edge(self, clause: Clause, start: int, end: int) -> None:
        dependent, dependency = self.shelves[start].id, self.shelves[end].id
        outside = self._versions(end, clause.terms[end])
        for version in self._versions(start, clause.terms[start]):
            ranges = [
                r.range for to, r in self.oracle.needs(dependent, version) if to == dependency
            ]
            assert ranges
            for other in outside if start != end else [version]:
                assert not all(self.oracle.accepts(dependency, each, other) for each in ranges)

    def _versions(self, index: int, held: int) -> list[Version]:
        shelf = self.shelves[index]
        return [shelf.version(position) for position in shelf.positions(held)]

    def follows(self, conclusion: Mapping[int, int], stated: Iterable[Clause]) -> bool:
        """Whether nothing that all of `stated` allow is all of `conclusion` at once."""
        clauses = list(stated)
        packages = sorted({index for clause in clauses for index in clause.terms} | set(conclusion))
        for values in product(*(_values(self.shelves[index]) for index in packages)):
            world = dict(zip(packages, values, strict=True))
            if all(world[index] & held for index, held in conclusion.items()) and not any(
                all(world[index] & held for index, held in clause.terms.items())
                for clause in clauses
            ):
                return False
        return True


def _values(shelf: Shelf) -> Sequence[int]:
    return [1 << bit for bit in range(shelf.every.bit_length())]
