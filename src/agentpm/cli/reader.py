"""Whoever reads what a command prints may go before it ends, not be there, or have no room for it."""

from __future__ import annotations

import errno
import os
import sys

from agentpm.errors import AgentpmError


def gone() -> None:
    """Let nothing more be printed: `agentpm search x | head -1` has what it wants."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


class OutputLost(AgentpmError):
    """What a command had to say, and could not be written to standard output."""

    code = "output-lost"


def lost(error: OSError) -> OutputLost | None:
    """The failure that `error` is, if standard output takes nothing more; then nothing more is printed.

    Of files `agentpm.fs` says itself what the matter is, so of these errors no other are left.
    """
    if error.filename is not None or error.errno not in _NO_ROOM:
        return None
    gone()
    return OutputLost(
        f"the output could not be written: {os.strerror(error.errno).lower()}",
        hint="what the command had to do is done as far as it came; `agentpm status` looks at it",
    )


def stand_in() -> None:
    """Put something in the place of streams that were closed, as services start their programs."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 # for good
