"""The parser of command lines (over typer): each command is loaded only when it was typed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Annotated, cast

import typer
from typer.main import get_command

from agentpm import __version__
from agentpm.cli import options
from agentpm.cli.complaint import complaint
from agentpm.cli.roster import COMMANDS, GROUPS
from agentpm.cli.usage import UsageFailure
from agentpm.errors import ExitCode

# Typer exports the usage errors, but not the class that they share.
_CommandLineError = cast("type[Exception]", typer.BadParameter.__mro__[2])

SUMMARY = """The package manager for agents.

Installs agent files at the versions that a project asks for, checks what each of them can do, and
records both in a lockfile that a team shares."""

EPILOG = """Start with `agentpm install backend-engineer`, or `agentpm search TEXT` to look round.
Every command explains itself, with examples: `agentpm COMMAND --help`."""


def run_parsed(argv: Sequence[str], *, completing: bool) -> int:
    """Parse a command line and run it; the result is the exit code.

    With `completing`, a shell asks what could come next.

    Raises:
        UsageFailure: it makes no sense.
        KeyboardInterrupt: the person had enough.
        AgentpmError: the command fails.
    """
    app = build(None if completing else _command_word(argv))
    try:
        result = _complete(app, argv) if completing else _invoke(app, argv)
    except typer.Exit as stop:
        return int(stop.exit_code)
    except (typer.Abort, EOFError):
        raise KeyboardInterrupt from None
    except _CommandLineError as error:
        return _explain_usage(error, argv)
    return result if isinstance(result, int) else ExitCode.DONE


def _invoke(app: typer.Typer, argv: Sequence[str]) -> object:
    """Run a command; what it raises comes out as it is.

    The library's own way of starting one makes exit codes of an interruption and of a broken pipe,
    so that nobody would be told.
    """
    command = get_command(app)
    with command.make_context("agentpm", list(argv)) as context:
        result: object = command.invoke(context)
    return result


def _complete(app: typer.Typer, argv: Sequence[str]) -> object:
    """Tell a shell what could come next."""
    try:
        result: object = app(list(argv), prog_name="agentpm", standalone_mode=False)
    except (KeyError, ValueError):
        # The parser's library reads what shells tell it (`COMP_WORDS`) as if it had to be there.
        raise UsageFailure(
            "`_AGENTPM_COMPLETE` asks what could come next, and no shell says after what",
            hint="unset it; `agentpm --show-completion` prints what your shell needs",
        ) from None
    return result


def _command_word(argv: Sequence[str]) -> str:
    """The command that was typed; an empty word, which is no command, where there is none."""
    return next((word for word in argv if not word.startswith("-")), "")


def _explain_usage(error: BaseException, argv: Sequence[str]) -> int:
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError" and context is not None:
        typer.echo(context.get_help())
        return ExitCode.USAGE
    said = str(getattr(error, "format_message", lambda: str(error))())
    word = _command_word(argv)
    typed = f"agentpm {word}" if word in COMMANDS or word in GROUPS else "agentpm"
    raise complaint(said, context.command_path if context is not None else typed) from None


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
        told = getattr(module, "HELP", command.summary)
        app.add_typer(
            module.app, name=name, help=told, short_help=command.summary, no_args_is_help=True
        )
        return
    function: Callable[..., object] = readable(module, f"{name}_")
    app.command(name, short_help=command.summary, epilog=module.EPILOG)(function)


def readable(module: ModuleType, name: str) -> Callable[..., object]:
    """A command's function, with everything in its module that the annotations are made of.

    To run, a command needs none of that, so its module does not load it (`plain`).
    """
    vars(module).update(typer=typer, options=options, Path=Path)
    function: Callable[..., object] = getattr(module, name)
    return function


def _outline() -> None:
    """What stands for a command in a list of commands."""
