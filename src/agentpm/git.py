"""The only door to git processes.

Every process gets a clean, explicit environment: no repository but the one named, no hooks, no
file-system monitor, no replaced or lazily fetched objects, no prompt on any terminal. The user's
own configuration still counts for what is theirs: credential helpers, proxies, certificates, keys.
What comes from a registry is never taken for an option.
"""

from __future__ import annotations

import os
import signal
import weakref
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self, TypeAlias

from agentpm import lazy, scratch
from agentpm.credentials import without_credentials
from agentpm.environs import environment
from agentpm.errors import AgentpmError
from agentpm.values import dataclass

if TYPE_CHECKING:
    import subprocess
    import threading

    from agentpm import threads
else:
    # Most answers come from a view, and start no process.
    subprocess, threading = map(lazy.module, ("subprocess", "threading"))
    threads = lazy.module("agentpm.threads")

_WINDOWS = os.name == "nt"

_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.askPass=",
    "core.fsync=all",
    "gc.auto=0",
    "http.lowSpeedLimit=1",
    "http.lowSpeedTime=60",
    "maintenance.auto=false",
    "protocol.ext.allow=never",
    "protocol.fd.allow=never",
    "fetch.recurseSubmodules=no",
    "fetch.writeCommitGraph=false",
    "push.recurseSubmodules=no",
    "push.gpgSign=false",
    "push.followTags=false",
    "submodule.recurse=false",
    "user.useConfigOnly=true",
)

ENCRYPTED_ONLY = ("protocol.http.allow=never", "protocol.git.allow=never")
"""Settings that refuse unencrypted connections, also as the target of a redirect."""


class GitMissing(AgentpmError):
    """There is no git on this machine."""

    code = "git-missing"


class GitFailure(AgentpmError):
    """A git process ended otherwise than it should."""

    code = "git-failed"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a git process left: exit code, standard output, and its talk without credentials."""

    code: int
    out: bytes
    talk: str


_started: list[str] = []

_handed_down: ContextVar[tuple[int, ...]] = ContextVar("_handed_down", default=())

_GRACE = 5.0
"""Seconds that a process has to tidy up when it is told to end."""

_FEW = 40
"""So many questions fit into a pipe at once. More are written by a thread of their own, as git
stops reading them while nobody takes its answers."""


def processes() -> tuple[str, ...]:
    """The git commands that this process has started so far, for tests that count them."""
    return tuple(_started)


@contextmanager
def handing_down(descriptor: int | None) -> Iterator[None]:
    """Git processes that start in the block inherit `descriptor`, if it is one, as well.

    A lock on it (`locks`) then lasts as long as they do: whoever comes after a process that was
    killed waits for the git that this one left behind.
    """
    more = () if descriptor is None else (descriptor,)
    before = _handed_down.set((*_handed_down.get(), *more))
    try:
        yield
    finally:
        _handed_down.reset(before)


@dataclass(frozen=True, slots=True)
class Ends:
    """Files from which a process reads, and into which it writes; None is a pipe."""

    source: IO[bytes] | None = None
    out: IO[bytes] | None = None


_PIPES = Ends()

Take: TypeAlias = "Callable[[subprocess.Popen[bytes], IO[bytes]], bytes]"
"""Sees a process to its end, with the file that takes its talk; its output."""


@dataclass(frozen=True, slots=True)
class Git:
    """A repository's directory (the one that holds `objects` and `refs`), to run git on.

    None is for commands that need no repository; they find none by accident either.
    `settings` are further lines of configuration, `key=value`, that hold for these processes only;
    `hidden` is a text, the login in an address, that is cut out of whatever git says; `variables`
    go into the environment, past all cleaning: where a hook finds the objects of a push. `through`
    is the program that starts git, with its own arguments, where that is not this process itself.
    """

    directory: Path | None
    settings: tuple[str, ...] = ()
    hidden: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    through: tuple[str, ...] = ()

    def run(self, *command: str, operands: Sequence[str] = (), feed: bytes = b"") -> bytes:
        """The output of a git command that must succeed.

        Args:
            command: the command with its options, all of them literals of the caller.
            operands: what came from elsewhere; none may look like an option.
            feed: the standard input.

        Raises:
            GitFailure: it ended with another exit code than 0.
            GitMissing: there is no git.
        """
        ran = self.attempt(*command, operands=operands, feed=feed)
        if ran.code:
            raise failure(command[0], ran.talk)
        return ran.out

    def attempt(self, *command: str, operands: Sequence[str] = (), feed: bytes = b"") -> Ran:
        """What a git command left, however it ended. Arguments and errors as for `run`."""
        return self.conduct(command, operands, lambda process, _: process.communicate(feed)[0])

    def conduct(
        self,
        command: Sequence[str],
        operands: Sequence[str],
        take: Take,
        ends: Ends = _PIPES,
    ) -> Ran:
        """The same, where `take` feeds the process, and takes its output until it ends.

        When that raises, the process is ended with all it started.
        """
        with scratch.nameless() as talk:
            process = self.start([*command, *_operands(operands)], talk, ends)
            try:
                taken = take(process, talk)
            except BaseException:
                _end(process)
                raise
            return Ran(process.returncode, taken, _talk(talk).replace(self.hidden, ""))

    def start(
        self, command: Sequence[str], talk: IO[bytes], ends: Ends = _PIPES
    ) -> subprocess.Popen[bytes]:
        """A running git process; `talk` takes its standard error."""
        here = self.directory
        arguments = ["git"] if here is None else ["git", f"--git-dir={here}"]
        for setting in (*_SETTINGS, *self.settings):
            arguments += ["-c", setting]
        _started.append(command[0])
        try:
            return subprocess.Popen(
                [*self.through, *arguments, *command],
                stdin=subprocess.PIPE if ends.source is None else ends.source,
                stdout=subprocess.PIPE if ends.out is None else ends.out,
                stderr=talk,
                env=environment(os.environ, encrypted=set(ENCRYPTED_ONLY) <= set(self.settings))
                | dict(self.variables),
                cwd=here if here is not None and here.is_dir() else Path.home().anchor,
                # Without a terminal, ssh cannot ask for anything either.
                start_new_session=not _WINDOWS,
                pass_fds=_handed_down.get(),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError:
            raise GitMissing(
                "git could not be started: it is not installed, or not on the `PATH`",
                hint="install it from https://git-scm.com/downloads",
            ) from None

    def objects(self) -> Objects:
        """The objects of the repository, read by one process."""
        return Objects(self)


def failure(command: str, talk: str) -> GitFailure:
    """The failure of a git command that said `talk`: its last words, the rest as details."""
    lines = [line.strip() for line in talk.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines[-1:]
    reason = fatal[0].partition(": ")[2] or fatal[0] if fatal else "it gave no reason"
    return GitFailure(f"`git {command}` failed: {reason.rstrip('.')}", details=tuple(lines[-20:]))


def _operands(given: Sequence[str]) -> Sequence[str]:
    for operand in given:
        if operand.startswith("-") or "\0" in operand or "\n" in operand:
            raise GitFailure(f"`{operand!r}` cannot be handed to git")
    return given


def _talk(file: IO[bytes]) -> str:
    file.seek(max(file.seek(0, os.SEEK_END) - 65536, 0))
    lines = file.read().decode(errors="replace").replace("\r\n", "\n").split("\n")
    # What ends in a carriage return is progress, and was written over by what follows.
    said = without_credentials("\n".join(line.rpartition("\r")[2] for line in lines))
    # Much of it comes from the server, which may not command the user's terminal.
    return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in said)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with all it started: git leaves transfers to helpers of its own."""
    with suppress(OSError):
        if _WINDOWS:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGTERM)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        # Whoever was started with the signal ignored hands that down.
        with suppress(OSError):
            process.kill() if _WINDOWS else os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@dataclass(frozen=True, slots=True)
