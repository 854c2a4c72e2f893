"""The only door to disk.

Reading has a limit, writing is atomic, links are never followed by accident. Whatever the operating
system refuses becomes a `DiskFailure` that names the path: every function here may raise it.
"""

from __future__ import annotations

import errno
import os
import stat as modes
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from agentpm.errors import AgentpmError, ExitCode
from agentpm.values import dataclass

MIB = 1024 * 1024
DEFAULT_LIMIT = 16 * MIB
"""How many bytes a file may have where the caller names no limit."""

_WINDOWS = sys.platform == "win32"
_ONE_SYNC_WAITS = sys.platform == "linux"
"""Whether sync(2) returns only once the bytes are on disk; elsewhere it may return before."""

_KINDS = {modes.S_IFREG: "file", modes.S_IFDIR: "directory", modes.S_IFLNK: "link"}
_TEMPORARY = (".agentpm-", ".tmp")
_ONE_SYNC_FROM = 4
"""From so many files on, one `sync` costs less than an `fsync` each (ext4: 10 files 3 ms against
7 ms, 1,000 files 23 ms against 950 ms)."""


class DiskFailure(AgentpmError):
    """The operating system refused to read or write something."""

    code = "disk-failure"


class TooLarge(AgentpmError):
    """A file with more bytes than its kind may have."""

    code = "too-large"


class LinkInTheWay(AgentpmError):
    """A symbolic link where agentpm will not follow one."""

    code = "link-in-the-way"
    exit_code = ExitCode.CORRUPT


@dataclass(frozen=True, slots=True)
class Stamp:
    """What one `lstat` says about a path, enough to notice that it changed.

    `kind` is `file`, `directory`, `link` or `other`; `size` is in bytes; `mtime` and `ctime` are in
    nanoseconds since the epoch (`ctime` cannot be set back by a program, but is the creation time
    on Windows).
    """

    kind: str
    size: int
    mtime: int
    ctime: int
    inode: int

    @property
    def is_file(self) -> bool:
        """Whether it is a plain file."""
        return self.kind == "file"

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory."""
        return self.kind == "directory"


def stamp(path: Path) -> Stamp | None:
    """The stamp of `path` itself (links are not followed), or None where nothing is."""
    with explained("look at", path):
        try:
            return _stamp_of(os.lstat(path))
        except (FileNotFoundError, NotADirectoryError):
            return None


def _stamp_of(found: os.stat_result) -> Stamp:
    kind = _KINDS.get(modes.S_IFMT(found.st_mode), "other")
    return Stamp(kind, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def entries(directory: Path) -> dict[str, Stamp]:
    """The names in `directory` with their stamps, sorted; empty where there is no directory."""
    found: dict[str, Stamp] = {}
    with explained("read", directory):
        try:
            with os.scandir(directory) as scan:
                for entry in scan:
                    with suppress(FileNotFoundError):
                        found[entry.name] = _stamp_of(entry.stat(follow_symlinks=False))
        except (FileNotFoundError, NotADirectoryError):
            return {}
    return dict(sorted(found.items()))


def read(path: Path, *, limit: int = DEFAULT_LIMIT, follow: bool = True) -> bytes | None:
    """The bytes of a file, or None where there is none.

    Args:
        path: the file.
        limit: the most bytes it may have.
        follow: whether a symbolic link at `path` is followed.

    Raises:
        TooLarge: it has more than `limit` bytes.
        LinkInTheWay: it is a link, and `follow` is false.
        DiskFailure: it cannot be read.
    """
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    # Without O_NONBLOCK, opening a named pipe that somebody left here would wait for ever.
    flags |= getattr(os, "O_NONBLOCK", 0)
    if not follow:
        flags |= getattr(os, "O_NOFOLLOW", 0)
        _refuse_link(path)
    with explained("read", path):
        try:
            descriptor = os.open(path, flags)
        except (FileNotFoundError, NotADirectoryError):
            return None
        with os.fdopen(descriptor, "rb") as file:
            if not modes.S_ISREG(os.fstat(descriptor).st_mode):
                raise DiskFailure(f"`{path}` is not a plain file")
            content = file.read(limit + 1)
    if len(content) > limit:
        raise TooLarge(f"`{path}` has more than {limit:,} bytes")
    return content


def write(path: Path, content: bytes, *, sync: bool = False, private: bool = False) -> None:
    """Make `path` a file with exactly `content`: whoever looks sees the old bytes or the new ones.

    Missing directories are made. A link at `path` is replaced, never written through. The mode of
    a file that stood there is kept.

    Args:
        path: the file.
        content: its bytes.
        sync: whether it must have reached the disk on return.
        private: whether nobody but its owner may read it, whatever the mode was.
    """
    with _Staged() as staged:
        staged.add(path, content, 0o600 if private else 0o777)
        if sync:
            staged.flush_each()
        staged.publish()
        if sync:
            _sync_directories([path.parent])


def write_many(files: Iterable[tuple[Path, bytes]], *, sync: bool = True) -> None:
    """Write files as `write` does each, with one sync for all of them.

    Every byte is on disk under a temporary name before the first file appears under its own.
    """
    with _Staged() as staged:
        for path, content in files:
            staged.add(path, content)
        if sync:
            staged.flush_together()
        staged.publish()
        if sync:
            _sync_directories(path.parent for path in staged.published)


class _Staged:
    """Contents under temporary names beside their destinations; unpublished ones are removed."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Path, Path]] = []
        self._made: set[Path] = set()
        self.published: list[Path] = []

    def __enter__(self) -> _Staged:
        return self

    def __exit__(self, *_: object) -> None:
        for temporary, _path in self._waiting:
            with suppress(OSError):
                temporary.unlink()

    def add(self, path: Path, content: bytes, most: int = 0o777) -> None:
        if path.parent not in self._made:
            make_directory(path.parent)
            self._made.add(path.parent)
        temporary = path.parent / os.urandom(8).hex().join(_TEMPORARY)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        flags |= getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        with explained("write", path):
            # 0o666 less the umask, as any program's new file; mkstemp would make it private.
            descriptor = os.open(temporary, flags, 0o666 & most)
            self._waiting.append((temporary, path))
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            _keep_mode(path, temporary, most)

    def flush_each(self) -> None:
        for temporary, path in self._waiting:
            with explained("write", path):
                _fsync(temporary)

    def flush_together(self) -> None:
        if _ONE_SYNC_WAITS and len(self._waiting) >= _ONE_SYNC_FROM:
            os.sync()
        else:
            self.flush_each()

    def publish(self) -> None:
        waiting, self._waiting = self._waiting, []
        for position, (temporary, path) in enumerate(waiting):
            try:
                with explained("write", path):
                    _replace(temporary, path)
            except BaseException:
                self._waiting = waiting[position:]
                raise
            self.published.append(path)


