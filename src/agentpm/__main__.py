"""The command `agentpm`, also as `python -m agentpm`."""

from __future__ import annotations

import gc
import sys

_YOUNG = 500_000
"""How many new values there may be before Python looks for dead cycles among them."""


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        from agentpm.cli.reader import stand_in  # noqa: PLC0415 # only then

        stand_in()
    try:
        code = _run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        from agentpm.cli.reader import gone  # noqa: PLC0415 # only then

        gone()
        code = 0
    except OSError as error:
        from agentpm.cli.main import say_lost  # noqa: PLC0415 # only then

        code = say_lost(error)
    except KeyboardInterrupt:
        # Loading takes longer than many a command, so this is where most people interrupt one.
        from agentpm.cli.interrupted import say_interrupted  # noqa: PLC0415 # only then

        code = say_interrupted()
    # What was loaded tidies up now. The outcome is fixed, and nobody is there to answer an interruption.
    signals = sys.modules.get("signal")
    if signals is not None:
        signals.signal(signals.SIGINT, signals.SIG_IGN)
    # The system takes back what is left, all at once: nobody need look for cycles in it first.
    gc.freeze()
    sys.exit(code)


def _run(argv: list[str]) -> int:
    # A command makes many values that live until it ends, and few cycles: looking for those every
    # 700 values takes up to a fifth of its time.
    gc.set_threshold(_YOUNG)
    if argv in (["--version"], ["-V"]):
        # Asked by scripts and prompts all day: answered before anything else is loaded.
        from agentpm import __version__  # noqa: PLC0415 # see above

        sys.stdout.write(f"agentpm {__version__}\n")
        return 0
    if argv in (["install"], ["install", "--frozen"], ["sync"]):
        from agentpm.cli.quick import nothing_to_do  # noqa: PLC0415 # before the parser is loaded

        if nothing_to_do():
            return 0
    from agentpm.cli.main import run  # noqa: PLC0415 # only where the short ways did not answer

    return run(argv)


if __name__ == "__main__":
    main()
