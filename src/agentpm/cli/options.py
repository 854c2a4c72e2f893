"""The flags that several commands share, each worded once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def registry_name(value: str | None) -> str | None:
    """The name of a registry, where one was given."""
    if value is not None and not value.strip():
        raise typer.BadParameter("an empty text names no registry")
    return value


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more.")]
Global = Annotated[
    bool,
    typer.Option(
        "--global", "-g", help="Work on your own agents (~/.claude/agents), not a project."
    ),
]
Directory = Annotated[
    Path | None,
    typer.Option("--directory", "-C", metavar="DIR", help="Run as if started in DIR."),
]
Offline = Annotated[bool, typer.Option("--offline", help="Use no network at all.")]
Refresh = Annotated[
    bool, typer.Option("--refresh", help="Look at the registries now, however fresh the last look.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan, and change nothing.")]
Force = Annotated[
    bool,
    typer.Option("--force", help="Replace edited files too; a copy goes to .agentpm/backup/."),
]
RegistryName = Annotated[
    str | None,
    typer.Option("--registry", metavar="NAME", help="The registry to use.", callback=registry_name),
]
Frozen = Annotated[
    bool,
    typer.Option("--frozen", help="Install exactly the lockfile; fail if it is stale or missing."),
]
TrustPrograms = Annotated[
    bool,
    typer.Option(
        "--trust-programs",
        help="Let the manifest's approvals of programs (hooks, MCP servers) count on this machine.",
    ),
]
AllowHidden = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-hidden-text", metavar="NAME", help="Install NAME though its text hides characters."
    ),
]
SigningKey = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="FILE",
        envvar="AGENTPM_SIGNING_KEY",
        show_envvar=False,
        help="The SSH key to sign with; else $AGENTPM_SIGNING_KEY, or the one git signs with.",
    ),
]
AcceptRewrite = Annotated[
    str | None,
    typer.Option(
        "--accept-rewrite",
        metavar="NAME",
        help="Trust NAME as it is now, though what was seen before has changed.",
    ),
]
TheirSigners = Annotated[
    str | None,
    typer.Option(
        "--signers",
        metavar="DIGEST",
        help="The list of signers to trust then, as its keepers told you; none for no list.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Accept the rewriting that is shown.")]
