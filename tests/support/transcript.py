r"""Transcripts: what a person types, with all that the program answers, as one text.

A transcript file begins with a paragraph that says why it exists, each line after `# `. Then come
commands, each with what it printed: `$ agentpm list`, standard output as it is, standard error with
`! ` before each line, `[exit 1]` unless it is 0. Paths read `PROJECT`, `HOME` and `TMP`.

Further commands make the world move:

- `$ publish NAME VERSION [TOOLS] [REQUIREMENT...]` publishes a release in the registry `acme`
  (tools joined by commas, `-` for none given);
- `$ yank NAME VERSION REASON...` yanks one;
- `$ write FILE TEXT` (`\n` in it ends a line), `$ edit FILE` (a person adds a line) and `$ delete FILE` change files;
- `$ show FILE` prints one.

The project asks `acme` unless somebody says otherwise. With `AGENTPM_ACCEPT=1` in the environment the
answers are written into the files, to be read before they are committed.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

from support.team import Team


class Play:
    """One transcript being played in a new world."""

    def __init__(self, tmp_path: Path) -> None:
        team = Team(tmp_path)
        self._index, self._project = team.index, team.project
        self._verbs: dict[str, Callable[..., object]] = {
            "publish": self._publish,
            "yank": lambda name, version, *why: self._index.yank(name, version, " ".join(why)),
            "write": lambda file, text: self._project.write(file, text.replace("\\n", "\n")),
            "edit": lambda file: self._project.append(file, "Added by hand.\n"),
            "delete": lambda file: self._project.path(file).unlink(),
            "show": lambda file: self._project.masked(self._project.read(file)),
        }

    def _publish(self, name: str, version: str, tools: str = "-", *needs: str) -> None:
        listed = None if tools == "-" else tools.replace(",", ", ")
        self._index.publish(name, version, *needs, tools=listed)

    def perform(self, command: str) -> str:
        """The command with its answer, as a transcript has it."""
        verb, *arguments = shlex.split(command)
        if verb == "agentpm":
            ran = self._project.run(*arguments)
            return f"$ {command}\n{ran.masked.partition(chr(10))[2]}"
        said = self._verbs[verb](*arguments)
        return f"$ {command}\n{said if isinstance(said, str) else ''}"


def play(text: str, tmp_path: Path) -> str:
    """The transcript `text` as it reads when it is played now."""
    world = Play(tmp_path)
    parts = [introduction(text) + "\n"]
    for command in commands(text):
        answer = world.perform(command)
        # A blank line follows whatever was printed; commands that say nothing stand together.
        parts.append(answer if answer.count("\n") == 1 else f"{answer}\n")
    return "".join(parts).rstrip("\n") + "\n"


def introduction(text: str) -> str:
    """The paragraph at the beginning."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines[: _first_command(lines)] if line.strip())


def commands(text: str) -> Iterator[str]:
    """What is typed."""
    return (line[2:] for line in text.splitlines() if line.startswith("$ "))


def _first_command(lines: list[str]) -> int:
    return next(number for number, line in enumerate(lines) if line.startswith("$ "))
