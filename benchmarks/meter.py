"""Run one command, and write down what it took: `python -I -S meter.py FILE COMMAND...`.

It is a small process of its own because Linux begins the memory peak of a new program with that of
the process which started it. It imports as little as it can, and ends as the command did.
"""

from __future__ import annotations

import os
import sys
import time


def main(place: str, command: list[str]) -> int:
    """Write `SECONDS PROCESSOR-SECONDS PEAK-BYTES` to `place`; the command's exit code."""
    start = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, used = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    # Of all systems with `wait4`, only macOS counts in bytes.
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    with open(place, "w") as file:  # noqa: PTH123  (pathlib would be most of this process)
        file.write(f"{seconds} {used.ru_utime + used.ru_stime} {peak}")
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
