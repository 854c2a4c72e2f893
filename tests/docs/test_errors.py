"""Every error that agentpm can raise is explained, and no other."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import agentpm
from agentpm.errors import AgentpmError, ExitCode
from docs.pages import ROOT, page

_EXIT = re.compile(r"^Exit code (\d+)\.", re.MULTILINE)


def _modules() -> Iterator[str]:
    for module in pkgutil.walk_packages(agentpm.__path__, "agentpm."):
        if not module.name.endswith("__main__"):
            yield module.name


def _subclasses(kind: type[AgentpmError]) -> Iterator[type[AgentpmError]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith("agentpm."):
            yield child
        yield from _subclasses(child)


def _errors() -> dict[str, list[type[AgentpmError]]]:
    """Every class of error in the program, by code."""
    for module in _modules():
        importlib.import_module(module)
    found: dict[str, list[type[AgentpmError]]] = {}
    for error in _subclasses(AgentpmError):
        found.setdefault(error.code, []).append(error)
    return found


def _forms() -> Iterator[str]:
    """The texts of the program as patterns, with anything where something is filled in."""
    for module in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
                form = _form(node)
                if len(re.sub(r"\.\+\?|\.\*", "", form)) > 8:
                    yield form


def _form(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return re.escape(text)
        case ast.JoinedStr(values=parts):
            return "".join(_form(p) if isinstance(p, ast.Constant) else ".+?" for p in parts)
        case ast.BinOp(left=left, right=right):
            return _form(left) + _form(right)
    return ".*"


ERRORS = _errors()
FORMS = [re.compile(form) for form in _forms()]
PUT_TOGETHER = {
    "declined",
    "permission-denied",
    "permission-widened",
    "unknown-tool",
    "unsolvable",
    "usage",
}
"""Codes whose sentence is made of parts, so that no single text of the program has its form."""
SECTIONS = page("docs/reference/errors.md").sections(2)


def test_the_page_has_a_section_for_each_code_in_alphabetical_order() -> None:
    """Whoever has a code looks it up; one that is gone would send people looking for nothing."""
    assert list(SECTIONS) == sorted(ERRORS)


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_a_section_states_the_exit_code_of_its_errors(code: str) -> None:
    """Scripts are written against these numbers."""
    stated = {int(number) for number in _EXIT.findall(SECTIONS.get(code, ""))}
    assert stated == {int(error.exit_code) for error in ERRORS[code]}


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_a_section_says_what_to_do_and_shows_an_example(code: str) -> None:
    """A name and a number help nobody, and people search for the sentence they were shown."""
    section = SECTIONS.get(code, "")
    assert "**What to do.**" in section
    shown = re.search(r"^```text\nerror: (.+)$", section, re.MULTILINE)
    assert shown is not None
    assert code in PUT_TOGETHER or any(form.fullmatch(shown[1]) for form in FORMS), shown[1]


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_a_code_is_written_in_small_letters_and_hyphens(code: str) -> None:
    """Codes are part of the interface: one spelling, for good."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)


def test_every_error_says_what_kind_it_is() -> None:
    """What has no code of its own, or of the failure it is a kind of, could not be told apart."""
    assert AgentpmError.code not in ERRORS


def test_the_table_of_exit_codes_is_the_one_of_the_program() -> None:
    """Every exit code is documented, and nothing documented is gone."""
    rows = re.findall(
        r"^\| (\d+) \| ([\w-]+) \|", page("docs/reference/exit-codes.md").text, re.MULTILINE
    )
    assert [(int(code), name.upper()) for code, name in rows] == [
        (int(code), code.name) for code in ExitCode
    ]
