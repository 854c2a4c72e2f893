"""Signatures: what agentpm says of one is what `ssh-keygen -Y verify` says of it."""

from __future__ import annotations

import hashlib
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

from agentpm.registry.signing.keys import PublicKey, UnusableKey, check_key, parse_key
from agentpm.registry.signing.sshsig import read_signature, unarmored, verify
from agentpm.registry.signing.wireformat import Reader, Unreadable, decode, encode, string
from support.keys import Key, needs_ssh_keygen, ssh_keygen_accepts

pytestmark = needs_ssh_keygen

MESSAGE = b'{"checksum":"sha256:00"}'
SPACE = "agentpm-release"

KINDS = [
    ("ed25519", 0),
    ("ecdsa", 256),
    ("ecdsa", 384),
    ("ecdsa", 521),
    ("rsa", 2048),
    ("rsa", 3072),
]
every_kind = pytest.mark.parametrize(("kind", "bits"), KINDS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where keys are made once: making one takes longer than all that is done with it."""
    return tmp_path_factory.mktemp("keys")


def key_of(folder: Path, name: str, kind: str = "ed25519", bits: int = 0) -> Key:
    """The key of `name`, of that kind."""
    return made(folder, name, kind, bits)


@lru_cache
def made(folder: Path, name: str, kind: str, bits: int) -> Key:
    return Key(folder, f"{name}-{kind}-{bits}", kind, bits)


def accepts(key: PublicKey, text: str, message: bytes = MESSAGE, namespace: str = SPACE) -> bool:
    """What agentpm says of a signature that is said to be by `key`."""
    try:
        signature = read_signature(text)
    except Unreadable:
        return False
    return signature.key == key and verify(signature, message, namespace)


@every_kind
def test_good_signatures_are_good(tmp_path: Path, folder: Path, kind: str, bits: int) -> None:
    """Of every kind of key that ssh-keygen makes."""
    key = key_of(folder, "alice", kind, bits)
    text = key.sign(MESSAGE, SPACE)
    assert accepts(key.public, text)
    assert ssh_keygen_accepts(tmp_path, key.public, text, MESSAGE, SPACE)


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_both_digests_count(folder: Path, digest: str) -> None:
    """The format knows two."""
    key = key_of(folder, "alice")
    text = key.sign(MESSAGE, SPACE, "-O", f"hashalg={digest}")
    assert read_signature(text).digest == digest.encode()
    assert accepts(key.public, text)


@every_kind
def test_every_damaged_byte_is_noticed(tmp_path: Path, folder: Path, kind: str, bits: int) -> None:
    """A signature with one bit changed is none, wherever the bit is."""
    key = key_of(folder, "alice", kind, bits)
    raw = decode(key.sign(MESSAGE, SPACE))
    for place in range(len(raw)):
        damaged = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert not accepts(key.public, encode(damaged)), place


@every_kind
def test_ssh_keygen_agrees_on_damage(tmp_path: Path, folder: Path, kind: str, bits: int) -> None:
    """A sample of damage, judged by the program that defined the format."""
    key = key_of(folder, "alice", kind, bits)
    raw = decode(key.sign(MESSAGE, SPACE))
    for place in range(0, len(raw), max(len(raw) // 12, 1)):
        damaged = encode(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        judged = ssh_keygen_accepts(tmp_path, key.public, damaged, MESSAGE, SPACE)
        assert accepts(key.public, damaged) == judged == False, place  # noqa: E712


@every_kind
@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_truncated_signature_is_none(
    tmp_path: Path, folder: Path, kind: str, bits: int, cut: int
) -> None:
    """A file that was cut off proves nothing."""
    key = key_of(folder, "alice", kind, bits)
    short = encode(decode(key.sign(MESSAGE, SPACE))[:-cut])
    assert not accepts(key.public, short)
    assert not ssh_keygen_accepts(tmp_path, key.public, short, MESSAGE, SPACE)


def test_something_after_the_end_is_refused(tmp_path: Path, folder: Path) -> None:
    """One signature has one text."""
    key = key_of(folder, "alice")
    longer = encode(decode(key.sign(MESSAGE, SPACE)) + b"\0")
    assert not accepts(key.public, longer)
    assert not ssh_keygen_accepts(tmp_path, key.public, longer, MESSAGE, SPACE)


@every_kind
def test_other_bytes_another_purpose_another_key(
    tmp_path: Path, folder: Path, kind: str, bits: int
) -> None:
    """A signature says one thing, for one purpose, by one key."""
    key, other = key_of(folder, "alice", kind, bits), key_of(folder, "bob", kind, bits)
    text = key.sign(MESSAGE, SPACE)
    for holder, message, space in (
        (key, b"else", SPACE),
        (key, MESSAGE, "agentpm-yank"),
        (key, MESSAGE, "file"),
        (other, MESSAGE, SPACE),
    ):
        assert not accepts(holder.public, text, message, space)
        assert not ssh_keygen_accepts(tmp_path, holder.public, text, message, space)


def test_a_signature_under_another_key_is_not_that_keys(tmp_path: Path, folder: Path) -> None:
    """Swapping the key inside a signature makes it nobody's."""
    alice, bob = key_of(folder, "alice"), key_of(folder, "bob")
    raw = decode(alice.sign(MESSAGE, SPACE))
    swapped = encode(raw.replace(alice.public.blob, bob.public.blob))
    assert not accepts(bob.public, swapped)
    assert not ssh_keygen_accepts(tmp_path, bob.public, swapped, MESSAGE, SPACE)


def test_rsa_with_sha1_does_not_count(tmp_path: Path, folder: Path) -> None:
    """The oldest algorithm of RSA keys can be forged."""
    key = key_of(folder, "alice", "rsa", 2048)
    raw = decode(key.sign(MESSAGE, SPACE))
    weak = raw.replace(string(b"rsa-sha2-512"), string(b"ssh-rsa"))
    assert weak != raw
    # The lengths around it have to fit, or it would be refused for those.
    outer = Reader(raw)
    outer.take(10)
    fields = [outer.string() for _ in range(5)]
    proof = fields[4].replace(string(b"rsa-sha2-512"), string(b"ssh-rsa"))
    text = encode(raw[:10] + b"".join(string(f) for f in (*fields[:4], proof)))
    assert not accepts(key.public, text)
    assert not ssh_keygen_accepts(tmp_path, key.public, text, MESSAGE, SPACE)


# Security tokens: their keys are imitated, as no token is at hand. ssh-keygen verifies them without.

APPLICATION = b"ssh:"


def token_message(flags: int) -> tuple[bytes, bytes, bytes]:
    """What a token signs, with what stands around it: the start of a signature, flags and counter."""
    hashed = hashlib.sha512(MESSAGE).digest()
    fields = (SPACE.encode(), b"", b"sha512", hashed)
    blob = b"SSHSIG" + b"".join(map(string, fields))
    between = bytes([flags]) + (7).to_bytes(4, "big")
    signed = hashlib.sha256(APPLICATION).digest() + between + hashlib.sha256(blob).digest()
    return signed, between, b"".join(map(string, fields[:3]))


def token_ed25519(flags: int) -> tuple[PublicKey, str]:
    kind = b"sk-ssh-ed25519@openssh.com"
    private = ed25519.Ed25519PrivateKey.generate()
    point = private.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw
    )
    key = PublicKey(string(kind) + string(point) + string(APPLICATION))
    signed, between, middle = token_message(flags)
    proof = string(kind) + string(private.sign(signed)) + between
    return key, encode(b"SSHSIG\0\0\0\1" + string(key.blob) + middle + string(proof))


