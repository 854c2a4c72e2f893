"""Check agent files, and mend in them what is safe to mend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError, Excerpt, ExitCode
from agentpm.lazy import pattern
from agentpm.lint.check import MALFORMED, lint, mend
from agentpm.lint.finding import Finding, Severity
from agentpm.lint.rule import Problem
from agentpm.permissions.harnesses import load_table
from agentpm.targets import claude
from agentpm.values import dataclass

LIMIT = 2 * fs.MIB
"""Bytes of a file that are read: more than an agent may have, so that the rule can say so."""

_PASSED_OVER = frozenset([".git", ".hg", ".agentpm", "node_modules", ".venv", "__pycache__"])
_LOOKS_LIKE_AN_AGENT = pattern(rb"(?m)^---[ \t]*\r?\n(?:.*\n){0,40}?name:")
_HEAD = 8192


class NoSuchFile(AgentpmError):
    """A path on the command line that leads nowhere."""

    code = "no-such-file"
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Linted:
    """One file: what was fixed in it, what was found (after the fixes)."""

    path: str
    findings: tuple[Finding, ...]
    fixed: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class LintReport:
    """All files that were looked at; `passed_over` counts those in folders that are no agents."""

    files: tuple[Linted, ...]
    passed_over: int = 0

    def count(self, severity: Severity) -> int:
        """How many findings are of this severity."""
        return sum(f.severity is severity for file in self.files for f in file.findings)

    @property
    def fixed(self) -> int:
        """How many findings were fixed."""
        return sum(len(file.fixed) for file in self.files)


def lint_paths(paths: Iterable[Path], *, fix: bool) -> LintReport:
    """Check files, and every agent in folders; with `fix`, write what is safe to mend.

    Raises:
        NoSuchFile: one of `paths` leads nowhere.
    """
    table = load_table(claude.NAME)
    files: list[Linted] = []
    passed_over = 0
    for path, named in _walk(paths):
        try:
            raw = fs.read(path, limit=LIMIT)
        except fs.TooLarge as error:
            files.append(Linted(str(path), (_too_large(path, error),)))
            continue
        if raw is None:
            raise NoSuchFile(f"`{path}` does not exist", hint="give a file or a folder")
        if not named and not _is_agent(raw):
            passed_over += 1
        elif fix:
            mended = mend(raw, str(path), table)
            if mended.raw != raw:
                fs.write(path, mended.raw)
            files.append(Linted(str(path), mended.left, mended.fixed))
        else:
            files.append(Linted(str(path), lint(raw, str(path), table)))
    return LintReport(tuple(files), passed_over)


def _too_large(path: Path, error: fs.TooLarge) -> Finding:
    """One file that nobody would read is no reason not to look at the others."""
    return MALFORMED.finding(Problem(error.message, Excerpt(str(path), 1, 1, ""), error.hint))


def _is_agent(raw: bytes) -> bool:
    """Whether a file that nobody named is meant as an agent: front matter, at whatever place."""
    head = raw[:_HEAD].removeprefix(b"\xef\xbb\xbf")
    return head.startswith(b"---") or bool(_LOOKS_LIKE_AN_AGENT.search(head))


def _walk(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """Each file to look at, once, with whether it was named itself."""
    seen: set[Path] = set()
    for path in paths:
        found = _below(path) if path.is_dir() else [path]
        for file in found:
            if file not in seen:
                seen.add(file)
                yield file, file is path


def _below(folder: Path) -> Iterator[Path]:
    """The Markdown files below a folder, sorted; links are not followed."""
    for name, stamp in sorted(fs.entries(folder).items()):
        if stamp.is_directory and name not in _PASSED_OVER:
            yield from _below(folder / name)
        elif stamp.is_file and name.lower().endswith(".md"):
            yield folder / name
