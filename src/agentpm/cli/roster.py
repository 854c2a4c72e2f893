"""The list of commands: where each one lives, which plain words it takes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from agentpm.values import dataclass


class Words(Enum):
    """How many words without a dash a command takes, of those that can do without a parser.

    Such a command's function takes the words as its first parameter (a list, or a single word for
    `ONE`), has defaults for all others, and its module does not need typer to run.
    """

    NONE = "none"
    ONE = "one"
    ANY = "any"
    SOME = "some"


@dataclass(frozen=True, slots=True)
class Command:
    """A command's place: `module` of `agentpm.cli.commands`, with a function of the command's name.

    `summary` is its line in the list of commands. `words` is None for a command that always goes
    through the parser.
    """

    module: str
    summary: str
    words: Words | None = None


COMMANDS: Mapping[str, Command] = {
    "init": Command("init", "Begin a project: write agentpm.toml"),
    "add": Command("add", "Ask for agents: manifest and lockfile, no files", Words.SOME),
    "remove": Command(
        "remove", "Stop asking for agents: manifest and lockfile, no files", Words.SOME
    ),
    "install": Command(
        "install", "Install agents, by name or all that the project asks for", Words.ANY
    ),
    "uninstall": Command("uninstall", "Remove agents from the project and from disk", Words.SOME),
    "update": Command("update", "Move agents to the newest releases that fit", Words.ANY),
    "lock": Command("lock", "Solve, and write the lockfile", Words.NONE),
    "sync": Command(
        "sync", "Install exactly what the lockfile says (install --frozen)", Words.NONE
    ),
    "list": Command("list", "List the agents of this project", Words.NONE),
    "tree": Command("tree", "Show which agent depends on which", Words.ANY),
    "why": Command("why", "Say why an agent is here", Words.ONE),
    "outdated": Command("outdated", "List agents with newer releases", Words.ANY),
    "search": Command("search", "Find agents in a registry", Words.ANY),
    "info": Command("info", "Describe a package: releases, tools, dependencies", Words.ONE),
    "diff": Command("diff", "Show what changes between two releases"),
    "status": Command("status", "Compare lockfile, receipt and files", Words.NONE),
    "verify": Command("verify", "Check that installed files are the locked ones", Words.NONE),
    "publish": Command("publish", "Send an agent to a registry"),
    "yank": Command("yank", "Withdraw a release from new solutions"),
    "unyank": Command("yank", "Offer a yanked release again"),
    "version": Command("version", "Show or set the version line of an agent file"),
    "lint": Command("lint", "Check agent files before they are published"),
    "permissions": Command("permissions", "Show what agents can do, and why"),
    "approve": Command("approve", "Approve what an agent asks for, in the manifest"),
    "adopt": Command("adopt", "Manage agent files that were there before agentpm"),
    "doctor": Command("doctor", "Find what is wrong on this machine and in this project"),
}
GROUPS: Mapping[str, Command] = {
    "registry": Command("registry", "Make, name and refresh registries"),
    "cache": Command("cache", "Look at the cache, or empty it"),
    "config": Command("config", "Look at your settings, or change them"),
}
PARTS: Mapping[str, Command] = {
    "registry update": Command("registry_update", "Look at registries now", Words.ANY),
}
"""Commands of groups that can do without a parser."""
