"""A project whose default registry is a small git repository of its own.

How to use it:

    team = Team(tmp_path)
    team.index.publish("reviewer", "1.0.0", tools="Read")
    team.project.run("install", "reviewer").done()

The registry is called `acme`, and every command looks at it anew.
"""

from __future__ import annotations

from pathlib import Path

from support.index_repo import IndexRepo
from support.project import Project

MANIFEST = """\
[project]
registry = "acme"

[agents]

[registries]
acme = "{url}"
"""


class Team:
    """A registry with one project that uses it."""

    def __init__(self, tmp_path: Path) -> None:
        self.index = IndexRepo(tmp_path, "acme")
        self.project = Project(tmp_path)
        self.project.environ["AGENTPM_MAX_AGE"] = "0"
        self.project.write("agentpm.toml", MANIFEST.format(url=self.index.url))
