"""`cache clean` beside a command that is at work on a registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentpm.locks import lock
from agentpm.registry.access import Places
from support.team import Team


@pytest.mark.parametrize("registry", ["acme", "shipped"])
def test_a_registry_in_use_is_not_cleaned_away(tmp_path: Path, registry: str) -> None:
    """The clone stays until the other command is done with it, and the wait is announced."""
    team = Team(tmp_path)
    team.index.publish("reviewer", "1.0.0", tools="Read")
    project = team.project
    project.run("info", "reviewer").done()
    project.run("info", "code-reviewer", "--registry", "shipped").done()
    home = project.home
    (kept,) = (
        path
        for path in (home / "cache" / "registries").iterdir()
        if (path.name == "shipped") == (registry == "shipped")
    )
    path = Places(home / "cache", home / "data").lock(kept.name)
    assert path.exists(), "the lock that the commands before have used"
    with lock(path, lambda: None):
        process = project.start("cache", "clean")
        assert process.stderr is not None
        said = process.stderr.readline().decode()
        assert said == "waiting for another agentpm that is using a registry …\n"
        assert (kept / "view.sqlite3").exists()
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert not kept.exists()
    project.run("install", "reviewer").done()
