"""The JSON envelope: the one shape of everything that `--json` prints (`docs/reference/json.md`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from agentpm import __version__
from agentpm.errors import AgentpmError

ENVELOPE_FORMAT = 1


def success(command: str, data: Any, warnings: Sequence[str] = ()) -> str:
    """The envelope of a command that did what it was asked."""
    return _envelope(command, data=data, warnings=warnings)


def failure(command: str, error: AgentpmError, warnings: Sequence[str] = ()) -> str:
    """The envelope of a command that failed as explained."""
    return _envelope(command, error=described(error), warnings=warnings)


def partial(command: str, data: Any, error: AgentpmError, warnings: Sequence[str] = ()) -> str:
    """The envelope of a command that did a part of what it was asked, and failed at the rest."""
    return _envelope(command, data=data, error=described(error), warnings=warnings)


def described(error: AgentpmError) -> dict[str, Any]:
    """A failure for programs."""
    where = error.where
    return {
        "code": error.code,
        "exit_code": int(error.exit_code),
        "message": error.message,
        "hint": error.hint,
        "where": where and {"path": where.path, "line": where.line, "column": where.column},
        "details": list(error.details),
        **error.facts,
    }


def _envelope(
    command: str, *, data: Any = None, error: Any = None, warnings: Sequence[str] = ()
) -> str:
    whole = {
        "agentpm": __version__,
        "format": ENVELOPE_FORMAT,
        "command": command,
        "ok": error is None,
        "data": data,
        "error": error,
        "warnings": list(warnings),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False)
