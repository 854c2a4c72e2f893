"""`agentpm registry signers` with `agentpm registry sign`: whose keys count, what they vouch for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from agentpm.cli import options
from agentpm.cli.columns import table
from agentpm.cli.proposed import (
    Branch,
    BranchName,
    proposal_data,
    proposal_lines,
    route_of,
    tell,
)
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.wiring import wire
from agentpm.ops.countersign import Signed, countersign
from agentpm.ops.signers import Listed, Wanted, signers
from agentpm.ops.signing import Terms

SIGNERS_EPILOG = """\b
Examples:
  agentpm registry signers acme
  agentpm registry signers acme --add alice@example.org=alice.pub
  agentpm registry signers acme --remove alice@example.org --add alice@example.org=new.pub"""

SIGN_EPILOG = """\b
Examples:
  agentpm registry sign reviewer@1.0.0 --registry acme"""


def signers_(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the registry is called here.")],
    add: Annotated[
        list[str] | None,
        typer.Option(
            "--add", metavar="WHO=FILE.pub", help="Let WHO, a mail address, sign with that key."
        ),
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", metavar="WHO", help="Revoke WHO's keys, or one by fingerprint."),
    ] = None,
    key: options.SigningKey = None,
    branch: Branch = False,
    branch_name: BranchName = None,
    offline: options.Offline = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Show who may sign in a registry, or change that.

    A change is signed by a key that is in the list already, the first list by a key in it. From the
    first list on, publishing and yanking there are signed. A revoked key vouches for nothing new.
    """
    flags = Flags(json=json, quiet=quiet, offline=offline, directory=directory)
    session = Session("registry signers", flags)
    wanted = Wanted(tuple(add or ()), tuple(remove or ()), key, route_of(branch, branch_name))
    found = signers(wire(flags, session.talk), name, wanted)
    session.print(_data(found), [] if quiet and found.changed else _lines(found))
    if found.proposal is not None:
        tell(session.talk, found.proposal, found.registry)


def _lines(found: Listed) -> Iterator[str]:
    if found.signers is None:
        yield f"nothing is signed in {found.registry}"
        return
    if found.proposal is not None:
        yield f"who may sign in {found.registry} once this is merged:"
    elif found.changed:
        yield f"who may sign in {found.registry} now:"
    rows = ((name, key.fingerprint, key.kind) for key, name in found.signers.current.items())
    yield from table(sorted(rows))
    yield f"list {found.signers.head}"
    if found.proposal is not None:
        yield from proposal_lines(found.proposal)


def _data(found: Listed) -> dict[str, Any]:
    known = found.signers
    return {
        "registry": found.registry,
        "source": found.source,
        "changed": found.changed,
        "list": known.head if known is not None else None,
        "signers": [
            {"name": name, "fingerprint": key.fingerprint, "key": str(key)}
            for key, name in known.current.items()
        ]
        if known is not None
        else None,
        "branch": proposal_data(found.proposal),
    }


def sign_(
    releases: Annotated[list[str], typer.Argument(metavar="NAME@VERSION...", help="The releases.")],
    registry: options.RegistryName = None,
    key: options.SigningKey = None,
    branch: Branch = False,
    branch_name: BranchName = None,
    offline: options.Offline = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Sign releases that are published already, without a signature or with a revoked key.

    Look at them first: your signature says that these bytes are what you, or who published them,
    meant to publish.
    """
    flags = Flags(json=json, quiet=quiet, offline=offline, directory=directory)
    session = Session("registry sign", flags)
    terms = Terms(registry, key, route_of(branch, branch_name))
    done = countersign(wire(flags, session.talk), releases, terms)
    session.print(
        {"releases": [_signed(item) for item in done]},
        [] if quiet else (line for item in done for line in _told(item)),
    )
    for item in done:
        if item.proposal is not None:
            tell(session.talk, item.proposal, item.registry)


def _told(item: Signed) -> Iterator[str]:
    if not item.changed:
        yield f"{item.release} was signed by {item.signer} already"
        return
    yield f"{item.release} {item.release.checksum} is signed by {item.signer} now"
    if item.proposal is not None:
        yield from proposal_lines(item.proposal)


def _signed(item: Signed) -> dict[str, Any]:
    return {
        "name": item.release.name,
        "version": str(item.release.version),
        "checksum": item.release.checksum,
        "registry": item.registry,
        "signer": item.signer,
        "changed": item.changed,
        "branch": proposal_data(item.proposal),
    }
