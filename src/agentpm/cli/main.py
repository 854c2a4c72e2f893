"""The way in: runs one command, and turns what it raises into words with an exit code.

This is the one place that catches; only an interruption while it is still being loaded is caught in
`agentpm.__main__`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from agentpm import __version__, lazy
from agentpm.cli.envelope import failure
from agentpm.cli.plain import plain_call
from agentpm.cli.roster import COMMANDS, GROUPS
from agentpm.cli.talk import error_lines
from agentpm.errors import AgentpmError, ExitCode

if TYPE_CHECKING:
    from agentpm.cli import interrupted, reader
else:
    # For runs that somebody ends.
    interrupted = lazy.module("agentpm.cli.interrupted")
    reader = lazy.module("agentpm.cli.reader")

ISSUES = "https://github.com/agentpm/agentpm/issues"


def run(argv: Sequence[str]) -> int:
    """Run the command line `argv` (without the program's name); the result is the exit code."""
    try:
        return _run(argv)
    except AgentpmError as error:
        return _fail(error, argv)
    except KeyboardInterrupt:
        return interrupted.say_interrupted()
    except BrokenPipeError:
        reader.gone()
        return ExitCode.DONE
    except OSError as error:
        return say_lost(error)
    except Exception:  # noqa: BLE001 # the last resort: a bug is reported, not dumped on the user
        return _bug()


def _run(argv: Sequence[str]) -> int:
    completing = "_AGENTPM_COMPLETE" in os.environ
    call = None if completing else plain_call(argv)
    if call is not None:
        result = call() or ExitCode.DONE
    else:
        # The parser takes longer to load than most commands: only where a line needs one.
        from agentpm.cli.app import run_parsed  # noqa: PLC0415

        result = run_parsed(argv, completing=completing)
    sys.stdout.flush()
    return result


def _fail(error: AgentpmError, argv: Sequence[str]) -> int:
    if _wants_json(argv):
        words = [word for word in argv if not word.startswith("-")]
        depth = 2 if words[:1] and words[0] in GROUPS else 1
        known = words[:1] and words[0] in {**COMMANDS, **GROUPS}
        try:
            print(failure(" ".join(words[:depth]) if known else "", error), flush=True)  # noqa: T201 # output is data
        except BrokenPipeError:
            reader.gone()
    else:
        verbose = not {"--verbose", "-v"}.isdisjoint(argv)
        for line in error_lines(error, sys.stderr, verbose=verbose):
            sys.stderr.write(line + "\n")
    return error.exit_code


def _wants_json(argv: Sequence[str]) -> bool:
    """Whether the answer is to be a document, a failure too."""
    formats = "--format=json" in argv or ("--format", "json") in pairwise(argv)
    return "--json" in argv or formats


def say_lost(error: OSError) -> int:
    """Say that the output could not be written, if that is what `error` is about; the exit code."""
    failure = reader.lost(error)
    if failure is None:
        return _bug()
    for line in error_lines(failure, sys.stderr):
        sys.stderr.write(line + "\n")
    return failure.exit_code


def _bug() -> int:
    # Nobody should need it, so nobody pays for it.
    from traceback import format_exc  # noqa: PLC0415

    trace = format_exc()
    sys.stderr.write(
        f"{trace}\nerror: this is a bug in agentpm {__version__}\n"
        f"hint: please report the lines above, with the command that you ran, at {ISSUES}\n"
    )
    return ExitCode.BUG
