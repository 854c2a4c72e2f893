"""What may be wrong with a machine: programs, folders, registries, the harness."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from agentpm import __version__, fs
from agentpm.git import Git
from agentpm.ops.finding import Finding, explained, ok
from agentpm.ops.judge import convene
from agentpm.ops.parts import Parts
from agentpm.ops.registries import registries
from agentpm.ops.sources import Sources
from agentpm.targets import places


def look_at_machine(parts: Parts, folders: Sequence[Path]) -> Iterator[Finding]:
    """Every finding about this machine; `folders` are agentpm's own."""
    yield ok("agentpm", f"agentpm {__version__}, Python {platform.python_version()}")
    yield from explained("git", _git)
    yield from _sqlite()
    for folder in folders:
        yield _writable(folder)
    yield from explained("registry", partial(_registries, parts))
    yield from explained("claude", partial(_claude, parts))


def _git() -> Iterator[Finding]:
    yield ok("git", Git(None).run("version").decode("utf-8", "replace").strip())


def _sqlite() -> Iterator[Finding]:
    version = sqlite3.sqlite_version
    database = sqlite3.connect(":memory:")
    try:
        database.execute("CREATE VIRTUAL TABLE words USING fts5(word)")
    except sqlite3.OperationalError:
        yield Finding(
            "sqlite",
            "note",
            f"SQLite {version} has no full-text search, so `agentpm search` is slower",
            "use a Python whose SQLite has FTS5",
        )
    else:
        yield ok("sqlite", f"SQLite {version}, with full-text search")
    finally:
        database.close()


def _writable(folder: Path) -> Finding:
    """Whether agentpm could write to a folder, which need not exist yet; nothing is written."""
    near = next(place for place in (folder, *folder.parents) if place.exists())
    if not near.is_dir():
        return Finding(
            "folder", "problem", f"`{near}` is a file, where a folder should be", "move it away"
        )
    if not os.access(near, os.W_OK | os.X_OK):
        return Finding("folder", "problem", f"`{near}` cannot be written to", "check who owns it")
    return ok("folder", f"`{folder}` can be written to")


def _registries(parts: Parts) -> Iterator[Finding]:
    sources = Sources(parts, parts.workspace.manifest())
    for named in registries(parts):
        if named.problem is not None:
            hint = "`agentpm registry remove` takes its name away"
            yield Finding("registry", "problem", f"`{named.name}`: {named.problem}", hint)
            continue
        yield from explained("registry", partial(_answers, parts, sources, named.name))


def _answers(parts: Parts, sources: Sources, name: str) -> Iterator[Finding]:
    registry = sources.registry(sources.source_of(name))
    try:
        if parts.surroundings.offline:
            known = "has been seen" if registry.tip else "has never been seen"
            yield Finding("registry", "note", f"`{name}` {known}; offline, it is not asked")
            return
        with parts.voice.progress(f"asking {name}"):
            registry.refresh(force=True)
        yield ok("registry", f"`{name}` answers")
    finally:
        registry.close()


def _claude(parts: Parts) -> Iterator[Finding]:
    program = shutil.which("claude")
    if program is None:
        yield Finding("claude", "note", "Claude Code is not on the `PATH`")
    else:
        yield ok("claude", f"Claude Code is `{program}`")
    surroundings = parts.surroundings
    files = places.settings_files(parts.workspace.root, surroundings.claude, surroundings.platform)
    for scope, path in files.items():
        if fs.stamp(path) is not None:
            yield ok("settings", f"the {scope} settings of Claude Code are `{path}`")
    convene(parts, parts.workspace.manifest())
