"""One run of a command: what it was given, how it speaks, how its result is printed."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from agentpm.cli.envelope import success
from agentpm.cli.settings import Flags
from agentpm.cli.talk import Talk


class Session:
    """The frame around one command called `command`."""

    def __init__(self, command: str, flags: Flags) -> None:
        self.command = command
        self.flags = flags
        self.talk = Talk(quiet=flags.quiet, json=flags.json, verbose=flags.verbose)

    def print(self, data: Any, lines: Iterable[str]) -> None:
        """Print the result: `data` in the JSON envelope, or else the `lines`."""
        if self.flags.json:
            print(success(self.command, data, self.talk.warnings))  # noqa: T201 # output is data
            return
        for line in lines:
            sys.stdout.write(f"{line}\n".encode(sys.stdout.encoding or "utf-8", "replace").decode(
                sys.stdout.encoding or "utf-8"
            ))  # fmt: skip
