"""Text without the passwords of the URLs in it."""

from __future__ import annotations

from agentpm.lazy import pattern

_WORD = pattern(r"\S+")


def without_credentials(text: str) -> str:
    """`text` with `user:password@` cut out of every URL in it, rather too much than too little."""
    return _WORD.sub(lambda word: _without_login(word[0]), text)


def _without_login(word: str) -> str:
    start, scheme, rest = word.partition("://")
    return f"{start}{scheme}{rest.rpartition('@')[2]}"
