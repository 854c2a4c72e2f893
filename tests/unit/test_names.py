"""Names are the whitelist that lets a word become a path."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentpm.model.name import AgentName, InvalidName, PackageName, suggest_name


@pytest.mark.parametrize("text", ["a", "code-reviewer", "k8s", "3d-artist", "x" * 64])
def test_a_plain_word_is_a_name(text: str) -> None:
    """What people call agents today must go on working."""
    assert AgentName(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "../x", "/etc/passwd", "a/b", "a\\b", ".", "..", "-a", "a-", "a--b", "A", "a b", "a.md",
        "a\n", "ä", "a\x00", "x" * 65, "con", "nul", "com1", "lpt9", "aux", "c:", "a\u200bb",
    ],
)  # fmt: skip
def test_what_could_leave_the_directory_is_no_name(text: str) -> None:
    """Paths, devices, case, invisible characters: none of them may become a file name."""
    with pytest.raises(InvalidName):
        AgentName(text)


@given(st.text())
def test_a_name_is_always_a_single_safe_path_part(text: str) -> None:
    """Whatever is let through has no separator, no dot, no upper case, and prints."""
    try:
        shown = AgentName(text).casefold()
    except InvalidName as error:
        shown = error.message.replace("`", "")
    else:
        assert not set(text) & set("/\\.: \t\n\0")
        assert shown == text
    assert shown.isprintable()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Backend Engineer", "backend-engineer"), ("code_reviewer.md", "code-reviewer"),
("acme/Tool X", "acme/tool-x"), ("../x", None), ("...", None),
        ("CON", None),
    ],
)  # fmt: skip
def test_a_mistyped_name_is_answered_with_the_nearest_one(text: str, meant: str | None) -> None:
    """A hint beats a rule; a path gets none, since nobody meant it as a name."""
    assert suggest_name(text) == meant


def test_a_package_may_have_an_owner() -> None:
    """Owners keep two teams' reviewers apart; the agent's own name is the last part."""
    package = PackageName("acme/code-reviewer")
    assert (package.owner, package.agent) == ("acme", "code-reviewer")
    assert (PackageName("solo").owner, PackageName("solo").agent) == (None, "solo")


@pytest.mark.parametrize("text", ["a/b/c", "/b", "a/", "A/b", "con/b"])
def test_a_package_name_has_two_well_formed_parts_at_most(text: str) -> None:
    """The owner becomes a directory of the index, so the same grammar binds it."""
    with pytest.raises(InvalidName):
        PackageName(text)
