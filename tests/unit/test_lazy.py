"""What is made when it is first used."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

from agentpm import lazy

SOURCES = Path(__file__).resolve().parents[2] / "src" / "agentpm"


def named() -> list[tuple[str, str, str]]:
    """Every `name = lazy.module("...")` with the file that it stands in."""
    found = []
    for path in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Assign([ast.Name(name)], ast.Call(ast.Attribute(attr="module"), [given])):
                    assert isinstance(given, ast.Constant)
                    found.append((path.relative_to(SOURCES).as_posix(), name, str(given.value)))
    return found


def test_a_pattern_is_as_good_as_a_compiled_one() -> None:
    """Its methods are those of the compiled form, flags included."""
    word = lazy.pattern(r"(?P<first>[a-z])\w*", re.IGNORECASE)
    match = word.fullmatch("Word")
    assert match is not None and match["first"] == "W"
    assert word.sub("-", "a b") == "- -"
    assert word.pattern == r"(?P<first>[a-z])\w*"
    assert lazy.pattern(rb"\d").findall(b"1a2") == [b"1", b"2"]


def test_a_module_is_looked_up_when_it_is_used() -> None:
    """Naming one loads nothing, so that even one that does not exist can be named."""
    assert lazy.module("string").digits == "0123456789"
    nowhere = lazy.module("agentpm.nowhere")
    with pytest.raises(ModuleNotFoundError):
        _ = nowhere.anything
    with pytest.raises(AttributeError):
        _ = lazy.module("string").nothing


@pytest.mark.parametrize(("file", "name", "module"), named())
def test_every_name_of_a_module_leads_to_one(file: str, name: str, module: str) -> None:
    """A name is only text: nobody but this test notices that one is misspelt."""
    importlib.import_module(module)
    text = (SOURCES / file).read_text("utf-8")
    # A long list of names stands in brackets, one a line.
    text = re.sub(
        r"import \(\s*([^)]*?),?\s*\)", lambda found: f"import {' '.join(found[1].split())}", text
    )
    package, _, last = module.rpartition(".")
    alias = "" if last == name else f" as {name}"
    seen = rf"from {re.escape(package)} import [^\n]*\b{last}\b" if package else f"import {last}"
    assert re.search(rf"^    {seen}{alias}$|^    {seen}, ", text, re.MULTILINE), (
        "type checkers and import-linter are told of another module"
    )
