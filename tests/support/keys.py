"""SSH keys of people who sign, made by the real `ssh-keygen`, and what it says of signatures.

How to use it:

    alice = Key(tmp_path, "alice")                   # Ed25519; Key(tmp_path, "bob", "rsa", 2048)
    text = alice.sign(b"message", "agentpm-release") # base64, without the lines around it
    assert ssh_keygen_accepts(tmp_path, alice.public, text, b"message", "agentpm-release")

Tests that need it are skipped where `ssh-keygen` is not installed (`needs_ssh_keygen`).
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from agentpm.registry.signing.keys import PublicKey, parse_key
from agentpm.registry.signing.sshsig import armored, unarmored

needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed"
)


class Key:
    """A new key pair in the files `tmp_path / name` and `tmp_path / name.pub`."""

    def __init__(self, tmp_path: Path, name: str, kind: str = "ed25519", bits: int = 0) -> None:
        self.path = tmp_path / name
        command = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", name, "-f", str(self.path)]
        subprocess.run([*command, *(["-b", str(bits)] if bits else [])], check=True)

    @property
    def file(self) -> Path:
        """The file of the public half."""
        return self.path.with_name(self.path.name + ".pub")

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return parse_key(self.file.read_text("utf-8"))

    def sign(self, message: bytes, namespace: str, *options: str) -> str:
        """A signature over `message`, as ssh-keygen makes it."""
        command = ["ssh-keygen", "-Y", "sign", "-q", "-n", namespace, "-f", str(self.path)]
        ran = subprocess.run([*command, *options], input=message, capture_output=True, check=True)
        return unarmored(ran.stdout.decode())


def ssh_keygen_accepts(
    tmp_path: Path, key: PublicKey, text: str, message: bytes, namespace: str
) -> bool:
    """What `ssh-keygen -Y verify` says of a signature that is said to be by `key`."""
    allowed, signature = tmp_path / "allowed_signers", tmp_path / "signature"
    allowed.write_text(f"someone {key}\n", "utf-8")
    signature.write_text(armored(text), "utf-8")
    ran = subprocess.run(
        [
            *("ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", "someone"),
            *("-n", namespace, "-s", str(signature)),
        ],
        input=message,
        capture_output=True,
        check=False,
    )
    return ran.returncode == 0