class Object:
    """A git object: its id, its kind (`blob`, `tree`, `commit`), its size in bytes, its content.

    `content` is None where the size is over the reader's limit.
    """

    id: str
    kind: str
    size: int
    content: bytes | None


class Objects:
    """The objects of a repository, read by one `git cat-file` that starts with the first question.

    What is not there is never fetched. A context manager: leaving it ends the process.
    """

    def __init__(self, git: Git) -> None:
        self._git = git
        self._process: subprocess.Popen[bytes] | None = None
        self._talk: IO[bytes] | None = None
        self._ending: weakref.finalize[..., Objects] | None = None
        self._busy = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; the next question starts another."""
        self._busy = False
        self._process = None
        if self._ending is not None:
            self._ending()

    def start(self) -> None:
        """Start the process before there is a question."""
        self._pipes()

    def read(
        self, names: Iterable[str], *, limit: int
    ) -> Generator[tuple[str, Object | None], None, None]:
        """Each name (an object's id, or a ref) with its object, or None where it is missing.

        The answers come in the order of the names, one at a time; the whole of them must be taken.

        Args:
            names: what is asked for.
            limit: the most bytes whose content is wanted.

        Raises:
            GitFailure: the process ended, as over a damaged object.
        """
        asked = list(_operands(list(names)))
        if not asked:
            return
        if self._busy:
            # Somebody stopped listening in the middle of an answer.
            self.close()
        pipe_in, pipe_out = self._pipes()
        process = self._process
        self._busy = True
        feeder = threading.Thread(target=_feed, args=(pipe_in, asked), daemon=True)
        if len(asked) > _FEW:
            threads.begin(feeder)
        else:
            _feed(pipe_in, asked)
        try:
            for name in asked:
                yield name, self._answer(pipe_out, limit)
            self._busy = False
        finally:
            if self._busy and self._process is process:
                self.close()
            if len(asked) > _FEW:
                feeder.join()

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            self._talk = scratch.nameless()
            self._process = self._git.start(["cat-file", "--batch"], self._talk)
            self._ending = weakref.finalize(self, _finish, self._process, self._talk)
        if self._process.stdin is None or self._process.stdout is None:  # pragma: no cover
            raise GitFailure("git runs without pipes")
        return self._process.stdin, self._process.stdout

    def _answer(self, pipe: IO[bytes], limit: int) -> Object | None:
        header = pipe.readline()
        words = header.split()
        if header.endswith(b"\n") and words[-1] == b"missing":
            return None
        if len(words) != 3:
            raise self._failed()
        size = int(words[2])
        content = pipe.read(size) if size <= limit else None
        if content is None:
            _skip(pipe, size)
        if (content is not None and len(content) < size) or pipe.read(1) != b"\n":
            raise self._failed()
        return Object(words[0].decode(), words[1].decode(), size, content)

    def _failed(self) -> GitFailure:
        return failure("cat-file", _talk(self._talk) if self._talk else "")


def _finish(process: subprocess.Popen[bytes], talk: IO[bytes]) -> None:
    _end(process)
    talk.close()


def _feed(pipe: IO[bytes], names: Sequence[str]) -> None:
    # When the process is gone, the reader says so.
    with suppress(OSError, ValueError):
        pipe.write("".join(f"{name}\n" for name in names).encode())
        pipe.flush()


def _skip(pipe: IO[bytes], size: int) -> None:
    while size > 0:
        taken = len(pipe.read(min(size, 1 << 20)))
        size -= taken or size
