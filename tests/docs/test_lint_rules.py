"""Every rule of lint is explained, and no other."""

from __future__ import annotations

import pytest

from agentpm.lint.check import RULES
from agentpm.lint.rule import REFERENCE, Rule
from docs.pages import page

SECTIONS = page(REFERENCE).sections(2)


def test_the_page_has_a_section_for_each_code_in_the_order_of_the_rules() -> None:
    """Findings lead here by their code; one that is gone would send people looking for nothing."""
    assert list(SECTIONS) == [rule.code for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_section_says_how_bad_its_findings_are(rule: Rule) -> None:
    """Whether it keeps a file from being published is the first thing one wants to know."""
    assert SECTIONS[rule.code].strip().startswith(f"**{rule.severity.value.title()}.** ")
