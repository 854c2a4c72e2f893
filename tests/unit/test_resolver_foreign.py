"""Worlds that are not of agents: versions and names of other forms, which other suites have."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet

from agentpm.model.name import PackageName
from agentpm.model.release import SHIPPED, PackageId, Requirement
from agentpm.model.version import ANY, Range, Version
from agentpm.resolver.failure import Unsolvable
from agentpm.resolver.problem import Candidate, Missing, Package, Problem, Root
from agentpm.resolver.solve import solve


def named(name: str) -> PackageId:
    """A package whose name need not be one of an agent."""
    return PackageId(SHIPPED, str.__new__(PackageName, name))


def ranged(text: str) -> Range:
    """A range whose versions need not be such as agents have."""
    return Range(text, SpecifierSet(text)) if text else ANY


class ForeignCatalog:
    """Releases by name and version, with what each needs."""

    def __init__(self, index: dict[str, dict[str, dict[str, str]]]) -> None:
        self.index = index

    def releases(self, package: PackageId) -> Package:
        """Everything about one package."""
        found = self.index.get(package.name)
        if found is None:
            near = tuple(name for name in self.index if name[:1] == package.name[:1])
            return Package(package, missing=Missing("is not there", near))
        return Package(package, tuple(self._candidate(v, needs) for v, needs in found.items()))

    def _candidate(self, version: str, needs: dict[str, str]) -> Candidate:
        wanted = (Requirement(named(name).name, ranged(text)) for name, text in needs.items())
        return Candidate(Version(version), tuple(wanted))

    def locate(self, dependent: PackageId, requirement: Requirement) -> PackageId:
        """All in one registry."""
        return named(requirement.package)


def solved(index: dict[str, dict[str, dict[str, str]]], **asked: str) -> dict[str, str]:
    """The answer, by name."""
    problem = Problem(tuple(Root(named(name), ranged(text)) for name, text in asked.items()))
    found = solve(problem, ForeignCatalog(index)).chosen
    return {str(package): str(version) for package, version in found.items()}


@pytest.mark.parametrize(
    ("version", "text"),
    [
        ("1.2.3.4", ">2"),
        ("1.2.3.post1", ">1.2.3"),
        ("1.2.3+foo", ">1.2.3"),
        ("1.0.dev1", ">=1"),
        ("1!1.0", "<1"),
        ("1.0", "===1.0.0"),
        ("1.0", "===anything"),
    ],
)
def test_what_cannot_be_had_is_refused_in_any_form_of_version(version: str, text: str) -> None:
    """A hint that cannot be written down is none, and must not stand in the way of the answer."""
    with pytest.raises(Unsolvable):
        solved({"a": {version: {}}}, a=text)


def test_a_hint_about_a_version_that_can_be_written_is_given() -> None:
    """Four numbers are no version of an agent, and a requirement can name them all the same."""
    with pytest.raises(Unsolvable) as caught:
        solved({"a": {"1.2.3.4": {}}}, a=">2")
    assert caught.value.hint == "`agentpm.toml` would have to ask for `a ==1.2.3.4`"


@pytest.mark.parametrize(
    ("version", "text"),
    [
        ("1.2.3.4", ">1.2"),
        ("1.2.3.post1", ">1.2.3.post0"),
        ("1.2.3+foo", "==1.2.3"),
        ("1.2.3+foo", "==1.2.3+foo"),
        ("1!1.0", ">=1!0"),
        ("1.0", "===1.0"),
    ],
)
def test_what_can_be_had_is_found_in_any_form_of_version(version: str, text: str) -> None:
    """`packaging` says what a range holds, whatever versions look like."""
    assert solved({"a": {version: {}}}, a=text) == {"a": version}


def test_no_release_is_lost_beside_one_that_leads_to_it() -> None:
    """A dev release of a post release once stood in its place."""
    releases: dict[str, dict[str, str]] = {
        "2.0": {},
        "2.0.post1.dev1": {},
        "2.0.post1": {},
        "2.1a1.dev1": {},
        "2.1a1": {},
    }
    assert solved({"a": releases}, a="") == {"a": "2.0.post1"}
    assert solved({"a": releases}, a=">=2.0.post1.dev0,<2.0.post1.dev2") == {"a": "2.0.post1.dev1"}
    assert solved({"a": releases}, a=">=2.1a1.dev0") == {"a": "2.1a1"}


def test_names_may_have_any_form_even_where_they_clash_or_are_unknown() -> None:
    """A hint tries out other names, which need not be such as an agent can have."""
    clash: dict[str, dict[str, dict[str, str]]] = {
        "A/x_Y.z": {"1": {}},
        "B/x_Y.z": {"1": {}},
    }
    with pytest.raises(Unsolvable) as caught:
        solved(clash, **{"A/x_Y.z": "", "B/x_Y.z": ""})
    assert caught.value.hint is not None
    with pytest.raises(Unsolvable) as caught:
        solved({"x_Y.z": {"1": {}}}, x_Y="")
    assert caught.value.hint == "did you mean `x_Y.z`?"
