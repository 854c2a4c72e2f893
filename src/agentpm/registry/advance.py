"""From one index commit to the next: the one way in which a view changes.

What was seen before must still be there as it was (`history`); otherwise nothing changes, and the
view stays at the last good commit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.errors import AgentpmError
from agentpm.model.name import PackageName
from agentpm.registry.content import Content
from agentpm.registry.documents import DOCUMENTS
from agentpm.registry.history import Breach, Evidence, RegistryTampered, breaches
from agentpm.registry.row import newest
from agentpm.registry.seen import Seen
from agentpm.registry.signing.pinned import other_signers
from agentpm.registry.trees import Change, changes, locate
from agentpm.registry.unreachable import CloneLost, NotARegistry
from agentpm.registry.view import News, View, ViewDamaged, ViewState
from agentpm.registry.wire import INDEX_LIMIT, OVERSIZED, name_at
from agentpm.values import dataclass, replace

if TYPE_CHECKING:
    from agentpm.registry.signing import signers as signing
    from agentpm.registry.signing.pin import Pin
else:
    # Only for one of its errors.
    signing = lazy.module("agentpm.registry.signing.signers")

INDEX_FORMAT = 1
"""The `format` in `config.json` that this agentpm reads."""

_CONFIG = "config.json"


@dataclass(frozen=True, slots=True)
class Step:
    """What is to become of a view.

    `shown` is the commit that the view shows (None: make it anew), `seen` what the registry may
    not fall behind (None: nothing yet), `tip` the commit to show, `now` seconds since the epoch.
    `rewritten` is whether `tip` does not follow from what was seen: then the view stays, and all
    that differs is evidence. `pin` is what was seen of the signers (None: nothing), `called` the
    name that the registry has here.
    """

    source: str
    shown: str | None
    seen: Seen | None
    tip: str
    now: float
    rewritten: bool = False
    pin: Pin | None = None
    called: str = ""

    def other_id(self, own: str) -> str | None:
        """How the registry's id differs from the one that was seen; None where it does not."""
        if self.seen is None or self.seen.id in ("", own):
            return None
        return f"its id was `{self.seen.id}` and is `{own}`"

    def tampered(self, message: str, found: Evidence) -> RegistryTampered:
        """That the step cannot be made, with what was found."""
        seen = self.seen.tip if self.seen is not None else ""
        evidence = replace(found, before=seen, after=self.tip)
        return RegistryTampered(message, evidence=evidence, called=self.called)

    @property
    def history_differs(self) -> str:
        """That the tip does not follow from what was seen."""
        return f"the history of `{self.source}` was rewritten, or set back to an earlier state"


def advance(view: View, content: Content, step: Step) -> tuple[Seen, News]:
    """Bring `view` to the commit `step.tip`, in one transaction; what was seen then, what was new.

    A view that is made anew says nothing of what is new; then it is what came since what was seen.

    Raises:
        RegistryTampered: a release that was seen is not what it was, or the list of signers; or the
            commit does not follow from the one that was seen.
        BadSigners: the list of signers, seen before, does not hold together.
        NotARegistry: the commit holds no index, or one of an unknown format.
    """
    if not step.rewritten:
        return _advance(view, content, step)
    try:
        return _advance(view, content, step)
    except (RegistryTampered, signing.BadSigners, ViewDamaged):
        raise
    except AgentpmError as error:
        # That the history is another one is known, whatever keeps the rest from being looked at.
        untold = Evidence(facts=(f"what differs cannot be told: {error.message}",))
        raise step.tampered(step.history_differs, untold) from error


def _advance(view: View, content: Content, step: Step) -> tuple[Seen, News]:
    root = content.root(step.tip)
    documents = locate(content.trees, root, DOCUMENTS)
    if _CONFIG not in documents:
        raise NotARegistry(
            f"`{step.source}` is a git repository, but not a registry: it has no `{_CONFIG}`",
            hint="`agentpm registry init` makes one",
        )
    shown = content.root(step.shown) if step.shown else None
    update = _of_packages(changes(content.trees, shown, root, "index"))
    checked: list[Item] | None = update
    if step.seen is None or step.seen.tip == step.tip:
        checked = []
    elif step.seen.tip != step.shown:
        checked = _since(content, step.seen.tip, root, step)
    work = _Work(content, step, documents, update, checked)
    lost = view.state().tip is None
    news = view.apply(work.texts(), ViewState(step.tip, step.now), anew=step.shown is None)
    if lost and step.seen is not None:
        news = work.since(news)
    return Seen(step.tip, work.id), news


Item = tuple[PackageName, Change]


