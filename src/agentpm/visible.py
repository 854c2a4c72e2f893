"""Text with everything spelt out that a terminal would hide or obey."""

from __future__ import annotations


def visible(text: str) -> str:
    """`text` on one line, with everything that a terminal would hide or obey spelt out."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
