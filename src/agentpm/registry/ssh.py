"""How git is told to start ssh: without questions, without waiting for ever."""

from __future__ import annotations

import os

from agentpm.git import Git
from agentpm.registry.address import Address

_COMMAND = (
    "ssh -oBatchMode=yes -oConnectTimeout=30 -oServerAliveInterval=15 -oServerAliveCountMax=4"
)


def ssh_settings(address: Address) -> tuple[str, ...]:
    """Settings of git for an address; none where ssh has no part in it, or the user chose how."""
    if not address.is_ssh or {"GIT_SSH", "GIT_SSH_COMMAND"} & os.environ.keys():
        return ()
    if Git(None).attempt("config", "--get", "core.sshCommand").code == 0:
        return ()
    return (f"core.sshCommand={_COMMAND}",)
