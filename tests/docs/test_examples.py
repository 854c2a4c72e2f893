"""The examples in the documentation are right: formats are read, commands are parsed."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

import pytest
import typer

from agentpm.cli.app import build
from agentpm.cli.roster import COMMANDS, GROUPS
from agentpm.model.config import read_config
from agentpm.model.lockfile import read_lockfile
from agentpm.model.manifest import read_manifest
from agentpm.model.receipt import read_receipt
from docs.pages import Page, commands, page, pages

READERS: dict[str, Callable[[str], object]] = {
    "docs/reference/manifest.md": read_manifest,
    "docs/reference/lockfile.md": read_lockfile,
    "docs/reference/config.md": read_config,
    "docs/reference/receipt.md": lambda text: read_receipt(text, "receipt.json"),
}


@pytest.mark.parametrize("name", sorted(READERS))
def test_an_example_of_a_format_is_one(name: str) -> None:
    """People copy examples, so agentpm must read what its own pages show."""
    shown = [block.text for block in page(name).blocks if block.kind in ("toml", "json")]
    assert shown
    for text in shown:
        READERS[name](text)


@pytest.mark.parametrize(
    "subject", [p for p in pages() if "[agents]" in p.text], ids=lambda subject: subject.name
)
def test_a_manifest_on_any_page_is_one(subject: Page) -> None:
    """A manifest in a guide is copied as much as one in the reference."""
    for block in subject.blocks:
        if block.kind == "toml" and "[agents]" in block.text:
            read_manifest(block.text)


def _shown() -> list[tuple[str, str]]:
    """Every agentpm command in a block of shell or in a transcript, with its page."""
    found = []
    for subject in pages():
        for block in subject.blocks:
            if block.kind == "sh":
                text = block.text
            elif block.kind == "console":
                text = "\n".join(x for x in block.text.splitlines() if x.startswith("$ "))
            else:
                continue
            found += [(subject.name, shlex.join(words)) for words in commands(text)]
    return sorted(set(found))


@pytest.mark.parametrize(("name", "words"), _shown())
def test_a_command_in_an_example_can_be_typed(name: str, words: str) -> None:
    """A flag that is gone, or never was, must not stand on a page."""
    first, *rest = shlex.split(words)
    if first.startswith("-"):
        assert first in {"--version", "-V", "--help", "-h", "--install-completion"}, name
        return
    assert first in {**COMMANDS, **GROUPS}, name
    root: Any = typer.main.get_command(build(first))
    command = root.commands[first]
    if first in GROUPS:
        command, rest = command.commands[rest[0]], rest[1:]
    if "--help" not in rest:
        with command.make_context(first, rest):
            pass  # parsed as the program parses it; nothing is run
