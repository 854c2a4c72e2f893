"""How threads are started, so that an interruption stays one."""

from __future__ import annotations

import signal
from threading import Thread


def begin(*threads: Thread) -> None:
    """Start threads; an interruption meanwhile is put off until they are there.

    While one is started, its locks are open for a moment, and what `threading` then raises, or
    forgets, is no interruption any more. The threads never see one: that is for the main one.
    """
    before = _put_off()
    try:
        for each in threads:
            each.start()
    finally:
        if before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _put_off() -> set[signal.Signals | int] | None:
    """Block interruptions; what was blocked before, None where no system can."""
    if not hasattr(signal, "pthread_sigmask"):
        return None
    return signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
