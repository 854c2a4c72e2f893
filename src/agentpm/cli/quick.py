"""The answer to a bare `install` or `sync` where there is nothing to do.

Typed by habit and run by every hook and script, so it is answered from the receipt and a few
`stat`s before the command line's parser is loaded, which alone takes longer.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from agentpm.location import Location, find_project
from agentpm.ops.uptodate import up_to_date


def nothing_to_do() -> bool:
    """Say that everything is up to date, where it is; False leaves the question to the command."""
    try:
        root = find_project(Path.cwd().resolve(), Path.home().resolve())
        count = None if root is None else up_to_date(Location("project", root, root), os.environ)
    except (OSError, RuntimeError):
        return False  # the full command explains what is wrong here
    if count is None:
        return False
    sys.stdout.write(up_to_date_line(count) + "\n")
    return True


def up_to_date_line(count: int) -> str:
    """What a no-op says."""
    return "1 agent is up to date" if count == 1 else f"{count} agents are up to date"
