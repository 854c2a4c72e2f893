"""From one index commit to the next: the one way in which a view changes.

What was seen before must still be there as it was (`history`); otherwise nothing changes, and the
view stays at the last good commit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from agentpm.model.name import PackageName
from agentpm.registry.content import Content
from agentpm.registry.documents import DOCUMENTS
from agentpm.registry.history import Breach, RegistryTampered, breaches
from agentpm.registry.seen import Seen
from agentpm.registry.trees import Change, changes, locate
from agentpm.registry.unreachable import NotARegistry
from agentpm.registry.view import News, View, ViewState
from agentpm.registry.wire import INDEX_LIMIT, MalformedIndex, name_at
from agentpm.values import dataclass

INDEX_FORMAT = 1
"""The `format` in `config.json` that this agentpm reads."""

_CONFIG = "config.json"


@dataclass(frozen=True, slots=True)
class Step:
    """What is to become of a view.

    `shown` is the commit that the view shows (None: make it anew), `seen` what the registry may
    not fall behind (None: nothing yet), `tip` the commit to show, `now` seconds since the epoch.
    """

    source: str
    shown: str | None
    seen: Seen | None
    tip: str
    now: float


def advance(view: View, content: Content, step: Step) -> tuple[Seen, News]:
    """Bring `view` to the commit `step.tip`, in one transaction; what was seen then, what was new.

    Raises:
        RegistryTampered: a release that was seen is not what it was.
        NotARegistry: the commit holds no index, or one of an unknown format.
    """
    root = content.root(step.tip)
    documents = locate(content.trees, root, DOCUMENTS)
    if _CONFIG not in documents:
        raise NotARegistry(
            f"`{step.source}` is a git repository, but not a registry: it has no `{_CONFIG}`",
            hint="`agentpm registry init` makes one",
        )
    shown = content.root(step.shown) if step.shown else None
    update = _of_packages(changes(content.trees, shown, root, "index"))
    checked = update
    if step.seen is None or step.seen.tip == step.tip:
        checked = []
    elif step.seen.tip != step.shown:
        before = content.root(step.seen.tip)
        checked = _of_packages(changes(content.trees, before, root, "index"))
    work = _Work(content, step, documents, update, [item for item in checked if item[1].before])
    news = view.apply(work.texts(), ViewState(step.tip, step.now), anew=step.shown is None)
    return Seen(step.tip, work.id), news


Item = tuple[PackageName, Change]


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
        checked: list[Item],
    ) -> None:
        self._content = content
        self._step = step
        self._config = documents[_CONFIG]
        # Whoever is offline later can read them only if they come along now.
        self._documents = frozenset(documents.values())
        self._update = update
        self._checked = checked
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
        keep = {blob for pair in pairs for blob in pair if blob} | {self._config}
        kept: dict[str, bytes] = {}
        for blob, read in self._content.blobs([*keep, *self._documents, *names], INDEX_LIMIT):
            if read is None:
                raise self._too_large(blob)
            if blob in keep:
                kept[blob] = read
            for name in names.get(blob, ()):
                yield name, read
        self.id = _check_config(kept[self._config], self._step)
        self._judge(kept)

    def _too_large(self, blob: str) -> MalformedIndex:
        places = [c.path for _, c in self._update + self._checked if blob in (c.before, c.after)]
        path = next(iter(places), _CONFIG)
        return MalformedIndex(
            f"`{path}` of `{self._step.source}` has more than {INDEX_LIMIT // 2**20} MiB"
        )

    def _judge(self, kept: dict[str, bytes]) -> None:
        evidence: list[Breach] = []
        for _, change in self._checked:
            if change.before is not None:
                after = kept[change.after] if change.after else None
                evidence += breaches(kept[change.before], after, change.path)
        seen = self._step.seen
        if evidence and seen is not None:
            raise RegistryTampered(
                f"releases of `{self._step.source}` that were seen before are not what they were",
                evidence=tuple(evidence),
                before=seen.tip,
                after=self._step.tip,
            )


def _check_config(raw: bytes, step: Step) -> str:
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
    if step.seen is not None and step.seen.id not in ("", own):
        raise RegistryTampered(
            f"`{step.source}` is another registry than before: its id was "
            f"`{step.seen.id}` and is `{own}`",
            before=step.seen.tip,
            after=step.tip,
        )
    return own
