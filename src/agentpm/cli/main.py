"""The way in: runs one command, and turns what it raises into words with an exit code.

This is the one place that catches.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import typer

from agentpm import __version__
from agentpm.cli.app import COMMANDS, GROUPS, build
from agentpm.cli.envelope import failure
from agentpm.cli.talk import error_lines
from agentpm.errors import AgentpmError, ExitCode

ISSUES = "https://github.com/agentpm/agentpm/issues"

# Typer exports the usage errors, but not the class that they share.
_CommandLineError = cast("type[Exception]", typer.BadParameter.__mro__[2])


class UsageFailure(AgentpmError):
    """A command line that makes no sense."""

    code = "usage"
    exit_code = ExitCode.USAGE


def run(argv: Sequence[str]) -> int:
    """Run the command line `argv` (without the program's name); the result is the exit code."""
    try:
        return _run(argv)
    except AgentpmError as error:
        return _fail(error, argv)
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("\ninterrupted: what was finished stays, the next command does the rest\n")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Whoever was reading has enough: `agentpm search x | head -1` is no failure.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except Exception:  # noqa: BLE001 # the last resort: a bug is reported, not dumped on the user
        return _bug()


def _run(argv: Sequence[str]) -> int:
    completing = "_AGENTPM_COMPLETE" in os.environ
    app = build(None if completing else _command_word(argv))
    try:
        result = app(list(argv), prog_name="agentpm", standalone_mode=False)
        sys.stdout.flush()
    except typer.Exit as stop:
        return int(stop.exit_code)
    except _CommandLineError as error:
        return _explain_usage(error, argv)
    return result if isinstance(result, int) else ExitCode.DONE


def _command_word(argv: Sequence[str]) -> str:
    """The command that was typed; an empty word, which is no command, where there is none."""
    return next((word for word in argv if not word.startswith("-")), "")


def _explain_usage(error: BaseException, argv: Sequence[str]) -> int:
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError" and context is not None:
        sys.stdout.write(context.get_help() + "\n")
        return ExitCode.USAGE
    message = str(getattr(error, "format_message", lambda: str(error))()).strip().rstrip(".")
    path = context.command_path if context is not None else "agentpm"
    told = UsageFailure(message[:1].lower() + message[1:], hint=f"see `{path} --help`")
    return _fail(told, argv)


def _fail(error: AgentpmError, argv: Sequence[str]) -> int:
    if _wants_json(argv):
        words = [word for word in argv if not word.startswith("-")]
        depth = 2 if words[:1] and words[0] in GROUPS else 1
        known = words[:1] and words[0] in {**COMMANDS, **GROUPS}
        print(failure(" ".join(words[:depth]) if known else "", error))  # noqa: T201 # output is data
    else:
        verbose = not {"--verbose", "-v"}.isdisjoint(argv)
        for line in error_lines(error, sys.stderr, verbose=verbose):
            sys.stderr.write(line + "\n")
    return error.exit_code


def _wants_json(argv: Sequence[str]) -> bool:
    """Whether the answer is to be a document, a failure too."""
    formats = "--format=json" in argv or ("--format", "json") in pairwise(argv)
    return "--json" in argv or formats


def _bug() -> int:
    # Nobody should need it, so nobody pays for it.
    from traceback import format_exc  # noqa: PLC0415

    trace = format_exc()
    sys.stderr.write(
        f"{trace}\nerror: this is a bug in agentpm {__version__}\n"
        f"hint: please report the lines above, with the command that you ran, at {ISSUES}\n"
    )
    return ExitCode.BUG
