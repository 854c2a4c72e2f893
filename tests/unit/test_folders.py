"""Where agentpm keeps its own things, held against what others take for the places of the platform."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from platformdirs import PlatformDirs

from agentpm.cli.folders import Folders, folders

NAMED = [None, "", "relative/place", "/somewhere/of its own", "/trailing/", "/"]
HOMES = [None, "", "relative", "/", "/home/ada", "/home/ada/"]


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that names no folder."""
    for name in list(os.environ):
        if name.startswith(("XDG_", "AGENTPM_", "ANDROID_")):
            monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize("told", NAMED)
def test_the_folders_are_those_of_the_platform(
    environ: pytest.MonkeyPatch, home: str | None, told: str | None
) -> None:
    """A user's configuration is found again, whoever worked out where it is."""
    values = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"), told)
    for name, value in {"HOME": home, **values}.items():
        if value is None:
            environ.delenv(name, raising=False)
        else:
            environ.setenv(name, value)
    dirs = PlatformDirs("agentpm", appauthor=False)
    told_by = (dirs.user_config_dir, dirs.user_cache_dir, dirs.user_data_dir)
    assert folders(os.environ) == Folders(*map(Path, told_by))


def test_a_folder_that_is_named_wins(environ: pytest.MonkeyPatch) -> None:
    """Each for itself."""
    environ.setenv("AGENTPM_CACHE_DIR", "/elsewhere")
    found = folders(os.environ)
    assert found.cache == Path("/elsewhere").absolute()
    assert found.data == Path(PlatformDirs("agentpm", appauthor=False).user_data_dir)
