"""The same work on several things side by side, in threads that nobody has to wait for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NoReturn, TypeVar

from agentpm.threads import begin

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_WAIT = 0.5
"""For how many seconds at a time an answer is waited for."""


def abreast(work: Callable[[Item], Answer], items: Sequence[Item], most: int) -> list[Answer]:
    """What `work` gives for each of `items`, in their order, at most so many at once.

    Whoever interrupts this is free at once: what has not begun is never done, and what waits for a
    server ends with the process, or with its answer, which is then thrown away. (The threads of
    `concurrent.futures` keep a process alive until the last of them has its answer.)

    Raises:
        whatever `work` does, as soon as it is raised for one of them.
    """
    waiting = deque(enumerate(items))
    done: SimpleQueue[tuple[int, Callable[[], Answer]]] = SimpleQueue()

    def labour() -> None:
        while True:
            try:
                place, item = waiting.popleft()
            except IndexError:
                return
            done.put((place, _attempt(work, item)))

    begin(*[Thread(target=labour, daemon=True) for _ in range(min(most, len(items)))])
    try:
        found: dict[int, Answer] = {}
        for _ in items:
            place, answer = _next(done)
            found[place] = answer()
        return [found[place] for place in range(len(items))]
    finally:
        waiting.clear()


def _next(done: SimpleQueue[Item]) -> Item:
    """What is done next.

    An interruption that comes in the moment before the waiting begins does not end it: no wait is long.
    """
    while True:
        with suppress(Empty):
            return done.get(timeout=_WAIT)


def _attempt(work: Callable[[Item], Answer], item: Item) -> Callable[[], Answer]:
    """What gives the answer, or raises what came instead of it."""
    try:
        answer = work(item)
    except BaseException as error:  # noqa: BLE001 # it is raised where somebody waits for it
        return partial(_raise, error)
    return lambda: answer


def _raise(error: BaseException) -> NoReturn:
    raise error
