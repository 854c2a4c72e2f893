"""Converted agents in a Copilot CLI that is installed: it loads them, and gives the tools promised.

The client runs in an empty home directory without a network, against a stand-in for the model that
starts each agent and notes the tools that the agent's own requests offer.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from agentpm.permissions.harnesses import load_table
from support.agent_text import agent_text
from support.project import Project

pytestmark = pytest.mark.client

FORMS = {
    "none": "tools: []",
    "reads": "tools: Read",
    "searches": "tools: Grep, Glob",
    "shell": "tools: Bash(git:*)",
    "makes-files": "tools: Write",
    "writes": "tools: Read, Write, Edit",
    "web-and-todo": "tools: WebFetch, TodoWrite",
    "starts": "tools: Task, Skill",
    "no-shell": "disallowedTools: Bash",
    "all": "color: green",
}
GIVEN_FOR = {
    "bash": "shell", "create": "write", "edit": "edit", "glob": "search", "grep": "search",
    "skill": "skill", "task": "delegate", "update_todo": "todo", "view": "read", "sql": "todo",
}  # fmt: skip
"""The client's own names of tools, with their power; what belongs to one of them is left out."""

MARK = re.compile(r"MARK:([a-z-]+)")


class StandIn(BaseHTTPRequestHandler):
    """Answers as the model would: in the session by starting the next agent, in an agent by "ok"."""

    protocol_version = "HTTP/1.1"
    offered: ClassVar[dict[str, list[str]]]
    waiting: ClassVar[list[str]]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # named by the parent
        """Say nothing: pytest shows what matters."""

    def do_GET(self) -> None:
        self._send(b'{"data": []}', "application/json")

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        tools = [tool["function"]["name"] for tool in request.get("tools", [])]
        system = json.dumps([m for m in request["messages"] if m["role"] == "system"])
        mark = MARK.search(system)
        delta: dict[str, Any] = {"role": "assistant", "content": "ok"}
        if mark:
            self.offered[mark[1]] = tools
        elif self.waiting and "task" in tools:
            delta = {"role": "assistant", "content": None, "tool_calls": [self._start()]}
        self._answer(delta)

    def _start(self) -> dict[str, Any]:
        name = self.waiting.pop(0)
        order = {"agent_type": name, "name": name, "description": "x", "prompt": "go"}
        call = {"name": "task", "arguments": json.dumps({**order, "mode": "sync"})}
        return {"index": 0, "id": f"call_{name}", "type": "function", "function": call}

    def _answer(self, delta: dict[str, Any]) -> None:
        reason = "tool_calls" if "tool_calls" in delta else "stop"
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "stand-in"}
        first = {**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        last = {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
        text = "".join(f"data: {json.dumps(item)}\n\n" for item in (first, last))
        self._send(f"{text}data: [DONE]\n\n".encode(), "text/event-stream")

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def stand_in(agents: list[str]) -> Iterator[tuple[type[StandIn], int]]:
    class Fresh(StandIn):
        offered: ClassVar[dict[str, list[str]]] = {}
        waiting: ClassVar[list[str]] = agents

    server = ThreadingHTTPServer(("127.0.0.1", 0), Fresh)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Fresh, server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def client() -> str:
    found = os.environ.get("AGENTPM_COPILOT")
    if found is None:
        pytest.skip("AGENTPM_COPILOT names no Copilot CLI")
    ran = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    if load_table("copilot").version not in ran.stdout:
        pytest.skip(f"this is {ran.stdout.splitlines()[0]}, and the table is of another one")
    return found


def test_it_gives_the_tools_that_agentpm_says(client: str, tmp_path: Path) -> None:
    """The lockfile promises them, and the program is the judge."""
    project = Project(tmp_path)
    project.git("init", "--quiet")
    entries = ""
    for name, line in FORMS.items():
        project.write(f"own/{name}.md", agent_text(line, name=name, body=f"MARK:{name} go\n"))
        entries += f'{name} = {{ path = "own/{name}.md" }}\n'
    project.write("agentpm.toml", f'[project]\ntargets = ["copilot"]\n[agents]\n{entries}')
    project.run("install").done()
    listed = project.run("list", "--json").done().data["agents"]
    with stand_in(list(FORMS)) as (seen, port):
        subprocess.run(
            [client, "-p", "go", "--allow-all-tools", "--trust-folder"],
            cwd=project.root,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(project.home),
                "CI": "1",
                "COPILOT_OFFLINE": "true",
                "COPILOT_MODEL": "gpt-5",
                "COPILOT_PROVIDER_BASE_URL": f"http://127.0.0.1:{port}/v1",
                "COPILOT_PROVIDER_API_KEY": "no-key-is-needed-here",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=240,
        )
    for agent in listed:
        name, promised = agent["name"], set(agent["locked_capabilities"]["copilot"])
        given = {GIVEN_FOR[tool] for tool in seen.offered[name] if tool in GIVEN_FOR}
        assert given <= promised, name
        # Without a network there are no web tools and no servers.
        assert {w for w in promised if not w.startswith(("net.", "mcp:"))} <= given, name
