"""`agentpm tree`: which agent depends on which."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.wiring import wire
from agentpm.ops.graph import Node
from agentpm.ops.tree import tree

if TYPE_CHECKING:
    import typer

    from agentpm.cli import options

EPILOG = """\b
Examples:
  agentpm tree
  agentpm tree tech-lead              what one agent depends on
  agentpm tree --invert test-engineer what depends on it"""

_MARKS = {"cycle": " (cycle)", "shown": " (shown above)"}


def tree_(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Where to begin.")
    ] = None,
    invert: Annotated[
        bool, typer.Option("--invert", "-i", help="Show what depends on each agent.")
    ] = False,
    global_: options.Global = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Show which agent depends on which, as locked.

    Agents may depend on each other in a circle, since each is only a file that names the others:
    such a place is marked `(cycle)`. What stands further up already is marked `(shown above)`.
    """
    flags = Flags(json, quiet, verbose, False, False, global_, directory)
    session = Session("tree", flags)
    nodes = tree(wire(flags, session.talk), names or [], invert=invert)
    if not nodes:
        session.talk.note("no agents here: `agentpm install NAME` installs one")
    data = {"inverted": invert, "trees": [_data(node) for node in nodes]}
    session.print(data, (line for node in nodes for line in _lines(node, invert=invert)))


def _lines(node: Node, *, invert: bool) -> Iterator[str]:
    yield _title(node, invert=invert)
    yield from _below(node, "", invert=invert)


def _below(node: Node, margin: str, *, invert: bool) -> Iterator[str]:
    tee, corner, bar = _branches()
    for child in node.below:
        last = child is node.below[-1]
        yield f"{margin}{corner if last else tee}{_title(child, invert=invert)}"
        yield from _below(child, margin + ("    " if last else bar), invert=invert)


def _title(node: Node, *, invert: bool) -> str:
    version = f" {node.locked.version}" if node.locked is not None else " (not locked)"
    asks = ""
    if node.requirement is not None and not node.requirement.range.is_any:
        asks = f"  {'asks for ' if invert else ''}{node.requirement.range}"
    elif node.requirement is None and node.locked is not None and node.locked.requirement:
        asks = f"  {node.locked.requirement}" if not invert else ""
    return f"{node.name}{version}{_MARKS.get(node.mark, '')}{asks}"


def _branches() -> tuple[str, str, str]:
    """The three pieces that trees are drawn with, in characters that the output can show."""
    pieces = ("├── ", "└── ", "│   ")
    try:
        "".join(pieces).encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return "|-- ", "`-- ", "|   "
    return pieces


def _data(node: Node) -> dict[str, Any]:
    return {
        "name": node.name,
        "version": str(node.locked.version) if node.locked is not None else None,
        "requirement": str(node.requirement.range) if node.requirement is not None else None,
        "mark": node.mark or None,
        "below": [_data(child) for child in node.below],
    }
