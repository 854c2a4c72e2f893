"""The threat model claims no defence that no test holds."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

import pytest

from docs.pages import ROOT, page

_PAGE = "docs/design/threat-model.md"
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def _rows() -> list[str]:
    """The rows of the tables of attacks: what is defended."""
    defended, _, _ = page(_PAGE).text.partition("## What is not defended")
    rows = [line for line in defended.splitlines() if line.startswith("| ")]
    return [row for row in rows if not row.startswith("| attack")]


@lru_cache
def _tests(path: str) -> frozenset[str]:
    """The names of the tests in a file."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row.split("|")[1].strip()[:50])
def test_a_defence_names_a_test_that_exists(row: str) -> None:
    """A defence that nobody tries is a hope."""
    named = _NAMED.findall(row)
    assert named
    for path, test in named:
        assert test in _tests(path), path


def test_what_is_not_defended_is_said() -> None:
    """People rely on what a page leaves out."""
    assert len(page(_PAGE).sections(2)["What is not defended"]) > 500
