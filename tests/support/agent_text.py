"""Agent files for tests, written with as little as a test needs.

agent_text("tools: Read, Grep")                 a well-formed agent with that line
agent_text("tools: Read", name="reviewer")      under another name
agent_text(body="x" * 40_000)                   with another prompt
"""

from __future__ import annotations

DESCRIPTION = "Use it to try things out."


def agent_text(
    *front: str, name: str = "helper", description: str = DESCRIPTION, body: str = "Help.\n"
) -> str:
    """An agent file: `name` and `description`, then the lines of `front`, then the prompt."""
    lines = ["---", f"name: {name}", f"description: {description}", *front, "---", body]
    return "\n".join(lines)
