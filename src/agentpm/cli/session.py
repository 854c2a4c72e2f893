"""One run of a command: what it was given, how it speaks, how its result is printed."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from agentpm.cli.envelope import partial, success
from agentpm.cli.screen import on_screen
from agentpm.cli.settings import Flags
from agentpm.cli.talk import Talk
from agentpm.errors import AgentpmError


class Session:
    """The frame around one command called `command`."""

    def __init__(self, command: str, flags: Flags) -> None:
        self.command = command
        self.flags = flags
        self.talk = Talk(quiet=flags.quiet, json=flags.json, verbose=flags.verbose)

    def print(self, data: Any, lines: Iterable[str], failed: AgentpmError | None = None) -> None:
        """Print the result: `data` in the JSON envelope, or else the `lines`, fit for a terminal.

        `failed` is why a part of it is missing; the words about that are for the caller to say.
        """
        if self.flags.json:
            warnings = self.talk.warnings
            whole = (
                success(self.command, data, warnings)
                if failed is None
                else partial(self.command, data, failed, warnings)
            )
            print(whole)  # noqa: T201 # output is data
            return
        text = "".join([f"{on_screen(line)}\n" for line in lines])
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
