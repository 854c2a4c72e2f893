"""The README keeps its promises: one command to install, one to test."""

from __future__ import annotations

import importlib.util
import tomllib

import pytest

from docs.pages import ROOT, commands, page


def _command(name: str) -> str:
    """The command as CI takes it out of the README, by the same script."""
    path = ROOT / "scripts" / "readme_command.py"
    spec = importlib.util.spec_from_file_location("readme_command", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text: str = module.command(page("README.md").text, name)
    return text


@pytest.mark.parametrize("name", ["install", "tests"])
def test_the_readme_has_a_command_that_is_one_line(name: str) -> None:
    """What is promised as one command can be copied and pasted as one."""
    assert len(_command(name).splitlines()) == 1


def test_the_first_command_installs_the_agent_that_the_readme_shows() -> None:
    """It is the first thing that anybody tries."""
    [shown] = list(commands(_command("install")))
    assert shown == ["install", "backend-engineer"]


def test_the_second_command_installs_what_it_runs() -> None:
    """`-n auto` is an option of a plugin, which has to be among the tests' requirements."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extra = " ".join(project["optional-dependencies"]["test"])
    assert "'.[test]'" in _command("tests")
    assert "pytest -n auto" in _command("tests")
    assert "pytest-xdist" in extra


def test_the_changelog_has_an_entry_for_this_version() -> None:
    """Whoever upgrades looks there first."""
    version = (ROOT / "src" / "agentpm" / "__init__.py").read_text("utf-8").split('"')[-2]
    assert any(text.startswith(f"[{version}]") for _, text in page("CHANGELOG.md").headings)
