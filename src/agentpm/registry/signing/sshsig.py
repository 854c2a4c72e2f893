"""Signatures as `ssh-keygen -Y sign` makes them, verified in this process.

The format is SSHSIG (`PROTOCOL.sshsig` in OpenSSH): a key, a namespace that says what the signature
is for, and a signature by that key over namespace and digest of the message. What is accepted here
is accepted by `ssh-keygen -Y verify` too.
"""

from __future__ import annotations

import hashlib

from agentpm.registry.signing.keys import PublicKey, check_key
from agentpm.registry.signing.wireformat import Reader, Unreadable, decode, encode, string
from agentpm.values import dataclass

LIMIT = 8192
"""The most characters that a signature may have; the longest RSA keys need half of it."""

_MAGIC = b"SSHSIG"
_VERSION = 1
_DIGESTS = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
_TOUCHED = 0x01
"""The flag by which a security token says that somebody touched it."""

_BEGIN = "-----BEGIN SSH SIGNATURE-----"
_END = "-----END SSH SIGNATURE-----"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that has been read, and not been verified.

    `proof` is what the key made, in SSH's wire format; `digest` the name of the hash function that
    the message goes through.
    """

    key: PublicKey
    namespace: bytes
    reserved: bytes
    digest: bytes
    proof: bytes


def unarmored(text: str) -> str:
    """What stands between the two lines that ssh-keygen puts around a signature.

    Raises:
        Unreadable: those lines are not there.
    """
    lines = text.strip().splitlines()
    if len(lines) < 3 or (lines[0], lines[-1]) != (_BEGIN, _END):
        raise Unreadable("it does not stand between the lines that ssh-keygen writes")
    return encode(decode("".join(lines[1:-1])))


def armored(text: str) -> str:
    """A signature as `ssh-keygen -Y verify` reads it."""
    lines = [text[start : start + 70] for start in range(0, len(text), 70)]
    return "\n".join([_BEGIN, *lines, _END, ""])


def read_signature(text: str) -> Signature:
    """Read a signature: base64, without the lines around it.

    Raises:
        Unreadable: it is none, or one by a kind of key that is not taken.
    """
    if len(text) > LIMIT:
        raise Unreadable("it is longer than any signature")
    reader = Reader(decode(text))
    if reader.take(len(_MAGIC)) != _MAGIC or reader.uint32() != _VERSION:
        raise Unreadable("it does not begin as a signature does")
    key, namespace, reserved, digest, proof = (reader.string() for _ in range(5))
    reader.end()
    found = Signature(PublicKey(key), namespace, reserved, digest, proof)
    check_key(found.key)
    if digest not in _DIGESTS:
        raise Unreadable("it uses a digest that it must not use")
    return found


def verify(signature: Signature, message: bytes, namespace: str) -> bool:
    """Whether `signature` is one by its key, for `namespace`, over `message`."""
    if signature.namespace != namespace.encode():
        return False
    hashed = _DIGESTS[signature.digest](message).digest()
    fields = (signature.namespace, signature.reserved, signature.digest, hashed)
    signed = _MAGIC + b"".join(string(field) for field in fields)
    try:
        return _proves(signature.key, signature.proof, signed)
    except Unreadable:
        return False


def _proves(key: PublicKey, raw: bytes, signed: bytes) -> bool:
    public, proof = Reader(key.blob), Reader(raw)
    kind, algorithm = public.string().decode("ascii"), proof.string().decode("ascii", "replace")
    if kind == "ssh-rsa":
        return _proves_rsa(public, algorithm, proof, signed)
    if algorithm != kind:
        return False
    curve = public.string().decode("ascii") if "ecdsa" in kind else None
    point, mark = public.string(), proof.string()
    if kind.startswith("sk-"):
        signed = _from_token(public.string(), proof, signed)
    proof.end()
    if curve is None:
        return _proves_ed25519(point, mark, signed)
    return _proves_ecdsa(curve, point, mark, signed)


def _from_token(application: bytes, proof: Reader, signed: bytes) -> bytes:
    """What a security token signs in the place of `signed` (`PROTOCOL.u2f`)."""
    flags, counter = proof.take(1), proof.take(4)
    if not flags[0] & _TOUCHED:
        raise Unreadable("nobody touched the token")
    first, last = (hashlib.sha256(part).digest() for part in (application, signed))
    return first + flags + counter + last


# The library is loaded where a signature is verified, and nowhere else: the modules that are needed
# take longer to load than a hundred signatures to verify.


def _proves_ed25519(point: bytes, mark: bytes, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 # few registries are signed
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PublicKey,
    )

    try:
        Ed25519PublicKey.from_public_bytes(point).verify(mark, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _proves_ecdsa(curve: str, point: bytes, mark: bytes, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 # few registries are signed
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: PLC0415

    numbers = Reader(mark)
    made = utils.encode_dss_signature(numbers.mpint(), numbers.mpint())
    numbers.end()
    kinds: dict[str, tuple[ec.EllipticCurve, hashes.HashAlgorithm]] = {
        "nistp256": (ec.SECP256R1(), hashes.SHA256()),
        "nistp384": (ec.SECP384R1(), hashes.SHA384()),
        "nistp521": (ec.SECP521R1(), hashes.SHA512()),
    }
    group, digest = kinds[curve]
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(group, point)
        key.verify(made, signed, ec.ECDSA(digest))
    except (InvalidSignature, ValueError):
        return False
    return True


def _proves_rsa(public: Reader, algorithm: str, proof: Reader, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 # few registries are signed
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415

    # The third algorithm of RSA keys, `ssh-rsa`, is the one with SHA-1.
    digests: dict[str, hashes.HashAlgorithm] = {
        "rsa-sha2-256": hashes.SHA256(),
        "rsa-sha2-512": hashes.SHA512(),
    }
    mark = proof.string()
    proof.end()
    if algorithm not in digests:
        return False
    exponent, modulus = public.mpint(), public.mpint()
    # Some signers leave leading zeros out.
    mark = mark.rjust((modulus.bit_length() + 7) // 8, b"\0")
    try:
        key = rsa.RSAPublicNumbers(exponent, modulus).public_key()
        key.verify(mark, signed, padding.PKCS1v15(), digests[algorithm])
    except (InvalidSignature, ValueError):
        return False
    return True
