"""The reason why a release is withdrawn: one line that everybody who asks for it is told."""

from __future__ import annotations

REASON_LIMIT = 1000
"""How many characters it may have."""


def wrong_reason(text: str) -> str | None:
    """What is wrong with `text` as a reason, to go on after "its reason"; None where nothing is."""
    if not text.strip():
        return "is empty"
    if len(text) > REASON_LIMIT:
        return f"has {len(text):,} characters, and {REASON_LIMIT:,} is the limit"
    if len(text.splitlines()) > 1:
        return "has more than one line"
    return None
