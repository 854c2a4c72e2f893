"""SHA-256 of short texts, as names of files are made of them, without OpenSSL.

`hashlib` loads OpenSSL, which takes longer than everything else that a small command does with
digests. Python has an implementation of its own, which is slower only where there is much to read.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

_OWN = "_sha2" if sys.version_info >= (3, 12) else "_sha256"
"""Where it is. The name is private, but `random` of the standard library takes it from there too."""


def hex_digest(text: str) -> str:
    """The 64 hexadecimal digits of the SHA-256 of `text` in UTF-8."""
    digits: str = _implementation().sha256(text.encode()).hexdigest()
    return digits


def _implementation() -> Any:
    try:
        return import_module(_OWN)
    except ImportError:
        # Other Pythons, and those that were built to use OpenSSL alone.
        return import_module("hashlib")
