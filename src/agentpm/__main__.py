"""The command `agentpm`, also as `python -m agentpm`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        # Asked by scripts and prompts all day: answered before anything is loaded.
        from agentpm import __version__  # noqa: PLC0415

        sys.stdout.write(f"agentpm {__version__}\n")
        return
    if sys.argv[1:] in (["install"], ["install", "--frozen"], ["sync"]):
        from agentpm.cli.quick import nothing_to_do  # noqa: PLC0415

        if nothing_to_do():
            return
    from agentpm.cli.main import run  # noqa: PLC0415

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
