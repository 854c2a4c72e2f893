"""SHA-256 without OpenSSL, for names."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from agentpm.sha256 import hex_digest
from support.project import SOURCES


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_it_is_the_digest_that_everybody_calls_sha_256(text: str) -> None:
    """Caches, and what is remembered of registries, are found by it from one version to the next."""
    assert hex_digest(text) == hashlib.sha256(text.encode()).hexdigest()


def test_a_python_without_an_implementation_of_its_own_gives_the_same() -> None:
    """Some are built to use OpenSSL alone, and their users have the same caches."""
    lacking = "import sys; sys.modules['_sha2'] = sys.modules['_sha256'] = None; "
    told = "from agentpm.sha256 import hex_digest; print(hex_digest('é'))"
    ran = subprocess.run(
        [sys.executable, "-c", lacking + told],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == hashlib.sha256("é".encode()).hexdigest()


def test_openssl_stays_away() -> None:
    """Not loading it is what this is for."""
    told = "import sys; from agentpm.sha256 import hex_digest; hex_digest(''); "
    ran = subprocess.run(
        [sys.executable, "-c", told + "print('_hashlib' in sys.modules)"],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "False"
