"""Front matter is read as Claude Code reads it: its verdicts on real files and on odd ones."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from agentpm.model.agentfile import read_agent
from agentpm.model.frontmatter import MalformedAgent
from fixtures.frontmatter.generate import CASES, content, find_client, observe, version

ROOT = Path(__file__).resolve().parents[2]
CORPORA = ROOT / ".." / "shared" / "corpora"
RECORD = json.loads(CASES.read_text("utf-8"), parse_int=float)
AGREED = [case for case in RECORD["cases"] if "agentpm" not in case]
STRICTER = [case for case in RECORD["cases"] if "agentpm" in case]


def names(cases: list[dict[str, Any]]) -> list[str]:
    return [case["name"] for case in cases]


def observed(value: Any) -> Any:
    """A value as the fixture has it, as plain data."""
    if isinstance(value, list):
        return [observed(item) for item in value]
    if isinstance(value, dict) and "entries" in value:
        return {key: observed(item) for key, item in value["entries"]}
    return value


def comparable(value: Any) -> Any:
    """A value as agentpm reads it, with all numbers of JavaScript's one kind."""
    if isinstance(value, list):
        return [comparable(item) for item in value]
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@pytest.mark.parametrize("case", AGREED, ids=names(AGREED))
def test_an_odd_file_is_read_as_the_client_reads_it(case: dict[str, Any]) -> None:
    """What agentpm judges must be what the client will do, or its judgement is about another file."""
    raw = content(case)
    if "frontmatter" in case["errors"]:
        with pytest.raises(MalformedAgent):
            read_agent(raw, "agent.md")
    else:
        front = read_agent(raw, "agent.md").front
        assert comparable(front) == (observed(case["front"]) or {})


@pytest.mark.parametrize("case", STRICTER, ids=names(STRICTER))
def test_what_agentpm_does_not_read_it_refuses(case: dict[str, Any]) -> None:
    """Where agentpm cannot vouch for what the client does, it says so and guesses nothing."""
    with pytest.raises(MalformedAgent):
        read_agent(content(case), "agent.md")


def test_the_record_has_accepted_and_refused_cases() -> None:
    """A record of one kind only would be passed by a reader that does not look."""
    refused = [case for case in AGREED if "frontmatter" in case["errors"]]
    assert len(AGREED) >= 300
    assert len(refused) >= 50


def test_real_agents_load_where_the_client_loads_them() -> None:
    """A package manager that refuses what the harness takes would be of no use to real authors."""
    if not CORPORA.is_dir():
        pytest.skip("the corpora of real agents are not beside this repository")
    [verdicts] = CORPORA.glob("claude-code-*-verdicts.json")
    differing = []
    for name, verdict in json.loads(verdicts.read_text("utf-8")).items():
        try:
            read_agent((CORPORA / name).read_bytes(), name)
            loads = True
        except MalformedAgent:
            loads = False
        if loads != verdict["loads"]:
            differing.append(name)
    assert differing == []


@pytest.mark.client
def test_the_client_at_hand_still_reads_the_cases_so() -> None:
    """The record is an observation: a client that changes its mind is noticed here."""
    client = find_client()
    if client is None:
        pytest.skip(
            "needs Claude Code: npm install -g @anthropic-ai/claude-code, or AGENTPM_CLAUDE"
        )
    found = observe(client, [content(case) for case in RECORD["cases"]])
    differing = [
        case["name"]
        for case, now in zip(RECORD["cases"], found, strict=True)
        if list(now.errors) != case["errors"]
        or ("front" in case and comparable(observed(now.front)) != observed(case["front"]))
    ]
    assert differing == [], f"recorded of {RECORD['client']}, this is {version(client)}"
