"""A project on a machine of its own, on which tests run the real command line.

How to use it:

    def test_an_agent_is_listed(tmp_path: Path) -> None:
        project = Project(tmp_path)
        project.run("install", "backend-engineer").done()
        assert "backend-engineer" in project.run("list").done().out

- `Project(tmp_path)` makes an empty directory to work in, for a person with an empty home
  directory, a git identity, and no configuration. Nothing of the machine that runs the tests shows
  through: not `HOME`, `AGENTPM_*`, `CLAUDE_CONFIG_DIR`, `XDG_*`, `GIT_*`, a terminal or a locale.
- `run(...)` runs a command in this process, `run_process(...)` in a new one (for locks, kills,
  start-up). Both give a `Ran`: `code`, `out`, `err`, and `git`, the git commands that it started.
- `ran.done()` insists on exit code 0, `ran.failed(1, "edited-by-hand")` on a failure with that code;
  `ran.data` is what stands in the `--json` envelope. `ran.masked` is a transcript without paths.
- `write`, `append`, `read`, `exists`, `tree` work on files of the project; `agent(name)` is the path
  of an installed one. `manifest` and `lockfile` are the texts of those two.
- `environ` is the environment of the next run: `project.environ["AGENTPM_OFFLINE"] = "1"`.
- `Project(tmp_path, "other")` is a second project of the same person; `Project(tmp_path, "theirs",
  person="bob")` one on another machine; `project.clone("bob")` is what Bob gets with git.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentpm.cli.main import run as run_command_line
from agentpm.git import processes
from support.program import program_folder

SOURCES = Path(__file__).resolve().parents[2] / "src"
_INHERITED = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "COVERAGE_PROCESS_START", "PATHEXT")


@dataclass(frozen=True, slots=True)
class Ran:
    """What one run of a command left behind.

    `git` are the git commands that it started (of a run in this process only); `mask` pairs of a
    text to hide and what to show for it.
    """

    argv: tuple[str, ...]
    code: int
    out: str
    err: str
    git: tuple[str, ...] = ()
    mask: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def done(self) -> Ran:
        """This run, which must have ended with exit code 0."""
        assert self.code == 0, f"exit code {self.code} of {self.argv}\n{self.out}\n{self.err}"
        return self

    def failed(self, exit_code: int, code: str | None = None) -> Ran:
        """This run, which must have ended with `exit_code`; a `--json` run with the error `code`."""
        assert self.code == exit_code, f"exit code {self.code} of {self.argv}\n{self}"
        if code is not None:
            assert self.envelope["error"]["code"] == code, self.out
        return self

    @property
    def envelope(self) -> dict[str, Any]:
        """The whole JSON document on standard output."""
        document = json.loads(self.out)
        assert isinstance(document, dict)
        return document

    @property
    def data(self) -> Any:
        """The data in the JSON envelope of a run that worked."""
        assert self.envelope["ok"], self.out
        return self.envelope["data"]

    @property
    def lines(self) -> list[str]:
        """Standard output, line by line."""
        return self.out.splitlines()

    @property
    def masked(self) -> str:
        """The run as a transcript: command, output, talk (`! ` before each line), exit code."""
        shown = [f"$ agentpm {' '.join(self.argv)}", *self.out.splitlines()]
        shown += [f"! {line}".rstrip() for line in self.err.splitlines()]
        shown += [f"[exit {self.code}]"] if self.code else []
        return _masked("\n".join(shown) + "\n", self.mask)


class Project:
    """One person's working directory. The docstring of this module says how to use it."""

    def __init__(self, tmp_path: Path, name: str = "project", *, person: str = "ada") -> None:
        self.tmp_path = tmp_path
        self.person = person
        self.root = tmp_path / f"{person}-{name}"
        self.home = tmp_path / f"home-of-{person}"
        self.root.mkdir(exist_ok=True)
        self.environ = self._environment()
        if not self.home.exists():
            self.home.mkdir()
            identity = f"[user]\nname = {person.title()}\nemail = {person}@example.org\n"
            (self.home / ".gitconfig").write_text(identity + "[init]\ndefaultBranch = main\n")

    def _environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        # The hook of a registry looks for agentpm on the `PATH`.
        own = {
            "PATH": f"{program_folder()}{os.pathsep}{inherited.get('PATH', '')}",
            "HOME": str(self.home),
            "USERPROFILE": str(self.home),
            "AGENTPM_CONFIG_DIR": str(self.home / "config"),
            "AGENTPM_CACHE_DIR": str(self.home / "cache"),
            "AGENTPM_DATA_DIR": str(self.home / "data"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "COLUMNS": "100",
            "LC_ALL": "C.UTF-8",
            "PYTHONUTF8": "1",
        }
        return {**inherited, **own}

    # Running commands

    def run(self, *argv: str, stdin: str = "", cwd: Path | None = None) -> Ran:
        """Run `agentpm argv...` in this process, in the project's directory (or `cwd`)."""
        out, err = _stream(), _stream()
        before = len(processes())
        inside = self._inside(cwd or self.root, stdin)
        with inside, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run_command_line(argv)
        return Ran(argv, int(code), _text(out), _text(err), processes()[before:], self._mask())

    def run_process(self, *argv: str, stdin: str = "", cwd: Path | None = None) -> Ran:
        """Run `agentpm argv...` in a new process."""
        with self.start(*argv, cwd=cwd) as process:
            out, err = process.communicate(stdin.encode(), timeout=120)
        return Ran(argv, process.returncode, out.decode(), err.decode(), mask=self._mask())

    def start(self, *argv: str, cwd: Path | None = None) -> subprocess.Popen[bytes]:
        """Start `agentpm argv...` in a new process with pipes, and leave it running."""
        return subprocess.Popen(
            [sys.executable, "-m", "agentpm", *argv],
            cwd=cwd or self.root,
            env={**self.environ, "PYTHONPATH": str(SOURCES)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    @contextlib.contextmanager
    def _inside(self, cwd: Path, stdin: str) -> Iterator[None]:
        outside, here, keyboard = dict(os.environ), Path.cwd(), sys.stdin
        os.environ.clear()
        os.environ.update(self.environ)
        os.chdir(cwd)
        sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
        try:
            yield
        finally:
            sys.stdin = keyboard
            os.chdir(here)
            os.environ.clear()
            os.environ.update(outside)

    def masked(self, text: str) -> str:
        """`text` with the paths of this test's directories as `PROJECT`, `HOME` and `TMP`."""
        return _masked(text, self._mask())

    def _mask(self) -> tuple[tuple[str, str], ...]:
        places = [
            (self.root, "PROJECT"),
            (self.home, "HOME"),
            (self.tmp_path.resolve(), "TMP"),
            (self.tmp_path, "TMP"),
        ]
        return tuple((text, name) for p, name in places for text in (str(p), p.as_posix()))

    # Files

    def path(self, name: str) -> Path:
        """The file `name` (with forward slashes) of the project."""
        return self.root.joinpath(*name.split("/"))

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file of the project, with the folders it needs."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def append(self, name: str, text: str) -> Path:
        """Write something behind what a file of the project holds."""
        return self.write(name, self.read(name) + text)

    def read(self, name: str) -> str:
        """The text of a file of the project."""
        return self.path(name).read_bytes().decode()

    def exists(self, name: str) -> bool:
        """Whether the project has a file (or folder) of that name."""
        return self.path(name).exists()

    def agent(self, name: str) -> Path:
        """Where an agent is installed in this project."""
        return self.root / ".claude" / "agents" / f"{name}.md"

    @property
    def manifest(self) -> str:
        """The text of `agentpm.toml`."""
        return self.read("agentpm.toml")

    @property
    def lockfile(self) -> str:
        """The text of `agentpm.lock`."""
        return self.read("agentpm.lock")

    def tree(self) -> list[str]:
        """Every file of the project, sorted; git's own, and the lock that guards it, left out."""
        every = (p.relative_to(self.root).as_posix() for p in self.root.rglob("*") if p.is_file())
        return sorted(p for p in every if not p.startswith(".git/") and p != ".agentpm/lock")

    # What a team does

    def git(self, *command: str) -> str:
        """Run git in the project as its person would; what it prints."""
        ran = subprocess.run(
            ["git", *command], cwd=self.root, env=self.environ, check=True, capture_output=True
        )
        return ran.stdout.decode()

    def commit(self, message: str = "Work") -> None:
        """Commit everything, in a repository that is made where there is none."""
        if not self.exists(".git"):
            self.git("init", "--quiet")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def clone(self, person: str) -> Project:
        """What `person` gets who clones the project onto another machine."""
        theirs = Project(self.tmp_path, self.root.name.partition("-")[2], person=person)
        theirs.git("clone", "--quiet", str(self.root), ".")
        return theirs


def _masked(text: str, mask: tuple[tuple[str, str], ...]) -> str:
    for hidden, name in mask:
        text = text.replace(hidden, name)
    return text


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()
