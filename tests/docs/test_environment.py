"""Every environment variable of agentpm is documented, and no other."""

from __future__ import annotations

import re

import pytest

from agentpm.cli.settings import VARIABLES
from docs.pages import ROOT, page, pages

_OWN = re.compile(r"(?<![A-Z_])AGENTPM_[A-Z_]+[A-Z](?![A-Z_{])")
FOR_TESTS = {"AGENTPM_CLAUDE", "AGENTPM_COPILOT", "AGENTPM_OPENCODE"}
"""Where the tests find a real client; the program knows nothing of it."""
EXAMPLES = {"AGENTPM_TOKEN_ACME"}
"""What `AGENTPM_TOKEN_NAME` is for a registry called `acme`."""


def test_the_table_lists_the_variables_of_the_program() -> None:
    """A variable that is not in the table does not exist for its users."""
    section = page("docs/reference/environment.md").sections(2)["Variables of agentpm"]
    rows = re.findall(r"^\| `(AGENTPM_\w+)` \|", section, re.MULTILINE)
    assert rows == list(VARIABLES)


def test_the_program_reads_no_variable_that_is_not_in_its_list() -> None:
    """The list is what the documentation is held against, so it must be whole."""
    read = set()
    for module in (ROOT / "src").rglob("*.py"):
        read |= set(_OWN.findall(module.read_text("utf-8")))
    assert read - FOR_TESTS <= set(VARIABLES)


@pytest.mark.parametrize("subject", pages(), ids=lambda subject: subject.name)
def test_no_page_mentions_a_variable_that_is_gone(subject: object) -> None:
    """Old advice is worse than none."""
    text = getattr(subject, "text", "")
    assert set(_OWN.findall(text)) - FOR_TESTS - EXAMPLES <= set(VARIABLES)
