"""Public SSH keys: who holds the other half of one can sign.

The forms are those of OpenSSH (RFC 4253 section 6.6, RFC 5656, RFC 8709, and `PROTOCOL.u2f` for
keys in a security token). Certificates and DSA keys are not taken.
"""

from __future__ import annotations

import base64
import hashlib

from agentpm.errors import AgentpmError
from agentpm.registry.signing.wireformat import Reader, Unreadable, decode, encode
from agentpm.values import dataclass

KINDS = (
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-rsa",
)
"""The kinds of keys whose signatures agentpm can verify."""

_SMALLEST_RSA = 2048
_LARGEST_RSA = 16384


class UnusableKey(AgentpmError):
    """A text that is no public key, or one of a kind that agentpm does not verify."""

    code = "unusable-key"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key: its bytes in SSH's wire format, in which its kind stands first."""

    blob: bytes

    @property
    def kind(self) -> str:
        """What OpenSSH calls keys like it: `ssh-ed25519`."""
        return Reader(self.blob).string().decode("ascii")

    @property
    def fingerprint(self) -> str:
        """Its SHA-256 as `ssh-keygen -l` prints it: `SHA256:<43 characters>`."""
        digest = base64.b64encode(hashlib.sha256(self.blob).digest()).decode()
        return "SHA256:" + digest.rstrip("=")

    def __str__(self) -> str:
        return f"{self.kind} {encode(self.blob)}"


def parse_key(text: str) -> PublicKey:
    """Read a public key as it stands in a `.pub` file; a comment after it does not matter.

    Raises:
        UnusableKey: it is none, or of a kind that agentpm does not verify.
    """
    kind, _, rest = text.strip().partition(" ")
    if kind not in KINDS:
        raise UnusableKey(
            f"`{kind[:60]}` is not a kind of key that agentpm can verify",
            hint="make one with `ssh-keygen -t ed25519`, and give its `.pub` file",
        )
    try:
        key = PublicKey(decode(rest.split(" ")[0]))
        check_key(key, kind)
    except Unreadable as error:
        raise UnusableKey(
            f"that is not a public key: {error}", hint="give the `.pub` file as ssh-keygen wrote it"
        ) from None
    return key


def check_key(key: PublicKey, kind: str | None = None) -> None:
    """Make sure that the bytes of a key have the form of its kind, which `kind` states.

    Raises:
        Unreadable: they have not.
    """
    reader = Reader(key.blob)
    found = reader.string()
    if kind is not None and found != kind.encode():
        raise Unreadable("its bytes are of another kind than its first word")
    if found.decode("ascii", "replace") not in KINDS:
        raise Unreadable("it is of a kind that agentpm does not verify")
    if found == b"ssh-rsa":
        _check_rsa(reader)
    elif b"ecdsa" in found:
        _check_curve(reader, found)
    elif len(reader.string()) != 32:
        raise Unreadable("an Ed25519 key has 32 bytes")
    if found.startswith(b"sk-"):
        reader.string()
    reader.end()


def _check_rsa(reader: Reader) -> None:
    exponent, modulus = reader.mpint(), reader.mpint()
    if exponent < 3 or exponent % 2 == 0 or modulus % 2 == 0:
        raise Unreadable("no RSA key has such numbers")
    if not _SMALLEST_RSA <= modulus.bit_length() <= _LARGEST_RSA:
        raise Unreadable(f"an RSA key has to have {_SMALLEST_RSA} bits, at most {_LARGEST_RSA}")


def _check_curve(reader: Reader, kind: bytes) -> None:
    curve = reader.string()
    named = kind.partition(b"@")[0].rpartition(b"-")[2]
    if curve != named or reader.string()[:1] != b"\x04":
        raise Unreadable("its curve is not that of its kind")
