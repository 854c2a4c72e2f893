"""Dependency graphs, written down for each of the package managers that are to solve them."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generate import Round
from benchmarks.prose import agent
from benchmarks.stopwatch import BenchmarkFailure

Graph = Mapping[str, Mapping[str, Mapping[str, int]]]
"""Package to version to dependency, with the lowest minor version of it that will do.

Every version is `1.N.0`, and every requirement `>=1.N.0,<2`.
"""

_FILE_BYTES = 600
"""Locking reads records, not files, so the files are small."""


@dataclass(frozen=True, slots=True)
class World:
    """A graph, with the packages that a project asks for."""

    graph: Graph
    roots: tuple[str, ...]

    def rounds(self) -> Iterator[Round]:
        """The world as rounds of releases for `generate.make_registry`."""
        versions = list(dict.fromkeys(v for offered in self.graph.values() for v in offered))
        for version in versions:
            yield (
                agent(name, version, _requirements(offered[version]), _FILE_BYTES)
                for name, offered in self.graph.items()
                if version in offered
            )


def _requirements(dependencies: Mapping[str, int]) -> list[str]:
    return [f"{name} >=1.{lowest}.0,<2" for name, lowest in dependencies.items()]


def layered(packages: int, versions: int = 10, fanout: int = 3, roots: int = 50) -> World:
    """A world without cycles: each package needs `fanout` others of a higher number.

    All its versions need the same packages, later ones often in later versions.
    """
    numbers = random.Random(packages)
    names = [f"agent-{number:05}" for number in range(packages)]
    graph: dict[str, dict[str, dict[str, int]]] = {}
    for number, name in enumerate(names):
        later = names[number + 1 :]
        needs = sorted(numbers.sample(later, min(fanout, len(later))))
        graph[name] = {
            f"1.{minor}.0": {need: numbers.randint(0, minor) for need in needs}
            for minor in range(versions)
        }
    half = names[: packages // 2]
    return World(graph, tuple(sorted(numbers.sample(half, min(roots, len(half))))))


def world_of(source: Path, packages: int, versions: int = 10, roots: int = 50) -> World:
    """A world from a Python file that has the functions `graph` and `roots`.

    Raises:
        BenchmarkFailure: it has not.
    """
    found = importlib.util.spec_from_file_location("world_source", source)
    if found is None or found.loader is None:
        raise BenchmarkFailure(f"{source} is no Python file")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    graph: Graph = module.graph(packages, versions)
    return World(graph, tuple(module.roots(packages, roots)))


def write_for_cargo(world: World, index: Path, project: Path) -> None:
    """The files of a registry index for cargo (not committed), and a crate that needs the roots."""
    index.mkdir(parents=True)
    downloads = (index.parent / "downloads").as_uri()
    (index / "config.json").write_text(json.dumps({"dl": downloads, "api": None}), "utf-8")
    for name, offered in world.graph.items():
        path = index / name[:2] / name[2:4] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(_crate(name, version, needs)) for version, needs in offered.items()]
        path.write_text("\n".join(lines) + "\n", "utf-8")
    (project / "src").mkdir(parents=True)
    (project / "src" / "lib.rs").write_text("", "utf-8")
    (project / ".cargo").mkdir()
    registry = f'[registries.bench]\nindex = "{index.as_uri()}"\n'
    (project / ".cargo" / "config.toml").write_text(registry, "utf-8")
    head = '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\n'
    needed = "".join(f'{name} = {{ version = "1", registry = "bench" }}\n' for name in world.roots)
    (project / "Cargo.toml").write_text(head + needed, "utf-8")


def _crate(name: str, version: str, needs: Mapping[str, int]) -> Mapping[str, object]:
    one = {"features": [], "optional": False, "default_features": True}
    one |= {"target": None, "kind": "normal"}
    dependencies = [{"name": n, "req": f"^1.{low}.0", **one} for n, low in needs.items()]
    fixed: dict[str, object] = {"cksum": "0" * 64, "features": {}, "yanked": False}
    return {"name": name, "vers": version, "deps": dependencies, **fixed}


def write_for_uv(world: World, site: Path, requirements: Path) -> None:
    """A static package index with separate metadata (PEP 503, PEP 658), and what is asked of it."""
    files = site / "files"
    files.mkdir(parents=True)
    for name, offered in world.graph.items():
        links = []
        for version, needs in offered.items():
            wheel = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
            lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
            lines += [f"Requires-Dist: {need}>=1.{low}.0,<2" for need, low in needs.items()]
            metadata = ("\n".join(lines) + "\n").encode()
            (files / f"{wheel}.metadata").write_bytes(metadata)
            digest = f"sha256={hashlib.sha256(metadata).hexdigest()}"
            links.append(
                f'<a href="../../files/{wheel}" data-core-metadata="{digest}">{wheel}</a><br>'
            )
        page = site / "simple" / name / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text("<!DOCTYPE html><html><body>" + "\n".join(links) + "</body></html>")
    asked = "".join(f"{name}>=1,<2\n" for name in world.roots)
    requirements.write_text(asked, "utf-8")
