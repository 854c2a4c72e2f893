"""What one answer of another machine may cost."""

from __future__ import annotations

from agentpm import fs
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that is taken from another machine in one answer.

    `size` is in bytes on this disk, `answer` in bytes that git prints, `memory` in bytes that git
    and its helpers hold, `silence` in seconds without a byte or a word.
    """

    size: int = 2048 * fs.MIB
    answer: int = 16 * fs.MIB
    memory: int = 1024 * fs.MIB
    silence: float = 120.0


LIMITS = Limits()
"""What holds unless somebody says otherwise."""
