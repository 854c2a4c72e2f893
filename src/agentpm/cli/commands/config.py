"""`agentpm config`: your settings, and where they come from."""

from __future__ import annotations

import json as json_text
from typing import Annotated, Any

import typer

from agentpm.cli import options
from agentpm.cli.columns import table
from agentpm.cli.folders import folders
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags, environment
from agentpm.cli.wiring import wire
from agentpm.ops.config import Setting, set_value, setting, settings, unset_value

app = typer.Typer(
    epilog="""\b
Examples:
  agentpm config list
  agentpm config set max-age 600
  agentpm config set permissions.deny '["net.fetch"]'
  agentpm config unset organization
  agentpm config path"""
)
Key = Annotated[str, typer.Argument(metavar="KEY", help="The setting: max-age, registries.mine.")]


@app.command("list", short_help="Show every setting.")
def list_(json: options.Json = False, quiet: options.Quiet = False) -> None:
    """Show every setting, with where its value comes from.

    That is a variable of the environment, your config.toml, or the default. A flag on the command
    line wins over all of them.
    """
    session = Session("config list", Flags(json, quiet))
    found = settings(wire(session.flags, session.talk), environment())
    rows = [(item.key, _shown(item.value), item.origin) for item in found]
    session.print({"settings": [_data(item) for item in found]}, table(rows))


@app.command("get", short_help="Print one setting.")
def get_(key: Key, json: options.Json = False, quiet: options.Quiet = False) -> None:
    """Print the value of one setting; nothing where it has none."""
    session = Session("config get", Flags(json, quiet))
    found = setting(wire(session.flags, session.talk), environment(), key)
    session.print(_data(found), [_shown(found.value)] if found.value is not None else [])


@app.command("set", short_help="Change a setting.")
def set_(
    key: Key,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="The value, as in TOML.")],
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Change a setting in your config.toml.

    Comments and layout of the file stay. What the file cannot hold is refused, and nothing is
    written.
    """
    session = Session("config set", Flags(json, quiet))
    parts = wire(session.flags, session.talk)
    done = set_value(parts, key, value)
    now = setting(parts, environment(), key)
    if now.origin != done.origin:
        session.talk.warn(f"`{now.origin}` is set, and wins over the file")
    lines = [] if quiet else [f"{done.key} = {_shown(done.value)} in {done.origin}"]
    session.print(_data(done), lines)


@app.command("unset", short_help="Go back to the default.")
def unset_(key: Key, json: options.Json = False, quiet: options.Quiet = False) -> None:
    """Take a setting out of your config.toml, so that the default holds again."""
    session = Session("config unset", Flags(json, quiet))
    was = unset_value(wire(session.flags, session.talk), key)
    session.print(_data(was), [] if quiet else [f"{was.key} is gone from {was.origin}"])


@app.command("path", short_help="Print where things are.")
def path_(json: options.Json = False, quiet: options.Quiet = False) -> None:
    """Print every file and folder that agentpm uses for you.

    `agentpm status` is about the files of a project.
    """
    session = Session("config path", Flags(json, quiet))
    parts = wire(session.flags, session.talk)
    own = folders(environment())
    found = {
        "config": str(parts.surroundings.config),
        "cache": str(own.cache),
        "data": str(own.data),
        "claude": str(parts.surroundings.claude),
    }
    session.print(found, table(list(found.items())))


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else json_text.dumps(value, default=str)


def _data(item: Setting) -> dict[str, Any]:
    return {"key": item.key, "value": item.value, "origin": item.origin}
