"""Whoever reads what a command prints may go before it ends, or not be there at all."""

from __future__ import annotations

import os
import sys


def gone() -> None:
    """Let nothing more be printed: `agentpm search x | head -1` has what it wants."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def stand_in() -> None:
    """Put something in the place of streams that were closed, as services start their programs."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 # for good
