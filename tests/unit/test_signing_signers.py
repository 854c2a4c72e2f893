"""The list of signers: what makes it hold together, and what is remembered of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentpm.model.digest import Digest
from agentpm.registry.documents import Documents
from agentpm.registry.history import RegistryTampered
from agentpm.registry.seen import DamagedMemory
from agentpm.registry.signing.keygen import SigningFailed, sign
from agentpm.registry.signing.pinned import known_signers, registry_id
from agentpm.registry.signing.signers import (
    BadSigners,
    InvalidSigner,
    Signer,
    check_name,
    next_line,
    read_signers,
    signed_line,
)
from agentpm.registry.signing.statement import SIGNERS, canonical
from support.keys import Key, needs_ssh_keygen

pytestmark = needs_ssh_keygen

ID = "0123456789abcdef"


class Book:
    """A list that grows line by line, each signed by whom one likes."""

    def __init__(self, tmp_path: Path) -> None:
        self.alice, self.bob = Key(tmp_path, "alice"), Key(tmp_path, "bob")
        self.text = b""

    def add(self, by: Key, *holders: Key, **other: Any) -> Book:
        """One more line with these holders, signed by `by`; `other` fields say something else."""
        before = read_signers(self.text, "acme") if self.text else None
        named = [(f"{key.path.name}@example.org", key.public) for key in holders]
        line = {**next_line(ID, before, named), **other}
        self.text += signed_line(line, by.sign(canonical(line), SIGNERS))
        return self

    def changed(self, change: Callable[[dict[str, Any]], object]) -> bytes:
        """The list with its last line changed after it was signed."""
        *lines, last = self.text.decode().splitlines()
        record = json.loads(last)
        change(record)
        return "\n".join([*lines, json.dumps(record), ""]).encode()


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Alice, then Alice with Bob, then Bob alone."""
    made = Book(tmp_path)
    made.add(made.alice, made.alice).add(made.alice, made.alice, made.bob)
    return made.add(made.bob, made.bob)


def test_the_last_line_counts(book: Book) -> None:
    """The others say who signed before."""
    found = read_signers(book.text, "acme")
    assert dict(found.current) == {book.bob.public: "bob@example.org"}
    bob = Signer("bob@example.org", book.bob.public.fingerprint)
    assert found.holder(book.bob.public) == bob
    assert found.holder(book.alice.public) is None
    assert found.former(book.alice.public) is not None
    assert found.former(book.bob.public) is None
    assert str(bob) == f"bob@example.org {book.bob.public.fingerprint}"


def test_the_digest_of_a_line_is_that_of_its_bytes(book: Book) -> None:
    """Anybody can compute it with `sha256sum`."""
    lines = book.text.splitlines()
    found = read_signers(book.text, "acme")
    assert [line.digest for line in found.lines] == [Digest.of(line) for line in lines]


def test_a_first_line_is_signed_by_somebody_in_it(tmp_path: Path) -> None:
    """Else whoever makes the registry could name others as its signers."""
    book = Book(tmp_path)
    book.add(book.bob, book.alice)
    with pytest.raises(BadSigners, match="may not change the list"):
        read_signers(book.text, "acme")


