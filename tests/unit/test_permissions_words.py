"""The words for powers: what they cover, how they are written, read and told."""

from __future__ import annotations

import pytest

from agentpm.errors import Excerpt, ExitCode
from agentpm.permissions.approval import approved, gate, needs_approval
from agentpm.permissions.capability import (
    EVERYTHING,
    NOTHING,
    CapabilitySet,
    UnknownCapability,
    named,
    read_word,
    server_word,
    shown,
)
from agentpm.permissions.harnesses import UnknownHarness, load_table
from agentpm.permissions.phrases import by_danger, in_words
from agentpm.visible import visible

HOOK = "exec.hook:sha256:" + "a" * 64


def can(*words: str) -> CapabilitySet:
    return CapabilitySet.from_words(words)


def test_a_shell_can_do_what_files_and_the_network_can() -> None:
    """Whoever runs commands needs no Write to write, and no WebFetch to fetch."""
    for word in ("read", "search", "edit", "write", "notebook", "net.fetch", "net.search", "todo"):
        assert can("shell").has(word)
    for word in ("delegate", "skill", "schedule", "message", "code-intel", "mcp:github"):
        assert not can("shell").has(word)


def test_everything_is_every_tool_and_every_server() -> None:
    """It is one word, so that a lockfile shows the largest power there is as one line."""
    every = can(
        "shell", "delegate", "skill", "schedule", "message", "code-intel", "mcp:*", "read", "mcp:db"
    )  # fmt: skip
    assert every.words() == ("everything",)
    assert every == EVERYTHING


def test_programs_modes_memory_and_skills_are_beyond_everything() -> None:
    """A hook added to an agent with every tool is more than it had."""
    for word in (HOOK, "mode:plan", "memory:user", "skill:pdf"):
        assert not EVERYTHING.has(word)
        assert (EVERYTHING | can(word)).words() == ("everything", word)


def test_words_that_a_shell_covers_stay() -> None:
    """A reviewer of a lockfile sees one added line where a shell was added, and not three removed."""
    assert can("write", "shell", "read").words() == ("read", "shell", "write")


def test_a_server_contains_its_tools() -> None:
    """One tool of a server is less than the server, and one server less than all."""
    assert can("mcp:github").has("mcp:github/get")
    assert not can("mcp:github/get").has("mcp:github")
    assert can("mcp:*").has("mcp:github/get")
    assert can("mcp:*").has("mcp:*/resources")
    assert not can("mcp:*/resources").has("mcp:github")
    assert can("mcp:github", "mcp:github/get", "mcp:jira/get").words() == (
        "mcp:github",
        "mcp:jira/get",
    )
    assert can("mcp:*", "mcp:github", "read").words() == ("mcp:*", "read")


def test_a_word_from_a_newer_agentpm_covers_itself_alone() -> None:
    """Lockfiles are read tolerantly, and what is not understood is never taken for less."""
    assert can("teleport").has("teleport")
    assert not EVERYTHING.has("teleport")


def test_sets_say_what_they_are() -> None:
    """They stand in messages, and an empty one has a word too."""
    assert str(can("shell", "read")) == "read, shell"
    assert str(NOTHING) == "nothing"
    assert len(can("shell", "read")) == 2
    assert not NOTHING
    assert can("read", "shell") & can("write") == can("write")


def test_names_from_strangers_are_spelt_out() -> None:
    """A right-to-left mark in the name of a skill must not reach a lockfile or a terminal."""
    assert named("skill", "pdf\u202e") == "skill:pdf%E2%80%AE"
    assert server_word("a/b", "c/d") == "mcp:a%2Fb/c%2Fd"
    assert server_word("*") == "mcp:%2A"
    assert read_word(server_word("")) == "mcp:%"
    assert visible("a\u200bb") == "a\\u200bb"
    assert visible("plain") == "plain"
    assert shown("x" * 90) == "x" * 77 + "..."


