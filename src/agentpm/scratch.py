"""Files that are needed for a moment, and that nobody else sees.

What Python has for that loads three compressors and a source of random numbers before it makes one,
which is as much time as some processes of git take.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import IO, cast


def place() -> Path:
    """The directory for temporary files."""
    # As everybody else on such a system finds it.
    return Path(os.environ.get("TMPDIR") or "/tmp")  # noqa: S108


def nameless() -> IO[bytes]:
    """A file without a name, to write and to read, which is gone when it is closed.

    Raises:
        OSError: the system has no room for one.
    """
    unnamed = getattr(os, "O_TMPFILE", 0)
    if unnamed:
        # Only Linux has them, and there not every file system.
        with suppress(OSError):
            handle = os.open(place(), unnamed | os.O_RDWR | os.O_CLOEXEC, 0o600)
            return os.fdopen(handle, "w+b")
    import tempfile  # noqa: PLC0415 # where the system has no other way

    return cast("IO[bytes]", tempfile.TemporaryFile())
