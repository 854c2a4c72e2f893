"""The program `agentpm` as a file on the `PATH`, for hooks that look for it there."""

from __future__ import annotations

import sys
import tempfile
from functools import lru_cache
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "src"

_KEPT: list[tempfile.TemporaryDirectory[str]] = []


@lru_cache
def program_folder() -> Path:
    """A folder with a file `agentpm` that runs the sources under test; gone when the tests end."""
    folder = tempfile.TemporaryDirectory(prefix="agentpm-tests-")
    _KEPT.append(folder)
    program = Path(folder.name) / "agentpm"
    lines = [
        "#!/bin/sh",
        f'PYTHONPATH="{SOURCES}" PYTHONUTF8=1 exec "{sys.executable}" -m agentpm "$@"',
        "",
    ]
    program.write_text("\n".join(lines), "utf-8")
    program.chmod(0o755)
    return program.parent
