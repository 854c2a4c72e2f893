"""Where agentpm keeps its own things: the folders that the user names, or that the platform wants."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from agentpm.values import dataclass

_APP = "agentpm"
_KINDS = ("config", "cache", "data")
_XDG = {
    "config": ("XDG_CONFIG_HOME", ".config"),
    "cache": ("XDG_CACHE_HOME", ".cache"),
    "data": ("XDG_DATA_HOME", ".local/share"),
}


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders: for configuration, for what can be fetched again, for what cannot."""

    config: Path
    cache: Path
    data: Path


def folders(environ: Mapping[str, str]) -> Folders:
    """The folders of this user: from the environment, else where the platform wants them."""
    named = {kind: environ.get(f"AGENTPM_{kind.upper()}_DIR") for kind in _KINDS}
    if not all(named.values()):
        default = _by_xdg(environ) or _by_platform()
        named = {kind: path or default[kind] for kind, path in named.items()}
    return Folders(*(Path(str(named[kind])).absolute() for kind in _KINDS))


def _by_xdg(environ: Mapping[str, str]) -> Mapping[str, str] | None:
    """The folders on Linux; None elsewhere, and where it is not plain whose home this is.

    See <https://specifications.freedesktop.org/basedir-spec/latest/>.
    """
    home = environ.get("HOME", "")
    if sys.platform != "linux" or "ANDROID_ROOT" in environ or not home.startswith("/"):
        return None
    found = {}
    for kind, (variable, usual) in _XDG.items():
        told = environ.get(variable, "")
        # The specification has paths that are not absolute ignored.
        place = told if told.startswith("/") else f"{home.rstrip('/')}/{usual}"
        found[kind] = f"{place.rstrip('/')}/{_APP}"
    return found


def _by_platform() -> Mapping[str, str]:
    """The folders as `platformdirs` knows them, for any platform."""
    # It loads two dozen modules for what else it can do.
    from platformdirs import PlatformDirs  # noqa: PLC0415

    dirs = PlatformDirs(_APP, appauthor=False)
    return {
        "config": dirs.user_config_dir,
        "cache": dirs.user_cache_dir,
        "data": dirs.user_data_dir,
    }
