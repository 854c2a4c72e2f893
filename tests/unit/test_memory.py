"""How much memory a group of processes holds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from agentpm.memory import held_as_listed, held_by_group

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs process groups")

PARENT = """\
import subprocess, sys
large = b"x" * (60 << 20)
with subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=0) as child:
    child.wait()
"""
CHILD = """\
import sys
large = b"x" * (60 << 20)
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("held", [held_by_group, held_as_listed])
def test_the_memory_of_a_group_is_that_of_all_its_processes(held: Callable[[int], int]) -> None:
    """Git leaves transfers to helpers, and which of them grows is its own affair."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD],
        start_new_session=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        assert 120 << 20 <= held(process.pid) < 300 << 20
    assert held(process.pid) == 0
