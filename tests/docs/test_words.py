"""The documentation is plain, and says nothing that is true of one machine only."""

from __future__ import annotations

import re

import pytest

from docs.pages import Page, pages

_PLACES = re.compile(r"(?<![\w.~}])/(?:work|tmp|home|Users|root|private)/")
_PRAISE = re.compile(
    r"\b(?:amazing|awesome|blazing(?:ly)?|best-in-class|cutting[- ]edge|delightful|effortless(?:ly)?"
    r"|game[- ]chang\w+|leverag\w+|next[- ]generation|powerful|revolution\w+|seamless(?:ly)?"
    r"|state[- ]of[- ]the[- ]art|supercharge\w*|unleash\w*|world[- ]class)\b",
    re.IGNORECASE,
)
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]")

every_page = pytest.mark.parametrize("subject", pages(), ids=lambda subject: subject.name)


@every_page
def test_a_page_names_no_folder_of_somebodys_machine(subject: Page) -> None:
    """What worked in one person's home directory misleads everybody else."""
    assert _PLACES.findall(subject.text) == []


@every_page
def test_a_page_does_not_advertise(subject: Page) -> None:
    """People who read documentation have chosen already; they want to know how it works."""
    assert _PRAISE.findall(subject.prose) == []
    assert _EMOJI.findall(subject.text) == []


@every_page
def test_a_page_begins_with_its_title(subject: Page) -> None:
    """A page is about one thing, and its first line says what."""
    assert subject.text.startswith("# ")
