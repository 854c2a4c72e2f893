"""What the parser of command lines complains about, in the words that every error here has."""

from __future__ import annotations

from agentpm.cli.usage import UsageFailure
from agentpm.lazy import pattern
from agentpm.model.tomltext import nearest

_ADVICE = pattern(r"\.? (?:Did you mean (.*)\?|\(Possible options: (.*)\))\Z")
_OPTION = pattern(r"option: (--?[^\s`]+)")
_QUOTED = pattern(r"'([^'`]*)'")
_EXTRA = pattern(r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)\Z")
_WORD = pattern(r"`([^`]*)`")


def complaint(said: str, command: str) -> UsageFailure:
    """The failure for what the parser said of a line for `command`."""
    text = " ".join(said.split())
    advice = _ADVICE.search(text)
    known = "" if advice is None else advice[1] or advice[2]
    message = _spoken(text if advice is None else text[: advice.start()])
    hint = f"see `{command} --help`"
    typed = _WORD.search(message)
    meant = [word.strip("' ") for word in known.split(",")]
    near = nearest(typed[1], meant) if typed is not None else None
    if near:
        hint = f"did you mean `{near}`? `{command} --help` shows all there are"
    return UsageFailure(message, hint=hint)


def _spoken(text: str) -> str:
    """A sentence as errors have it: it starts small, has no full stop, and names in backticks."""
    extra = _EXTRA.match(text)
    if extra is not None:
        return f"more words than expected: `{extra[1]}`"
    named = _QUOTED.sub(r"`\1`", _OPTION.sub(r"option `\1`", text)).rstrip(".")
    named = named.replace("a valid int range", "a whole number").replace("<=x<=", " to ")
    return named[:1].lower() + named[1:]
