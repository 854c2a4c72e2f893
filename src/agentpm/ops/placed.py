"""Failures that come from an address in somebody's file, with the line that says it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from agentpm.errors import Excerpt
from agentpm.git import without_credentials
from agentpm.registry.address import InsecureRegistry, UnusableAddress
from agentpm.registry.unreachable import RepositoryUnreachable


@contextmanager
def placed(where: Excerpt | None) -> Iterator[None]:
    """Give every failure over an address inside the block the place `where`.

    A password in that line is not shown.
    """
    try:
        yield
    except (UnusableAddress, InsecureRegistry, RepositoryUnreachable) as error:
        if where is not None and error.where is None:
            error.where = replace(where, text=without_credentials(where.text))
        raise
