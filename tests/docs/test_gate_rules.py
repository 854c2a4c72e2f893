"""Every rule of the gate is documented, and no other."""

from __future__ import annotations

import re

from agentpm.registry.gate.rules import RULES
from docs.pages import page

_ROW = re.compile(r"^\| `([a-z-]+)` \| (tampered|refused|review) \|", re.MULTILINE)


def test_the_table_has_each_rule_with_its_weight() -> None:
    """Who is refused looks the rule up."""
    section = page("docs/reference/gate.md").sections(2)["The rules"]
    assert _ROW.findall(section) == [(rule.code, rule.kind.value) for rule in RULES]


def test_a_code_stands_for_one_rule() -> None:
    """Scripts tell refusals apart by it."""
    assert len({rule.code for rule in RULES}) == len(RULES)
