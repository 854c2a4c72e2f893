"""Who claims which name, from one moment of a source to the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from agentpm.model.name import PackageName
from agentpm.registry.importing.candidate import Broken, Candidate, Choice, judge
from agentpm.registry.importing.licence import is_licence, nearest, spdx_id
from agentpm.registry.importing.material import Moment
from agentpm.values import dataclass

_TOO_LARGE = "it has more than 1 MiB, or cannot be read"


@dataclass(frozen=True, slots=True)
class Collision:
    """A name that several files claim with different bytes; none of them is taken."""

    package: PackageName
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One state of an agent that may become a release, with the licence text that holds for it."""

    moment: Moment
    agent: Candidate
    licence: str | None


class Scene:
    """The files of a source at one moment, moved on by `advance`.

    A name belongs to the file that says it, wherever the file lies: one that moves stays the same
    agent. Files with the same bytes share their name peacefully.
    """

    def __init__(self, contents: Mapping[str, bytes | None], choice: Choice) -> None:
        self._contents = contents
        self._choice = choice
        self._judged: dict[tuple[str, str], Candidate | Broken | None] = {}
        self._files: dict[str, Candidate | Broken | None] = {}
        self._claims: dict[PackageName, dict[str, Candidate]] = {}
        self._licences: dict[str, str | None] = {}

    def advance(self, changes: Iterable[tuple[str, str | None]]) -> list[PackageName]:
        """Make the changes; the names they concern, sorted."""
        touched = set()
        for path, blob in changes:
            if is_licence(path):
                self._place_licence(path, blob)
            elif self._choice.wants(path):
                touched |= {*self._take_away(path), *self._place(path, blob)}
        return sorted(touched)

    @property
    def names(self) -> list[PackageName]:
        """All names that are claimed, sorted."""
        return sorted(self._claims)

    @property
    def broken(self) -> list[Broken]:
        """The files that would be agents and cannot be, by path."""
        found = (self._files[path] for path in sorted(self._files))
        return [item for item in found if isinstance(item, Broken)]

    @property
    def others(self) -> int:
        """How many files are no agents."""
        return sum(found is None for found in self._files.values())

    def holder(self, name: PackageName) -> Candidate | Collision | None:
        """The file that has a name; a collision where several claim it; None where none does."""
        claims = self._claims.get(name, {})
        if not claims:
            return None
        preferred = [path for path in claims if self._choice.prefers(path)]
        paths = sorted(preferred or claims)
        if len({claims[path].raw for path in paths}) > 1:
            return Collision(name, tuple(paths))
        return claims[paths[0]]

    def step(self, moment: Moment, agent: Candidate) -> Step:
        """The state of an agent now."""
        return Step(moment, agent, nearest(agent.path, self._licences))

    def _take_away(self, path: str) -> Iterator[PackageName]:
        """Forget a file; the name that it claimed, if any."""
        old = self._files.pop(path, None)
        if isinstance(old, Candidate):
            claims = self._claims[old.package]
            del claims[path]
            if not claims:
                del self._claims[old.package]
            yield old.package

    def _place(self, path: str, blob: str | None) -> Iterator[PackageName]:
        """Look at a file; the name that it claims, if any."""
        if blob is None:
            return
        found = self._files[path] = self._judge(path, blob)
        if isinstance(found, Candidate):
            self._claims.setdefault(found.package, {})[path] = found
            yield found.package

    def _judge(self, path: str, blob: str) -> Candidate | Broken | None:
        if (path, blob) not in self._judged:
            self._judged[path, blob] = self._look(path, self._contents[blob])
        return self._judged[path, blob]

    def _look(self, path: str, raw: bytes | None) -> Candidate | Broken | None:
        shown = path.encode(errors="surrogateescape").decode(errors="replace")
        if shown != path:
            return Broken(shown, "unreadable", "its path is not UTF-8")
        if raw is None:
            return Broken(path, "unreadable", _TOO_LARGE)
        return judge(raw, path, self._choice)

    def _place_licence(self, path: str, blob: str | None) -> None:
        self._licences.pop(path, None)
        if blob is not None:
            raw = self._contents[blob]
            self._licences[path] = None if raw is None else spdx_id(raw)