def _keep_mode(path: Path, temporary: Path, most: int) -> None:
    with suppress(OSError):
        found = os.lstat(path)
        if modes.S_ISREG(found.st_mode):
            temporary.chmod(modes.S_IMODE(found.st_mode) & most)


def _replace(temporary: Path, path: Path) -> None:
    """Rename over `path`; Windows refuses while a scanner or an editor holds the old file open."""
    for pause in (0.01, 0.05, 0.2, 0.5):
        try:
            temporary.replace(path)
        except PermissionError:
            if not _WINDOWS:
                raise
            time.sleep(pause)
        else:
            return
    temporary.replace(path)


def _fsync(path: Path) -> None:
    # Windows flushes only what is open for writing; a directory can only be opened for reading.
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_directories(directories: Iterable[Path]) -> None:
    if _WINDOWS:
        return  # NTFS journals names by itself, and offers no call for it
    for directory in sorted(set(directories)):
        with explained("write", directory):
            _fsync(directory)


def sweep(directory: Path) -> None:
    """Remove the temporary files that a killed agentpm left in `directory`.

    To be called under the lock that guards the directory, as it cannot tell whose they are.
    """
    prefix, suffix = _TEMPORARY
    for name, found in entries(directory).items():
        if name.startswith(prefix) and name.endswith(suffix) and found.is_file:
            remove(directory / name)


def remove(path: Path) -> bool:
    """Remove a file (or a link, never what it points to); False where nothing was."""
    with explained("remove", path):
        try:
            path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return False
    return True


def remove_tree(path: Path) -> None:
    """Remove a directory with all that is in it, read-only files too; links are not followed."""
    # Lazy: it brings every compression library, and few runs remove a tree.
    import shutil  # noqa: PLC0415

    found = stamp(path)
    if found is None:
        return
    if not found.is_directory:
        raise DiskFailure(f"`{path}` is not a directory")
    with explained("remove", path):
        if _WINDOWS:
            # Git's objects are read-only, which there forbids removing them.
            for inside in path.rglob("*"):
                inside.chmod(0o700)
        shutil.rmtree(path)


def clear(path: Path) -> None:
    """Remove whatever stands at `path`: a file, a link, or a directory with all that is in it."""
    found = stamp(path)
    if found is not None and found.is_directory:
        remove_tree(path)
    else:
        remove(path)


def make_directory(path: Path, *, private: bool = False) -> None:
    """Make `path` a directory, with its parents; nothing to do where it is one.

    With `private`, a new one is for its owner alone.
    """
    with explained("make", path):
        path.mkdir(0o700 if private else 0o777, parents=True, exist_ok=True)


def disk_usage(path: Path) -> int:
    """The bytes of all plain files below `path` (or of `path`, if it is one)."""
    found = stamp(path)
    if found is None:
        return 0
    if not found.is_directory:
        return found.size
    return sum(
        item.size if not item.is_directory else disk_usage(path / name)
        for name, item in entries(path).items()
    )


def _refuse_link(path: Path) -> None:
    found = stamp(path)
    if found is not None and found.kind == "link":
        raise LinkInTheWay(
            f"`{path}` is a symbolic link, and agentpm does not follow it",
            hint="put the file itself there, or remove the link",
        )


def refuse_links(root: Path, path: Path) -> None:
    """Make sure that nothing between `root` and `path`, `path` included, is a symbolic link.

    `root` itself may be one: people keep their configuration directories elsewhere.

    Raises:
        LinkInTheWay: something is, or `path` lies outside `root`.
    """
    top, place = Path(os.path.normpath(root)), Path(os.path.normpath(path))
    if not place.is_relative_to(top):
        raise LinkInTheWay(f"`{path}` lies outside `{root}`")
    here = top
    for part in place.relative_to(top).parts:
        here = here / part
        _refuse_link(here)


_HINTS = {
    errno.ENOSPC: "the disk is full: free some space and run the command again",
    errno.EACCES: "check who owns it, and its permissions",
    errno.EPERM: "check who owns it, and its permissions",
    errno.EROFS: "this place can only be read",
    errno.ENOTDIR: "a file stands where a directory should be",
}


@contextmanager
def explained(verb: str, path: Path) -> Iterator[None]:
    """Turn an `OSError` into one sentence about `path`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise DiskFailure(
            f"could not {verb} `{path}`: {reason[:1].lower()}{reason[1:]}",
            hint=_HINTS.get(error.errno or 0),
        ) from error
