"""`agentpm sync`: exactly what the lockfile says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentpm.cli.commands import journeys
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags

if TYPE_CHECKING:
    from agentpm.cli import options

EPILOG = """\b
Examples:
  agentpm sync                 after a git pull, or in CI
  agentpm sync --offline       from what this machine has already"""


def sync_(
    force: options.Force = False,
    dry_run: options.DryRun = False,
    trust_programs: options.TrustPrograms = False,
    allow_hidden_text: options.AllowHidden = None,
    offline: options.Offline = False,
    refresh: options.Refresh = False,
    global_: options.Global = False,
    directory: options.Directory = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Install exactly what agentpm.lock says; the same as install --frozen.

    Never solves, never writes the lockfile: a lockfile that is missing, or that does not answer the
    manifest, is an error.
    """
    flags = Flags(json, quiet, verbose, offline, refresh, global_, directory)
    wish = {
        "frozen": True,
        "force": force,
        "dry_run": dry_run,
        "trust_programs": trust_programs,
        "allow_hidden": tuple(allow_hidden_text or ()),
    }
    journeys.install(Session("sync", flags), [], as_name=None, registry=None, wish=wish)
