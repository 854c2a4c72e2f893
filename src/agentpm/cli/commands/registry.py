"""`agentpm registry`: make, name and refresh registries."""

from __future__ import annotations

import json as json_text
from pathlib import Path
from typing import Annotated, Any

import typer

from agentpm.cli import options
from agentpm.cli.app import readable
from agentpm.cli.columns import table
from agentpm.cli.commands import (
    registry_check,
    registry_import,
    registry_signers,
    registry_update,
)
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.typed_digest import signers_digest
from agentpm.cli.wiring import wire
from agentpm.ops.registries import (
    Added,
    Named,
    Vouching,
    add_registry,
    registries,
    remove_registry,
)
from agentpm.registry.access import age_in_words
from agentpm.registry.init import administrator, init_registry

HELP = """Make, name and refresh registries.

A registry is a git repository, or the same files behind a web server, that agents are published to
and installed from. One comes with agentpm; a team has its own."""

app = typer.Typer(
    epilog="""\b
Examples:
  agentpm registry init --bare agents-index.git
  agentpm registry add acme https://git.example.org/acme/agents-index.git
  agentpm registry update"""
)

_Name = Annotated[str, typer.Argument(metavar="NAME", help="What it is called here.")]
_Personal = Annotated[
    bool,
    typer.Option(
        "--global", "-g", help="In your own configuration, for all projects on this machine."
    ),
]


@app.command(
    "init",
    short_help="Make a new registry.",
    epilog="""\b
Examples:
  agentpm registry init --bare /srv/git/agents-index.git    to push to
  agentpm registry init agents-index                        with files, to be pushed elsewhere""",
)
def init_(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A new or empty directory.")],
    bare: Annotated[
        bool, typer.Option("--bare", help="As a repository to push to, without files.")
    ] = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Make a new registry: a git repository with an empty index, and you as its administrator.

    Use it where it is, or push it to a git host and let your team add that URL. Its gate, a program
    that git runs, checks every push and refuses what would change a release.
    """
    session = Session("registry init", Flags(json, quiet))
    keeper = administrator()
    identity = init_registry(path.resolve(), bare=bare, hook=True)
    if keeper is None:
        session.talk.warn(
            "the registry has no administrator, as git does not know your name",
            "`git config --global user.name 'Your Name'` and `git config --global user.email "
            "you@example.org`, then make it anew",
        )
    session.talk.note(
        f"next: `agentpm registry add NAME {path.resolve()}`; for a team, push it to a git host and "
        "add the URL that it has there"
    )
    data = {"path": str(path.resolve()), "id": identity, "bare": bare, "administrator": keeper}
    session.print(data, [] if quiet else [f"made a registry in {path}"])


@app.command(
    "add",
    short_help="Give a registry a name here.",
    epilog="""\b
Examples:
  agentpm registry add acme https://git.example.org/acme/agents-index.git
  agentpm registry add acme git@git.example.org:acme/agents-index.git --global""",
)
def add_(
    name: _Name,
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL", help="Any URL that git takes, a directory, or sparse+https://…"
        ),
    ],
    personal: _Personal = False,
    require_signatures: Annotated[
        bool, typer.Option("--require-signatures", help="Leave out releases that nobody signed.")
    ] = False,
    signers: Annotated[
        str | None,
        typer.Option(
            "--signers",
            metavar="DIGEST",
            help="Its list of signers, as those who keep it told you: sha256:…",
        ),
    ] = None,
    offline: options.Offline = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Give a registry a name here: in agentpm.toml, where the whole team has it, or for yourself.

    The registry is asked first, unless --offline forbids it: what does not answer gets no name.
    Where the name stands for that URL already, what the flags say is added to its line.
    """
    session = Session("registry add", Flags(json, quiet, offline=offline, directory=directory))
    vouching = Vouching(require_signatures, signers_digest(signers))
    parts = wire(session.flags, session.talk)
    added = add_registry(parts, name, url, personal=personal, vouching=vouching)
    if not added.checked:
        session.talk.warn(f"`{name}` was not asked whether it is a registry")
    if added.local and not personal:
        session.talk.warn(
            f"`{added.url}` is a place on this machine, where your team cannot follow",
            "push the registry somewhere, and add that URL",
        )
    session.print(_added(added), [] if quiet else [_sentence(added)])


def _sentence(added: Added) -> str:
    if not added.changed:
        return f"{added.name} is {added.url} already"
    if not added.named:
        return f"{added.name} has {_terms(added)} now, in {added.path}"
    return f"{added.name} is {added.url} now, in {added.path}"


def _terms(added: Added) -> str:
    return " and ".join(f"`{key} = {json_text.dumps(value)}`" for key, value in added.terms.items())


def _added(added: Added) -> dict[str, Any]:
    return {
        "name": added.name,
        "url": added.url,
        "path": added.path,
        "changed": added.changed,
        "terms": dict(added.terms),
        "checked": added.checked,
    }


@app.command(
    "list",
    short_help="List the registries that have a name here.",
    epilog="""\b
Examples:
  agentpm registry list
  agentpm registry list --json""",
)
def list_(
    directory: options.Directory = None,
    json: options.Json = False,
) -> None:
    """List the registries that have a name here, the default one marked with a star."""
    session = Session("registry list", Flags(json, directory=directory))
    found = registries(wire(session.flags, session.talk))
    session.print({"registries": [_named(item) for item in found]}, table(map(_row, found)))


def _row(item: Named) -> tuple[str, ...]:
    where = item.where or "comes with agentpm"
    return f"{'*' if item.default else ' '} {item.name}", item.url, where, _looked(item)


def _looked(item: Named) -> str:
    if item.problem is not None:
        return item.problem
    if item.where is None:
        return ""
    if item.age is None:
        return "never looked at"
    return f"looked at {age_in_words(item.age)} ago" if item.age >= 60 else "looked at just now"


def _named(item: Named) -> dict[str, Any]:
    return {
        "name": item.name,
        "url": item.url,
        "where": item.where,
        "default": item.default,
        "age": item.age,
        "tip": item.tip,
        "problem": item.problem,
    }


@app.command(
    "remove",
    short_help="Forget a registry's name.",
    epilog="""\b
Examples:
  agentpm registry remove acme
  agentpm registry remove acme --global""",
)
def remove_(
    name: _Name,
    personal: _Personal = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Forget a registry's name. The registry itself, and what was installed from it, stay."""
    session = Session("registry remove", Flags(json, quiet, directory=directory))
    path = remove_registry(wire(session.flags, session.talk), name, personal=personal)
    session.print(
        {"name": name, "path": path}, [] if quiet else [f"{name} has no name in {path} any more"]
    )


app.command("update", short_help="Look at registries now.", epilog=registry_update.EPILOG)(
    readable(registry_update, "update_")
)
app.command("check", short_help="Check what a push changes.", epilog=registry_check.EPILOG)(
    registry_check.check_
)
app.command(
    "import", short_help="Build a registry from existing agents.", epilog=registry_import.EPILOG
)(registry_import.import_)
app.command(
    "signers", short_help="Show or change who may sign.", epilog=registry_signers.SIGNERS_EPILOG
)(registry_signers.signers_)
app.command(
    "sign", short_help="Sign what is published already.", epilog=registry_signers.SIGN_EPILOG
)(registry_signers.sign_)
