"""The observed table against a client that is installed: agents are started, tools are noted.

The client runs in an empty home directory against a stand-in for the model on this machine, which
asks it to start each agent, and writes down the tools that the agent's own requests offer.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import threading
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from agentpm.permissions.harnesses import load_table

WORLDS = tomllib.loads((Path(__file__).parent / "permissions_observed.toml").read_text("utf-8"))
ROWS = {f"row-{n}": r for n, r in enumerate(r for w in WORLDS["row"] for r in w["rows"])}
MARK = re.compile(r"MARK:(row-\d+)")
AT_ONCE = 6


class StandIn(BaseHTTPRequestHandler):
    """Answers as the model would: in the session by starting agents, in an agent by being done."""

    protocol_version = "HTTP/1.1"
    offered: ClassVar[dict[str, list[str]]]
    asked: ClassVar[dict[str, str]]
    refused: ClassVar[set[str]]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # named by the parent
        """Say nothing: pytest shows what matters."""

    def do_HEAD(self) -> None:
        self._send(200, b"", "text/plain")

    def do_GET(self) -> None:
        self._send(404, b"{}", "application/json")

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if not self.path.startswith("/v1/messages") or "count_tokens" in self.path:
            self._send(404, b"{}", "application/json")
            return
        mark = MARK.search(json.dumps(request.get("system", "")))
        if mark:
            self.offered[mark[1]] = [tool["name"] for tool in request.get("tools", [])]
            self._answer({"type": "text", "text": "done"})
        elif any(tool["name"] == "Agent" for tool in request.get("tools", [])):
            self._note_refusals(request["messages"])
            self._answer(*(list(self._starts()) or [{"type": "text", "text": "end"}]))
        else:
            self._answer({"type": "text", "text": "ok"})

    def _note_refusals(self, messages: list[dict[str, Any]]) -> None:
        blocks = (b for m in messages if isinstance(m["content"], list) for b in m["content"])
        for block in blocks:
            if block["type"] == "tool_result" and "zero tools" in json.dumps(block["content"]):
                self.refused.add(self.asked[block["tool_use_id"]])

    def _starts(self) -> Iterator[dict[str, Any]]:
        for name in [name for name in ROWS if name not in self.asked.values()][:AT_ONCE]:
            call = f"toolu_{len(self.asked):04d}"
            self.asked[call] = name
            order = {"description": "x", "prompt": "go", "subagent_type": name}
            yield {
                "type": "tool_use",
                "id": call,
                "name": "Agent",
                "input": {**order, "run_in_background": False},
            }

    def _answer(self, *blocks: dict[str, Any]) -> None:
        calls = any(block["type"] == "tool_use" for block in blocks)
        message: dict[str, Any] = {
            "id": "msg_1", "type": "message", "role": "assistant", "model": "stand-in",
            "content": [], "stop_reason": None, "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 1},
        }  # fmt: skip
        events: list[dict[str, Any]] = [{"type": "message_start", "message": message}]
        for index, block in enumerate(blocks):
            empty, delta = dict(block), {"type": "text_delta", "text": block.get("text")}
            if block["type"] == "tool_use":
                empty["input"] = {}
                delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
            else:
                empty["text"] = ""
            at = {"index": index}
            events.append({"type": "content_block_start", "content_block": empty, **at})
            events.append({"type": "content_block_delta", "delta": delta, **at})
            events.append({"type": "content_block_stop", **at})
        stop = {"stop_reason": "tool_use" if calls else "end_turn", "stop_sequence": None}
        events.append({"type": "message_delta", "delta": stop, "usage": {"output_tokens": 1}})
        events.append({"type": "message_stop"})
        stream = "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events)
        self._send(200, stream.encode(), "text/event-stream")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def stand_in() -> Iterator[tuple[type[StandIn], int]]:
    class Fresh(StandIn):
        offered: ClassVar[dict[str, list[str]]] = {}
        asked: ClassVar[dict[str, str]] = {}
        refused: ClassVar[set[str]] = set()

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


def environment(home: Path, port: int) -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{port}",
        "ANTHROPIC_API_KEY": "no-key-is-needed-here",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        # Otherwise most tools are only named, and fetched when the model asks for them.
        "ENABLE_TOOL_SEARCH": "false",
    }


@pytest.mark.client
def test_the_installed_client_gives_what_the_table_says(tmp_path: Path) -> None:
    """The table is only as good as the program it was taken from; another version is another table."""
    client = os.environ.get("AGENTPM_CLAUDE") or shutil.which("claude")
    version = load_table("claude").version
    if client is None:
        pytest.skip("no `claude` is installed")
    # The table was taken on Linux; elsewhere other tools are there.
    found = subprocess.run([client, "--version"], capture_output=True, text=True, check=True).stdout
    if found.split()[0] != version or platform.system() != "Linux":
        pytest.skip(f"`claude` is {found.strip()}, and the table is of {version} on Linux")
    agents = tmp_path / ".claude" / "agents"
    agents.mkdir(parents=True)
    for name, row in ROWS.items():
        text = f"---\nname: {name}\ndescription: does x\n{row['front']}\n---\nMARK:{name}\n"
        (agents / f"{name}.md").write_text(text, "utf-8")
    project = tmp_path / "project"
    project.mkdir()
    with stand_in() as (seen, port):
        subprocess.run(
            [client, "-p", "go"],
            cwd=project,
            env=environment(tmp_path, port),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=300,
        )
    everything = set(seen.offered["row-0"])
    assert everything == load_table("claude").pool
    for name, row in ROWS.items():
        if row["got"] == "refused":
            assert name in seen.refused, row["front"]
            continue
        wanted = everything if row["got"] == "everything" else set(row["got"])
        assert set(seen.offered[name]) == wanted - set(row.get("but", ())), row["front"]
