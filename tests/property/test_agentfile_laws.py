"""Laws of agent files: nothing crashes, edits keep what they do not touch."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from agentpm.errors import Excerpt
from agentpm.model.agentfile import AgentFile, edit_agent, read_agent, token_places
from agentpm.model.frontedit import Change
from agentpm.model.frontmatter import MalformedAgent, requote
from agentpm.model.yaml12.node import YamlFault
from agentpm.model.yaml12.reader import read_yaml

KEYS = ["name", "description", "tools", "disallowedTools", "model", "color", "x-y"]
PIECES = [
    "a", "Read", "Bash(git diff:*)", "mcp__x__*", ": ", " #", "#", ", ", "\n", "\n  ", "\n- ",
    "\n  - ", "\t", "  ", "'", '"', "[", "]", "{", "}", "&a ", "*a", "!t ", "|", ">", "%", "@",
    "\\", "\\n", "---", "...", "\r\n", "\r", "\u2028", "\ufeff", "é", "🚀", "1.0", "null", "? ", ":",
]  # fmt: skip

ROWS = rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z"

soup = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
lines = st.one_of(
    st.tuples(st.sampled_from(KEYS), st.sampled_from([": ", ":  ", ":\t", ":"]), soup).map("".join),
    st.just("# a comment"),
    st.just("tools:\n  - Read\n  - Bash"),
    st.just("description: >-\n  one\n  two"),
    st.just('name: "a\n  b"'),
    st.just("hooks:\n  PreToolUse:\n    - matcher: '*'"),
)
files = st.builds(
    lambda front, body, end: "\n".join(["---", *front, "---", body]).replace("\n", end).encode(),
    st.lists(lines, max_size=6),
    soup,
    st.sampled_from(["\n", "\n", "\r\n"]),
)
texts = st.one_of(
    soup, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
)
values = st.one_of(texts, st.lists(texts, max_size=3), st.none())


def loaded(raw: bytes) -> AgentFile:
    try:
        return read_agent(raw, "a.md")
    except MalformedAgent:
        assume(False)
        raise


def read_or_refused(raw: bytes) -> tuple[Excerpt | None, AgentFile | None]:
    try:
        return None, read_agent(raw, "a.md")
    except MalformedAgent as error:
        return error.where, None


def wanted(front: Mapping[str, Any], changes: Mapping[str, Change]) -> str:
    merged = {key: value for key, value in front.items() if key not in changes}
    merged |= {key: value for key, value in changes.items() if value is not None}
    return json.dumps(merged, sort_keys=True)


@given(st.one_of(st.binary(max_size=200), files, soup.map(lambda text: f"---\n{text}---".encode())))
@example(b"---\n")
@example(b"---\n\xff---")
@settings(max_examples=200)
def test_any_bytes_are_read_or_refused_with_a_place(raw: bytes) -> None:
    """A hostile file must not bring agentpm down, and an honest author is told where to look."""
    place, agent = read_or_refused(raw)
    if agent is None:
        assert place is not None
        assert place.line >= 1
        assert 1 <= place.column <= len(place.text) + 1
        return
    assert set(agent.places) == set(agent.front)
    assert agent.grants.as_mapping().keys() <= agent.front.keys()
    assert agent.version is None or "version" in agent.front
    for key in agent.front:
        assert all(line >= 1 and column >= 1 for _, line, column in token_places(agent, key))
    with suppress(MalformedAgent):
        assert len(agent.dependencies) >= 0


@given(files)
@settings(max_examples=150)
def test_a_place_is_where_the_key_is_written(raw: bytes) -> None:
    """Places lead the eye, so they must not be off by one."""
    agent = loaded(raw)
    rows = re.split(r"\r\n|\r|\n", raw.decode().removeprefix("\ufeff"))
    for key in KEYS:
        place = agent.places.get(key)
        if place is not None:
            row = rows[place.line - 1][place.column - 1 :]
            assert row.startswith((key, "&", "!", '"', "'", "*")), (key, row)


@given(files, st.dictionaries(st.sampled_from(KEYS), values, min_size=1, max_size=3))
@settings(max_examples=200, suppress_health_check=[HealthCheck.filter_too_much])
def test_an_edit_says_what_was_asked_and_touches_nothing_else(
    raw: bytes, changes: dict[str, Change]
) -> None:
    """The edited file is what runs on people's machines: it may differ in these lines only."""
    agent = loaded(raw)
    try:
        edited = edit_agent(raw, changes, "a.md")
    except MalformedAgent:
        return
    after = read_agent(edited, "a.md")
    assert json.dumps(after.front, sort_keys=True) == wanted(agent.front, changes)
    assert after.body == agent.body
    if any(changes.get(key, "") is None for key, _ in agent.duplicates):
        return  # all of them go; which lines these are, `places` does not say
    spans = [range(p.line - 1, p.end_line) for key, p in agent.places.items() if key in changes]
    rows = iter(re.findall(ROWS, edited))
    for number, row in enumerate(re.findall(ROWS, raw)):
        if not any(number in span for span in spans):
            assert row in rows


@given(st.lists(st.tuples(st.sampled_from(KEYS), texts), min_size=1, max_size=5), texts)
def test_plain_files_can_always_be_edited(pairs: list[tuple[str, str]], value: str) -> None:
    """A file that agentpm itself could have written is never refused."""
    raw = b"---\n---\nDo it.\n"
    for key, text in pairs:
        raw = edit_agent(raw, {key: text}, "a.md")
    for key, _ in pairs:
        assert read_agent(edit_agent(raw, {key: value}, "a.md"), "a.md").front[key] == value
    removed = edit_agent(raw, dict.fromkeys(KEYS), "a.md")
    assert removed == b"---\n---\nDo it.\n"


@given(st.lists(st.one_of(lines, soup), max_size=6).map("\n".join))
@settings(max_examples=200)
def test_lines_read_at_a_glance_say_what_the_long_way_says(text: str) -> None:
    """The short way is taken at the first column only, so the same lines indented go the long way."""
    assume("---" not in text and "\r" not in text and "\0" not in text)
    assume(not re.search(r"^(?:\t|\.\.\.)|[|>][-+]?\d?|\ufeff", text, re.MULTILINE))
    indented = re.sub(r"(?m)^(?=.)", " ", text)
    try:
        short = read_yaml(text).value
    except YamlFault:
        short = None
    try:
        long = read_yaml(indented).value
    except YamlFault:
        long = None
    if isinstance(short, dict) and isinstance(long, dict):
        assert json.dumps(short, sort_keys=True) == json.dumps(long, sort_keys=True)


@given(st.lists(lines, max_size=5).map("\n".join))
def test_the_second_try_of_the_second_try_is_the_same(text: str) -> None:
    """What has been put in quotes needs none, so places can be told from one line to the other."""
    once = requote(text)
    assert requote(once) == once
