"""Other package managers' own resolver cases, converted to PEP 440 (`../shared/resolver-cases`).

Every case is solved or refused as the SAT solver says, every answer is valid, and where a case fixes
the newest-first answer, ours equals it. Where it does not, `resolver_disagreements.toml` says what
ours is and why; an entry that is not needed any more is an error too.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

from agentpm.model.name import PackageName
from agentpm.model.release import SHIPPED, PackageId, Requirement
from agentpm.model.version import ANY, Range, Version
from agentpm.resolver.failure import Unsolvable
from agentpm.resolver.problem import (
    YANKED,
    Candidate,
    Missing,
    Package,
    Problem,
    Root,
    Unavailable,
)
from agentpm.resolver.solve import solve

SUITES = Path(__file__).resolve().parents[3] / "shared" / "resolver-cases"
DISAGREEMENTS = tomllib.loads(
    Path(__file__).with_name("resolver_disagreements.toml").read_text(encoding="utf-8")
)

pytestmark = pytest.mark.skipif(not SUITES.is_dir(), reason="the shared resolver cases are absent")

Index = Mapping[str, Mapping[str, Mapping[str, str]]]


@cache
def identity(name: str) -> PackageId:
    """The package of a case; foreign names need not be names of agents."""
    return PackageId(SHIPPED, str.__new__(PackageName, name))


@cache
def range_of(text: str) -> Range:
    """A specifier of a case; foreign versions need not have three numbers."""
    return Range(text, SpecifierSet(text)) if text else ANY


class CaseCatalog:
    """The index of one case."""

    def __init__(self, index: Index, yanked: Mapping[str, list[str]]) -> None:
        self.packages = {
            identity(name): Package(
                identity(name),
                tuple(
                    Candidate(
                        Version(version),
                        tuple(
                            Requirement(identity(other).name, range_of(wanted))
                            for other, wanted in needs.items()
                        ),
                        Unavailable(YANKED, "is yanked")
                        if version in yanked.get(name, ())
                        else None,
                    )
                    for version, needs in releases.items()
                ),
            )
            for name, releases in index.items()
        }

    def releases(self, package: PackageId) -> Package:
        """Everything about one package."""
        return self.packages.get(package) or Package(package, missing=Missing("is not there"))

    def locate(self, dependent: PackageId, requirement: Requirement) -> PackageId:
        """All in one registry."""
        return identity(requirement.package)


def cases() -> Iterator[Any]:
    """Every case of every suite, with the catalog that it shares with others."""
    for path in sorted(SUITES.glob("*.json")) if SUITES.is_dir() else ():
        suite = json.loads(path.read_text(encoding="utf-8"))
        if path.name == "MANIFEST.json":
            continue
        if isinstance(suite, dict):
            catalog = CaseCatalog(suite["index"], {})
            for case in suite["cases"]:
                yield pytest.param(case | {"index": suite["index"]}, catalog, id=case["name"])
        else:
            for case in suite:
                yield pytest.param(case, None, id=case["name"])


def ours(case: Mapping[str, Any], catalog: CaseCatalog | None) -> dict[str, str] | None:
    """The resolver's answer to a case, None where it refuses."""
    problem = Problem(
        tuple(Root(identity(name), range_of(text)) for name, text in case["requested"].items()),
        {identity(name): Version(text) for name, text in case.get("locked", {}).items()},
    )
    try:
        found = solve(problem, catalog or CaseCatalog(case["index"], case.get("yanked", {})))
    except Unsolvable:
        return None
    return {str(package): str(version) for package, version in found.chosen.items()}


@pytest.mark.parametrize(("case", "catalog"), list(cases()))
def test_the_case_is_answered_as_upstream_does(
    case: Mapping[str, Any], catalog: CaseCatalog | None
) -> None:
    """Years of other people's bug reports, for free."""
    _judge(case, ours(case, catalog), DISAGREEMENTS.get(case["name"]))


def _judge(
    case: Mapping[str, Any], answer: dict[str, str] | None, disagreement: Mapping[str, Any] | None
) -> None:
    if answer is not None:
        _check_valid(case, answer)
    if disagreement is None:
        assert _agrees(case, answer)
    else:
        assert answer == (disagreement.get("ours") or None)
        assert not _agrees(case, answer), "the disagreement is over: delete its entry"


def _agrees(case: Mapping[str, Any], answer: Mapping[str, str] | None) -> bool:
    """Whether an answer is the one that the case wants, or one of them."""
    if answer is None or not case["satisfiable"]:
        return answer is None and not case["satisfiable"]
    contains = case.get("expected_contains", {}).items()
    if not all(Version(answer[name]) == Version(version) for name, version in contains):
        return False
    return case["expected"] == "any" or answer == _normal(case["expected"])


ONLY_PRERELEASES = {
    "index": {"a": {"1.0.0a1": {}, "1.0.0rc1": {}}},
    "requested": {"a": ""},
    "prereleases": "pep440",
    "satisfiable": True,
}


@pytest.mark.parametrize("expected", [{"a": "1.0.0rc1"}, "any"])
def test_a_rule_for_prereleases_that_is_not_ours_can_be_listed(expected: object) -> None:
    """Others take a pre-release where there is nothing else; ours is named, or not taken."""
    case = ONLY_PRERELEASES | {"expected": expected}
    _judge(case, ours(case, None), {"reason": "it is not ours"})
    with pytest.raises(AssertionError):
        _judge(case, ours(case, None), None)
    named = case | {"requested": {"a": ">=1.0.0a1"}}
    _judge(named, ours(named, None), None)
    with pytest.raises(AssertionError, match="the disagreement is over"):
        _judge(named, ours(named, None), {"ours": {"a": "1.0.0rc1"}})


def test_every_disagreement_has_its_reason() -> None:
    """A list of differences without reasons would be a list of bugs."""
    names = {param.id for param in cases()}
    for name, entry in DISAGREEMENTS.items():
        assert name in names
        assert len(entry["reason"].split()) >= 10


def _normal(expected: Mapping[str, str]) -> dict[str, str]:
    return {name: str(Version(version)) for name, version in expected.items()}


def _check_valid(case: Mapping[str, Any], answer: Mapping[str, str]) -> None:
    """Every requirement is met, nothing is missing, nothing is there that nobody asks for."""
    needed = dict.fromkeys(case["requested"])
    for name, wanted in case["requested"].items():
        assert Version(answer[name]) in range_of(wanted)
    for name, chosen in answer.items():
        (needs,) = (n for v, n in case["index"][name].items() if Version(v) == Version(chosen))
        for other, wanted in needs.items():
            assert Version(answer[other]) in range_of(wanted)
        needed |= dict.fromkeys(needs)
    assert set(answer) == set(needed)