@pytest.mark.parametrize(
    "word", ["everything", "net.fetch", "mcp:github/get", "mode:plan", "skill:pdf", HOOK]
)
def test_words_are_read_as_they_are_written(word: str) -> None:
    """What agentpm prints can be pasted into a manifest."""
    assert read_word(word) == word


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("shel", "did you mean `shell`?"),
        ("Write", "did you mean `write`?"),
        ("everythin", "did you mean `everything`?"),
        ("zzz", "known: code-intel, delegate"),
        ("mode:", "known: code-intel"),
        ("exec.hook", "whole digest"),
        ("exec.hook:sha256:abc", "whole digest"),
        ("exec.mcp:md5:" + "a" * 64, "whole digest"),
        ("skill:\u202e", "skill"),
    ],
)
def test_a_misspelt_word_is_refused(wrong: str, hint: str) -> None:
    """An approval of nothing would look like an approval."""
    with pytest.raises(UnknownCapability) as caught:
        read_word(wrong)
    assert hint in (caught.value.hint or "")
    assert caught.value.message.isprintable()


def test_an_approval_says_where_it_is_wrong() -> None:
    """People write approvals, so a mistake in one has a line and a column."""
    place = Excerpt("agentpm.toml", 7, 1, 'lead = ["shel"]')
    with pytest.raises(UnknownCapability) as caught:
        approved(["read", "shel"], place)
    assert caught.value.where == place
    assert approved(["shell", "read"]) == can("read", "shell")


def test_programs_memory_and_modes_need_a_yes() -> None:
    """Default and plan give nothing away, so they pass; all tools together need no yes of their own."""
    asked = can("everything", HOOK, "memory:user", "mode:acceptEdits", "mode:plan", "mode:default")
    assert needs_approval(asked) == can(HOOK, "memory:user", "mode:acceptEdits")


def test_a_first_release_needs_a_yes_for_programs_alone() -> None:
    """There is nothing to compare it with, so nothing widens."""
    found = gate(None, can("shell", HOOK), NOTHING)
    assert found.explicit == can(HOOK)
    assert not found.widened
    assert not found.open


def test_a_wider_release_needs_a_yes_for_what_it_gained() -> None:
    """What was there before is not asked about, and what is approved neither."""
    found = gate(can("read"), can("read", "shell", "net.fetch"), can("net.fetch"))
    assert found.widened == can("shell")
    assert found.missing == can("shell")
    assert gate(can("read"), can("read", "shell"), can("shell")).open
    assert gate(can("shell"), can("shell", "write"), NOTHING).open


def test_a_lockfile_is_no_yes_to_a_program() -> None:
    """Whoever can edit the lockfile must not be able to approve by that."""
    assert gate(can(HOOK), can(HOOK), NOTHING).explicit == can(HOOK)
    assert gate(can(HOOK), can(HOOK), can(HOOK)).open


@pytest.mark.parametrize(
    ("word", "phrase"),
    [
        ("shell", "run any shell command"),
        ("mcp:github", "use every tool of the MCP server `github`"),
        ("mcp:github/get", "use `get` of the MCP server `github`"),
        (HOOK, "run a program of its own as a hook"),
        ("mode:strange", "work in the permission mode `strange`"),
        ("teleport", "do what this agentpm has no words for: `teleport`"),
    ],
)
def test_every_power_has_plain_words(word: str, phrase: str) -> None:
    """The person who decides should not have to know the vocabulary."""
    assert in_words(word) == phrase


def test_the_most_dangerous_comes_first() -> None:
    """What runs without the model, then a shell, then everything that is less."""
    mixed = ["todo", "read", "write", "mcp:db", "shell", HOOK, "mode:bypassPermissions", "zzz"]
    assert by_danger(mixed) == (
        HOOK, "mode:bypassPermissions", "shell", "mcp:db", "write", "read", "todo", "zzz",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "hint"), [("cluade", "did you mean `claude`?"), ("x", "known: claude")]
)
def test_a_harness_without_a_table_is_refused(wrong: str, hint: str) -> None:
    """Without a table nobody can say what an agent could do."""
    with pytest.raises(UnknownHarness) as caught:
        load_table(wrong)
    assert hint in (caught.value.hint or "")
    assert caught.value.exit_code is ExitCode.USAGE
