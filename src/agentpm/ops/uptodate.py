"""Whether there is nothing to do: a comparison of `stat`s with the receipt.

A no-op `install` ends here, so this module loads nothing that a no-op does not need. Whatever it is
not sure of, it leaves to the full check.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from agentpm import __version__
from agentpm.errors import AgentpmError
from agentpm.location import Location, deciding, stat_of
from agentpm.model.digest import Digest
from agentpm.model.receipt import Receipt, Stat, Written, read_receipt


def up_to_date(location: Location, environ: Mapping[str, str]) -> int | None:
    """How many agents are installed, where everything is as the receipt says; else None."""
    stat = stat_of(location.receipt_path)
    if stat is None or stat_of(location.journal_path) is not None:
        return None
    try:
        receipt = read_receipt(location.receipt_path.read_text("utf-8"), "receipt.json")
    except (AgentpmError, OSError, UnicodeDecodeError):
        return None  # the full check says what is wrong with it
    if receipt.environment != deciding(environ) or receipt.agentpm != __version__:
        return None
    if not _unchanged(location, receipt, stat):
        return None
    return len({written.agent for written in receipt.written})


def _unchanged(location: Location, receipt: Receipt, recorded: Stat) -> bool:
    if receipt.lockfile is None or receipt.lockfile != _digest_of(location.lockfile_path):
        return False
    if receipt.manifest != _digest_of(location.manifest_path):
        return False
    inputs = all(stat_of(Path(name)) == stat for name, stat in receipt.inputs.items())
    return inputs and all(_same(location, item, recorded) for item in receipt.written)


def _same(location: Location, item: Written, recorded: Stat) -> bool:
    path = location.file(item.path)
    if stat_of(path) != item.stat:
        return False
    # As new as the receipt: an edit in the same tick of the clock would not show (git's racy rule).
    return item.stat.mtime_ns < recorded.mtime_ns or _digest_of(path) == item.digest


def _digest_of(path: Path) -> Digest | None:
    try:
        return Digest.of(path.read_bytes())
    except OSError:
        return None
