"""The questions of a changing verb: whether an agent may have what nobody said yes to yet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from agentpm import lazy
from agentpm.cli.screen import on_screen
from agentpm.ops.decision import Wish
from agentpm.ops.journey import Outcome
from agentpm.ops.judge import UntrustedProgram
from agentpm.ops.parts import Parts
from agentpm.permissions.approval import Lacking
from agentpm.permissions.judge import PermissionDenied
from agentpm.values import replace

if TYPE_CHECKING:
    from agentpm.cli import confirm
    from agentpm.ops import approving
    from agentpm.permissions import widening
else:
    # For questions, which few commands have.
    confirm = lazy.module("agentpm.cli.confirm")
    approving = lazy.module("agentpm.ops.approving")
    # Few releases ask for more than the one before.
    widening = lazy.module("agentpm.permissions.widening")

_Refusal: TypeAlias = "widening.PermissionWidened | PermissionDenied | UntrustedProgram"


def travel_asking(parts: Parts, wish: Wish, go: Callable[[Wish], Outcome]) -> Outcome:
    """Let `go` make the journey; where only a yes is missing, ask for it, on a terminal.

    There are two questions, each asked once at most: whether what nobody approved is approved, and
    whether this machine may run what the project approves for itself. A yes is to what is on the
    screen and to nothing else: it is written down together with what it lets through. No is the
    default, and no flag says yes to the first.

    Raises:
        AgentpmError: anything on the way refuses, or the person does.
    """
    for _ in range(2):
        try:
            return go(wish)
        except (widening.PermissionWidened, PermissionDenied, UntrustedProgram) as refusal:
            wish = _agreed(parts, wish, refusal)
    return go(wish)


def _agreed(parts: Parts, wish: Wish, refusal: _Refusal) -> Wish:
    """The wish with a yes to what was refused, if there may be one, and somebody gives it."""
    trust = isinstance(refusal, UntrustedProgram)
    # An approval changes the manifest, which a frozen journey must not.
    asked = wish.trusting if trust else wish.approving or wish.frozen
    if asked or wish.dry_run or not (refusal.lacking and parts.surroundings.interactive):
        raise refusal
    if trust:
        sentence = "Let this run on your machine, as the project asks?"
    else:
        sentence = f"Approve this{approving.for_whom(parts)}?"
    if not _ask(refusal.lacking, sentence):
        # The details were on the screen a moment ago.
        raise type(refusal)(refusal.message, hint=refusal.hint) from None
    words = {item.agent: item.words for item in refusal.lacking}
    return replace(wish, trusting=words) if trust else replace(wish, approving=words)


def _ask(lacking: Iterable[Lacking], sentence: str) -> bool:
    for line in _question(lacking):
        sys.stderr.write(f"{on_screen(line)}\n")
    sys.stderr.flush()
    return confirm.confirm(sentence)


def _question(lacking: Iterable[Lacking]) -> Iterator[str]:
    for item in lacking:
        yield item.title
        yield from (f"  {line}" for line in item.explained)
