"""Small worlds of agents, in memory, that read aloud."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from agentpm.model.name import AgentName, PackageName
from agentpm.model.release import SHIPPED, PackageId, Requirement, parse_requirement
from agentpm.model.version import Version, parse_version
from agentpm.resolver.problem import (
    FORBIDDEN,
    YANKED,
    Candidate,
    Missing,
    Package,
    Problem,
    Root,
    Unavailable,
)
from agentpm.resolver.solution import Solution


def package(name: str, source: str = SHIPPED) -> PackageId:
    """The package of that name in the shipped registry, or in another source."""
    return PackageId(source, PackageName(name))


class MemoryCatalog:
    """A catalog that is filled release by release: `.publish("lead", "2.0.0", "reviewer >=2")`.

    `visited` are the packages it was asked for, in order; `batches` what it was told beforehand.
    """

    def __init__(self) -> None:
        self.shelves: dict[PackageId, dict[Version, Candidate]] = {}
        self.labels: dict[PackageId, str] = {}
        self.meanings: dict[str, PackageId] = {}
        self.visited: list[str] = []
        self.batches: list[list[str]] = []

    def publish(self, name: str, version: str, *needs: str, source: str = SHIPPED) -> MemoryCatalog:
        """Add a release."""
        candidate = Candidate(parse_version(version), tuple(parse_requirement(n) for n in needs))
        self.shelves.setdefault(package(name, source), {})[candidate.version] = candidate
        return self

    def refuse(
        self, name: str, version: str, kind: str, text: str, hint: str | None = None
    ) -> MemoryCatalog:
        """Make a release unavailable, in whichever source it is."""
        number = parse_version(version)
        for identity, shelf in self.shelves.items():
            if identity.name == name and number in shelf:
                reason = Unavailable(kind, text, hint)
                shelf[number] = replace(shelf[number], unavailable=reason)
        return self

    def yank(self, name: str, version: str, reason: str = "it deletes files") -> MemoryCatalog:
        """Yank a release."""
        return self.refuse(name, version, YANKED, f"is yanked: {reason}")

    def forbid(self, name: str, version: str, power: str = "a shell") -> MemoryCatalog:
        """Let the project's policy forbid a release."""
        text = f"has {power}, which `agentpm.toml:9` does not allow"
        return self.refuse(name, version, FORBIDDEN, text, narrowing(name))

    def mean(self, name: str, source: str, label: str | None = None) -> MemoryCatalog:
        """Let the manifest say which source a name comes from, whoever asks."""
        self.meanings[name] = package(name, source)
        if label is not None:
            self.labels[package(name, source)] = label
        return self

    def without(self, identity: PackageId, version: Version) -> MemoryCatalog:
        """The same world, less one release."""
        other = MemoryCatalog()
        other.labels, other.meanings = self.labels, self.meanings
        other.shelves = {
            key: {
                number: candidate
                for number, candidate in shelf.items()
                if (key, number) != (identity, version)
            }
            for key, shelf in self.shelves.items()
        }
        return other

    # -- the protocol -------------------------------------------------------------------------

    def releases(self, package: PackageId) -> Package:
        """Everything about one package."""
        self.visited.append(package.name)
        found = self.shelves.get(package)
        if not found:
            return Package(package, missing=self._missing(package))
        return Package(package, tuple(found.values()), label=self.labels.get(package))

    def locate(self, dependent: PackageId, requirement: Requirement) -> PackageId:
        """What a dependency means: a name stays in its dependent's registry."""
        meant = self.meanings.get(requirement.package)
        return meant or PackageId(dependent.source, requirement.package)

    def prefetch(self, packages: Sequence[PackageId]) -> None:
        """Take note of what will be asked for."""
        self.batches.append([package.name for package in packages])

    def _missing(self, wanted: PackageId) -> Missing:
        names = sorted({key.name for key in self.shelves if key.source == wanted.source})
        others = [key.source for key in self.shelves if key.name == wanted.name]
        registry = "the shipped registry" if wanted.source == SHIPPED else f"`{wanted.source}`"
        return Missing(
            f"is not in {registry}",
            tuple(get_close_matches(wanted.name, names, n=1)),
            f'`{wanted.name}` is in `{others[0]}`: write registry = "{others[0]}"'
            if others
            else None,
        )


def narrowing(name: str) -> str:
    """What lets a forbidden agent in, as the program says it."""
    line = f'{name} = {{ version = "*", tools = ["Read"] }}'
    return f"this line under `[agents]` lets `{name}` in without what is forbidden:\n{line}"


def all_of(*hints: str) -> str:
    """How several hints read that only help together."""
    return "\n".join(["it takes all of these:", *(hint.replace("\n", "\n  ") for hint in hints)])


def world(text: str) -> MemoryCatalog:
    """A world with one release a line: `acme:lead 2.0.0 needs writer >=2 and editor (yanked: why)`.

    What stands before the colon is the source, where it is not the shipped registry; in parentheses
    stands why the release is not available: a kind, and the text that goes on after its name.
    """
    catalog = MemoryCatalog()
    for line in text.strip().splitlines():
        match = _RELEASE.fullmatch(line.strip())
        assert match is not None, line
        name, version, kind = match["name"], match["version"], match["kind"]
        needs = match["needs"].split(" and ") if match["needs"] else []
        catalog.publish(name, version, *needs, source=match["source"] or SHIPPED)
        if kind == YANKED:
            catalog.yank(name, version, match["text"])
        elif kind:
            hint = narrowing(name) if kind == FORBIDDEN else None
            catalog.refuse(name, version, kind, match["text"], hint)
    return catalog


_RELEASE = re.compile(
    r"(?:(?P<source>[^ :]+):)?(?P<name>\S+) (?P<version>\S+)"
    r"(?: needs (?P<needs>[^()]+?))?(?: \((?P<kind>[a-z-]+): (?P<text>.+)\))?"
)


def wants(text: str, *, line: int = 3, name: str | None = None, source: str = SHIPPED) -> Root:
    """One line of a manifest: `wants("lead ^2")`."""
    requirement = parse_requirement(text)
    return Root(
        PackageId(source, requirement.package),
        requirement.range,
        f"agentpm.toml:{line}",
        AgentName(name) if name is not None else None,
    )


def asks(
    *wanted: str | Root,
    locked: Mapping[str, str] | None = None,
    moving: Iterable[str] | None = (),
) -> Problem:
    """A manifest's requirements, one a line from line 3 on, beside what the lockfile has."""
    return Problem(
        tuple(
            wants(each, line=line) if isinstance(each, str) else each
            for line, each in enumerate(wanted, start=3)
        ),
        {package(name): parse_version(version) for name, version in (locked or {}).items()},
        None if moving is None else frozenset(package(name) for name in moving),
    )


def versions(solution: Solution) -> dict[str, str]:
    """What was chosen: `{"lead": "2.0.0"}`."""
    return {str(each.name): str(version) for each, version in solution.chosen.items()}
