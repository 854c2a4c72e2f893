"""Command lines without options: what they mean without a parser is what the parser says they mean."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import typer.main

from agentpm.cli.app import build
from agentpm.cli.plain import plain_call
from agentpm.cli.roster import COMMANDS, PARTS, Words
from support.loading import loaded
from support.project import Project

WORDS = {
    name: command.words
    for name, command in {**COMMANDS, **PARTS}.items()
    if command.words is not None
}
PLAIN = list(WORDS)
COUNTS = {Words.NONE: [0], Words.ONE: [1], Words.SOME: [1, 3], Words.ANY: [0, 1, 3]}


def cases() -> list[list[str]]:
    """Every plain command with every number of words that it takes."""
    return [
        [*name.split(" "), *("first", "second", "third")[:count]]
        for name, words in WORDS.items()
        for count in COUNTS[words]
    ]


def parsed(argv: list[str]) -> dict[str, Any]:
    """What the parser gives to the function of a command."""
    command = typer.main.get_command(build(argv[0]))
    rest, contexts = list(argv), contextlib.ExitStack()
    with contexts:
        context = contexts.enter_context(command.make_context("agentpm", list(rest)))
        while isinstance(command, typer.core.TyperGroup):
            command = command.commands[rest.pop(0)]
            made = command.make_context("", list(rest), parent=context)
            context = contexts.enter_context(made)
        # The library hands words on as a list.
        return {k: list(v) if isinstance(v, tuple) else v for k, v in context.params.items()}


def called(call: Callable[..., Any]) -> dict[str, Any]:
    """What a plain call gives to the function of a command."""
    whole = call if isinstance(call, partial) else partial(call)
    bound = inspect.signature(whole.func).bind(*whole.args, **whole.keywords)
    bound.apply_defaults()
    return dict(bound.arguments)


@pytest.mark.parametrize("argv", cases(), ids=" ".join)
def test_words_mean_what_the_parser_makes_of_them(argv: list[str]) -> None:
    """Two ways into a command, one meaning."""
    call = plain_call(argv)
    assert call is not None
    plain, full = called(call), parsed(argv)
    assert plain.keys() == full.keys()
    # The parser says of a list without words that it is empty, or that there is none.
    assert {k: v or None for k, v in plain.items()} == {k: v or None for k, v in full.items()}


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["--help"],
        ["instal"],
        ["list", "--json"],
        ["search", "-q", "x"],
        ["search", "--", "x"],
        ["list", "unexpected"],
        ["why"],
        ["why", "one", "two"],
        ["remove"],
        ["publish", "file.md"],
        ["registry", "list"],
        ["registry"],
        ["registry", "update", "--json"],
    ],
    ids=" ".join,
)
def test_everything_else_is_left_to_the_parser(argv: list[str]) -> None:
    """Options, mistakes and commands with more to say need one."""
    assert plain_call(argv) is None


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_command_runs_without_the_parser(tmp_path: Path, name: str) -> None:
    """What it is for: the parser is not even loaded."""
    project = Project(tmp_path)
    words = {Words.ONE: ["code-reviewer"], Words.SOME: ["code-reviewer"]}
    argv = [*name.split(" "), *words.get(WORDS[name], [])]
    project.run("install", "code-reviewer").done()
    assert "typer" not in loaded(project, *argv)
