"""What is said to a person who had enough."""

from __future__ import annotations

import sys

from agentpm.errors import ExitCode


def say_interrupted() -> int:
    """Say what an interruption leaves behind; the result is the exit code."""
    sys.stderr.write("\ninterrupted: what was finished stays, the next command does the rest\n")
    return ExitCode.INTERRUPTED
