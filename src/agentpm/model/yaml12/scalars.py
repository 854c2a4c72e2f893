"""The scalars of YAML: plain, quoted, literal (`|`) or folded (`>`) text.

Each function takes the text with the offset at which the scalar begins, and gives what it says with
the offset after it. The text ends with a line feed before a NUL, so that no look-ahead falls off it.
`floor` is the least number of blanks before the later lines of a scalar.
"""

from __future__ import annotations

import re

from agentpm.lazy import pattern
from agentpm.model.yaml12.node import YamlFault

BLANK = " \t\n\0"
SPACES = pattern(r" +")
BLANKS = pattern(r"[ \t]+")
BLANK_LINES = pattern(r"[ \t\n]+")
FLOW = ",[]{}"
QUOTE_IT = "put the whole value in quotes"

_INDICATORS = frozenset("[]{}#&*!|>'\"%@`")
_PLAIN_OUT = pattern(r"(?:[^ \t\n\0:#]++|:(?![ \t\n\0])|#|[ \t]++(?![ \t\n\0#]|:[ \t\n\0]))*+")
_PLAIN_IN = pattern(
    r"(?:[^ \t\n\0:#,\[\]{}]++|:(?![ \t\n\0,\[\]{}])|#"
    r"|[ \t]++(?![ \t\n\0#,\[\]{}]|:[ \t\n\0,\[\]{}]))*+"
)
_BREAKS = pattern(r"[ \t]*\n((?:[ \t]*\n)*)( *)[ \t]*")
_SINGLE = pattern(r"'((?:[^'\0]++|'')*+)'")
_DOUBLE = pattern(r'"((?:[^"\\\0]++|\\[^\0])*+)"')
_FOLD = r"\n(?:[ \t]*\n)*[ \t]*"
_ESCAPE = (
    r"\\(?:x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})|.|" + _FOLD + ")"
)
# By the opening quote with whether there are several lines.
_PIECES = {
    ("'", False): pattern("''"),
    ("'", True): pattern(rf"''|[ \t]*{_FOLD}"),
    ('"', False): pattern(_ESCAPE),
    ('"', True): pattern(rf"{_ESCAPE}|[ \t]*{_FOLD}"),
}
_SURROGATE = pattern("[\ud800-\udfff]")
_NAMED = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f",
    "r": "\r", "e": "\x1b", " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0",
    "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_HEADER = pattern(
    r"[|>](?:[ \t]*([1-9])(?:[ \t]*([-+]))?|[ \t]*([-+])(?:[ \t]*([1-9]))?)?(?:[ \t]+#[^\n]*|[ \t]*)\n"
)


def at_marker(text: str, at: int) -> bool:
    """Whether the line at `at` is `...`, which ends a document."""
    return text.startswith("...", at) and text[at + 3] in BLANK


