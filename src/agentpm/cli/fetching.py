"""The bytes at an `https://` address, for parts that need a single small file."""

from __future__ import annotations

from agentpm.http.client import Client
from agentpm.http.document import Patience
from agentpm.ops.policy_fetch import PolicyUnreachable

# Somebody waits for it before anything else can happen, and mostly a copy is at hand.
_PATIENCE = Patience(read=10.0, total=20.0, tries=2)


def fetch(url: str, limit: int) -> bytes:
    """The bytes at `url`, at most `limit` of them.

    Raises:
        HttpFailure: they cannot be had, or are more.
        PolicyUnreachable: the server says that there is nothing.
    """
    client = Client(patience=_PATIENCE)
    try:
        found = client.get(url, limit=limit)
    finally:
        client.close()
    if found.body is None:
        raise PolicyUnreachable(f"the server has nothing there (status {found.status})")
    return found.body
