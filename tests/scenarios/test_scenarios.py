"""Every `*.toml` beside this file is a small world, a question, and the answer it must have.

`why` says what the scenario is for. `world` is what `support.catalog.world`
reads, `asks` are the manifest's lines.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentpm.model.release import SHIPPED
from agentpm.model.version import parse_version
from agentpm.resolver.failure import Unsolvable
from agentpm.resolver.problem import Problem, Strategy
from agentpm.resolver.solution import Solution
from agentpm.resolver.solve import solve
from support.catalog import MemoryCatalog, asks, package, versions, wants, world

HERE = Path(__file__).parent
KEYS = {"why", "world", "asks", "registry", "names", "locked", "moving", "keeps", "strategy",
        "means", "chosen", "moved", "passed-over", "warnings", "error"}  # fmt: skip


def scenarios() -> list[Any]:
    return [pytest.param(path, id=path.stem) for path in sorted(HERE.glob("*.toml"))]


@pytest.mark.parametrize("path", scenarios())
def test_the_scenario_has_its_answer(path: Path) -> None:
    """A world that once went wrong somewhere, or that a design decision is about."""
    scenario = tomllib.loads(path.read_text())
    assert set(scenario) <= KEYS
    assert len(scenario["why"].split()) >= 15, "a scenario says why it is there"
    problem, catalog = _problem(scenario), _catalog(scenario)
    if "error" in scenario:
        with pytest.raises(Unsolvable) as caught:
            solve(problem, catalog)
        assert _told(caught.value) == scenario["error"]
    else:
        _compare(solve(problem, catalog), scenario)


def _compare(solution: Solution, scenario: Mapping[str, Any]) -> None:
    assert versions(solution) == scenario["chosen"]
    moved = [f"{m.package.name} {m.before} -> {m.after}, because {m.text}" for m in solution.moved]
    assert moved == scenario.get("moved", [])
    passed = [f"{p.package.name} {p.version} {p.text}" for p in solution.passed_over]
    assert passed == scenario.get("passed-over", [])
    warnings = [f"{w.package.name} {w.version} {w.text}" for w in solution.warnings]
    assert warnings == scenario.get("warnings", [])


def _told(failure: Unsolvable) -> dict[str, Any]:
    """All that a failure says; the keys that say nothing left out."""
    told = {
        "message": failure.message,
        "story": list(failure.details),
        "hint": failure.hint,
        "exit": int(failure.exit_code),
    }
    return {key: value for key, value in told.items() if value is not None}


def _catalog(scenario: Mapping[str, Any]) -> MemoryCatalog:
    catalog = world(scenario["world"])
    for name, meant in scenario.get("means", {}).items():
        catalog.mean(name, meant["source"], meant.get("label"))
    return catalog


def _problem(scenario: Mapping[str, Any]) -> Problem:
    registries, names = scenario.get("registry", {}), scenario.get("names", {})
    roots = []
    for line, text in enumerate(scenario["asks"], start=3):
        name = text.split()[0]
        root = wants(text, line=line, name=names.get(name), source=registries.get(name, SHIPPED))
        keeps = scenario.get("keeps", {}).get(name)
        roots.append(replace(root, keep_at_least=parse_version(keeps) if keeps else None))
    moving = scenario.get("moving", [])
    problem = asks(*roots, moving=None if moving == "all" else moving)
    locked = {
        package(name, registries.get(name, SHIPPED)): parse_version(version)
        for name, version in scenario.get("locked", {}).items()
    }
    strategy = Strategy(scenario.get("strategy", "newest"))
    return replace(problem, locked=locked, strategy=strategy)