def end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where what `pattern` matches at `at` ends; `at` itself where it matches nothing."""
    match = pattern.match(text, at)
    return match.end() if match else at


def starts_plain(text: str, at: int, *, flow: bool) -> bool:
    """Whether an unquoted scalar can begin at `at`."""
    char, after = text[at], text[at + 1]
    if char in "-?:":
        return after not in BLANK and not (flow and after in FLOW)
    return char not in _INDICATORS and not (flow and char == ",")


def plain_line(text: str, at: int, *, flow: bool) -> int:
    """Where the first line of the unquoted scalar at `at` ends."""
    return end_of(_PLAIN_IN if flow else _PLAIN_OUT, text, at)


def plain_rest(text: str, start: int, end: int, floor: int, *, flow: bool) -> tuple[str, int]:
    """The whole of the unquoted scalar whose first line is from `start` to `end`."""
    said = text[start:end]
    while True:
        gap = _BREAKS.match(text, end)
        if gap is None or len(gap[2]) < floor or text[gap.end()] in "#\0":
            return said, end
        at = gap.end()
        if gap.end() == gap.start(2) and at_marker(text, at):
            return said, end
        stop = plain_line(text, at, flow=flow)
        if stop == at:
            return said, end
        said += _folded(gap[1]) + text[at:stop]
        end = stop


def quoted(text: str, at: int, floor: int, crlf: frozenset[int]) -> tuple[str, int]:
    """The text in the quotes that open at `at`.

    `crlf` are the offsets of the line ends that were CR LF in the file: between quotes the client
    takes the first of a run of them for two.

    Raises:
        YamlFault: the quotes are not closed, an escape is unknown, a later line is not indented.
    """
    match = (_DOUBLE if text[at] == '"' else _SINGLE).match(text, at)
    if match is None:
        raise YamlFault("the quotes are not closed", at, f"end the value with {text[at]}")
    start, end = match.span(1)
    several = "\n" in match[1]
    if several:
        _check_indent(text, start, end, floor)
    parts: list[str] = []
    for piece in _PIECES[text[at], several].finditer(text, start, end):
        parts += text[start : piece.start()], _piece(piece, crlf)
        start = piece.end()
    if not parts:
        return match[1], match.end()
    return _joined("".join([*parts, text[start:end]]), at), match.end()


def _check_indent(text: str, start: int, end: int, floor: int) -> None:
    for gap in _BREAKS.finditer(text, start, end):
        if gap.end(2) == gap.start(2) and at_marker(text, gap.end()):
            raise YamlFault("the quotes are not closed before `...`", gap.end())
        if len(gap[2]) < floor:
            raise YamlFault(
                "a value in quotes goes on in a line that is not indented",
                gap.end(),
                "indent the line, or close the quotes before it",
            )


def _folded(blank_lines: str) -> str:
    """What a line break within a scalar means: a blank, or the empty lines after it."""
    return "\n" * blank_lines.count("\n") or " "


def _piece(match: re.Match[str], crlf: frozenset[int]) -> str:
    """What a line break, a doubled quote or an escape between quotes says."""
    found = match[0]
    if "\n" in found:
        breaks = found.count("\n") + (match.start() + found.index("\n") in crlf)
        joined = "" if found[0] == "\\" else " "
        return "\n" * (breaks - 1) or joined
    if found == "''":
        return "'"
    if found[1:] in _NAMED:
        return _NAMED[found[1:]]
    number = match["x"] or match["u"] or match["U"]
    if number is None or int(number, 16) > 0x10FFFF:
        raise YamlFault(
            f"`{found}` is not an escape in double quotes",
            match.start(),
            "write `\\\\` for a backslash, or use single quotes",
        )
    return chr(int(number, 16))


def _joined(said: str, at: int) -> str:
    """`said` with its surrogate pairs joined."""
    if not _SURROGATE.search(said):
        return said
    try:
        return said.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        raise YamlFault("an escape names half a character", at) from None


def block_scalar(text: str, at: int, parent: int, *, cut: bool) -> tuple[str, int, int]:
    """The literal or folded text whose `|` or `>` stands at `at`, and where it ends, twice.

    `parent` is the indentation of what holds it; `cut` is whether the last line of `text` had no
    line end. The first end is the line feed of the last line that belongs to the text, the second
    one that of the last blank line after it.

    Raises:
        YamlFault: more follows the indicator in its line, or a tab or a blank line spoils the
            indentation.
    """
    header = _HEADER.match(text, at)
    if header is None:
        raise YamlFault(
            f"text follows `{text[at]}` in its line",
            at + 1,
            f"begin the text in the next line, indented; or {QUOTE_IT}",
        )
    width = int(header[1] or header[4] or 0)
    chomp = header[2] or header[3] or ""
    indent = max(parent, 0) + width if width else _detected(text, header.end(), parent)
    lines = _block_lines(text, header.end(), indent)
    ends = [header.end() - 1, *(end for _, end in lines)]
    kept = len(lines)
    while kept and not lines[kept - 1][0]:
        kept -= 1
    if cut and text[ends[-1] + 1] == "\0" and 0 < kept < len(lines):
        # Blanks after the last line end are no line.
        lines.pop()
    said = (_fold_lines if text[at] == ">" else "\n".join)([line for line, _ in lines[:kept]])
    if chomp == "+":
        said += "\n" * (len(lines) - kept + bool(kept))
    elif chomp == "" and kept:
        said += "\n"
    return said, ends[-1 if chomp == "+" else kept], ends[-1]


def _detected(text: str, at: int, parent: int) -> int:
    """The indentation of the first line that is not blank, at least one more than `parent`."""
    widest, widest_at = 0, at
    while True:
        stop = end_of(SPACES, text, at)
        width = stop - at
        if text[stop] == "\n":
            if width > widest:
                widest, widest_at = width, at
            at = stop + 1
            continue
        if text[stop] == "\t" and width == 0:
            raise YamlFault("a tab stands in the indentation", stop, "indent with blanks")
        if text[stop] == "\0" or width <= parent or (width == 0 and at_marker(text, at)):
            return max(parent + 1, widest)
        if widest > width:
            raise YamlFault(
                "a blank line is indented more than the text after it",
                widest_at,
                "remove the blanks of that line",
            )
        return width


def _block_lines(text: str, at: int, indent: int) -> list[tuple[str, int]]:
    """The lines of a block scalar without their indentation, each with the place of its end."""
    lines: list[tuple[str, int]] = []
    while text[at] != "\0":
        stop = text.index("\n", at)
        said = end_of(SPACES, text, at)
        if text[at] == "\t" and (not lines or text[at - 2] == "\n"):
            raise YamlFault("a tab stands in the indentation", at, "indent with blanks")
        if (said < at + indent and said != stop) or (indent == 0 and at_marker(text, at)):
            break
        lines.append((text[at + indent : stop], stop))
        at = stop + 1
    return lines


def _fold_lines(lines: list[str]) -> str:
    """The lines of a folded scalar, joined by blanks where neither is indented further."""
    said = ""
    blank = 0
    previous: str | None = None
    for line in lines:
        if not line:
            blank += 1
            continue
        if previous is None:
            said = "\n" * blank
        elif line[0] in " \t" or previous[0] in " \t":
            said += "\n" * (blank + 1)
        else:
            said += "\n" * blank or " "
        said += line
        previous, blank = line, 0
    return said
