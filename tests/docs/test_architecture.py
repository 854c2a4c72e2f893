"""The map of the house shows every room as it is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from docs.pages import ROOT, page

_SOURCE = ROOT / "src" / "agentpm"
_ROW = re.compile(r"^\| `([\w/.]+\.py)` \| (.+) \|$", re.MULTILINE)


def _sentence(path: Path) -> str:
    """The first sentence of a module's docstring, on one line."""
    words = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return " ".join(words.partition("\n\n")[0].split())


def test_the_map_lists_every_module_with_what_it_says_of_itself() -> None:
    """Who looks for a thing begins here; `python scripts/module_map.py` writes the table anew."""
    told = dict(_ROW.findall(page("docs/design/architecture.md").text))
    real = {
        path.relative_to(_SOURCE).as_posix(): _sentence(path)
        for path in _SOURCE.rglob("*.py")
        if path.name != "__init__.py"
    }
    assert told == {name: text.replace("|", "\\|") for name, text in real.items()}


def test_the_layers_on_the_page_are_those_that_the_linter_holds() -> None:
    """A rule that is only written down is a wish."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    layers = re.findall(r'^    "([a-z| ]+)",$', text, re.MULTILINE)
    line = " → ".join(layer for layer in layers)
    assert line in page("docs/design/architecture.md").text
