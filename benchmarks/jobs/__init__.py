"""What is measured: one kind of work a module."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.bench import Job
from benchmarks.jobs.installing import installing
from benchmarks.jobs.locking import locking
from benchmarks.jobs.peers import peers
from benchmarks.jobs.reading import reading
from benchmarks.jobs.scaling import scaling
from benchmarks.jobs.starting import nothing_to_do, start_up

JOBS: Mapping[str, Job] = {
    "start-up": start_up,
    "no-op": nothing_to_do,
    "install": installing,
    "lock": locking,
    "reading": reading,
    "scale": scaling,
    "peers": peers,
}
"""The jobs by name, in the order in which they run."""
