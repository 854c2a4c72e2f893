"""What may be shown of texts with addresses in them: everything but the passwords.

Each kind of text has its function, and each cuts out rather too much than too little.
"""

from __future__ import annotations

from agentpm.lazy import pattern

_WORD = pattern(r"\S+")
_LOGIN = pattern(r"(?<=://).*@")
_QUERY = pattern(r"(://[^\s?#]*[?#])[^\s\"]*")


def without_credentials(text: str) -> str:
    """What a program said, with `user:password@` cut out of every URL in it."""
    return _WORD.sub(lambda word: _without_login(word[0]), text)


def without_secrets(line: str) -> str:
    """A line of a file with one address, without login and query, whatever these are made of."""
    return _QUERY.sub(r"\1...", _LOGIN.sub("", line))


def without_guesses(text: str) -> str:
    """A text that was to be an address and is none: what may be a password in it is not known."""
    if not set("@?#") & set(text):
        return text
    scheme, separator, _ = text.partition("://")
    return f"{scheme}://..." if separator else text.rpartition("@")[2]


def split_login(rest: str) -> tuple[str, str]:
    """What stands behind the `://` of a URL as its `user:password@` and what follows.

    It has to be clear already that no password goes on behind the first slash.
    """
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    return f"{user}{at}", f"{host}{slash}{path}"


def _without_login(word: str) -> str:
    start, scheme, rest = word.partition("://")
    return f"{start}{scheme}{rest.rpartition('@')[2]}"
