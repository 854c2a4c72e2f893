"""The door to disk: what it lets through, what it refuses, what stays when it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agentpm import fs


def names(directory: Path) -> list[str]:
    """What is in a directory, sorted."""
    return sorted(path.name for path in directory.iterdir())


def leftovers(directory: Path) -> list[str]:
    """The names of temporary files in a directory."""
    return [name for name in names(directory) if name.startswith(".agentpm-")]


def test_a_written_file_has_exactly_its_bytes(tmp_path: Path) -> None:
    """Agents are known by their bytes, so no newline may be translated on any platform."""
    fs.write(tmp_path / "deep" / "er" / "a.md", b"one\r\ntwo\n\x1a\x00", sync=True)
    assert fs.read(tmp_path / "deep" / "er" / "a.md") == b"one\r\ntwo\n\x1a\x00"
    assert leftovers(tmp_path / "deep" / "er") == []


def test_writing_again_keeps_the_mode(tmp_path: Path) -> None:
    """A file that its owner made private stays private."""
    path = tmp_path / "a.md"
    fs.write(path, b"1")
    path.chmod(0o600)
    fs.write(path, b"2")
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("before", "after"), [(None, 0o600), (0o644, 0o600), (0o400, 0o400)])
def test_a_private_file_is_for_its_owner_alone(
    tmp_path: Path, before: int | None, after: int
) -> None:
    """It may hold a password, and a file that was stricter already stays so."""
    path = tmp_path / "config.toml"
    if before is not None:
        path.write_bytes(b"1")
        path.chmod(before)
    fs.write(path, b"2", private=True)
    assert path.stat().st_mode & 0o777 == after


def test_a_new_file_gets_the_mode_that_any_program_would_give_it(tmp_path: Path) -> None:
    """A temporary file is private by habit; an agent that a team shares must not be."""
    before = os.umask(0o022)
    try:
        fs.write(tmp_path / "a.md", b"1")
    finally:
        os.umask(before)
    assert (tmp_path / "a.md").stat().st_mode & 0o777 == 0o644


def test_a_link_is_replaced_and_never_written_through(tmp_path: Path) -> None:
    """What a link points to belongs to somebody else."""
    (tmp_path / "theirs").write_bytes(b"theirs")
    (tmp_path / "a.md").symlink_to(tmp_path / "theirs")
    fs.write(tmp_path / "a.md", b"ours")
    assert (tmp_path / "theirs").read_bytes() == b"theirs"
    assert not (tmp_path / "a.md").is_symlink()


@pytest.mark.parametrize("count", [1, 3, 4, 50])
@pytest.mark.parametrize("sync", [True, False])
def test_many_files_are_written_alike(tmp_path: Path, count: int, sync: bool) -> None:
    """One sync for few or many files must not change what is on disk."""
    files = [(tmp_path / f"d{n % 3}" / f"{n}.md", b"x" * n) for n in range(count)]
    fs.write_many(files, sync=sync)
    assert all(path.read_bytes() == content for path, content in files)
    assert all(leftovers(path.parent) == [] for path, _ in files)


def test_nothing_appears_when_one_of_many_cannot_be_written(tmp_path: Path) -> None:
    """All bytes are on disk before the first file appears."""
    (tmp_path / "in-the-way").write_bytes(b"")
    with pytest.raises(fs.DiskFailure, match="could not make") as caught:
        fs.write_many([(tmp_path / "a.md", b"1"), (tmp_path / "in-the-way" / "b.md", b"2")])
    assert names(tmp_path) == ["in-the-way"]
    assert "in-the-way" in caught.value.message


def test_a_rename_that_fails_leaves_no_temporary_file(tmp_path: Path) -> None:
    """A directory where a file should go is a person's, and stays."""
    (tmp_path / "b.md").mkdir()
    with pytest.raises(fs.DiskFailure, match="could not write"):
        fs.write_many([(tmp_path / n, b"1") for n in ("a.md", "b.md", "c.md")])
    assert names(tmp_path) == ["a.md", "b.md"]


def test_a_file_that_stays_open_elsewhere_is_tried_again_on_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Virus scanners and editors hold a file for a moment; that must not fail an install."""
    refusals = [PermissionError(13, "in use"), PermissionError(13, "in use")]
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if refusals:
            raise refusals.pop()
        return real(self, target)

    monkeypatch.setattr(fs, "_WINDOWS", True)
    monkeypatch.setattr(Path, "replace", replace)
    fs.write(tmp_path / "a.md", b"1", sync=True)
    assert (tmp_path / "a.md").read_bytes() == b"1"
    refusals += [PermissionError(13, "in use")] * 9
    with pytest.raises(fs.DiskFailure, match="in use"):
        fs.write(tmp_path / "a.md", b"2")
    monkeypatch.setattr(fs, "_WINDOWS", False)
    with pytest.raises(fs.DiskFailure, match="in use"):
        fs.write(tmp_path / "a.md", b"3")


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    """A kill between writing and renaming must not leave files behind for ever."""
    program = (
        "import os, sys, pathlib; from agentpm import fs\n"
        "pathlib.Path.replace = lambda *_: os.kill(os.getpid(), 9)\n"
        "fs.write(pathlib.Path(sys.argv[1]) / 'a.md', b'half')"
    )
    source = Path(fs.__file__).resolve().parents[1]
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(source)},
        check=False,
    )
    assert ran.returncode == -9
    assert len(leftovers(tmp_path)) == 1
    (tmp_path / ".agentpm-directory.tmp").mkdir()
    fs.sweep(tmp_path)
    assert names(tmp_path) == [".agentpm-directory.tmp"]


def test_reading_has_a_limit(tmp_path: Path) -> None:
    """A file of any size could be put where a small one is expected."""
    (tmp_path / "a").write_bytes(b"x" * 11)
    assert fs.read(tmp_path / "a", limit=11) == b"x" * 11
    with pytest.raises(fs.TooLarge, match="more than 10 bytes"):
        fs.read(tmp_path / "a", limit=10)


def test_what_is_not_there_reads_as_nothing(tmp_path: Path) -> None:
    """Absence is an answer, also below something that is no directory."""
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "no", tmp_path / "file" / "no"):
        assert fs.read(path) is None
        assert fs.stamp(path) is None
        assert fs.entries(path) == {}
        assert fs.remove(path) is False
        assert fs.disk_usage(path) == 0
        fs.remove_tree(path)


def test_pipes_and_directories_are_not_read(tmp_path: Path) -> None:
    """Opening a named pipe would wait for a writer that never comes."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(fs.DiskFailure, match="not a plain file"):
        fs.read(tmp_path / "pipe")
    with pytest.raises(fs.DiskFailure, match="is a directory"):
        fs.read(tmp_path)
    stamp = fs.stamp(tmp_path / "pipe")
    assert stamp is not None
    assert stamp.kind == "other"


