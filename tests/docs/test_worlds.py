"""The worked examples of the documentation: small worlds, with what the resolver says of each.

A block of kind `world` holds releases as `support.catalog.world` reads them; lines of the manifest,
`asks lead ^2`; and locked releases, `locked lead 2.0.0`. The block of kind `answer` that follows is
what the resolver makes of it. `AGENTPM_ACCEPT=1` writes the answers anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from agentpm.cli.screen import hint_lines
from agentpm.model.release import PackageId
from agentpm.model.version import Version, parse_version
from agentpm.resolver.failure import Unsolvable
from agentpm.resolver.problem import Problem
from agentpm.resolver.solution import Solution
from agentpm.resolver.solve import solve
from docs.pages import Page, page, pages
from support.catalog import MemoryCatalog, asks, package, wants, world

_PAIR = re.compile(r"^```world\n(.*?)^```\n(.*?)^```answer\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PROGRAM = re.compile(r"^```python\n(.*?)^```\n.*?^```text\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_WITH_WORLDS = [subject.name for subject in pages() if "```world\n" in subject.text]


def answer(text: str) -> str:
    """What the resolver makes of a world, as the pages show it."""
    try:
        return "".join(f"{line}\n" for line in _told(solve(*_question(text))))
    except Unsolvable as failure:
        story = [f"error: {failure.message}", *(f"  {line}" for line in failure.details)]
        hint = hint_lines(failure.hint, sys.stderr) if failure.hint else []
        return "\n".join([*story, *hint, ""])


def _question(text: str) -> tuple[Problem, MemoryCatalog]:
    lines = text.strip().splitlines()
    wanted = [line.removeprefix("asks ") for line in lines if line.startswith("asks ")]
    locked = dict(_locked(lines))
    roots = [wants(goal, line=number) for number, goal in enumerate(wanted, start=3)]
    roots = [replace(root, keep_at_least=locked.get(root.package)) for root in roots]
    releases = [line for line in lines if not line.startswith(("asks ", "locked "))]
    return replace(asks(*roots, moving=[]), locked=locked), world("\n".join(releases))


def _locked(lines: list[str]) -> Iterator[tuple[PackageId, Version]]:
    for line in lines:
        if line.startswith("locked "):
            _, name, version = line.split()
            yield package(name), parse_version(version)


def _told(solution: Solution) -> Iterator[str]:
    for chosen, version in solution.chosen.items():
        yield f"{chosen.name} {version}"
    for each in solution.moved:
        yield f"moved: {each.package.name} {each.before} -> {each.after}, because {each.text}"
    for passed in solution.passed_over:
        yield f"passed over: {passed.package.name} {passed.version} {passed.text}"
    for warned in solution.warnings:
        yield f"warning: {warned.package.name} {warned.version} {warned.text}"


@pytest.mark.parametrize("name", _WITH_WORLDS)
def test_a_worked_example_is_what_the_resolver_does(name: str) -> None:
    """Who learns the algorithm from a page must not learn another one."""
    subject: Page = page(name)
    examples = _PAIR.findall(subject.text)
    assert len(examples) == subject.text.count("```world\n")
    if "AGENTPM_ACCEPT" in os.environ:
        written = _PAIR.sub(
            lambda m: f"```world\n{m[1]}```\n{m[2]}```answer\n{answer(m[1])}```", subject.text
        )
        subject.path.write_text(written, "utf-8")
        return
    for question, _, shown in examples:
        assert answer(question) == shown


def test_the_program_that_asks_from_outside_prints_what_the_page_shows() -> None:
    """Whoever puts their own cases to the resolver begins with these lines."""
    (found,) = _PROGRAM.findall(page("docs/design/resolver.md").text)
    program, shown = found
    run = subprocess.run(
        [sys.executable, "-"],
        input=program,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert (run.stderr, run.stdout) == ("", shown)


def test_the_resolver_is_explained_with_worked_examples() -> None:
    """The search for pages must not come back empty."""
    assert "docs/design/resolver.md" in _WITH_WORLDS
