"""The data in the text of a lockfile as agentpm writes it, many times as quickly as any TOML.

A lockfile of a thousand agents has half a megabyte, which `tomllib` reads character by character.
What agentpm writes has few forms (`locktext.py`). Every other text, such as one that somebody
edited, is left to the library, which knows what is wrong in it.
"""

from __future__ import annotations

from typing import Any

from agentpm.lazy import pattern

_TEXT = r'"[^"\\\x00-\x1f\x7f]*"'
_LIST = rf"\[(?:\n(?:    {_TEXT},\n)+)?\]"
_PAIRS = rf"((?:[a-z-]+ = (?:{_TEXT}|0|[1-9][0-9]{{0,17}}|{_LIST})\n)*)"

_HEAD = pattern(rf"{_PAIRS}\Z")
_AGENT = pattern(rf"{_PAIRS}(?:\n\[agent\.capabilities\]\n{_PAIRS})?\Z")
_PAIR = pattern(r'([a-z-]+) = (?:"(.*)"|([0-9]+)|(\[(?:\n(?:.*\n)+?)?\]))\n')
"""One of the pairs of a text that has been found to be made of them."""

_FIRST, _BETWEEN, _LAST = '[\n    "', '",\n    "', '",\n]'
"""What stands around the texts of a list, and between two of them."""


def lock_data(text: str) -> dict[str, Any] | None:
    """What `tomllib.loads` makes of `text`; None where agentpm writes none like it."""
    head, *tables = text.replace("\r\n", "\n").split("\n[[agent]]\n")
    if not tables or not _HEAD.match(head):
        return None
    data = _pairs(head)
    agents = []
    for table in tables:
        agent = _agent(table)
        if agent is None:
            return None
        agents.append(agent)
    return None if data is None or "agent" in data else {**data, "agent": agents}


def _agent(table: str) -> dict[str, Any] | None:
    """What stands under `[[agent]]`."""
    found = _AGENT.match(table)
    if found is None:
        return None
    pairs, words = found.groups()
    agent = _pairs(pairs)
    if agent is None or words is None:
        return agent
    capabilities = _pairs(words)
    if capabilities is None or "capabilities" in agent:
        return None
    agent["capabilities"] = capabilities
    return agent


def _pairs(text: str) -> dict[str, Any] | None:
    """The keys of some pairs, with their values; None where a key stands there twice."""
    found = _PAIR.findall(text)
    data = {
        key: _items(texts) if texts else int(number) if number else text
        for key, text, number, texts in found
    }
    return data if len(data) == len(found) else None


def _items(texts: str) -> list[str]:
    """The texts of a list."""
    return [] if texts == "[]" else texts[len(_FIRST) : -len(_LAST)].split(_BETWEEN)