def mpint(number: int) -> bytes:
    return string(number.to_bytes(number.bit_length() // 8 + 1, "big"))


def token_ecdsa(flags: int) -> tuple[PublicKey, str]:
    kind = b"sk-ecdsa-sha2-nistp256@openssh.com"
    private = ec.generate_private_key(ec.SECP256R1())
    point = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    key = PublicKey(string(kind) + string(b"nistp256") + string(point) + string(APPLICATION))
    signed, between, middle = token_message(flags)
    made = private.sign(signed, ec.ECDSA(hashes.SHA256()))
    numbers = b"".join(map(mpint, utils.decode_dss_signature(made)))
    proof = string(kind) + string(numbers) + between
    return key, encode(b"SSHSIG\0\0\0\1" + string(key.blob) + middle + string(proof))


@pytest.mark.parametrize("make", [token_ed25519, token_ecdsa])
@pytest.mark.parametrize(("flags", "good"), [(1, True), (5, True), (0, False), (4, False)])
def test_a_token_has_to_be_touched(tmp_path: Path, make, flags: int, good: bool) -> None:  # type: ignore[no-untyped-def]
    """A program that found the token plugged in cannot sign with it."""
    key, text = make(flags)
    assert parse_key(str(key)) == key
    assert accepts(key, text) == good
    assert not accepts(key, text, b"else")
    # ssh-keygen leaves the question of the touch to sshd.
    assert ssh_keygen_accepts(tmp_path, key, text, MESSAGE, SPACE)


# Keys


@every_kind
def test_a_fingerprint_is_the_one_that_ssh_keygen_prints(
    tmp_path: Path, kind: str, bits: int
) -> None:
    """People compare the two."""
    key = Key(tmp_path, "alice", kind, bits)
    printed = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(key.file)], check=True, capture_output=True
    )
    assert key.public.fingerprint == printed.stdout.decode().split()[1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ssh-ed25519",
        "ssh-ed25519 !!!",
        "ssh-ed25519 AAAA",
        "ssh-dss AAAAB3NzaC1kc3MAAAA=",
        "ssh-ed25519-cert-v01@openssh.com AAAA",
        "no-such-kind AAAA",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
    ],
)
def test_what_is_no_usable_key_is_refused(text: str) -> None:
    """Also a private one that was given by mistake."""
    with pytest.raises(UnusableKey):
        parse_key(text)


def test_a_small_rsa_key_is_refused(tmp_path: Path) -> None:
    """A thousand bits have been factored."""
    key = Key(tmp_path, "alice", "rsa", 1024)
    with pytest.raises(UnusableKey, match="2048"):
        parse_key(key.file.read_text("utf-8"))


def test_a_key_of_another_kind_than_it_says_is_refused(tmp_path: Path) -> None:
    """Two readers would take two different keys."""
    key = Key(tmp_path, "alice").public
    with pytest.raises(UnusableKey, match="another kind"):
        parse_key(f"ssh-rsa {encode(key.blob)}")
    with pytest.raises(Unreadable):
        check_key(PublicKey(key.blob + b"\0"))


def test_base64_has_one_spelling() -> None:
    """Else one signature would be several texts, and a record could change without a change."""
    assert decode("QQ==") == b"A"
    for text in ("QR==", "QQ", "QQ==\n", " QQ==", "Q\u00e9=="):
        with pytest.raises(Unreadable):
            decode(text)


def test_the_lines_around_a_signature_must_be_there() -> None:
    """What else a program may print is no signature."""
    with pytest.raises(Unreadable):
        unarmored("Enter passphrase:\n")
