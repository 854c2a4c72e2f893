"""Print one of the commands that the README promises, for CI to run.

usage: readme_command.py install|tests

The command is the first code block after the line `<!-- command: NAME -->`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path


def command(readme: str, name: str) -> str:
    """The command called `name` in the README's text."""
    block = re.search(rf"<!-- command: {name} -->\s*```sh\n(.+?)```", readme, re.DOTALL)
    if block is None:
        raise SystemExit(f"README.md has no command called {name}")
    return block[1].strip()


if __name__ == "__main__":
    readme = Path(__file__).resolve().parent.parent / "README.md"
    print(command(readme.read_text("utf-8"), sys.argv[1]))  # noqa: T201
