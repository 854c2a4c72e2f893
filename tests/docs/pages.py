"""The pages of the documentation, with what the tests look for in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(
    r"^(?P<indent> *)(?P<fence>```+)(?P<kind>[\w-]*)[^\n]*\n(?P<text>.*?)^(?P=indent)(?P=fence) *$",
    re.DOTALL | re.MULTILINE,
)
_HEADING = re.compile(r"^(#+) (.+?)\s*$", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^()\s]+)\)")
_CODE = re.compile(r"`+[^`\n]+`+")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code: its kind (`sh`, `toml`, ...), its text, the line of the page it begins in."""

    kind: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Page:
    """One Markdown file."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """The path from the root of the repository, with forward slashes."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def blocks(self) -> list[Block]:
        """The blocks of code."""
        return [
            Block(match["kind"], match["text"], self.text.count("\n", 0, match.start()) + 2)
            for match in _FENCE.finditer(self.text)
        ]

    @property
    def prose(self) -> str:
        """The text without its blocks of code."""
        return _FENCE.sub("", self.text)

    @property
    def links(self) -> list[str]:
        """The targets of all links."""
        return _LINK.findall(_CODE.sub("", self.prose))

    @property
    def headings(self) -> list[tuple[int, str]]:
        """Level and text of every heading."""
        return [(len(match[1]), match[2]) for match in _HEADING.finditer(self.prose)]

    @property
    def anchors(self) -> set[str]:
        """What a link may name after `#`, as hosts of git repositories make it of a heading."""
        return {anchor(text) for _, text in self.headings}

    def sections(self, level: int) -> dict[str, str]:
        """The text below each heading of a level, up to the next of that level or above."""
        found: dict[str, str] = {}
        name = None
        fenced = False
        for line in self.text.splitlines():
            fenced ^= line.lstrip().startswith("```")
            match = _HEADING.match(line) if not fenced else None
            if match and len(match[1]) <= level:
                name = match[2].strip("`") if len(match[1]) == level else None
                if name is not None:
                    found[name] = ""
            elif name is not None:
                found[name] += line + "\n"
        return found


def anchor(heading: str) -> str:
    """The anchor of a heading: `` `agent` in a lock `` becomes `agent-in-a-lock`."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def page(name: str) -> Page:
    """The page at a path from the root of the repository."""
    path = ROOT / name
    return Page(path, path.read_text("utf-8"))


def pages() -> list[Page]:
    """Every page that people read: those at the root, and those in `docs/`."""
    return [page(path.relative_to(ROOT).as_posix()) for path in [*_top(), *_below()]]


def _top() -> list[Path]:
    return sorted(ROOT.glob("*.md"))


def _below() -> list[Path]:
    return sorted(DOCS.rglob("*.md"))


def commands(text: str) -> Iterator[list[str]]:
    """The `agentpm` commands of a block of shell, each as the words after `agentpm`.

    A line may begin with `$ `, may join commands with `&&`, `||`, `|` or `;`, may go on after a
    backslash, and may call the program by a path. What is quoted or a comment is no command.
    """
    joined = re.sub(r"\\\n\s*", " ", text)
    for line in joined.splitlines():
        lexer = shlex.shlex(
            line.strip().removeprefix("$ "), posix=True, punctuation_chars="&|;()<>"
        )
        lexer.whitespace_split = True
        try:
            words = list(lexer)
        except ValueError:
            continue
        yield from _commands_of(words)


def _commands_of(words: list[str]) -> Iterator[list[str]]:
    command: list[str] = []
    for word in [*words, ";"]:
        if set(word) <= set("&|;()<>"):
            if command and command[0].rpartition("/")[2] == "agentpm":
                yield command[1:]
            command = []
        else:
            command.append(word)
