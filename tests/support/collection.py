"""A real git repository of agent files, as people keep them who have no package manager.

How to use it:

    collection = Collection(tmp_path)
    collection.agent("agents/reviewer.md", tools="Read").commit()
    collection.agent("agents/reviewer.md", tools="Read", text="Look twice.").commit()
    collection.tag("v1.0.0")

- Every `commit` is an hour after the one before it, so that the same calls make the same commits.
- `agent(path, ...)` writes an agent file called after the file, or `name`; `write` any file.
- `plain()` is a copy of the files, without git.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Self

NOON = 1_780_000_000
HOUR = 3600


class Collection:
    """A repository in the new directory `tmp_path / name`."""

    def __init__(self, tmp_path: Path, name: str = "collection") -> None:
        self.root = tmp_path / name
        self.root.mkdir()
        self.now = NOON
        self.git("init", "--quiet", "--initial-branch=main")

    @property
    def path(self) -> str:
        """Where it is."""
        return str(self.root)

    @property
    def tip(self) -> str:
        """The newest commit."""
        return self.git("rev-parse", "HEAD").strip()

    def git(self, *command: str) -> str:
        """What git says in the collection, at the collection's own time."""
        person = {"NAME": "Grace", "EMAIL": "grace@example.org", "DATE": f"{self.now} +0200"}
        environ = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        environ |= {
            f"GIT_{who}_{k}": v for who in ("AUTHOR", "COMMITTER") for k, v in person.items()
        }
        environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        ran = subprocess.run(
            ["git", "-c", "gc.auto=0", "-c", "maintenance.auto=false", *command],
            cwd=self.root,
            env=environ,
            check=True,
            capture_output=True,
        )
        return ran.stdout.decode()

    def agent(
        self, path: str, *, name: str | None = None, tools: str | None = "Read", text: str = "Work."
    ) -> Self:
        """Write an agent file."""
        return self.write(path, agent_file(name or Path(path).stem, tools=tools, text=text))

    def write(self, path: str, content: str | bytes) -> Self:
        """Write any file."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self

    def move(self, old: str, new: str) -> Self:
        """Move a file."""
        (self.root / new).parent.mkdir(parents=True, exist_ok=True)
        (self.root / old).rename(self.root / new)
        return self

    def remove(self, path: str) -> Self:
        """Remove a file."""
        (self.root / path).unlink()
        return self

    def commit(self, message: str = "Work") -> Self:
        """Commit everything, an hour later."""
        self.now += HOUR
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self

    def tag(self, name: str) -> Self:
        """Tag the newest commit, with a message, an hour later."""
        self.now += HOUR
        self.git("tag", "--annotate", "--message", name, name)
        return self

    def plain(self) -> Path:
        """A copy of the files without the repository."""
        copy = self.root.with_name(f"{self.root.name}-files")
        without = shutil.ignore_patterns(".git")
        shutil.copytree(self.root, copy, symlinks=True, ignore=without)
        return copy


def agent_file(name: str, *, tools: str | None = "Read", text: str = "Work.") -> str:
    """An agent file as somebody would write it."""
    lines = ["---", f"name: {name}", f"description: Use the {name} when a test needs one."]
    lines += [] if tools is None else [f"tools: {tools}"]
    return "\n".join([*lines, "---", text, ""])
