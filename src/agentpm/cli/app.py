"""The list of commands, each loaded only when it is the one that was typed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from agentpm import __version__
from agentpm.values import dataclass

SUMMARY = """The package manager for agents.

Installs agent files at the versions that a project asks for, checks what each of them can do, and
records both in a lockfile that a team shares."""

EPILOG = """Start with `agentpm install backend-engineer`, or `agentpm search TEXT` to look round.
Every command explains itself, with examples: `agentpm COMMAND --help`."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command's place: `module` of `agentpm.cli.commands`, with a function of the command's name.

    `summary` is its line in the list of commands.
    """

    module: str
    summary: str


COMMANDS: Mapping[str, Command] = {
    "init": Command("init", "Begin a project: write agentpm.toml"),
    "add": Command("add", "Ask for agents: manifest and lockfile, no files"),
    "remove": Command("remove", "Stop asking for agents: manifest and lockfile, no files"),
    "install": Command("install", "Install agents, by name or all that the project asks for"),
    "uninstall": Command("uninstall", "Remove agents from the project and from disk"),
    "update": Command("update", "Move agents to the newest releases that fit"),
    "lock": Command("lock", "Solve, and write the lockfile"),
    "sync": Command("sync", "Install exactly what the lockfile says (install --frozen)"),
    "list": Command("list", "List the agents of this project"),
    "tree": Command("tree", "Show which agent depends on which"),
    "why": Command("why", "Say why an agent is here"),
    "outdated": Command("outdated", "List agents with newer releases"),
    "search": Command("search", "Find agents in a registry"),
    "info": Command("info", "Describe a package: releases, tools, dependencies"),
    "diff": Command("diff", "Show what changes between two releases"),
    "status": Command("status", "Compare lockfile, receipt and files"),
    "verify": Command("verify", "Check that installed files are the locked ones"),
    "publish": Command("publish", "Send an agent to a registry"),
    "yank": Command("yank", "Withdraw a release from new solutions"),
    "unyank": Command("yank", "Offer a yanked release again"),
    "version": Command("version", "Show or set the version line of an agent file"),
    "lint": Command("lint", "Check agent files before they are published"),
    "permissions": Command("permissions", "Show what agents can do, and why"),
    "approve": Command("approve", "Approve what an agent asks for, in the manifest"),
    "adopt": Command("adopt", "Manage agent files that were there before agentpm"),
    "doctor": Command("doctor", "Find what is wrong on this machine and in this project"),
}
GROUPS: Mapping[str, Command] = {
    "registry": Command("registry", "Make, name and refresh registries"),
    "cache": Command("cache", "Look at the cache, or empty it"),
    "config": Command("config", "Look at your settings, or change them"),
}


def build(wanted: str | None) -> typer.Typer:
    """The application: with the command `wanted` alone, or with all of them where it is None.

    A name that is no command gets the whole list in outline, which is enough to print it and to
    suggest what was meant.
    """
    app = typer.Typer(
        name="agentpm",
        help=SUMMARY,
        epilog=EPILOG,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    known = {**COMMANDS, **GROUPS}
    for name in [wanted] if wanted in known else known:
        _register(app, str(name), load=wanted is None or name == wanted)
    return app


def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Print the version and exit.")
    ] = False,
) -> None:
    # `--version` alone is answered before anything is loaded; with other words beside it, here.
    if version:
        typer.echo(f"agentpm {__version__}")
        raise typer.Exit


def _register(app: typer.Typer, name: str, *, load: bool) -> None:
    command = COMMANDS.get(name) or GROUPS[name]
    if not load:
        app.command(name, help=command.summary)(_outline)
        return
    # The marked place: a command and all that it needs load here, when it is the one typed.
    module = importlib.import_module(f"agentpm.cli.commands.{command.module}")
    if name in GROUPS:
        app.add_typer(module.app, name=name, help=command.summary, no_args_is_help=True)
        return
    function: Callable[..., None] = getattr(module, f"{name}_")
    app.command(name, short_help=command.summary, epilog=module.EPILOG)(function)


def _outline() -> None:
    """What stands for a command in a list of commands."""
