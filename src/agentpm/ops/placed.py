"""Failures that come from an address in somebody's file, with the line that says it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.credentials import without_secrets
from agentpm.errors import Excerpt
from agentpm.registry.address import InsecureRegistry, UnusableAddress
from agentpm.values import replace

if TYPE_CHECKING:
    from agentpm.registry import unreachable
else:
    unreachable = lazy.module("agentpm.registry.unreachable")


@contextmanager
def placed(where: Excerpt | None) -> Iterator[None]:
    """Give every failure over an address inside the block the place `where`.

    What may be a password in that line is not shown.
    """
    try:
        yield
    except (UnusableAddress, InsecureRegistry, unreachable.RepositoryUnreachable) as error:
        if where is not None and error.where is None:
            error.where = replace(where, text=without_secrets(where.text))
        raise
