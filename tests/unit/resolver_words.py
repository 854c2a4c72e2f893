"""Prints answers and stories, for the test that compares what several processes print."""

from __future__ import annotations

from agentpm.resolver.failure import Unsolvable
from agentpm.resolver.solve import solve
from support.catalog import MemoryCatalog, asks

catalog = MemoryCatalog()
for name in ("ada", "ben", "cem", "dia", "eva"):
    for major in (1, 2, 3):
        others = [other for other in ("ben", "cem", "dia", "eva") if other > name]
        catalog.publish(name, f"{major}.0.0", *(f"{other} >={major - 1}" for other in others))
catalog.publish("fay", "1.0.0", "ada ^3", "eva <2", "dia <2", "cem <2")

print(solve(asks("eva", "ada"), catalog))  # noqa: T201 # another process reads it
try:
    solve(asks("fay", "eva"), catalog)
except Unsolvable as failure:
    print(failure.message, *failure.details, failure.hint, sep="\n")  # noqa: T201 # likewise