def _since(content: Content, seen: str, root: str, step: Step) -> list[Item] | None:
    """The changes since what was seen; None where nobody has that any more, after a rewriting."""
    try:
        before = content.root(seen)
    except CloneLost:
        if step.rewritten:
            return None
        raise
    return _of_packages(changes(content.trees, before, root, "index"))


def _of_packages(found: Iterable[Change]) -> list[Item]:
    """The changes to index files; what else lies in the directory is nobody's package."""
    named = ((name_at(change.path), change) for change in found)
    return [(name, change) for name, change in named if name is not None]


class _Work:
    """One pass over the blobs of a step: each is read once, few are kept."""

    def __init__(
        self,
        content: Content,
        step: Step,
        documents: Mapping[str, str],
        update: list[Item],
        checked: list[Item] | None,
    ) -> None:
        self._content = content
        self._step = step
        self._named = documents
        # Whoever is offline later can read them only if they come along now.
        self._documents = frozenset(documents.values())
        self._update = update
        self._lost = checked is None
        self._checked = [item for item in checked or () if item[1].before]
        self._added = [name for name, change in checked or () if not change.before]
        self._before: dict[PackageName, str] = {}
        self.id = ""

    def texts(self) -> Iterator[tuple[PackageName, bytes | None]]:
        """The new index files of the step, then the verdict: it raises if the step is forbidden."""
        names: dict[str, list[PackageName]] = {}
        for name, change in self._update:
            if change.after is None:
                yield name, None
            else:
                names.setdefault(change.after, []).append(name)
        pairs = [(change.before, change.after) for _, change in self._checked]
        keep = {blob for pair in pairs for blob in pair if blob} | self._documents
        kept: dict[str, bytes] = {}
        for blob, read in self._content.blobs([*keep, *names], INDEX_LIMIT):
            # Whoever asks for the package is told; nobody else has to care.
            text = OVERSIZED if read is None else read
            if blob in keep:
                kept[blob] = text
            for name in names.get(blob, ()):
                yield name, text
        if self._step.shown is None:
            for name, change in self._checked:
                self._before[name] = newest(name, kept[change.before or ""])
        self.id = _read_id(kept[self._named[_CONFIG]], self._step)
        self._judge(kept)

    def since(self, shown: News) -> News:
        """The news since what was seen, where a view that had nothing has news of all there is."""
        names = [*self._before, *self._added]
        after = {name: shown[name][1] if name in shown else None for name in names}
        pairs = {name: (self._before.get(name), now) for name, now in after.items()}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    def _judge(self, kept: dict[str, bytes]) -> None:
        """Raise if the step must not be made, with all that was found, whatever came first."""
        step = self._step
        files = {name: kept[blob] for name, blob in self._named.items()}
        signers = other_signers(files.get, step.source, step.pin)
        records, other = self._breaches(kept), step.other_id(self.id)
        if step.rewritten:
            found = Evidence(signers, records, tuple(self._facts(records, other)))
            also = f", and its list of signers {signers.words}" if signers is not None else ""
            raise step.tampered(step.history_differs + also, found)
        if other is not None:
            message = f"`{step.source}` is another registry than before: {other}"
        elif signers is not None:
            message = f"the list of signers of `{step.source}` {signers.words}"
        elif records:
            message = f"releases of `{step.source}` that were seen before are not what they were"
        else:
            return
        raise step.tampered(message, Evidence(signers, records))

    def _breaches(self, kept: dict[str, bytes]) -> tuple[Breach, ...]:
        found: list[Breach] = []
        for _, change in self._checked:
            if change.before is not None:
                after = kept[change.after] if change.after else None
                found += breaches(kept[change.before], after, change.path)
        return tuple(found)

    def _facts(self, records: tuple[Breach, ...], other: str | None) -> Iterator[str]:
        """What there is to say of a rewritten history beside the records that differ."""
        if other is not None:
            yield f"it is another registry than before: {other}"
        if self._lost:
            yield (
                "which releases differ cannot be told: the commit that was seen last is neither on "
                "this machine nor at the server any more"
            )
        elif not records:
            yield "every release that was seen is there as it was"


def _read_id(raw: bytes, step: Step) -> str:
    """The registry's id, from its `config.json`."""
    try:
        config = json.loads(raw)
        found, own = config["format"], config["id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        found, own = None, ""
    if type(found) is not int or not isinstance(own, str):
        raise NotARegistry(f"the `{_CONFIG}` of `{step.source}` does not describe a registry")
    if found != INDEX_FORMAT:
        raise NotARegistry(
            f"`{step.source}` has the format {found}, which this agentpm does not know",
            hint="upgrade agentpm: `pip install --upgrade agentpm-cli`",
        )
    return own
