"""Rules about text that a model reads and a person does not see.

Characters after Unicode 15.1: tag characters, bidirectional controls (CVE-2021-42574), variation
selectors, zero-width and other default-ignorable ones.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from agentpm.lazy import pattern
from agentpm.lint.finding import Replacement, Severity
from agentpm.lint.rule import Problem, scans
from agentpm.lint.text import Text
from agentpm.permissions.capability import shown

_HIDDEN = pattern("[\U000e0000-\U000e007f]+|[\U000e0100-\U000e01ef]+|[\u202a-\u202e\u2066-\u2069]+")
_ZERO_WIDTH = pattern(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065"
    "\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]+"
)
_SELECTOR = pattern("[\ufe00-\ufe0f]+")
_CONTROL = pattern("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]+")
_REMOVABLE = frozenset("\u200b\u2060\ufeff")
"""What never changes how a text reads, and may go without asking."""

_JOINERS = frozenset("\u200c\u200d")
_BETWEEN_EMOJI = pattern(r"[\ufe0f\U0001f3fb-\U0001f3ff]+")


@scans("hidden-text", Severity.ERROR, "Text that nobody sees")
def hidden_text(text: Text) -> Iterator[Problem]:
    """Tag characters, text in a false direction, long variation selectors: made to hide words."""
    for number, match in text.matches(_HIDDEN):
        found = match[0]
        yield Problem(
            f"{len(found)} invisible {_what(found)}" + _spelt(found),
            text.at(number, match.start() + 1, len(found)),
            "look at the file with an editor that shows them, and take them out",
        )


def _what(found: str) -> str:
    """What kind of character a hidden run begins with."""
    point = ord(found[0])
    if point >= 0xE0100:
        kind = "variation selector"
    else:
        kind = "tag character" if point >= 0xE0000 else "direction control"
    return kind if len(found) == 1 else f"{kind}s"


def _spelt(found: str) -> str:
    """What tag characters say: each stands for an ASCII character."""
    letters = "".join(chr(ord(c) - 0xE0000) for c in found if 0xE0020 <= ord(c) < 0xE007F)
    if letters:
        return f", which spell `{shown(letters)}`"
    return f" (U+{ord(found[0]):04X})"


@scans("zero-width", Severity.WARNING, "Characters without a width")
def zero_width(text: Text) -> Iterator[Problem]:
    """Zero-width characters where no script and no emoji needs them."""
    for number, match in text.matches(_ZERO_WIDTH):
        if _joins(match):
            continue
        found = match[0]
        safe = _REMOVABLE.issuperset(found)
        fix = Replacement(number, match.start() + 1, found, "") if safe else None
        name = unicodedata.name(found[0], "an unnamed character").lower()
        yield Problem(
            f"an invisible character stands here: U+{ord(found[0]):04X}, {name}",
            text.at(number, match.start() + 1, len(found)),
            "take it out, unless the language needs it",
            fix,
        )


def _joins(match: re.Match[str]) -> bool:
    """Whether joiners do their work: between emoji, or letters of a script that has such joins."""
    if not _JOINERS.issuperset(match[0]):
        return False
    line = match.string
    before = _BETWEEN_EMOJI.sub("", line[: match.start()])[-1:]
    after = line[match.end() : match.end() + 1]
    return all(c and (_is_pictorial(c) or _is_joining_letter(c)) for c in (before, after))


def _is_joining_letter(character: str) -> bool:
    """A letter or mark beyond Latin, Greek and Cyrillic, whose scripts never join."""
    return ord(character) > 0x5FF and unicodedata.category(character)[0] in "LM"


def _is_pictorial(character: str) -> bool:
    """Whether a character may be drawn as an emoji."""
    point = ord(character)
    return (
        0x2190 <= point <= 0x2BFF
        or 0x1F000 <= point <= 0x1FAFF
        or character in "#*0123456789©®‼⁉™ℹ〰〽㊗㊙"  # noqa: RUF001 # they are what is meant
    )


@scans("variation-selector", Severity.WARNING, "Variation selectors beside no emoji")
def variation_selector(text: Text) -> Iterator[Problem]:
    """A selector chooses how an emoji looks; elsewhere it is a way to hide bits."""
    for number, match in text.matches(_SELECTOR):
        before = match.string[match.start() - 1 : match.start()]
        if len(match[0]) == 1 and match[0] >= "\ufe0e" and before and _is_pictorial(before):
            continue
        yield Problem(
            f"a variation selector (U+{ord(match[0][0]):04X}) stands behind no emoji",
            text.at(number, match.start() + 1, len(match[0])),
            "take it out",
        )


@scans("control-character", Severity.WARNING, "Control characters")
def control_character(text: Text) -> Iterator[Problem]:
    """What a terminal would obey, and an editor may not show."""
    for number, match in text.matches(_CONTROL):
        yield Problem(
            f"a control character stands here: U+{ord(match[0][0]):04X}",
            text.at(number, match.start() + 1, len(match[0])),
            "take it out",
        )


RULES = (hidden_text, zero_width, variation_selector, control_character)