def test_a_key_that_was_removed_changes_nothing_more(book: Book) -> None:
    """Alice could otherwise put herself back."""
    book.add(book.alice, book.alice)
    with pytest.raises(BadSigners, match="may not change the list"):
        read_signers(book.text, "acme")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda line: line.update(v=2), "newer agentpm"),
        (lambda line: line.update(v="1"), "does not say its format"),
        (lambda line: line.update(n=7), "which one it is"),
        (lambda line: line.update(n=True), "which one it is"),
        (lambda line: line.update(registry="other"), "another registry"),
        (lambda line: line.update(registry=""), "another registry"),
        (lambda line: line.update(extra=1), "fields it must have"),
        (lambda line: line.pop("previous"), "fields it must have"),
        (lambda line: line.update(previous=None), "does not follow"),
        (lambda line: line.update(signers=[]), "names nobody"),
        (lambda line: line.update(signers=["bob"]), "a name with a key"),
        (lambda line: line["signers"][0].update(name="b\u043eb"), "no usable name"),
        (lambda line: line["signers"][0].update(name="eve@example.org"), "does not fit"),
        (lambda line: line["signers"][0].update(key="ssh-ed25519 AAAA"), "not a public key"),
        (lambda line: line["signers"][0].update(key=None), "not a kind of key"),
        (
            lambda line: line["signers"][0].update(key=line["signers"][0]["key"] + " comment"),
            "not written as agentpm writes it",
        ),
        (lambda line: line["signers"].append(line["signers"][0]), "twice"),
        (lambda line: line.update(signature="AAAA"), "its signature is none"),
        (lambda line: line.update(signature=None), "its signature is none"),
    ],
)
def test_a_line_that_was_changed_is_refused(
    book: Book, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    """With the place, and what is wrong there."""
    with pytest.raises(BadSigners, match=words) as caught:
        read_signers(book.changed(change), "acme")
    assert caught.value.where is not None
    assert caught.value.where.line == 3


@pytest.mark.parametrize(
    "text", [b"", b"\n", b"[]\n", b"{\n", b'{"v": 1, "v": 1}\n', b"\xff\n", b"9" * 5000 + b"\n"]
)
def test_what_is_no_list_is_refused(text: bytes) -> None:
    """An empty one too: it would let nobody sign, and look like nothing was signed."""
    with pytest.raises(BadSigners):
        read_signers(text, "acme")


@pytest.mark.parametrize("name", ["", "bob builder", "-o", "b\u043eb@example.org", "a" * 101])
def test_a_signer_has_a_plain_name(name: str) -> None:
    """It stands beside a fingerprint in one line of a lockfile."""
    with pytest.raises(InvalidSigner):
        check_name(name)


def test_a_list_has_a_limit(book: Book) -> None:
    """Every line costs a signature, so that an endless list would take for ever."""
    with pytest.raises(BadSigners, match="4 MiB"):
        read_signers(book.text + b"\n" * 2**22, "acme")


# What is remembered


class Shelf:
    """The files of a registry and the memory of what was seen of them."""

    def __init__(self, tmp_path: Path) -> None:
        self.files: dict[str, bytes] = {"config.json": json.dumps({"id": ID}).encode()}
        self.memory = tmp_path / "state" / "signers.json"

    def look(self, text: bytes | None, told: Digest | None = None) -> bool:
        """Look at the registry with this list; whether it has one."""
        files = {**self.files, **({"signers.jsonl": text} if text is not None else {})}
        return known_signers(files.get, "acme", self.memory, told) is not None


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def lines(book: Book, count: int) -> bytes:
    """The first lines of the list."""
    return b"".join(book.text.splitlines(keepends=True)[:count])


def test_a_list_may_grow(book: Book, shelf: Shelf) -> None:
    """From whatever was seen last."""
    assert not shelf.look(None)
    for count in (1, 2, 3, 3):
        assert shelf.look(lines(book, count))
    assert json.loads(shelf.memory.read_bytes())["lines"] == 3


@pytest.mark.parametrize("count", [None, 1, 2])
def test_a_list_never_shrinks(book: Book, shelf: Shelf, count: int | None) -> None:
    """Nor goes away."""
    shelf.look(book.text)
    with pytest.raises(RegistryTampered):
        shelf.look(lines(book, count) if count else None)
    assert shelf.look(book.text)


def test_a_list_is_not_replaced(book: Book, shelf: Shelf) -> None:
    """By one that holds together as well."""
    shelf.look(lines(book, 1))
    book.text = b""
    book.add(book.bob, book.bob)
    with pytest.raises(RegistryTampered, match="replaced"):
        shelf.look(book.text)


def test_a_digest_that_was_told_must_be_in_the_list(book: Book, shelf: Shelf) -> None:
    """Of any line: the list may have grown since."""
    for line in book.text.splitlines():
        assert shelf.look(book.text, Digest.of(line))
    with pytest.raises(RegistryTampered, match="asked for"):
        shelf.look(book.text, Digest.of(b"another"))


def test_a_digest_that_was_told_means_that_there_is_a_list(shelf: Shelf) -> None:
    """An unsigned registry is not what was asked for."""
    with pytest.raises(RegistryTampered, match="no list of signers"):
        shelf.look(None, Digest.of(b"line"))


def test_a_refused_list_is_not_remembered(book: Book, shelf: Shelf) -> None:
    """The first look at a wrong one must not become what is trusted."""
    with pytest.raises(RegistryTampered):
        shelf.look(book.text, Digest.of(b"another"))
    assert not shelf.memory.exists()


@pytest.mark.parametrize(
    "memory", ["", "{", "[]", '{"lines": 0, "head": "x"}', '{"lines": 1, "head": "x"}']
)
def test_a_damaged_memory_is_not_forgotten(book: Book, shelf: Shelf, memory: str) -> None:
    """It would trust on first use for a second time."""
    shelf.memory.parent.mkdir()
    shelf.memory.write_text(memory, "utf-8")
    with pytest.raises(DamagedMemory):
        shelf.look(book.text)


def test_the_list_is_for_the_registry_that_has_it(book: Book, shelf: Shelf) -> None:
    """One from elsewhere says nothing here."""
    shelf.files["config.json"] = b'{"id": "another"}'
    with pytest.raises(BadSigners, match="another registry"):
        shelf.look(book.text)


@pytest.mark.parametrize("config", [None, b"", b"{", b"[]", b"{}"])
def test_a_registry_without_an_id_has_none(config: bytes | None) -> None:
    """Whatever is wrong with its `config.json`."""
    assert registry_id(config) is None


# Documents, ssh-keygen


def test_documents_are_those_of_one_commit(tmp_path: Path) -> None:
    """After a sync they are read again; a file that makes no sense is as good as none."""
    path = tmp_path / "documents.json"
    documents = Documents(path)
    assert documents.known("one") == {}
    documents.keep("one", {"config.json": b"\xff{}", "signers.jsonl": None})
    assert documents.known("one") == {"config.json": b"\xff{}", "signers.jsonl": None}
    assert documents.known("two") == {}
    for damage in (b"", b"[]", b"{", b'{"tip": "one"}', b'{"tip": "one", "documents": {"a": 1}}'):
        path.write_bytes(damage)
        assert documents.known("one") == {}


def test_two_halves_of_two_keys_do_not_sign(tmp_path: Path) -> None:
    """The public half beside a key says who signs, so it must be that key's."""
    alice, bob = Key(tmp_path, "alice"), Key(tmp_path, "bob")
    alice.file.write_bytes(bob.file.read_bytes())
    with pytest.raises(SigningFailed):
        sign(alice.path, b"statement", SIGNERS)


def test_what_ssh_keygen_says_is_shown(tmp_path: Path) -> None:
    """A file that is no key."""
    Key(tmp_path, "alice")
    (tmp_path / "alice").write_text("nonsense\n", "utf-8")
    with pytest.raises(SigningFailed, match="did not sign") as caught:
        sign(tmp_path / "alice", b"statement", SIGNERS)
    assert caught.value.details


def test_a_machine_without_ssh_keygen_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Verifying needs it nowhere, signing does."""
    key = Key(tmp_path, "alice")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SigningFailed, match="could not be started"):
        sign(key.path, b"statement", SIGNERS)
