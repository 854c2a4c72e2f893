"""The environment of a git process: what configures git for its user, and nothing that leads it elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from agentpm.lazy import pattern

_KEPT = pattern(
    r"GIT_(SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|PROXY_\w+|HTTP_\w+|EXEC_PATH|TRACE\w*|CURL_VERBOSE"
    r"|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|ALLOW_PROTOCOL"
    r"|(AUTHOR|COMMITTER)_(NAME|EMAIL|DATE))\Z"
)
"""Variables that configure git for the user. The others (`GIT_DIR`, `GIT_INDEX_FILE`, ...) point at
a repository, as inside a hook, and would make git work on that one instead."""


def environment(given: Mapping[str, str], *, encrypted: bool = False) -> dict[str, str]:
    """The environment of a git process: `given` without what would lead it elsewhere.

    With `encrypted`, it permits no transport that is not.
    """
    result = {k: v for k, v in given.items() if not k.startswith("GIT_") or _KEPT.match(k)}
    result.pop("SSH_ASKPASS", None)
    shell = result.get("GIT_SSH_COMMAND", "")
    if Path(shell.split(" ")[0]).stem == "ssh":
        result["GIT_SSH_COMMAND"] = f"{shell} -oBatchMode=yes"
    if "GIT_ALLOW_PROTOCOL" in result:
        # The user's list outweighs all settings, so what these refuse must go from it.
        refused = {"ext", "fd", *(("http", "git") if encrypted else ())}
        listed = result["GIT_ALLOW_PROTOCOL"].split(":")
        result["GIT_ALLOW_PROTOCOL"] = ":".join(name for name in listed if name not in refused)
    result |= {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "SSH_ASKPASS_REQUIRE": "never",
        "GCM_INTERACTIVE": "never",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
        "LANGUAGE": "C",
    }
    return result
