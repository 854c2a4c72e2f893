"""A leash for git processes: they end when this process does, however that ends.

A git that talks to a silent server outlives an agentpm that was killed by hours, and keeps what it
inherited, such as a lock. So a shell starts it, beside a guard that reads from a pipe. Only this
process holds the other end, and no system forgets to close that: the guard then kills its whole
group, with whatever git started. Nothing is left to be tidied up by those who are killed; what they
leave half done is swept away by the next command.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agentpm.git import Git, handing_down
from agentpm.values import replace

_SHELL = "/bin/sh"

# Some shells know descriptors of one digit only, hence `/dev/fd`. The guard is waited for, so that
# nobody else has to; and killed, since SIGTERM stays ignored where that is inherited. A shell that
# ends at a signal waits for git first, whose clone that is.
_SCRIPT = """\
pipe=$1
shift
{ read -r _ <"/dev/fd/$pipe"; kill -KILL -$$; } >/dev/null 2>&1 &
guard=$!
trap : TERM
"$@"
code=$?
{ kill -KILL "$guard"; wait "$guard"; } >/dev/null 2>&1
exit "$code"
"""


@contextmanager
def leashed(git: Git) -> Iterator[Git]:
    """`git`, whose processes and all that they start are killed when this process is gone.

    Each must have ended before the block is left. Where a system has no such shell, it is `git` as
    it was.
    """
    if not (_has_shell() and _has_git()):
        yield git
        return
    far, near = os.pipe()
    try:
        if not Path(f"/dev/fd/{far}").exists():
            yield git
            return
        with handing_down(far):
            yield replace(git, through=(_SHELL, "-c", _SCRIPT, _SHELL, str(far)))
    finally:
        os.close(far)
        os.close(near)


def _has_shell() -> bool:
    return os.name == "posix" and os.access(_SHELL, os.X_OK)


def _has_git() -> bool:
    return any(os.access(Path(each) / "git", os.X_OK) for each in os.get_exec_path())
