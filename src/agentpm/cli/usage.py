"""How a command line fails that makes no sense."""

from __future__ import annotations

from agentpm.errors import AgentpmError, ExitCode


class UsageFailure(AgentpmError):
    """A command line that makes no sense."""

    code = "usage"
    exit_code = ExitCode.USAGE
