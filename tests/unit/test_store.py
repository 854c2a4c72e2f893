"""The store: bytes by digest, checked both ways, never the reason why something fails for good."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from agentpm import fs, store
from agentpm.model.digest import Digest
from agentpm.store import CorruptContent, Store

ONE, TWO = b"one agent", b"another\r\nagent\x00"


def contents(*values: bytes) -> dict[Digest, bytes]:
    """Bytes under their digests."""
    return {Digest.of(value): value for value in values}


def test_what_was_put_can_be_got(tmp_path: Path) -> None:
    """A second project installs the same agents without a network."""
    Store(tmp_path).put_many(contents(ONE, TWO))
    again = Store(tmp_path)
    assert again.get(Digest.of(ONE)) == ONE
    assert again.get(Digest.of(b"no")) is None
    asked = [*contents(ONE, TWO, b"no")]
    assert again.get_many(asked) == contents(ONE, TWO)
    assert again.missing(asked) == {Digest.of(b"no")}


def test_an_unused_store_is_no_file(tmp_path: Path) -> None:
    """Asking must not write."""
    unused = Store(tmp_path / "cache")
    assert unused.get(Digest.of(ONE)) is None
    assert unused.missing([Digest.of(ONE)]) == {Digest.of(ONE)}
    assert unused.get_many([]) == {}
    unused.put_many({})
    assert (unused.size(), unused.clean()) == (0, 0)
    assert not (tmp_path / "cache").exists()


def test_thousands_are_got_at_once(tmp_path: Path) -> None:
    """SQLite takes a limited number of variables in one query."""
    many = contents(*(b"agent %d" % n for n in range(2500)))
    filled = Store(tmp_path)
    filled.put_many(many)
    assert filled.get_many(many) == many
    assert filled.missing(many) == frozenset()


def test_wrong_bytes_do_not_come_in(tmp_path: Path) -> None:
    """Nothing of a batch is kept if one of it is not what it should be."""
    with pytest.raises(CorruptContent, match="bytes that should be") as caught:
        Store(tmp_path).put_many({Digest.of(ONE): ONE, Digest.of(TWO): b"something else"})
    assert caught.value.exit_code == 4
    assert Store(tmp_path).get(Digest.of(ONE)) is None


def test_wrong_bytes_do_not_get_out_and_are_thrown_away(tmp_path: Path) -> None:
    """A store that somebody wrote to must not reach an agents directory."""
    Store(tmp_path).put_many(contents(ONE))
    with sqlite3.connect(tmp_path / "content.sqlite3") as database:
        database.execute("UPDATE content SET bytes = ?", (b"tampered",))
    database.close()
    assert Store(tmp_path).get(Digest.of(ONE)) is None
    assert Store(tmp_path).missing([Digest.of(ONE)]) == {Digest.of(ONE)}
    Store(tmp_path).put_many(contents(ONE))
    assert Store(tmp_path).get(Digest.of(ONE)) == ONE


@pytest.mark.parametrize("damage", [b"nonsense" * 1000, b"SQLite format 3\0" + b"\0" * 5000])
def test_a_damaged_file_is_an_empty_store(tmp_path: Path, damage: bytes) -> None:
    """All of it can be had again, so a power cut must not need anybody's attention."""
    (tmp_path / "content.sqlite3").write_bytes(damage)
    filled = Store(tmp_path)
    assert filled.missing([Digest.of(ONE)]) == {Digest.of(ONE)}
    filled.put_many(contents(ONE))
    filled.close()
    assert Store(tmp_path).get(Digest.of(ONE)) == ONE


def test_a_file_torn_in_the_middle_is_an_empty_store(tmp_path: Path) -> None:
    """The head of the file may be whole while its pages are not."""
    many = contents(*(b"agent %d" % n * 500 for n in range(100)))
    filled = Store(tmp_path)
    filled.put_many(many)
    filled.close()
    path = tmp_path / "content.sqlite3"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    assert Store(tmp_path).get_many(many) == {}
    Store(tmp_path).put_many(many)
    assert Store(tmp_path).get_many(many) == many


def test_a_store_of_another_format_is_made_anew(tmp_path: Path) -> None:
    """A newer agentpm may keep its bytes in another way."""
    filled = Store(tmp_path)
    filled.put_many(contents(ONE))
    filled.close()
    with sqlite3.connect(tmp_path / "content.sqlite3") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    assert Store(tmp_path).get(Digest.of(ONE)) is None
    Store(tmp_path).put_many(contents(TWO))
    assert Store(tmp_path).get(Digest.of(TWO)) == TWO


def test_cleaning_frees_the_disk(tmp_path: Path) -> None:
    """`cache clean` says how much it freed, and the store works on."""
    filled = Store(tmp_path)
    filled.put_many(contents(*(b"%d" % n * 5000 for n in range(50))))
    before = filled.size()
    freed = filled.clean()
    assert before - freed == filled.size() < 20_000
    filled.put_many(contents(ONE))
    assert filled.get(Digest.of(ONE)) == ONE


def test_a_disk_that_refuses_is_explained(tmp_path: Path) -> None:
    """A cache on a read-only disk is a sentence, not a traceback."""
    (tmp_path / "content.sqlite3").mkdir()
    with pytest.raises(fs.DiskFailure, match="could not use"):
        Store(tmp_path).put_many(contents(ONE))


def test_a_store_that_cannot_be_healed_is_explained(tmp_path: Path) -> None:
    """What is damaged again at once is no accident."""

    class Cursed(Store):
        def _connection(self) -> sqlite3.Connection:
            (tmp_path / "content.sqlite3").write_bytes(b"nonsense" * 1000)
            return super()._connection()

    with pytest.raises(fs.DiskFailure, match="not a database"):
        Cursed(tmp_path).put_many(contents(ONE))


def test_processes_fill_one_store_together(tmp_path: Path) -> None:
    """Two installs at once share a cache, and neither loses what it put."""
    program = (
        "import sys, pathlib; from agentpm.store import Store; from agentpm.model.digest import Digest\n"
        "for n in range(30):\n"
        "    raw = b'%s %d' % (sys.argv[2].encode(), n)\n"
        "    Store(pathlib.Path(sys.argv[1])).put_many({Digest.of(raw): raw})\n"
    )
    source = str(Path(store.__file__).resolve().parents[1])
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path), name], env={"PYTHONPATH": source}
        )
        for name in "abc"
    ]
    assert [process.wait() for process in running] == [0, 0, 0]
    everything = [Digest.of(b"%s %d" % (name, n)) for name in (b"a", b"b", b"c") for n in range(30)]
    assert Store(tmp_path).missing(everything) == frozenset()
