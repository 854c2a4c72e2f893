"""Settings: what flags, environment and configuration file say together.

Flags win over the environment, which wins over the file. `docs/reference/environment.md` lists the
variables.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from agentpm import fs
from agentpm.cli.folders import folders
from agentpm.errors import AgentpmError, ExitCode
from agentpm.location import find_project
from agentpm.model.config import CONFIG_NAME, Config, MalformedConfig, read_config
from agentpm.values import dataclass
from agentpm.workspace import Workspace, undecodable

VARIABLES: Mapping[str, str] = {
    "AGENTPM_CONFIG_DIR": "where `config.toml` is, with the manifest and lockfile of `--global`",
    "AGENTPM_CACHE_DIR": "where downloaded agents and views of registries are kept",
    "AGENTPM_DATA_DIR": "where the shipped registry is laid out, with what you publish into it",
    "AGENTPM_OFFLINE": "`1` is `--offline` for every command",
    "AGENTPM_MAX_AGE": "seconds for which a look at a registry counts as fresh",
    "AGENTPM_SIGNING_KEY": "the file of the SSH key with which releases are signed",
    "AGENTPM_TOKEN_NAME": "the token of the registry that your configuration calls NAME",
}


class BadEnvironment(AgentpmError):
    """An environment variable with a value that means nothing."""

    code = "bad-environment"
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags that a command was given, of those that several commands share."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    offline: bool = False
    refresh: bool = False
    global_: bool = False
    directory: Path | None = None


def home_directory() -> Path:
    """The user's home directory, links resolved, as the current directory is."""
    return Path.home().resolve()


def workspace_for(flags: Flags, environ: Mapping[str, str], claude: Path) -> Workspace:
    """The workspace that a command works on.

    Raises:
        BadEnvironment: the directory to start in does not exist.
    """
    start = (flags.directory or Path.cwd()).resolve()
    if not start.is_dir():
        raise BadEnvironment(f"`{start}` is not a directory", hint="give an existing one to -C")
    root = None if flags.global_ else find_project(start, home_directory())
    if root is not None:
        return Workspace("project", root, root)
    return Workspace("global", claude, folders(environ).config)


def read_user_config(directory: Path) -> Config:
    """The user's configuration; an empty one where there is no file.

    Raises:
        MalformedConfig: it cannot be read as one.
    """
    path = directory / CONFIG_NAME
    raw = fs.read(path)
    if raw is None:
        return Config(path=str(path))
    try:
        text = raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise MalformedConfig(
            f"`{path}` is not UTF-8",
            hint="save the file as UTF-8",
            where=undecodable(raw, error.start, str(path)),
        ) from None
    return read_config(text, str(path))


def is_offline(flags: Flags, environ: Mapping[str, str]) -> bool:
    """Whether the network is out of bounds.

    Raises:
        BadEnvironment: `AGENTPM_OFFLINE` is neither yes nor no.
    """
    value = environ.get("AGENTPM_OFFLINE", "")
    if value.lower() not in ("", "0", "1", "false", "true"):
        raise BadEnvironment(f"`AGENTPM_OFFLINE` is `{value}`", hint="set it to 1 or 0")
    return flags.offline or value.lower() in ("1", "true")


def max_age(config: Config, environ: Mapping[str, str]) -> float:
    """How old, in seconds, a look at a registry may be.

    Raises:
        BadEnvironment: `AGENTPM_MAX_AGE` is no number of seconds.
    """
    value = environ.get("AGENTPM_MAX_AGE")
    if not value:
        return config.max_age
    if not value.isdecimal():
        raise BadEnvironment(
            f"`AGENTPM_MAX_AGE` is `{value}`", hint="set it to a number of seconds, such as 300"
        )
    return int(value)


def environment() -> Mapping[str, str]:
    """The environment variables of this process."""
    return os.environ
