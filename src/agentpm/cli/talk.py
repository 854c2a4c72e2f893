"""What agentpm says on standard error: warnings, progress, errors. Standard output is data."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from agentpm.cli.broken import broken, width_of
from agentpm.cli.screen import hint_lines, on_screen, paint
from agentpm.errors import AgentpmError, Excerpt
from agentpm.visible import visible

_PATIENCE = 0.5
"""Seconds of work after which a terminal is shown progress."""
_BAR = 24


class Talk:
    """The voice of one command.

    `warnings` collects what was warned about, for the JSON envelope. Nothing by colour alone, no
    escape codes unless standard error is a terminal and `NO_COLOR` is not set.
    """

    def __init__(self, *, quiet: bool = False, json: bool = False, verbose: bool = False) -> None:
        self.quiet = quiet
        self.json = json
        self.verbose = verbose
        self.warnings: list[str] = []
        self._drawn = False

    def warn(self, message: str, hint: str | None = None) -> None:
        """Say that something needs attention though the command goes on."""
        self.warnings.append(message if hint is None else f"{message} (hint: {hint})")
        if not self.json:
            self._erase()
            self._line(f"{paint('warning', sys.stderr)}: {message}")
            if hint is not None:
                for line in hint_lines(hint, sys.stderr):
                    self._line(line)

    def insist(self, message: str) -> None:
        """Say something that `--quiet` must not hide; not beside JSON, which has it in its data."""
        if not self.json:
            self._erase()
            self._line(message)

    def note(self, message: str) -> None:
        """Say something that is good to know; not with `--quiet`, and not beside JSON."""
        if not (self.quiet or self.json):
            self._erase()
            self._line(message)

    def remark(self, message: str) -> None:
        """Note something without which an answer would be misread: for programs it is a warning.

        It is said once, however often what it is about was looked at.
        """
        if message in self.warnings:
            return
        self.warnings.append(message)
        self.note(message)

    def detail(self, message: str) -> None:
        """Say something that only `--verbose` asks for."""
        if self.verbose and not self.json:
            self._erase()
            self._line(message)

    def waiting(self, what: str) -> Callable[[], None]:
        """A call that says, once, that `what` is being waited for."""
        return lambda: self.note(f"waiting for {what} …")

    @contextmanager
    def progress(self, what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Show how far `what` has come, once it takes longer than half a second, on a terminal.

        Yields a call that takes how many steps (of `total`) are done.
        """
        if self.quiet or self.json or not sys.stderr.isatty():
            yield lambda _done: None
            return
        began = time.monotonic()

        def show(done: int) -> None:
            if time.monotonic() - began >= _PATIENCE:
                self._draw(what, done, total)

        timer = _later(_PATIENCE, lambda: self._draw(what, 0, total))
        try:
            yield show
        finally:
            timer()
            self._erase()

    def _draw(self, what: str, done: int, total: int | None) -> None:
        self._drawn = True
        what = visible(what)
        if total:
            filled = _BAR * min(done, total) // total
            bar = "#" * filled + "." * (_BAR - filled)
            sys.stderr.write(f"\r{what} [{bar}] {done}/{total}")
        else:
            sys.stderr.write(f"\r{what} …")
        sys.stderr.flush()

    def _erase(self) -> None:
        if self._drawn:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
            self._drawn = False

    def _line(self, text: str) -> None:
        sys.stderr.write(on_screen(text) + "\n")


def _later(seconds: float, action: Callable[[], None]) -> Callable[[], None]:
    """Do `action` after `seconds` unless the call that is returned comes first."""
    # A command that is quick, or not on a terminal, never needs a thread.
    from threading import Timer  # noqa: PLC0415 # see above

    from agentpm.threads import begin  # noqa: PLC0415 # see above

    timer = Timer(seconds, action)
    timer.daemon = True
    begin(timer)
    return timer.cancel


def error_lines(error: AgentpmError, stream: TextIO, *, verbose: bool = False) -> list[str]:
    """How an error reads: sentence, place with caret, details (in full if `verbose`), hint.

    On a terminal, sentences are broken between words; what is laid out or to be copied is not.
    """
    width = width_of(stream)
    lines = broken(on_screen(f"{paint('error', stream)}: {error.message}"), width, 7)
    if error.where is not None:
        lines += map(on_screen, excerpt_lines(error.where))
    details = [f"  {line}" if line else "" for line in _details(error, verbose=verbose)]
    for line in map(on_screen, details):
        lines += broken(line, width if error.tells_a_story else None, 4)
    if error.hint is not None:
        first, *rest = map(on_screen, hint_lines(error.hint, stream))
        lines += [*broken(first, width, 6), *rest]
    return lines


def _details(error: AgentpmError, *, verbose: bool) -> tuple[str, ...]:
    return error.everything if verbose else error.details


def excerpt_lines(where: Excerpt) -> list[str]:
    """A place in a text, as compilers show it."""
    number = str(where.line)
    gutter = " " * len(number)
    # A tab has no fixed width: showing a blank for it keeps the caret under its column.
    text = "".join(c if c.isprintable() else " " for c in where.text)
    start = min(where.column - 1, len(text))
    shift = max(0, start - 80)
    shown = text[shift : shift + 120]
    caret = " " * (start - shift) + "^" * max(1, min(where.length, len(shown) - (start - shift)))
    return [
        f"{gutter}--> {where.location}",
        f"{gutter} |",
        f"{number} | {shown}",
        f"{gutter} | {caret}",
    ]
