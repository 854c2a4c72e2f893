"""Small worlds of agents, in memory, that read aloud."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from agentpm.model.name import AgentName, PackageName
from agentpm.model.release import SHIPPED, PackageId, Requirement, parse_requirement
from agentpm.model.version import parse_version
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


def package(name: str, source: str = SHIPPED) -> PackageId:
    """The package of that name in the shipped registry, or in another source."""
    return PackageId(source, PackageName(name))


class MemoryCatalog:
    """A catalog that is filled release by release: `.publish("lead", "2.0.0", "reviewer >=2")`.

    `visited` are the names it was asked for, in order, `batches` what it was told beforehand.
    """

    def __init__(self) -> None:
        self.packages: dict[PackageId, dict[str, Candidate]] = {}
        self.labels: dict[PackageId, str] = {}
        self.meanings: dict[str, PackageId] = {}
        self.visited: list[str] = []
        self.batches: list[list[str]] = []

    def publish(self, name: str, version: str, *needs: str, source: str = SHIPPED) -> MemoryCatalog:
        """Add a release."""
        dependencies = tuple(parse_requirement(text) for text in needs)
        shelf = self.packages.setdefault(package(name, source), {})
        shelf[version] = Candidate(parse_version(version), dependencies)
        return self

    def without(self, name: str, version: str, source: str = SHIPPED) -> MemoryCatalog:
        """The same world, with one release taken out."""
        other = MemoryCatalog()
        other.labels, other.meanings = self.labels, self.meanings
        other.packages = {key: dict(shelf) for key, shelf in self.packages.items()}
        del other.packages[package(name, source)][version]
        return other

    def refuse(
        self, name: str, version: str, kind: str, text: str, hint: str | None = None
    ) -> MemoryCatalog:
        """Make a release unavailable."""
        for key, shelf in self.packages.items():
            if key.name == name and version in shelf:
                shelf[version] = replace(shelf[version], unavailable=Unavailable(kind, text, hint))
        return self

    def yank(self, name: str, version: str, reason: str = "it deletes files") -> MemoryCatalog:
        """Yank a release."""
        return self.refuse(name, version, YANKED, f"is yanked: {reason}")

    def forbid(
        self, name: str, version: str, power: str = "a shell", hint: str | None = None
    ) -> MemoryCatalog:
        """Let the project's policy forbid a release."""
        text = f"has {power}, which `agentpm.toml:9` does not allow"
        return self.refuse(name, version, FORBIDDEN, text, hint)

    def place(self, name: str, source: str, label: str) -> MemoryCatalog:
        """Let the manifest say that a name means a file, or another registry's package."""
        self.meanings[name] = package(name, source)
        self.labels[package(name, source)] = label
        return self

    # -- the protocol -------------------------------------------------------------------------

    def releases(self, package: PackageId) -> Package:
        """Everything about one package."""
        self.visited.append(package.name)
        found = self.packages.get(package)
        if found is None:
            return Package(package, missing=self._missing(package))
        return Package(package, tuple(found.values()), label=self.labels.get(package))

    def locate(self, dependent: PackageId, requirement: Requirement) -> PackageId:
        """What a dependency means: a name stays in its dependent's registry."""
        meaning = self.meanings.get(requirement.package)
        return meaning or PackageId(dependent.source, requirement.package)

    def prefetch(self, packages: Sequence[PackageId]) -> None:
        """Take note of what will be asked for."""
        self.batches.append([package.name for package in packages])

    def _missing(self, wanted: PackageId) -> Missing:
        names = {key.name for key in self.packages if key.source == wanted.source}
        others = [k.source for k in self.packages if k.name == wanted.name]
        where = "the shipped registry" if wanted.source == SHIPPED else f"`{wanted.source}`"
        near = get_close_matches(wanted.name, sorted(names), n=1)
        hint = f"`{wanted.name}` is in `{others[0]}`" if others else None
        return Missing(f"is not in {where}", tuple(near), hint)


def roots(*wanted: str, **names: str) -> tuple[Root, ...]:
    """What a manifest asks for, a line each: `roots("lead ^2", "reviewer")`.

    `roots(critic="acme/reviewer ^1")` asks for a package under another name.
    """
    lines = [(text, None) for text in wanted]
    lines += [(text, AgentName(name)) for name, text in names.items()]
    return tuple(
        Root(
            package(requirement.package),
            requirement.range,
            f"agentpm.toml:{line}",
            name,
        )
        for line, (requirement, name) in enumerate(
            ((parse_requirement(text), name) for text, name in lines), start=3
        )
    )


def locked(**versions: str) -> Mapping[PackageId, object]:
    """What a lockfile has: `locked(lead="1.0.0")`."""
    return {package(name): parse_version(text) for name, text in versions.items()}


def problem(*wanted: str, keep: Iterable[str] = (), **versions: str) -> Problem:
    """A manifest's requirements beside a lockfile's versions: `problem("lead ^2", lead="2.0.0")`."""
    raise NotImplementedError