def test_links_are_followed_only_when_asked(tmp_path: Path) -> None:
    """A link among the agents could point at any file of the machine."""
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    assert fs.read(tmp_path / "link") == b"secret"
    with pytest.raises(fs.LinkInTheWay, match="symbolic link"):
        fs.read(tmp_path / "link", follow=False)
    assert fs.read(tmp_path / "secret", follow=False) == b"secret"


def test_stamps_tell_kinds_apart(tmp_path: Path) -> None:
    """A receipt compares stamps, so a link must not pass for the file it points to."""
    (tmp_path / "file").write_bytes(b"123")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "directory").mkdir()
    found = fs.entries(tmp_path)
    assert {name: stamp.kind for name, stamp in found.items()} == {
        "directory": "directory",
        "file": "file",
        "link": "link",
    }
    assert found["file"] == fs.stamp(tmp_path / "file")
    assert found["file"].size == 3
    assert found["file"].is_file
    assert found["directory"].is_directory


def test_a_path_below_the_root_without_links_passes(tmp_path: Path) -> None:
    """The root itself may be a link: people keep their configuration elsewhere."""
    (tmp_path / "real" / "agents").mkdir(parents=True)
    (tmp_path / "root").symlink_to(tmp_path / "real")
    fs.refuse_links(tmp_path / "root", tmp_path / "root" / "agents" / "new.md")


@pytest.mark.parametrize(
    "path", ["agents/a.md", "agents", "../other", "agents/../../other", "/etc"]
)
def test_a_path_that_leaves_the_root_is_refused(tmp_path: Path, path: str) -> None:
    """Neither a link nor `..` may lead a write out of the agents directory."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "agents").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(fs.LinkInTheWay):
        fs.refuse_links(tmp_path / "root", tmp_path / "root" / path)


def test_removing_a_tree_spares_what_links_point_to(tmp_path: Path) -> None:
    """Emptying a cache must not empty somebody's home directory."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_bytes(b"")
    (tmp_path / "tree" / "sub").mkdir(parents=True)
    (tmp_path / "tree" / "sub" / "read-only").write_bytes(b"")
    (tmp_path / "tree" / "sub" / "read-only").chmod(0o400)
    (tmp_path / "tree" / "link").symlink_to(tmp_path / "kept")
    fs.remove_tree(tmp_path / "tree")
    assert names(tmp_path) == ["kept"]
    assert names(tmp_path / "kept") == ["file"]
    with pytest.raises(fs.DiskFailure, match="not a directory"):
        fs.remove_tree(tmp_path / "kept" / "file")


def test_read_only_trees_are_removed_on_windows_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git makes its objects read-only, and Windows does not remove such files."""
    monkeypatch.setattr(fs, "_WINDOWS", True)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "object").write_bytes(b"")
    (tmp_path / "tree" / "object").chmod(0o400)
    fs.remove_tree(tmp_path / "tree")
    assert names(tmp_path) == []


def test_disk_usage_counts_files_wherever_they_are(tmp_path: Path) -> None:
    """`cache size` says what cleaning would free."""
    fs.write_many([(tmp_path / "a", b"12"), (tmp_path / "b" / "c", b"345")])
    assert fs.disk_usage(tmp_path) == 5
    assert fs.disk_usage(tmp_path / "a") == 2


def test_a_private_directory_is_for_its_owner(tmp_path: Path) -> None:
    """A clone's configuration may hold a password."""
    fs.make_directory(tmp_path / "private", private=True)
    assert (tmp_path / "private").stat().st_mode & 0o077 == 0


def test_failures_say_what_can_be_done(tmp_path: Path) -> None:
    """`Permission denied` alone helps nobody."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(fs.DiskFailure) as caught:
        fs.write(tmp_path / "file" / "a.md", b"")
    assert caught.value.message == f"could not make `{tmp_path}/file`: file exists"
    with pytest.raises(fs.DiskFailure) as caught:
        fs.stamp(tmp_path / ("x" * 300))
    assert "name too long" in caught.value.message


def _never() -> None:
    raise AssertionError("nobody else holds this lock")
