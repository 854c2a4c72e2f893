"""Write the map of modules in docs/design/architecture.md anew, from their docstrings."""

from __future__ import annotations

import ast
import re
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "agentpm"
PAGE = ROOT / "docs" / "design" / "architecture.md"
ROOMS = ("", "model", "permissions", "resolver", "lint", "registry", "targets", "ops", "cli")
_BEGIN, _END = "<!-- module map -->\n", "<!-- end of the module map -->"


def sentence(path: Path) -> str:
    """The first sentence of a module's docstring, on one line, fit for a table."""
    words = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return " ".join(words.partition("\n\n")[0].split()).replace("|", "\\|")


def room(path: Path) -> str:
    """The room of the house that a module stands in; empty for those on the ground floor."""
    return path.relative_to(SOURCE).parts[0] if path.parent != SOURCE else ""


def table() -> str:
    """The whole map: a heading and a table for each room."""
    modules = [path for path in SOURCE.rglob("*.py") if path.name != "__init__.py"]
    rooms = [*ROOMS, *sorted({room(path) for path in modules} - set(ROOMS))]
    ordered = sorted(modules, key=lambda path: (rooms.index(room(path)), path.as_posix()))
    text = ""
    for name, group in groupby(ordered, key=room):
        title = sentence(SOURCE / name / "__init__.py").rstrip(".")
        text += f"\n### `{name}/`: {title}\n" if name else "\n### On the ground floor\n"
        text += "\n| module | what it is |\n|---|---|\n"
        for path in group:
            text += f"| `{path.relative_to(SOURCE).as_posix()}` | {sentence(path)} |\n"
    return text


if __name__ == "__main__":
    page = PAGE.read_text("utf-8")
    fresh = re.sub(f"(?s)(?<={_BEGIN}).*?(?={_END})", lambda _: table() + "\n", page)
    PAGE.write_text(fresh, "utf-8")
